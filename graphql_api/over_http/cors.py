"""Which pages of other origins may ask: those that the operators list, by their exact origin.

Never all of them, and never with cookies: there are none. Wraps the app, so that a refusal can be
read by the page as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .headers import HEADERS

PATH = "/graphql"
_METHODS = "GET, POST"
_ASKED = "accept, authorization, content-type"
"""Headers that a page may send."""
_TOLD = "retry-after, x-correlation-id"
"""Headers that a page may read."""
_REMEMBER = "600"
"""Seconds for which a browser need not ask again."""


class Cors:
    """Wraps an ASGI app."""

    def __init__(
        self,
        app: ASGIApp,
        origins: Collection[str],
        also: Callable[[str], bool] = lambda _: False,
        never: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`origins` such as `https://vote.example.org`; `also` may allow more, such as those that
        partners have told; `never` takes some away, such as a suspended partner's."""
        self._app = app
        self._origins = frozenset(origins)
        self._also, self._never = also, never

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _path_below_mount(scope) != PATH:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = self._allowed(headers)
        if origin and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(origin)(scope, receive, send)
            return

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(scope=message), origin)
            await send(message)

        await self._app(scope, receive, send_with_origin)

    def _allowed(self, headers: Headers) -> str | None:
        origins = headers.getlist("origin")
        origin = origins[0] if len(origins) == 1 else ""
        if not origin or self._never(origin):
            return None
        return origin if origin in self._origins or self._also(origin) else None


def _path_below_mount(scope: Scope) -> str:
    """The path as the app has it, wherever a host has mounted it."""
    return scope["path"].removeprefix(scope.get("root_path", ""))


def _mark(headers: MutableHeaders, origin: str | None) -> None:
    headers.add_vary_header("Origin")
    if origin:
        headers["access-control-allow-origin"] = origin
        headers["access-control-expose-headers"] = _TOLD


def _preflight(origin: str) -> Response:
    headers = {
        **HEADERS,
        "access-control-allow-origin": origin,
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _ASKED,
        "access-control-max-age": _REMEMBER,
        "vary": "Origin",
    }
    return Response(status_code=204, headers=headers)
