"""The line that names the columns: found under titles and blank lines, and understood."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from adapters.register.import_csv.headings import REQUIRED, column_of, letters
from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.sources import Source

LONGEST_LINE = 4096
"""Bytes; a voter takes about a hundred."""
_SEPARATORS = ";,\t"
_SEPARATOR_TOLD = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)
_LOOKED_AT = 20
"""Lines among which the header is sought: spreadsheets begin with titles and dates."""
_ENOUGH = 2
"""Columns that a line has to name to be the header: a title may hold a word of ours."""


@dataclass(frozen=True)
class Layout:
    """How this file's lines are cut: its separator, and which field holds which column."""

    separator: str
    width: int
    first_line: int
    """The number, in the file, of the line after the header."""
    numic: int
    identifier: int
    email: int
    phone: int
    numel: int | None
    identifier_renewed_in: int | None
    country: int | None
    constituency: int | None
    post: int | None


def read_header(source: Source) -> Layout:
    """Reads up to the header; raises `ImportFailed` when no line names the columns needed.

    What the lines hold is not repeated in errors: a file without header starts with a voter.
    """
    told: str | None = None
    for line in range(1, _LOOKED_AT + 1):
        text = _text(source.readline(LONGEST_LINE))
        if text is None:
            break
        if line == 1 and (told_in := _SEPARATOR_TOLD.fullmatch(text.strip())):
            told = told_in[1]
            continue
        separator = told or max(_SEPARATORS, key=text.count)
        headings = _cells(text, separator)
        if sum(column_of(each) is not None for each in headings) >= _ENOUGH:
            return _layout(headings, separator, line + 1)
    raise _lacks(REQUIRED)


def _text(line: bytes) -> str | None:
    """None at the end of the file."""
    if len(line) == LONGEST_LINE:
        raise ImportFailed("the header line is too long")
    if not line:
        return None
    try:
        return line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise ImportFailed(
            "the header line is not UTF-8 text: save the file as « CSV UTF-8 », or say how it was "
            "saved, on Windows mostly with --encoding cp1252"
        ) from None


def _cells(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return []


def _layout(headings: list[str], separator: str, first_line: int) -> Layout:
    width = len(headings)
    while headings and not headings[-1].strip():  # a spreadsheet's columns without anything in them
        headings.pop()
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = column_of(heading)
        if name is None or name in places:
            raise ImportFailed(
                f"the header's column {place + 1} is unknown or named twice: look at column "
                f"{letters(place)}, rename it or take it out"
            )
        places[name] = place
    missing = tuple(name for name in REQUIRED if name not in places)
    if missing:
        raise _lacks(missing)
    return Layout(
        separator=separator,
        width=width,
        first_line=first_line,
        numic=places["numic"],
        identifier=places["identifier"],
        email=places["email"],
        phone=places["phone"],
        numel=places.get("numel"),
        identifier_renewed_in=places.get("identifier_renewed_in"),
        country=places.get("country"),
        constituency=places.get("constituency"),
        post=places.get("post"),
    )


def _lacks(missing: tuple[str, ...]) -> ImportFailed:
    return ImportFailed(
        f"the header line lacks the columns: {', '.join(missing)}. It is the first line that names "
        "columns, with ; or , or tabs between them"
    )
