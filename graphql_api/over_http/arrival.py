"""A request arrives: who sends it, under which id the log has it, and its whole body, in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from starlette.types import Receive, Scope

from graphql_api.access.client_network import Proxies

from .correlation import correlation_id_of, nobody
from .head import HeaderList
from .headers import CORRELATION_ID
from .refusal import Refusal

READ_WHOLE = "reassort.read_whole"
"""In a scope, from a server that can: a function of `receive` that gives the body if all of it is
here, else None."""
PATIENCE = 15.0
"""Seconds for a body to arrive: a slow one must not hold a connection for ever."""


class CallerLeft(Exception):
    """The caller hung up: there is nobody to answer."""


class Arrivals:
    """What is asked of every request before it is looked at."""

    def __init__(
        self,
        longest_body: int,
        proxies: Proxies | None = None,
        is_router: Callable[[HeaderList], bool] = nobody,
    ) -> None:
        """`longest_body`: bytes; a longer one is answered 413 before it is read to its end.
        `proxies`: those whose word on who calls is believed; otherwise the peer calls.
        `is_router`: who besides them may name the correlation id."""
        self._longest_body = longest_body
        self._proxies = proxies or Proxies()
        self._is_router = is_router

    def correlation_id(self, scope: Scope) -> str:
        """Under which the log has the request."""
        return correlation_id_of(scope, self._proxies, self._is_router)

    def note(self, scope: Scope) -> str:
        """Put into the scope who calls, and the correlation id, which is answered."""
        correlation_id = self.correlation_id(scope)
        scope[CORRELATION_ID] = correlation_id
        self._proxies.resolve(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        return correlation_id

    async def body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body. Raises `Refusal` when it is too long or does not come in time, and
        `CallerLeft`."""
        read_whole = scope.get(READ_WHOLE)
        body = read_whole(receive) if read_whole is not None else None
        if body is not None:
            self._bound(len(body))
            return body
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._read(receive)
        except TimeoutError:
            raise Refusal(408, "The body did not arrive in time.", "BODY_TOO_SLOW") from None

    async def _read(self, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise CallerLeft
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            self._bound(size)
            if not message.get("more_body"):
                return b"".join(chunks)

    def _bound(self, size: int) -> None:
        if size > self._longest_body:
            reason = f"The body is longer than {self._longest_body} bytes."
            raise Refusal(413, reason, "BODY_TOO_LARGE")
