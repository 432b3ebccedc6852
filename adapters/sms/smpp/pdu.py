"""PDUs: what SMPP 3.4 puts on the wire (chapters 3 and 4). Nothing here is ever logged."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum

_HEADER = struct.Struct("!IIII")
"""command_length, command_id, command_status, sequence_number."""
LONGEST = 70_000
"""Octets: a `message_payload` of 64 KiB and its fields. A longer PDU is a stream out of step."""
RESPONSE = 0x8000_0000
LAST_SEQUENCE = 0x7FFF_FFFF


class Command(IntEnum):
    """What a transceiver sends and gets; the answer to a request has the bit `RESPONSE` as well."""

    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15
    DATA_SM = 0x103
    GENERIC_NACK = 0x8000_0000


class Garbled(Exception):
    """Octets that are no PDU, or a PDU whose fields do not fit in it."""


@dataclass(frozen=True)
class Pdu:
    """One PDU. The body holds numbers, texts and credentials: it has no repr."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = field(default=b"", repr=False)

    @property
    def is_response(self) -> bool:
        return bool(self.command & RESPONSE)

    def response(self, status: int = 0, body: bytes = b"") -> Pdu:
        """The answer to this request."""
        return Pdu(self.command | RESPONSE, self.sequence, status, body)

    def encode(self) -> bytes:
        length = _HEADER.size + len(self.body)
        return _HEADER.pack(length, self.command, self.status, self.sequence) + self.body


async def read_pdu(reader: asyncio.StreamReader) -> Pdu:
    """The next PDU. Raises `Garbled`, and `EOFError` or `OSError` when the connection ends."""
    header = await reader.readexactly(_HEADER.size)
    length, command, status, sequence = _HEADER.unpack(header)
    if not _HEADER.size <= length <= LONGEST:
        raise Garbled("not the length of a PDU")
    return Pdu(command, sequence, status, await reader.readexactly(length - _HEADER.size))


def c_octets(text: str) -> bytes:
    """A C-octet string: ASCII and a closing NUL."""
    return text.encode("ascii") + b"\0"


class Fields:
    """Takes the fields of a body one after another. Raises `Garbled` where it ends too early."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def octets(self, count: int) -> bytes:
        if count > len(self._rest):
            raise Garbled("a field is cut off")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def c_octets(self) -> str:
        """Up to the next NUL. Not every SMSC keeps to ASCII."""
        taken, nul, self._rest = self._rest.partition(b"\0")
        if not nul:
            raise Garbled("a string has no end")
        return taken.decode("latin-1")

    def parameters(self) -> dict[int, bytes]:
        """The optional parameters (5.3): everything that is left, by tag. Octets behind them that
        are no parameter are left alone: some SMSCs close a text with a NUL that they do not count.
        """
        found: dict[int, bytes] = {}
        with suppress(Garbled):
            while self._rest:
                tag, length = struct.unpack("!HH", self.octets(4))
                found[tag] = self.octets(length)
        return found
