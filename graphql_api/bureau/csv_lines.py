"""The figures as a table for spreadsheets: as French ones read it, with semicolons."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from core.evidence import Line

from .report import AXES, Report

COLUMNS = (
    *("moment", "axis", "group", "confirmed"),
    *("delivered", "undelivered", "waiting"),
    *("delivered_by_then", "undelivered_by_then", "waiting_by_then"),
)
ALL, OTHERS = "*", "others"
"""Names of the line of all voters, and of the groups that are told as one."""


def csv_text(report: Report) -> str:
    """UTF-8 with a mark at its beginning, by which spreadsheets know it."""
    written = StringIO("\ufeff", newline="")
    written.seek(0, 2)
    table = csv.writer(written, delimiter=";")
    table.writerow(COLUMNS)
    table.writerows(_rows(report))
    return written.getvalue()


def _rows(report: Report) -> Iterator[tuple[object, ...]]:
    for moment in report.moments:
        at = moment.at.isoformat()
        if moment.total.total is not None:
            yield (at, "", ALL, *_figures(moment.total.total))
        for axis, table in zip(AXES, moment.tables, strict=True):
            for line in table.groups:
                yield (at, axis.value, line.group, *_figures(line))
            if table.folded is not None:
                yield (at, axis.value, OTHERS, *_figures(table.folded))


def _figures(line: Line) -> tuple[int, ...]:
    told, known = line.recorded, line.happened
    return (
        *(told.confirmed, told.delivered, told.undelivered, told.waiting),
        *(known.delivered, known.undelivered, known.waiting),
    )
