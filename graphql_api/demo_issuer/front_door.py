"""Leads people to the operators' page, by the address at which its issuer knows it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE = "/operations"


class FrontDoor:
    """Wraps an ASGI app that is served at `base`. A browser that was sent to `localhost` would
    come back from signing in to another origin than it came from."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app, self._base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leads = scope["type"] == "http" and self._leads(scope)
        answer = RedirectResponse(self._base + PAGE, 307) if leads else self._app
        await answer(scope, receive, send)

    def _leads(self, scope: Scope) -> bool:
        if scope["path"] == "/":
            return True
        here = f"http://{Headers(scope=scope).get('host', '')}"
        return scope["path"] == PAGE and here != self._base
