"""Connections of uvicorn with bounds on what comes before a request and on how long it may take.

uvicorn has none of its own with httptools: `h11_max_incomplete_event_size` is for another parser,
its keep-alive timer starts after the first answer and ends with the next byte. This file reaches
into `HttpToolsProtocol`; when a part moves, `test_uvicorn_inside.py` fails.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from graphql_api.over_http.for_people import ForPeople
from graphql_api.over_http.heads import NOT_HTTP, TOO_LARGE, TOO_SLOW
from graphql_api.over_http.problem_page import ProblemPage
from graphql_api.over_http.queue import full
from graphql_api.over_http.refusal import Refusal, as_bytes

from .bounds import (
    ANSWER_SECONDS,
    BODY_SECONDS,
    KEEP_ALIVE_SECONDS,
    LINGER_SECONDS,
    LONGEST_REST,
    MOST_HEADERS,
    MOST_PIPELINED,
    SLICE,
    SPARE,
    Bounds,
)
from .whole_answers import tell_app

_FULL = ForPeople(full, ProblemPage())


def bounded(bounds: Bounds) -> type[asyncio.Protocol]:
    """For `uvicorn.Config(http=…)`."""

    def made(**given: Any) -> BoundedConnection:
        return BoundedConnection(bounds, **given)

    return cast("type[asyncio.Protocol]", made)


class _Excess(Exception):
    """Raised inside the parser, which stops."""


class BoundedConnection(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        bounds: Bounds,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        **more: Any,
    ) -> None:
        super().__init__(config, server_state, app_state, **more)
        self._bounds = bounds
        self._app: ASGIApp = self.app  # type: ignore[assignment]
        self._current: RequestResponseCycle | None = None
        """The request that is being worked on; `cycle` is the last that came."""
        self._idle = True
        """No byte of a next request has come."""
        self._in_body = False
        self._unparsed = self._head = self._rest = 0
        self._too_large = False
        self._refused = False

    # -- What comes in --

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        waiting = self._bounds.waiting
        waiting.wait(self, self._bounds.head_seconds)
        if len(self.connections) <= self._bounds.connections:
            return
        self._bounds.dropped()
        most = self._bounds.connections + SPARE
        if not waiting.drop_longest(but=self) and len(self.connections) > most:
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._bounds.waiting.remove(self)
        self.pipeline.clear()
        if self._current is not None and self._current is not self.cycle:
            self._current.disconnected = True
            self._current.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused or self.transport.is_closing():
            return
        if self._idle:
            self._idle = False
            if self._current is not None and self._current.response_complete:
                self._bounds.waiting.wait(self, self._bounds.head_seconds)
        for start in range(0, len(data), SLICE):
            part = data[start : start + SLICE]
            self._unparsed += len(part)
            super().data_received(part)
            if self._refused or self.transport.is_closing():
                return
            if self._head + self._unparsed > self._bounds.head_bytes:
                self._refuse(TOO_LARGE)
                return

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._idle = self._in_body = False
        self._head = self._unparsed = self._rest = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of a trailer is counted and left out: it must not pass for a header."""
        self._count(len(name) + len(value) + 4)
        if self._in_body:
            return
        self._refuse_if(len(self.headers) >= MOST_HEADERS)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._refuse_if(len(self.pipeline) >= MOST_PIPELINED)
        self._in_body, self._unparsed = True, 0
        self.app = cast(Any, self._app_now())
        free = _is_answered(self._current)
        super().on_headers_complete()
        tell_app(self.cycle)
        if free:
            self._current = self.cycle
        self._settle()

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        if _is_answered(self.cycle):
            self._rest += len(body)
            if self._rest > LONGEST_REST:
                self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._idle, self._unparsed = True, 0
        self._settle()

    def handle_websocket_upgrade(self) -> None:
        self._bounds.waiting.remove(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """The parser has stopped."""
        self._refuse(TOO_LARGE if self._too_large else NOT_HTTP)

    def _count(self, size: int) -> None:
        self._unparsed = 0
        self._head += size
        self._refuse_if(self._head > self._bounds.head_bytes)

    def _refuse_if(self, too_large: bool) -> None:
        if too_large:
            self._too_large = True
            raise _Excess

    def _refuse(self, refusal: Refusal) -> None:
        """Take no more. Requests that are whole are answered first: then nothing else is said."""
        self._refused = True
        last = self.cycle
        if _is_answered(last) or (last is self._current and _may_be_refused(last)):
            self.transport.write(as_bytes(refusal))
            self.transport.write_eof()  # what is still on its way must not cut the answer off
            self._bounds.waiting.wait(self, LINGER_SECONDS)
        elif last.more_body:
            self.transport.abort()
        else:
            last.keep_alive = False

    # -- What goes out --

    def _app_now(self) -> ASGIApp:
        most = self._bounds.connections
        has_room = len(self.connections) <= most and len(self.tasks) <= most + SPARE
        if has_room or self.url.partition(b"?")[0] in self._bounds.always:
            return self._app
        self._bounds.dropped()
        return _FULL

    def on_response_complete(self) -> None:
        following = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()
        if following is not None and not self.transport.is_closing():
            self._current = following
        self._settle()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._settle()

    # -- Who is waited for --

    def overdue(self) -> None:
        in_head = _is_answered(self._current) and not self._in_body and not self._idle
        if in_head and not self._refused and not self.transport.is_closing():
            self._refuse(TOO_SLOW)
        else:
            self.drop()

    def drop(self) -> None:
        self.connections.discard(self)  # before the loop says that it is lost: the next may come in
        self.transport.abort()

    def _settle(self) -> None:
        seconds = self._seconds_for_caller()
        if seconds is None or self.parser is None:
            self._bounds.waiting.remove(self)
        else:
            self._bounds.waiting.wait(self, seconds)

    def _seconds_for_caller(self) -> float | None:
        """How long to wait for the caller; None while the caller waits for us."""
        if self.flow.write_paused:
            return ANSWER_SECONDS
        if self._current is None or self._current.response_complete:
            if self.transport.get_write_buffer_size():
                return ANSWER_SECONDS
            return KEEP_ALIVE_SECONDS if self._idle else self._bounds.head_seconds
        return BODY_SECONDS if self._current.more_body else None


def _is_answered(cycle: RequestResponseCycle | None) -> bool:
    """Whether nobody waits for an answer."""
    return cycle is None or cycle.response_complete


def _may_be_refused(cycle: RequestResponseCycle) -> bool:
    """Whether what is wrong is in this request itself, and nothing of its answer has gone out."""
    return cycle.more_body and not cycle.response_started
