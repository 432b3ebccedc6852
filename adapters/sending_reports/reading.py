"""From a report's bytes to receipts, about a megabyte at a time, whatever the lines hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.register.import_csv.chunks import Chunk, read_chunks
from adapters.register.import_csv.header import LONGEST_LINE
from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.sources import Source, opened
from adapters.register.import_csv.strict import Fault, digits
from adapters.sending_reports.headings import COLUMNS, REQUIRED, column_of
from core.errors import CannotProceed
from core.first_sending import (
    LineRefused,
    Refusal,
    SendingReceipt,
    moment_of,
    name_of,
    state_of,
)
from core.voter import Numic

_SEPARATORS = ";,\t"
_NUMIC_DIGITS = 8
Line = tuple[int, SendingReceipt | Refusal]


class ReportUnreadable(CannotProceed):
    """The file as a whole cannot be read as a report; nothing of it was."""


@dataclass(frozen=True)
class _Layout:
    separator: str
    width: int
    places: Mapping[str, int]


@dataclass(frozen=True)
class Report:
    """An open file. `lines` is read once: the number of each, the header's being 1; blank ones are
    left out. `size` is in bytes."""

    lines: Iterator[Line]
    size: int
    source: Source

    @property
    def done(self) -> int:
        """Bytes that were read."""
        return self.source.tell()


@contextmanager
def opened_report(
    path: Path, zone: ZoneInfo | None, now: datetime, encoding: str | None = None
) -> Iterator[Report]:
    """`zone`: by whose clocks times without a zone are. Raises `ReportUnreadable`, `OSError`."""
    try:
        with opened(path, encoding) as (source, size):
            layout = _layout(source.readline(LONGEST_LINE))
            yield Report(_lines(source, layout, zone, now), size, source)
    except ImportFailed as failure:
        raise ReportUnreadable(str(failure)) from None


def _layout(header: bytes) -> _Layout:
    """What the line holds is not repeated: a file without header starts with a voter."""
    try:
        text = header.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise ReportUnreadable(
            "the header line is not UTF-8 text: say how the file was saved with --encoding"
        ) from None
    separator = max(_SEPARATORS, key=text.count)
    headings = _cells(text, separator) or []
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = column_of(heading)
        if name in places:
            raise ReportUnreadable(f"two columns of the header name the {name}: take one out")
        if name is not None:
            places[name] = place
    if missing := [name for name in REQUIRED if name not in places]:
        raise ReportUnreadable(
            f"the header line lacks the columns: {', '.join(missing)}. It is the first line, with "
            f"; or , or tabs between {', '.join(COLUMNS)}"
        )
    return _Layout(separator, len(headings), places)


def _lines(source: Source, layout: _Layout, zone: ZoneInfo | None, now: datetime) -> Iterator[Line]:
    for chunk in read_chunks(source, 2):
        yield from _receipts(chunk, layout, zone, now)


def _receipts(
    chunk: Chunk, layout: _Layout, zone: ZoneInfo | None, now: datetime
) -> Iterator[Line]:
    unwritten = f'{layout.separator}" \t\r'.encode()
    for line, content in enumerate(chunk.content.split(b"\n"), chunk.first_line):
        if not content.strip(unwritten):
            continue
        try:
            yield line, _receipt(_cut(content, layout), layout.places, zone, now)
        except LineRefused as refused:
            yield line, refused.refusal


def _cut(content: bytes, layout: _Layout) -> list[str]:
    if len(content) > LONGEST_LINE:
        raise LineRefused(Refusal.LINE_TOO_LONG)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise LineRefused(Refusal.BAD_ENCODING) from None
    cells = _cells(text.rstrip("\r"), layout.separator)
    if cells is None or len(cells) != layout.width:
        raise LineRefused(Refusal.WRONG_COLUMN_COUNT)
    return cells


def _cells(text: str, separator: str) -> list[str] | None:
    """None where quotes are not closed."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _receipt(
    cells: list[str], places: Mapping[str, int], zone: ZoneInfo | None, now: datetime
) -> SendingReceipt:
    numic = digits(cells[places["numic"]], _NUMIC_DIGITS)
    if isinstance(numic, Fault):
        raise LineRefused(Refusal.NUMIC_INVALID)
    at = moment_of(cells[places["time"]], zone, now)
    state = state_of(cells[places["state"]])
    operator, route = (
        name_of(cells[places[name]]) if name in places else "" for name in ("operator", "route")
    )
    return SendingReceipt(Numic(numic), at, state, operator, route)
