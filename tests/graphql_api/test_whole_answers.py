"""A body that is read at once, and an answer that is written at once: uvicorn's, byte for byte."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from graphql_api.over_http.answer import WRITE_WHOLE, Answer, HeaderWithLines, deliver
from graphql_api.running.whole_answers import read_whole, tell_app, write_whole

JSON = Answer(200, b'{"data":null}', b"application/json")


class Connection:
    """One request on a connection that keeps what is written."""

    def __init__(self, method: str = "POST", default: Any = ((b"date", b"now"),)) -> None:
        self.written: list[bytes] = []
        self.told: list[str] = []
        self.at_once = False
        self.closed = False
        transport: Any = SimpleNamespace(
            write=self.written.append, close=self.close, is_closing=lambda: self.closed
        )
        self.cycle = RequestResponseCycle(
            scope={"type": "http", "method": method},  # pyright: ignore[reportArgumentType]
            transport=transport,
            flow=FlowControl(transport),
            logger=logging.getLogger("test"),
            access_logger=logging.getLogger("test"),
            access_log=False,
            default_headers=list(default),
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=lambda: self.told.append("answered"),
        )

    def _write_whole(self, *given: Any) -> bool:
        self.at_once = write_whole(self.cycle, *given)
        return self.at_once

    async def send(self, message: Any) -> None:
        """As a middleware has it."""
        await self.cycle.send(message)

    def close(self) -> None:
        self.closed = True

    async def answer(self, answer: Answer, at_once: bool) -> tuple[bytes, object]:
        """What was written, and what the connection then is."""
        scope: dict[str, Any] = {"method": self.cycle.scope["method"]}
        if at_once:
            scope[WRITE_WHOLE] = self._write_whole
        send = self.cycle.send if at_once else self.send
        await deliver(answer, scope, send, ((b"vary", b"Origin"),))
        cycle = self.cycle
        state = cycle.response_started, cycle.response_complete, cycle.message_event.is_set()
        return b"".join(self.written), (state, cycle.keep_alive, self.closed, self.told)


@pytest.mark.parametrize(
    ("answer", "given", "at_once"),
    [
        (JSON, {}, True),
        (JSON._replace(status=429, headers=((b"retry-after", b"7"),)), {}, True),
        (JSON, {"method": "HEAD"}, False),
        (Answer(204, headers=((b"access-control-max-age", b"600"),)), {}, False),
        (JSON._replace(status=400, headers=((b"connection", b"close"),)), {}, False),
        (JSON, {"default": ((b"date", b"now"), (b"connection", b"close"))}, False),
    ],
)
async def test_the_same_bytes(answer: Answer, given: dict[str, Any], at_once: bool):
    """R36: where it is written at once, and where it is left to uvicorn."""
    ours, theirs = Connection(**given), Connection(**given)
    assert await ours.answer(answer, True) == await theirs.answer(answer, False)
    assert ours.at_once == at_once
    assert ours.told == ["answered"]


@pytest.mark.parametrize("state", ["disconnected", "response_complete", "access_log"])
async def test_what_is_left_to_uvicorn(state: str):
    """A caller who has left, a request that was answered, a log that uvicorn writes."""
    connection = Connection()
    setattr(connection.cycle, state, True)
    connection.cycle.response_started = state == "response_complete"
    assert not write_whole(connection.cycle, connection.cycle.send, 200, [], b"")
    assert connection.written == []


async def test_a_connection_that_takes_no_more():
    """Whoever does not read is waited for, as uvicorn waits."""
    connection = Connection()
    connection.cycle.flow.write_paused = True
    assert not write_whole(connection.cycle, connection.cycle.send, 200, [], b"")


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb"])
async def test_no_header_begins_another(value: bytes):
    """R20: nothing is written of an answer whose header would be two."""
    connection = Connection()
    with pytest.raises(HeaderWithLines):
        write_whole(connection.cycle, connection.cycle.send, 200, [(b"vary", value)], b"")
    assert (connection.written, connection.cycle.response_started) == ([], False)


async def test_what_is_around_the_app_sees_what_is_sent():
    """A middleware that has put its own `send` in the place of uvicorn's is not passed by."""
    connection = Connection()
    assert not write_whole(connection.cycle, connection.send, 200, [], b"")
    assert connection.written == []


@pytest.mark.parametrize("parts", [[b"{}"], [b"{", b"}"], [b""]])
async def test_the_same_body(parts: list[bytes]):
    """R36: what is read at once is what uvicorn gives out, and leaves the request in one state."""
    ours, theirs = (Connection().cycle for _ in range(2))
    for cycle in (ours, theirs):
        for part in parts:
            cycle.body += part
        cycle.more_body = False
        cycle.message_event.set()
    given = await theirs.receive()
    assert read_whole(ours, ours.receive) == given.get("body")
    states = [(cycle.body, cycle.message_event.is_set()) for cycle in (ours, theirs)]
    assert states[0] == states[1]


def unusual(state: str) -> RequestResponseCycle:
    """A request whose body is here, but for `state`."""
    cycle = Connection().cycle
    cycle.body += b"{}"
    cycle.more_body = False
    cycle.message_event.set()
    where = cycle.flow if state == "read_paused" else cycle
    setattr(where, state, True)
    return cycle


@pytest.mark.parametrize(
    "state",
    [
        "more_body",
        "disconnected",
        "response_complete",
        "read_paused",
        "waiting_for_100_continue",
    ],
)
async def test_which_bodies_are_left_to_uvicorn(state: str):
    """One that is still coming or does not come any more, one whose sender was told to wait."""
    cycle = unusual(state)
    assert read_whole(cycle, cycle.receive) is None
    assert cycle.body == b"{}"


async def test_what_is_around_the_app_gives_out_the_body():
    """A middleware that has put its own `receive` in the place of uvicorn's is not passed by; what
    it has read already is not there once more."""
    connection = Connection()
    cycle = connection.cycle
    cycle.more_body = False
    cycle.message_event.set()

    async def receive() -> Any:
        return await cycle.receive()

    assert read_whole(cycle, receive) is None
    await receive()
    assert read_whole(cycle, cycle.receive) is None


async def test_an_answered_request_is_gone_at_once():
    """R29: nothing of it is left for the collector, whose search would stop everyone."""
    connection = Connection()
    cycle = vars(connection).pop("cycle")
    cycle.on_response = lambda: None
    tell_app(cycle)
    ended = weakref.ref(cycle)
    gc.disable()
    try:
        assert write_whole(cycle, cycle.send, 200, [], b"")
        del cycle
        assert ended() is None
    finally:
        gc.enable()
