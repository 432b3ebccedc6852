"""What is refused in JSON, shown as a page to a person whose browser asked for one.

A program says which JSON it reads, or anything; a browser that opens an address names HTML first.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.locale import Locale

from .head import Head
from .media_types import prefers_html
from .problem_page import POLICY, ProblemPage

_FOR_PROGRAMS = frozenset({"/graphql", "/healthz", "/readyz", "/metrics"})
"""Who opens one of these in a browser, writes a program or watches one."""


class ForPeople:
    """Wraps an ASGI app."""

    def __init__(self, app: ASGIApp, page: ProblemPage) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not prefers_html(Head(scope["headers"]).accept):
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in _FOR_PROGRAMS:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, self._shown(scope, send))

    def _shown(self, scope: Scope, send: Send) -> Send:
        page: bytes | None = None

        async def send_page(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if message["status"] >= 400 and "json" in headers.get("content-type", ""):
                    page = self._written(scope, message["status"], headers)
                await send(message)
            elif page is None:
                await send(message)
            elif not message.get("more_body"):
                body = b"" if scope["method"] == "HEAD" else page
                await send({"type": "http.response.body", "body": body})

        return send_page

    def _written(self, scope: Scope, status: int, headers: MutableHeaders) -> bytes:
        first = _language(Headers(scope=scope).get("accept-language", ""))
        reference = headers.get("x-correlation-id", "") if status >= 500 else ""
        page = self._page.write(status, first, reference, headers.get("retry-after"))
        headers["content-type"] = "text/html; charset=utf-8"
        headers["content-length"] = str(len(page))
        headers["content-security-policy"] = POLICY
        headers.add_vary_header("Accept, Accept-Language")
        return page


def _language(accepted: str) -> Locale:
    """The first of ours that the browser names, else French. Browsers name the best one first."""
    for each in accepted.lower().split(",", 16)[:16]:
        for locale in Locale:
            if each.strip().startswith(locale.value):
                return locale
    return Locale.FR
