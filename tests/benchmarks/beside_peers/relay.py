"""An SMTP relay that takes every e-mail and keeps none, as cheap as can be; a process of its own.

    python -m tests.benchmarks.beside_peers.relay COUNT_FILE

Prints `listening on PORT`. COUNT_FILE holds, as eight bytes, how many e-mails with a link in them
were taken so far. It has no TLS and no login: what is measured is who sends.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import sys
from pathlib import Path

import uvloop

_COUNT = struct.Struct("<Q")
_END = b"\r\n.\r\n"
_GREETING = b"250-relay.example.org\r\n250-SIZE 33554432\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_ANSWERS = {
    b"EHLO": _GREETING,
    b"HELO": b"250 relay.example.org\r\n",
    b"MAIL": b"250 OK\r\n",
    b"RCPT": b"250 OK\r\n",
    b"RSET": b"250 OK\r\n",
    b"NOOP": b"250 OK\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}
_LINKS = (b"http://", b"https://")


class Taken:
    """How many e-mails were taken, where other processes can read it."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _COUNT.size)

    @classmethod
    def at_zero(cls, path: Path) -> Taken:
        path.write_bytes(_COUNT.pack(0))
        return cls(path)

    @property
    def count(self) -> int:
        return _COUNT.unpack_from(self._shared)[0]

    def add_one(self) -> None:
        _COUNT.pack_into(self._shared, 0, self.count + 1)


class Session(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._received = b""
        self._in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # pyright: ignore
        self._transport.write(b"220 relay.example.org ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._took_one():
            pass

    def _took_one(self) -> bool:
        """A command or a message, when all of it is here."""
        whole, end, rest = self._received.partition(_END if self._in_message else b"\r\n")
        if not end:
            return False
        self._received = rest
        if self._in_message:
            self._in_message = False
            self._transport.write(self._taken_in(whole))
        else:
            self._obey(whole[:4].upper())
        return True

    def _taken_in(self, message: bytes) -> bytes:
        if not any(each in message for each in _LINKS):
            return b"554 There is no link in it\r\n"
        self._taken.add_one()
        return b"250 2.0.0 Taken\r\n"

    def _obey(self, command: bytes) -> None:
        self._transport.write(_ANSWERS.get(command, b"502 Unknown\r\n"))
        self._in_message = command == b"DATA"
        if command == b"QUIT":
            self._transport.close()


async def _serve(path: Path) -> None:
    taken = Taken(path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(taken), "127.0.0.1", 0)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
