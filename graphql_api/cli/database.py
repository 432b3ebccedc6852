"""Commands that make and fill what a deployment keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.intervention import Act

from .deployment import deployed_settings
from .interventions import leave_trace
from .operator import Operator
from .terminal import err, out, tell

if TYPE_CHECKING:
    from graphql_api.compose import ImportReport

_NAMED = 10
"""So many unknown rounds are named: more, and the column holds something else."""


def migrate(by: Operator = "") -> None:
    """Create the database, or bring it to this version's schema."""
    from graphql_api.compose import prepare_database

    settings = deployed_settings()
    changed = prepare_database(settings)
    if changed:
        leave_trace(settings, Act.DATABASE_MIGRATED, _version(), by)
    tell("The database is made." if changed else "The database is up to date.")


def move_to_postgresql(
    store: Annotated[
        Path | None,
        typer.Option(
            "--from", help="The SQLite file. Otherwise recovery.sqlite3 in the data folder."
        ),
    ] = None,
    by: Operator = "",
) -> None:
    """Move everything from SQLite into the empty PostgreSQL of DATABASE_URL, or nothing."""
    from graphql_api.compose import move_database

    settings = deployed_settings()
    moved = move_database(settings, store or settings.data_dir / "recovery.sqlite3")
    leave_trace(settings, Act.DATABASE_MOVED, f"{sum(moved.values())} rows", by)
    for table, rows in sorted(moved.items()):
        tell(f"{table}: {rows:,}")
    tell("Moved. Import the register again, then start the new deployment.")


def import_register(
    file: Annotated[
        Path, typer.Argument(help="CSV or spreadsheet with a header line.", exists=True)
    ],
    report: Annotated[
        Path, typer.Option(help="Where rejected lines and findings are named.")
    ] = Path("import-report.csv"),
    region: Annotated[
        str | None,
        typer.Option(help="Country of phone numbers without a prefix, as ISO 3166: FR."),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="How the file was saved, if it is not UTF-8: cp1252, utf-16-le."),
    ] = None,
    propose_repairs: Annotated[
        Path | None,
        typer.Option(
            help="Where phone numbers that may be mended are proposed, for the consulate."
        ),
    ] = None,
    repairs: Annotated[
        Path | None,
        typer.Option(help="The same file with the consulate's word: what is confirmed is applied."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(help="Accept a file with many rejected lines or many voters gone."),
    ] = False,
    by: Operator = "",
) -> None:
    """Make the register from a file; it takes the place of the one before."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    from graphql_api.compose import load_register

    settings = deployed_settings()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err()) as bar:
        task = bar.add_task("Importing", total=file.stat().st_size, rate="")

        def progress(lines: int, done: int, total: int) -> None:
            elapsed = bar.tasks[task].elapsed or 0
            rate = f"{lines / elapsed:,.0f} voters/s" if elapsed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        result = load_register(
            settings, file, report, progress, region, force, encoding, propose_repairs, repairs
        )
    act = Act.REGISTER_FORCED if force else Act.REGISTER_IMPORTED
    told = f"{result.accepted} accepted, {result.rejected} rejected, {result.removed} removed"
    leave_trace(settings, act, told, by)
    _print_report(result, report)
    _print_repairs(result, propose_repairs, repairs)
    if result.hashed_anew:
        text = (
            f"Every identifier is hashed anew, under the key {settings.keyring.newest}: who has "
            "another identifier than before counts as unchanged."
        )
        tell(text)
    if result.rounds_unknown:
        text = f"identifier_renewed_in: {_strange(result.rounds_unknown)}"
        tell(text)


def _version() -> str:
    from importlib.metadata import version

    return f"by release {version('reassort')}"


def _strange(rounds: tuple[str, ...]) -> str:
    named, more = ", ".join(rounds[:_NAMED]), len(rounds) - _NAMED
    return (
        f"the calendar does not have the rounds {named}{f' and {more:,} more' * (more > 0)}. Past "
        "ones do no harm; a misspelt one lets identifier and password both be renewed"
    )


def _print_repairs(result: ImportReport, proposals: Path | None, repairs: Path | None) -> None:
    if proposals is not None:
        text = f"{result.proposed:,} proposed repairs, with the voters' numbers: {proposals}"
        tell(text)
    if repairs is not None:
        text = (
            f"{result.repaired:,} of {result.confirmed:,} confirmed repairs applied; the others "
            "are of voters whose number has changed since, or who are not in the file"
        )
        tell(text)


def _print_report(result: ImportReport, report: Path) -> None:
    from rich.table import Table

    counts = Table("", "number", show_header=True)
    for name in ("lines", "accepted", "rejected", "added", "updated", "unchanged", "removed"):
        counts.add_row(name, f"{getattr(result, name):,}")
    for finding, count in result.rejections.items():
        counts.add_row(f"  {finding.value}", f"{count:,}")
    rejected = {finding.value for finding in result.rejections}
    for finding, count in result.hygiene.items():
        kept = " (kept)" if finding.value in rejected else ""
        counts.add_row(f"  {finding.value}{kept}", f"{count:,}")
    counts.add_row("phones that take no SMS", f"{result.unusable_phones:,}")
    for place in ("constituency", "post"):
        without = getattr(result, f"without_{place}")
        if without < result.accepted or f"{place.upper()}_MISSING" in result.hygiene:
            counts.add_row(f"without {place}", f"{without:,}")  # the file has that column
    out().print(counts)
    tell(f"Every rejected line and finding, by line number: {report}")
