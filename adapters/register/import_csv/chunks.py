"""The file as chunks of whole lines. Bounded memory, whatever the lines hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.register.import_csv.header import LONGEST_LINE
from adapters.register.import_csv.sources import Source

_BLOCK = 1 << 20


@dataclass(frozen=True, repr=False)
class Chunk:
    """Whole lines, the first of which has the number `first_line` in the file."""

    first_line: int
    content: bytes
    end: int
    """Bytes of the file read up to the end of this chunk."""


def read_chunks(source: Source, first_line: int) -> Iterator[Chunk]:
    """The lines after the header, the first of which has this number, about a megabyte at a time.

    A line longer than `LONGEST_LINE` may be cut beyond it: it is still one line, still too long.
    """
    line, rest = first_line, b""
    while block := source.read(_BLOCK):
        end = source.tell()
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield Chunk(line, whole, end)
            line += whole.count(b"\n") + 1
        if len(rest) > LONGEST_LINE:
            rest = rest[: LONGEST_LINE + 1]
    if rest:
        yield Chunk(line, rest, source.tell())
