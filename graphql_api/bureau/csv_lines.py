"""The figures as a table for spreadsheets: as French ones read it, with semicolons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from core.evidence import Evidence, Line

from .report import AXES, Report
from .spreadsheet import write_table

COLUMNS = (
    *("sending", "moment", "axis", "group", "confirmed"),
    *("delivered", "undelivered", "waiting"),
    *("delivered_by_then", "undelivered_by_then", "waiting_by_then"),
)
RENEWALS, FIRST = "renewals", "first"
"""What a line is of. Of the first sending, whoever is in a report is *confirmed*, and what is known
by then is what was imported."""
ALL, OTHERS = "*", "others"
"""Names of the line of all voters, and of the groups that are told as one."""


def csv_text(report: Report) -> str:
    """UTF-8 with a mark at its beginning, by which spreadsheets know it."""
    written = StringIO("\ufeff", newline="")
    written.seek(0, 2)
    write_table(written, COLUMNS, _rows(report))
    return written.getvalue()


def _rows(report: Report) -> Iterator[tuple[object, ...]]:
    first = report.first_sending
    if first is not None:
        yield from _tables(FIRST, first.total, first.tables)
    for moment in report.moments:
        yield from _tables(RENEWALS, moment.total, moment.tables)


def _tables(
    sending: str, total: Evidence, tables: Sequence[Evidence]
) -> Iterator[tuple[object, ...]]:
    told = sending, total.as_of.isoformat()
    if total.total is not None:
        yield (*told, "", ALL, *_figures(total.total))
    for axis, table in zip(AXES, tables, strict=True):
        for line in table.groups:
            yield (*told, axis.value, line.group, *_figures(line))
        if table.folded is not None:
            yield (*told, axis.value, OTHERS, *_figures(table.folded))


def _figures(line: Line) -> tuple[int, ...]:
    told, known = line.recorded, line.happened
    return (
        *(told.confirmed, told.delivered, told.undelivered, told.waiting),
        *(known.delivered, known.undelivered, known.waiting),
    )
