"""F-2: one process's connections, driven by hand: who is answered, waited for and dropped.

Time plays no part, and nothing is sent anywhere; `tests/over_http/` shows the same on a server.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from graphql_api.running.bounds import SPARE, Bounds
from graphql_api.running.uvicorn_inside import BoundedConnection, bounded
from graphql_api.running.waiting import Awaited, WaitingList

HEAD_SECONDS = 7.0
GET = "GET {} HTTP/1.1\r\nHost: gateway.example.org\r\n\r\n"


class Waiting(WaitingList):
    """Remembers how long was to be waited."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[Awaited, float] = {}

    def wait(self, connection: Awaited, seconds: float) -> None:
        super().wait(connection, seconds)
        self.seconds[connection] = seconds

    def remove(self, connection: Awaited) -> None:
        super().remove(connection)
        self.seconds.pop(connection, None)


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.is_over = b"", False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def write_eof(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_over

    def close(self) -> None:
        self.is_over = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Process:
    """A server that takes two connections. What is asked for `/work` is worked on until `done`."""

    def __init__(self) -> None:
        self.waiting, self.dropped, self.done = Waiting(), 0, asyncio.Event()
        bounds = Bounds(2, 1024, HEAD_SECONDS, waiting=self.waiting, dropped=self._drop)
        self._config = uvicorn.Config(
            self._app, http=bounded(bounds), log_config=None, interface="asgi3"
        )
        self._config.load()
        self._state = ServerState()
        self.made: list[BoundedConnection] = []
        self.transports: list[Transport] = []

    def open(self) -> Transport:
        kind: Any = self._config.http_protocol_class
        connection = kind(config=self._config, server_state=self._state, app_state={})
        transport = Transport()
        connection.connection_made(transport)
        self.made.append(connection)
        self.transports.append(transport)
        return transport

    async def ask(self, path: str, number: int) -> None:
        """On the connection of this number."""
        self.made[number].data_received(GET.format(path).encode())
        await settled()

    def _drop(self) -> None:
        self.dropped += 1

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/work":
            await self.done.wait()
        head = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b""})


async def settled() -> None:
    """What can be done without waiting is done."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def full():
    """A process that works for as many callers as it takes."""
    process = Process()
    for number in range(2):
        process.open()
        await process.ask("/work", number)
    yield process
    process.done.set()
    await settled()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/healthz?verbose", 200),
        ("/graphql", 503),
        ("/health", 503),
        ("/", 503),
    ],
)
async def test_those_who_watch_a_full_process_are_answered(full: Process, path: str, status: int):
    """F-2: beyond the bound health and figures are told, and nothing else is begun."""
    transport = full.open()
    await full.ask(path, 2)
    assert transport.written.startswith(f"HTTP/1.1 {status} ".encode())
    assert full.dropped == (1 if status == 200 else 2)


async def test_a_connection_that_is_worked_for_is_not_waited_for(full: Process):
    """F-2: none of those is dropped for want of room, however many come; the newcomers go, beyond
    what is spared for those who watch."""
    assert len(full.waiting) == 0
    others = [full.open() for _ in range(SPARE + 3)]
    begun = full.transports[:2]
    assert not any(each.is_closing() for each in begun)
    assert sum(each.is_over for each in others) >= SPARE
    full.done.set()
    await settled()
    assert all(each.written.startswith(b"HTTP/1.1 200 ") for each in begun)
    assert all(each in full.waiting.seconds for each in full.made[:2])


async def test_for_how_long_a_caller_is_waited_for():
    """F-2: for a head, then not while it is answered, then for 15 seconds of rest, and for a
    further head from its first byte."""
    process = Process()
    process.open()
    (connection,) = process.made
    assert process.waiting.seconds == {connection: HEAD_SECONDS}
    await process.ask("/work", 0)
    assert process.waiting.seconds == {}
    process.done.set()
    await settled()
    assert process.waiting.seconds == {connection: 15.0}
    connection.data_received(b"GET")
    assert process.waiting.seconds == {connection: HEAD_SECONDS}
