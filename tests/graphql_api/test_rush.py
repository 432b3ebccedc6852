"""Callers who come all at once are not left standing at the door."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

import uvloop

from graphql_api.running.serving import ACCEPTED_A_TURN, often


def test_connections_that_come_in_a_rush():
    """A turn of uvloop accepts one of each listening socket: ours is there several times."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        callers = [socket.create_connection(listening.getsockname()) for _ in range(64)]
        found = SimpleNamespace(accepted=0, turns=0)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_accept(often(listening, 1000), found, len(callers)))
        for each in callers:
            each.close()
    assert found.turns <= 64 / ACCEPTED_A_TURN + 8


async def _accept(sockets: list[socket.socket], found: Any, expected: int) -> None:
    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            found.accepted += 1
            transport.close()

    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Accepted, sock=each) for each in sockets]
    while found.accepted < expected:
        await asyncio.sleep(0)
        found.turns += found.accepted > 0
    for each in servers:
        each.close()


def test_a_process_that_takes_few_connections():
    """It accepts one a turn: who was accepted is read before there is one too many."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert often(listening, 12) == [listening]
