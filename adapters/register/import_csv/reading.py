"""The file as chunks of whole lines, and its header. Bounded memory, whatever the lines hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from adapters.register.import_csv.outcome import ImportFailed

LONGEST_LINE = 4096
"""Bytes; a voter takes about a hundred."""
_BLOCK = 1 << 20
_REQUIRED = ("numic", "identifier", "email", "phone")
_OPTIONAL = ("numel", "identifier_renewed_in")


@dataclass(frozen=True)
class Layout:
    """How this file's lines are cut: its separator, and which field holds which column."""

    separator: str
    width: int
    numic: int
    identifier: int
    email: int
    phone: int
    numel: int | None
    identifier_renewed_in: int | None


@dataclass(frozen=True, repr=False)
class Chunk:
    """Whole lines, the first of which has the number `first_line` in the file."""

    first_line: int
    content: bytes
    end: int
    """Bytes of the file read up to the end of this chunk."""


def read_header(source: BinaryIO) -> Layout:
    """Reads the first line; raises `ImportFailed` when it does not name the columns needed.

    What the line holds is not repeated in errors: a file without header starts with a voter.
    """
    separator, names = _names(source.readline(LONGEST_LINE))
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ImportFailed(f"the header line lacks the columns: {', '.join(missing)}")
    for place, name in enumerate(names):
        if name not in _REQUIRED + _OPTIONAL or names.index(name) != place:
            raise ImportFailed(f"the header's column {place + 1} is unknown or named twice")
    places = {name: names.index(name) for name in names}
    return Layout(
        separator=separator,
        width=len(names),
        numic=places["numic"],
        identifier=places["identifier"],
        email=places["email"],
        phone=places["phone"],
        numel=places.get("numel"),
        identifier_renewed_in=places.get("identifier_renewed_in"),
    )


def _names(line: bytes) -> tuple[str, list[str]]:
    """The separator and the columns' names, in lower case."""
    if len(line) == LONGEST_LINE:
        raise ImportFailed("the header line is too long")
    try:
        text = line.decode("utf-8-sig").strip("\r\n")
        separator = ";" if text.count(";") >= text.count(",") else ","
        names = next(csv.reader([text], delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error):
        raise ImportFailed("the header line is not UTF-8 text") from None
    return separator, [name.strip().lower() for name in names]


def read_chunks(source: BinaryIO) -> Iterator[Chunk]:
    """The lines after the header, about a megabyte at a time.

    A line longer than `LONGEST_LINE` may be cut beyond it: it is still one line, still too long.
    """
    line, end, rest = 2, source.tell(), b""
    while block := source.read(_BLOCK):
        end += len(block)
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield Chunk(line, whole, end)
            line += whole.count(b"\n") + 1
        if len(rest) > LONGEST_LINE:
            rest = rest[: LONGEST_LINE + 1]
    if rest:
        yield Chunk(line, rest, end)
