"""The import from end to end: read, parse, judge, load, compare, replace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from adapters.register.import_csv.destination import Destination, NewRegister
from adapters.register.import_csv.hygiene import Account
from adapters.register.import_csv.into_sqlite import SqliteDestination
from adapters.register.import_csv.outcome import ImportFailed, ImportRefused, ImportReport
from adapters.register.import_csv.parallel import parse_in_order, suitable_processes
from adapters.register.import_csv.parsing import ChunkParser, Parsed
from adapters.register.import_csv.phone import is_region
from adapters.register.import_csv.phone_plan import PhoneKind
from adapters.register.import_csv.reading import read_chunks, read_header
from core.keys import Keyring

Progress = Callable[[int, int, int], None]
"""Called now and then with lines done, bytes done, and bytes in total."""


@dataclass(frozen=True)
class _Import:
    source: Path
    destination: Destination
    keyring: Keyring
    report: Path
    progress: Progress | None
    default_region: str | None
    max_rejected: float
    max_removed: float
    force: bool
    identifier_length: int
    processes: int | None


def import_register(
    source: Path,
    register: Path | Destination,
    keyring: Keyring,
    *,
    report: Path,
    progress: Progress | None = None,
    default_region: str | None = None,
    max_rejected: float = 0.05,
    max_removed: float = 0.05,
    force: bool = False,
    identifier_length: int = 12,
    processes: int | None = None,
) -> ImportReport:
    """Make the voters of the CSV file `source` the register at `register`, all or nothing.

    `register` is the path of an SQLite file, whose folder must exist and hold the new file beside
    the old one, or another destination, like `into_postgres.PostgresDestination`. `report` is
    overwritten with the lines that are rejected or in want of care (see `hygiene`). Identifiers
    are hashed under the keyring's newest key. `default_region` (ISO 3166, "FR") reads phone numbers
    without country code. `processes` parse beside this one; None: as many as pay, 0: none.

    Raises `ImportRefused` when more than the share `max_rejected` (0 to 1) of the lines is
    rejected, more than the share `max_removed` of the register's voters is not in the file, or no
    voter is left, unless `force`; `ImportFailed` when the region is unknown, the files cannot be
    read or written or another import is running. After either, the previous register is as it was.
    """
    if default_region is not None and not is_region(default_region):
        raise ImportFailed(f"no country has the code {default_region!r}: write ISO 3166, like FR")
    destination = SqliteDestination(register) if isinstance(register, Path) else register
    job = _Import(
        source, destination, keyring, report, progress, default_region, max_rejected, max_removed,
        force, identifier_length, processes,
    )  # fmt: skip
    try:
        return _run(job)
    except OSError as error:
        raise ImportFailed(f"a file cannot be read or written: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return f"{reason}: {Path(error.filename).name}" if error.filename else reason


def _run(job: _Import) -> ImportReport:
    with job.destination.begin() as new:
        with (
            job.source.open("rb") as source,
            job.report.open("w", encoding="utf-8", newline="") as lines,
        ):
            account = Account(lines)
            _load(job, source, account, new)
            account.conclude()
            outcome = _outcome(job, account, new)
        _refuse_if_bad(job, outcome)
        new.put_in_place()
    return replace(outcome, replaced=True)


def _load(job: _Import, source: BinaryIO, account: Account, new: NewRegister) -> None:
    for parsed in _parsed(job, source):
        account.take(parsed)
        new.add(parsed.rows)
        if job.progress is not None:
            done = account.accepted + account.rejected + account.blank_lines
            job.progress(done, parsed.end, os.fstat(source.fileno()).st_size)
    new.seal(job.keyring)


def _parsed(job: _Import, source: BinaryIO) -> Iterator[Parsed]:
    layout = read_header(source)
    parse = ChunkParser(layout, job.keyring, job.default_region, job.identifier_length)
    processes = job.processes
    if processes is None:
        processes = suitable_processes(os.fstat(source.fileno()).st_size)
    return parse_in_order(parse, read_chunks(source), processes)


def _outcome(job: _Import, account: Account, new: NewRegister) -> ImportReport:
    changes = new.changes(job.keyring.newest)
    return ImportReport(
        lines=account.accepted + account.rejected,
        accepted=account.accepted,
        rejected=account.rejected,
        blank_lines=account.blank_lines,
        added=changes.added,
        updated=changes.updated,
        unchanged=changes.unchanged,
        removed=changes.removed,
        rejections=dict(account.rejections),
        hygiene=dict(account.hygiene),
        phones={PhoneKind(kind): count for kind, count in new.phones_by_kind().items()},
        replaced=False,
    )


def _refuse_if_bad(job: _Import, outcome: ImportReport) -> None:
    if job.force:
        return
    if outcome.accepted == 0:
        raise ImportRefused("the file holds no voter", outcome)
    if outcome.rejected > job.max_rejected * outcome.lines:
        share = f"{outcome.rejected} of {outcome.lines} lines were rejected"
        raise ImportRefused(f"{share}: see the report", outcome)
    before = outcome.updated + outcome.unchanged + outcome.removed
    if outcome.removed > job.max_removed * before:
        share = f"{outcome.removed} of {before} voters of the register are not in the file"
        raise ImportRefused(f"{share}: is it cut short? Otherwise use --force", outcome)
