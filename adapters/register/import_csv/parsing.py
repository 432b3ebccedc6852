"""From a chunk's bytes to voters ready to be stored, and remarks on the others.

Runs in processes of its own: whatever goes in and out is pickled.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from adapters.numbering import PhoneKind, Reading
from adapters.register.import_csv import fields
from adapters.register.import_csv.chunks import Chunk
from adapters.register.import_csv.findings import Hygiene, LineFinding, LineRejected, Rejection
from adapters.register.import_csv.header import LONGEST_LINE, Layout
from adapters.register.import_csv.repairs import Proposal, Repair
from adapters.register.schema import identifier_mac
from core.keys import Keyring
from core.voter import Numic

Row = tuple[
    int, int, int | None, str | None, int | None, str | None, bytes, str | None, str | None,
    str | None,
]  # fmt: skip
"""Line, NUMIC, NUMEL, e-mail, phone, kind of phone, identifier's HMAC, round of its renewal,
constituency, post: the columns of the register's table, in their order."""


@dataclass(repr=False)
class Parsed:
    """What one chunk holds. `mailboxes` runs along with `rows`: digests, None for no e-mail."""

    end: int
    rows: list[Row] = field(default_factory=list[Row])
    mailboxes: list[int | None] = field(default_factory=list[int | None])
    findings: list[LineFinding] = field(default_factory=list[LineFinding])
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    blank_lines: int = 0


@dataclass(frozen=True)
class ChunkParser:
    """Parses the chunks of one file. `default_region` and `identifier_length`: see
    `import_register`. `repairs`: by NUMIC."""

    layout: Layout
    keyring: Keyring
    default_region: str | None
    identifier_length: int
    repairs: Mapping[int, Repair]

    def __call__(self, chunk: Chunk) -> Parsed:
        """Every line ends as a row, as a rejection, or as blank."""
        parsed, unwritten = Parsed(chunk.end), f'{self.layout.separator}" \t\r\f\v'
        for line, content in enumerate(_lines(chunk.content), chunk.first_line):
            if isinstance(content, str) and not content.strip(unwritten):
                parsed.blank_lines += 1
                continue
            try:
                self._add_voter(parsed, line, self._cut(content))
            except LineRejected as rejected:
                parsed.findings.append(LineFinding(line, rejected.column, rejected.code))
        return parsed

    def _cut(self, content: str | bytes) -> list[str]:
        if _is_too_long(content):
            raise LineRejected(Rejection.LINE_TOO_LONG)
        if isinstance(content, bytes):
            raise LineRejected(Rejection.BAD_ENCODING)
        if "\0" in content:
            raise LineRejected(Rejection.NUL_BYTE)
        cells = _cells(content, self.layout.separator)
        if len(cells) != self.layout.width:
            raise LineRejected(Rejection.WRONG_COLUMN_COUNT)
        return cells

    def _add_voter(self, parsed: Parsed, line: int, cells: list[str]) -> None:
        layout, notes = self.layout, fields.Notes()
        numic = fields.numic_of(cells[layout.numic])
        identifier = fields.identifier_of(cells[layout.identifier], self.identifier_length)
        renewed_in = fields.round_of(_optional(cells, layout.identifier_renewed_in))
        numel = fields.numel_of(_optional(cells, layout.numel), notes)
        email = fields.email_of(cells[layout.email], notes)
        phone = self._phone(parsed, line, numic, cells, notes)
        number, kind = (None, None) if phone is None else (phone.number, phone.kind.value)
        mac = identifier_mac(self.keyring, numic, identifier, self.keyring.newest)
        address = email and email.value
        dialled = None if number is None else int(number.value[1:])
        constituency = self._place(cells, "constituency", notes)
        post = self._place(cells, "post", notes)
        row = (line, int(numic.value), numel, address, dialled, kind, mac, renewed_in)
        parsed.rows.append((*row, constituency, post))
        parsed.mailboxes.append(email and fields.mailbox_digest(email))
        parsed.findings.extend(LineFinding(line, column, code) for column, code in notes)

    def _place(
        self, cells: list[str], column: Literal["constituency", "post"], notes: fields.Notes
    ) -> str | None:
        place: int | None = getattr(self.layout, column)
        return None if place is None else fields.place_of(cells[place], column, notes)

    def _phone(
        self, parsed: Parsed, line: int, numic: Numic, cells: list[str], notes: fields.Notes
    ) -> Reading | None:
        """What the file says, or what the consulate has confirmed in its stead."""
        country = self.default_region
        if self.layout.country is not None:
            country = fields.country_of(cells[self.layout.country], country, notes)
        remarks = fields.Notes()
        reading = fields.phone_of(cells[self.layout.phone], country, remarks)
        repair = self.repairs.get(int(numic.value)) if self.repairs else None
        if repair is not None and reading is not None and repair.number == _digits_of(reading):
            notes.append(("phone", Hygiene.PHONE_REPAIRED))
            return repair.repaired
        notes.extend(remarks)
        if reading is not None and (reading.proposal or reading.kind is PhoneKind.RENUMBERED):
            parsed.proposals.append(_proposal(line, numic, reading, remarks))
        return reading


def _digits_of(reading: Reading) -> str:
    return "" if reading.number is None else reading.number.value[1:]


def _proposal(line: int, numic: Numic, reading: Reading, remarks: fields.Notes) -> Proposal:
    sure = reading.change is not None and reading.change.sure and not reading.without_code
    code = remarks[-1][1].value
    return Proposal(line, int(numic.value), reading.number, reading.proposal, sure, code)


def _lines(content: bytes) -> Iterator[str | bytes]:
    """Lines without their ends; those that are not UTF-8 stay bytes. Only a line feed ends a line:
    inside quotes, too, so that one stray quote costs one line and not the rest of the file."""
    try:
        for line in content.decode("utf-8").split("\n"):
            yield line.removesuffix("\r")
    except UnicodeDecodeError:
        yield from map(_decoded, content.split(b"\n"))


def _decoded(line: bytes) -> str | bytes:
    try:
        return line.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        return line


def _is_too_long(content: str | bytes) -> bool:
    if len(content) * 4 <= LONGEST_LINE:
        return False
    return len(content.encode() if isinstance(content, str) else content) > LONGEST_LINE


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:
        raise LineRejected(Rejection.MALFORMED_QUOTING) from None


def _optional(cells: list[str], place: int | None) -> str:
    return "" if place is None else cells[place]
