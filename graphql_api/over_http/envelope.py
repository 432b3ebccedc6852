"""What surrounds every request: who calls, a correlation id, a cap on its body, and headers that
keep it private. Plain ASGI, so that it costs next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api.access.client_network import Proxies
from graphql_api.over_http.correlation import HeaderList, correlation_id_of, nobody
from graphql_api.over_http.headers import CORRELATION_ID, HEADERS
from graphql_api.over_http.refusal import Refusal, refused

PATIENCE = 15.0
"""Seconds for a body to arrive: a slow one must not hold a connection for ever."""


class Envelope:
    """Wraps an ASGI app."""

    def __init__(
        self,
        app: ASGIApp,
        longest_body: int,
        proxies: Proxies | None = None,
        is_router: Callable[[HeaderList], bool] = nobody,
    ) -> None:
        """`longest_body`: bytes; a longer one is answered 413 before it is read to its end.
        `proxies`: those whose word on who calls is believed; otherwise the peer calls.
        `is_router`: who besides them may name the correlation id."""
        self._app = app
        self._is_router = is_router
        self._proxies = proxies or Proxies()
        self._longest_body = longest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = correlation_id_of(scope, self._proxies, self._is_router)
        scope[CORRELATION_ID] = correlation_id
        self._proxies.resolve(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-correlation-id"] = correlation_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            async with asyncio.timeout(PATIENCE):
                body = await self._read(receive)
        except _Left:
            return
        except TimeoutError:
            refusal = _refused(scope, 408, "The body did not arrive in time.")
            await refusal(scope, receive, send_with_headers)
            return
        if body is None:
            refusal = _refused(scope, 413, f"The body is longer than {self._longest_body} bytes.")
            await refusal(scope, receive, send_with_headers)
            return
        await self._app(scope, replay(body, receive), send_with_headers)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, or None when it is longer than allowed. Raises `_Left`."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise _Left
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > self._longest_body:
                return None
            if not message.get("more_body"):
                return b"".join(chunks)


class _Left(Exception):
    """The caller hung up before the body was whole: there is nobody to answer."""


def replay(body: bytes, receive: Receive) -> Receive:
    """`receive`, with the body that was read given out again first."""
    pending = True

    async def replayed() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


def _refused(scope: Scope, status: int, reason: str) -> Response:
    code = {408: "BODY_TOO_SLOW", 413: "BODY_TOO_LARGE"}[status]
    return refused(Refusal(status, reason, code), scope)
