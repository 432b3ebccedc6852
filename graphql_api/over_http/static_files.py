"""Files of a page, read once and served under the strictest content security policy."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_INDENTATION = re.compile(rb"^ +", re.MULTILINE)
_SERVED = {".html", ".css", ".js", ".json", ".graphql"}
_TYPES = {".js": "text/javascript", ".graphql": "application/graphql"}


def policy_of(*calls: str) -> str:
    """A content security policy without exceptions; a page calls its own origin, and `calls`."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src data:",
            "media-src data:",
            " ".join(("connect-src 'self'", *calls)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


@dataclass(frozen=True)
class StaticFiles:
    """Makes routes of files that all have one policy."""

    policy: str

    def beneath(self, folder: Traversable, address: str, *names: str) -> list[BaseRoute]:
        """What pages are made of, beneath `address`, but no page itself; of the folder all, or what
        is among `names`."""
        routes: list[BaseRoute] = []
        for entry in sorted(folder.iterdir(), key=lambda each: each.name):
            if names and entry.name not in names:
                continue
            if entry.is_dir():
                routes += self.beneath(entry, f"{address}/{entry.name}")
            elif _ending(entry.name) in _SERVED - {".html"}:
                content = slim(entry.name, entry.read_bytes())
                routes.append(self.route(f"{address}/{entry.name}", entry.name, content))
        return routes

    def route(self, address: str, name: str, content: bytes) -> Route:
        """One file at one address; its kind is by its name's ending."""
        ending = _ending(name)
        kind = _TYPES.get(ending) or mimetypes.types_map[ending]
        headers = {
            "etag": f'"{sha256(content).hexdigest()[:32]}"',
            "content-type": f"{kind}; charset=utf-8",
            "content-security-policy": self.policy,
            "permissions-policy": "camera=(), microphone=(), geolocation=()",
            "cross-origin-opener-policy": "same-origin",
            # A page is fetched again each time; its parts are asked after and seldom sent again.
            "cache-control": "no-store" if ending == ".html" else "no-cache",
        }

        async def serve(request: Request) -> Response:
            if request.headers.get("if-none-match") == headers["etag"]:
                return Response(status_code=304, headers=headers)
            return Response(content, headers=headers)

        return Route(address, serve, methods=["GET"])


def slim(name: str, content: bytes) -> bytes:
    """Without the indentation, which is for who reads the files: a tenth of what pages and
    catalogues weigh (R46). Nothing in them keeps its spaces."""
    return _INDENTATION.sub(b"", content) if name.endswith(("html", "json")) else content


def _ending(name: str) -> str:
    return "." + name.rpartition(".")[2]
