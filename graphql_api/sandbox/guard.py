"""Who may steer a sandbox: this machine's programs and pages, not every page that a browser opens.

A page from elsewhere can have a browser send a form to this machine, and a name that leads here
(DNS rebinding) makes it read the answers, too.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.web_address import is_loopback

ELSEWHERE = "a page from elsewhere may not steer the sandbox"
OTHER_NAME = "the sandbox answers to names of this machine only, unless it is started with --host"


class Guard:
    """Before a sandbox. `base`: its own address; one that is served to other machines answers to
    any name, as its operator wants."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._is_local = is_loopback(urlsplit(base).hostname or "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        body = {"errors": [{"message": refusal, "extensions": {"code": "FORBIDDEN"}}]}
        await JSONResponse(body, 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._is_local and not _is_local(host):
            return OTHER_NAME
        steers = scope["method"] != "GET" and scope["path"].startswith("/dev/")
        return ELSEWHERE if steers and _comes_from_elsewhere(headers, host) else None


def _comes_from_elsewhere(headers: Headers, host: str) -> bool:
    """By what browsers say, and programs do not (Fetch Standard, `Origin` and `Sec-Fetch-Site`)."""
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    netloc = urlsplit(origin).netloc
    return not (netloc and netloc == host) and not _is_local(netloc)


def _is_local(netloc: str) -> bool:
    try:
        name = urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name.endswith(".localhost")
