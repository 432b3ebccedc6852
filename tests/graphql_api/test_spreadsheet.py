"""Tables for spreadsheets: what a register names a place is text there, never a formula."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from graphql_api.bureau.spreadsheet import write_table


def written(*cells: object) -> list[str]:
    """The cells as a program reads them."""
    file = StringIO(newline="")
    write_table(file, ("place",), [cells])
    file.seek(0)
    return list(csv.reader(file, delimiter=";"))[1]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_what_begins_a_formula_is_text(start):
    """R45, R49: a spreadsheet shows it, and works nothing out."""
    assert written(f"{start}1+1") == [f"'{start}1+1"]


@pytest.mark.parametrize("separator", [",", ";", "\t", '"', ", "])
def test_so_is_what_another_separator_would_set_free(separator):
    """R45, R49: where the spreadsheet takes commas or tabs for the ends of cells."""
    assert written(f"Lima{separator}=1+1") == [f"Lima{separator}'=1+1"]


def test_everything_else_is_as_it_was():
    """R45, R49: names with hyphens, moments, and numbers, also below zero."""
    cells = ["Saint-Denis", "2027-06-05T18:00+02:00", "", "R&D; Lima", -3]
    assert written(*cells) == [*cells[:-1], "-3"]
