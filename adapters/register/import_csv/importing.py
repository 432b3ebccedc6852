"""The import from end to end: read, parse, judge, load, compare, replace."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

from adapters.numbering import PhoneKind, is_region
from adapters.register.import_csv.chunks import read_chunks
from adapters.register.import_csv.destination import Destination, NewRegister
from adapters.register.import_csv.header import read_header
from adapters.register.import_csv.hygiene import Account
from adapters.register.import_csv.into_sqlite import SqliteDestination
from adapters.register.import_csv.outcome import ImportFailed, ImportReport
from adapters.register.import_csv.parallel import parse_in_order, suitable_processes
from adapters.register.import_csv.parsing import ChunkParser, Parsed
from adapters.register.import_csv.refusals import refuse_if_bad
from adapters.register.import_csv.repairs import Repair, read_repairs
from adapters.register.import_csv.sources import Source, opened
from adapters.register.import_csv.summary import summary
from core.keys import Keyring
from core.voter import rounds_unknown

Progress = Callable[[int, int, int], None]
"""Called at intervals with lines done, bytes done, and bytes in total."""


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
    encoding: str | None
    proposals: Path | None
    repairs: Path | None
    now: datetime | None
    rounds: Collection[str] | None


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
    encoding: str | None = None,
    proposals: Path | None = None,
    repairs: Path | None = None,
    now: datetime | None = None,
    rounds: Collection[str] | None = None,
) -> ImportReport:
    """Make the voters of the CSV file `source` the register at `register`, all or nothing.

    `register` is the path of an SQLite file, whose folder must exist and hold the new file beside
    the old one, or another destination, like `into_postgres.PostgresDestination`. `report` is
    overwritten with the lines that are rejected or in want of care (see `hygiene`). Identifiers
    are hashed under the keyring's newest key. `default_region` (ISO 3166, "FR") reads phone numbers
    without country code, unless a column names the voter's country. `processes` parse beside this
    one; None: as many as pay, 0: none. `encoding` is one of `sources.ENCODINGS`; None: UTF-8, or
    UTF-16 by its mark. `proposals` is overwritten with numbers that may be mended, `repairs` is
    such a file with the consulate's word (see `repairs`). `now` is kept with the counts. `rounds`
    are the ids of the calendar: what `identifier_renewed_in` names beside them is told; None: it
    is not looked at.

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
        force, identifier_length, processes, encoding, proposals, repairs, now, rounds,
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
        confirmed = {} if job.repairs is None else read_repairs(job.repairs)
        with (
            opened(job.source, job.encoding) as (source, size),
            _private(job.report) as lines,
            nullcontext() if job.proposals is None else _private(job.proposals) as proposals,
        ):
            account = Account(lines, proposals)
            for parsed in _parsed(job, source, size, confirmed):
                _take(job, parsed, size, account, new)
            new.seal(job.keyring)
            account.conclude()
            outcome = _outcome(job, account, new, len(confirmed))
        if not job.force:
            refuse_if_bad(outcome, job.max_rejected, job.max_removed, job.report)
        outcome = replace(outcome, replaced=True)
        new.put_in_place(summary(outcome, job.now))
    return outcome


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """A file for its owner alone: it holds voters' numbers, or which lines are theirs."""
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


def _take(job: _Import, parsed: Parsed, size: int, account: Account, new: NewRegister) -> None:
    account.take(parsed)
    new.add(parsed.rows)
    if job.progress is not None:
        done = account.accepted + account.rejected + account.blank_lines
        job.progress(done, parsed.end, size)


def _parsed(
    job: _Import, source: Source, size: int, confirmed: Mapping[int, Repair]
) -> Iterator[Parsed]:
    layout = read_header(source)
    parse = ChunkParser(layout, job.keyring, job.default_region, job.identifier_length, confirmed)
    processes = suitable_processes(size) if job.processes is None else job.processes
    return parse_in_order(parse, read_chunks(source, layout.first_line), processes)


def _outcome(job: _Import, account: Account, new: NewRegister, confirmed: int) -> ImportReport:
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
        hashed_anew=changes.hashed_anew,
        proposed=account.proposed,
        confirmed=confirmed,
        without_constituency=account.without_constituency,
        without_post=account.without_post,
        rounds_unknown=_rounds_unknown(job, account),
    )


def _rounds_unknown(job: _Import, account: Account) -> tuple[str, ...]:
    return () if job.rounds is None else tuple(rounds_unknown(account.renewed_in, job.rounds))
