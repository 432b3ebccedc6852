"""Tables as French spreadsheets read them, and nothing in a cell that they would work out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import TextIO

_FORMULA = re.compile(r"""(^|[,;\t\r\n"]\s*)(?=[=+\-@\0＝＋－＠]|^[\t\r\n])""")
"""OWASP ASVS 5.0, 1.2.10, and OWASP's page on CSV injection: what begins a formula, at the start of
a cell or behind what a spreadsheet may take for the end of one."""


def write_table(file: TextIO, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Lines with semicolons. A text that a spreadsheet would take for a formula, as a place name of
    somebody's register may be, has a `'` in front; numbers stay."""
    table = csv.writer(file, delimiter=";")
    table.writerow(heading)
    table.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: object) -> object:
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell
