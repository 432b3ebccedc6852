"""Commands that make and fill what a deployment keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import deployed_settings
from .terminal import err, out

if TYPE_CHECKING:
    from graphql_api.compose import ImportReport


def migrate() -> None:
    """Create the database, or bring it to this version's schema."""
    from graphql_api.compose import prepare_database

    changed = prepare_database(deployed_settings())
    out().print("The database is made." if changed else "The database is up to date.")


def move_to_postgresql(
    store: Annotated[
        Path | None,
        typer.Option(
            "--from", help="The SQLite file. Otherwise recovery.sqlite3 in the data folder."
        ),
    ] = None,
) -> None:
    """Move everything from SQLite into the empty PostgreSQL of DATABASE_URL, or nothing."""
    from graphql_api.compose import move_database

    settings = deployed_settings()
    moved = move_database(settings, store or settings.data_dir / "recovery.sqlite3")
    for table, rows in sorted(moved.items()):
        out().print(f"{table}: {rows:,}", highlight=False)
    out().print("Moved. Import the register again, then start the new deployment.")


def import_register(
    file: Annotated[Path, typer.Argument(help="CSV with a header line.", exists=True)],
    report: Annotated[
        Path, typer.Option(help="Where rejected lines and findings are named.")
    ] = Path("import-report.csv"),
    region: Annotated[
        str | None,
        typer.Option(help="Country of phone numbers without a prefix, as ISO 3166: FR."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(help="Accept a file with many rejected lines or many voters gone."),
    ] = False,
) -> None:
    """Make the register from a CSV file; it takes the place of the one before."""
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

        result = load_register(settings, file, report, progress, region, force)
    _print_report(result, report)


def _print_report(result: ImportReport, report: Path) -> None:
    from rich.table import Table

    counts = Table("", "voters", show_header=True)
    for name in ("lines", "accepted", "rejected", "added", "updated", "unchanged", "removed"):
        counts.add_row(name, f"{getattr(result, name):,}")
    for finding, count in [*result.rejections.items(), *result.hygiene.items()]:
        counts.add_row(f"  {finding.value}", f"{count:,}")
    out().print(counts)
    out().print(f"Every rejected line and finding, by line number: {report}")
