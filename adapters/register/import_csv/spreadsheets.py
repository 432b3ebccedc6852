"""A spreadsheet (.xlsx, .ods, .xls) as lines, row by row (extra `spreadsheets`).

A number that the spreadsheet holds as a quantity is written without decimal point: here, other than
in a CSV, the cell itself says that it is whole.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from adapters.register.import_csv.headings import REQUIRED, column_of
from adapters.register.import_csv.outcome import ImportFailed

SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How .xlsx and .ods begin (both are ZIP files), and .xls."""
_MOST_BYTES = 256 << 20
_LOOKED_AT = 20
_INSTALL = (
    "the file is a spreadsheet: save it as « CSV UTF-8 », or install reassort with the extra "
    "`spreadsheets`"
)


def as_lines(path: Path) -> io.BytesIO:
    """The one sheet that has our columns, as CSV in UTF-8; raises `ImportFailed`. Row n of the
    sheet is line n."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise ImportFailed(_INSTALL) from None
    if path.stat().st_size > _MOST_BYTES:
        raise ImportFailed("the spreadsheet is too large: save it as « CSV UTF-8 »")
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = [
                book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in book.sheet_names
            ]
    except (CalamineError, OSError):
        raise ImportFailed(
            "the spreadsheet cannot be read: is it whole, and without a password? Otherwise save "
            "it as « CSV UTF-8 »"
        ) from None
    ours = [rows for rows in sheets if _has_columns(rows)]
    if len(ours) > 1:
        raise ImportFailed("several sheets of the spreadsheet hold voters: leave only one")
    return _lines(ours[0] if ours else next((rows for rows in sheets if rows), []))


def _has_columns(rows: list[list[Any]]) -> bool:
    named = ({column_of(str(cell)) for cell in row} for row in rows[:_LOOKED_AT])
    return any(len(names.intersection(REQUIRED)) > 1 for names in named)


def _lines(rows: list[list[Any]]) -> io.BytesIO:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return io.BytesIO(text.getvalue().encode("utf-8", "replace"))


def _text(cell: object) -> str:
    """One line, whatever the cell holds: a line of the report is a row of the sheet."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time | timedelta):
        return str(cell)
    return " ".join(str(cell).split())
