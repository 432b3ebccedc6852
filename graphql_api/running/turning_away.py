"""A connection that refuses a request for which there is no place as soon as its head has come.

Under overload most requests are refused. To make a task and a request of each takes more than is
left for those who are served. What is answered is the same, byte for byte, as on the ordinary way,
which everything takes that is in any way unusual. A body that still comes is thrown away, as it is
after any answer.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from graphql_api.over_http.answer import header_lines
from graphql_api.over_http.refusal import Refusal
from graphql_api.over_http.turned_away import STATUS
from graphql_api.over_http.way_in import PATH, WayIn

from .bounds import Bounds
from .uvicorn_inside import BoundedConnection
from .whole_answers import STATUS_LINE

_URL = PATH.encode()
_LAST = (b"connection", b"close")
_ANSWERED: Any = SimpleNamespace(
    response_complete=True, message_event=SimpleNamespace(set=lambda: None)
)
"""Stands for a first request that was turned away: uvicorn asks it whether a body is wanted."""


def turning_away(way_in: WayIn, bounds: Bounds) -> type[asyncio.Protocol]:
    """For `uvicorn.Config(http=…)`, with the app that is served."""

    def made(**given: Any) -> TurningAway:
        return TurningAway(way_in, bounds, **given)

    return cast("type[asyncio.Protocol]", made)


class TurningAway(BoundedConnection):
    """One connection."""

    def __init__(self, way_in: WayIn, bounds: Bounds, **given: Any) -> None:
        super().__init__(bounds, **given)
        self._way_in = way_in
        self._untold = b""
        """A refusal that is held back."""

    def on_message_begin(self) -> None:
        self._tell()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        scope = cast("dict[str, Any]", self.scope)
        refusal = self._way_in.turn_away(scope) if self._is_usual() else None
        if refusal is None:
            super().on_headers_complete()
            return
        own = header_lines(self.server_state.default_headers)
        self._untold = b"%b%b%b" % (STATUS_LINE[STATUS], own, refusal)
        self._in_body, self._unparsed = True, 0
        self.cycle = self.cycle or _ANSWERED
        self._settle()
        self._way_in.queue.hold_back(self._tell)

    def connection_lost(self, exc: Exception | None) -> None:
        self._untold = b""
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._tell()
        super().shutdown()

    def _is_usual(self) -> bool:
        parser: Any = self.parser
        return (
            self.url == _URL
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and (self.cycle is None or self.cycle.response_complete)
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and not self.access_log
            and not self.flow.write_paused
            and len(self.connections) <= self._bounds.connections
            and _LAST not in self.server_state.default_headers
        )

    def _tell(self) -> None:
        refusal, self._untold = self._untold, b""
        if refusal and not self.transport.is_closing():
            self.transport.write(refusal)
            self.server_state.total_requests += 1
            self._settle()

    def _refuse(self, refusal: Refusal) -> None:
        self._tell()
        super()._refuse(refusal)

    def _seconds_for_caller(self) -> float | None:
        return None if self._untold else super()._seconds_for_caller()
