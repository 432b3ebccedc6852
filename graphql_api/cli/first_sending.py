"""The command that takes in what a provider reports of the first sending (R59)."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import deployed_settings, with_application
from .operator import Operator, operator
from .terminal import err, out, tell

if TYPE_CHECKING:
    from core.first_sending import Refusal
    from core.sending_import import SendingImport
    from graphql_api.compose import Application

COLUMNS = ("line", "code")


def import_receipts(
    file: Annotated[
        Path, typer.Argument(help="CSV or spreadsheet with a header line.", exists=True)
    ],
    round_id: Annotated[str, typer.Option("--round", help="Its id, as in the calendar.")],
    zone: Annotated[
        str | None,
        typer.Option(help="By whose clocks times without a zone are: Europe/Paris, UTC."),
    ] = None,
    report: Annotated[Path, typer.Option(help="Where refused lines are named, by number.")] = Path(
        "receipts-report.csv"
    ),
    encoding: Annotated[
        str | None,
        typer.Option(help="How the file was saved, if it is not UTF-8: cp1252, utf-16-le."),
    ] = None,
    force: Annotated[
        bool, typer.Option(help="Accept a file with many lines that are no receipts.")
    ] = False,
    by: Operator = "",
) -> None:
    """Take a provider's report of the first sending into the figures of a round."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from core.sending_import import ReportRefused
    from graphql_api.compose import opened_report

    named = _zone(zone)
    settings = deployed_settings()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    descriptor = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "w", encoding="utf-8", newline="") as told,
        opened_report(file, named, encoding) as opened,
        Progress(*columns, console=err()) as bar,
    ):
        task = bar.add_task("Importing", total=opened.size)
        refusals = csv.writer(told)
        refusals.writerow(COLUMNS)

        def refused(line: int, refusal: Refusal) -> None:
            refusals.writerow((line, refusal.value))

        def progress(lines: int) -> None:
            bar.update(task, completed=opened.done)

        async def take(application: Application) -> SendingImport:
            return await application.import_first_sending(
                round_id, opened.lines, by or operator(), refused, progress, force
            )

        try:
            found = with_application(take, settings)
        except ReportRefused as refusal:
            if refusal.found is not None:
                _print(refusal.found, report)
            raise
    _print(found, report)


def _zone(name: str | None):
    from zoneinfo import ZoneInfo

    try:
        return None if name is None else ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise typer.BadParameter(f"{name!r} is no time zone: Europe/Paris, UTC") from None


def _print(found: SendingImport, report: Path) -> None:
    from rich.table import Table

    counts = Table("", "lines", show_header=True)
    for name in ("lines", "accepted", "added", "updated", "unchanged"):
        counts.add_row(name, f"{getattr(found, name):,}")
    counts.add_row("refused", f"{sum(found.refused.values()):,}")
    for refusal, lines in found.refused.items():
        counts.add_row(f"  {refusal.value}", f"{lines:,}")
    out().print(counts)
    tell(f"Every refused line, by its number: {report}")
