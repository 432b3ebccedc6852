"""Serving the portal: a few files, read once, under the strictest content security policy."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.locale import Locale
from graphql_api.schema.messages import catalogue

from .site import Site

PAGES = {"/": "index.html", "/demande": "demande.html", "/renouveler": "renouveler.html"} | {
    "/assistance": "assistance.html"
}
"""The address of each page."""
LINK_PAGE = "/renouveler"
"""What the link in the e-mail opens. What comes behind it is taken, too: scanners write `%23` for
the `#` before the token, and the page reads it there. It must never be logged."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src data:",
        "media-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_INDENTATION = re.compile(rb"^ +", re.MULTILINE)
_SERVED = {".html", ".css", ".js", ".json", ".graphql"}
_TYPES = {".js": "text/javascript", ".graphql": "application/graphql"}


def portal_routes(site: Site, identifier_length: int = 12) -> list[BaseRoute]:
    """The pages with what `site` tells, and beneath `/portal/` what they are made of; among it what
    the gateway says of problems, so that a page can say it in its other language."""
    folder = files("graphql_api.portal")
    told = {name: _page(folder.joinpath(name), site) for name in PAGES.values()}
    pages = [_route(address, name, told[name]) for address, name in PAGES.items()]
    spoilt = _route(f"{LINK_PAGE}{{rest}}", PAGES[LINK_PAGE], told[PAGES[LINK_PAGE]])
    return [*pages, spoilt, *_messages(identifier_length), *_parts(folder, "/portal")]


def _page(file: Traversable, site: Site) -> bytes:
    html = file.read_text("utf-8")
    html = html.replace("<!-- assistance -->", site.assistance())
    footer = site.footer(to_help=file.name != PAGES["/assistance"])
    return _slim("html", html.replace("<!-- footer -->", footer).encode())


def _messages(identifier_length: int) -> Iterator[BaseRoute]:
    for locale in Locale:
        said = {
            code: text.replace("{allowed}", str(identifier_length))
            for code, text in catalogue(locale).items()
        }
        name = f"{locale.value}.json"
        yield _route(
            f"/portal/messages/{name}", name, json.dumps(said, ensure_ascii=False).encode()
        )


def _parts(folder: Traversable, address: str) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            routes += _parts(entry, f"{address}/{entry.name}")
        elif _ending(entry.name) in _SERVED - {".html"}:
            content = _slim(entry.name, entry.read_bytes())
            routes.append(_route(f"{address}/{entry.name}", entry.name, content))
    return routes


def _slim(name: str, content: bytes) -> bytes:
    """Without the indentation, which is for who reads the files: a tenth of what pages and
    catalogues weigh (R46). Nothing in them keeps its spaces."""
    return _INDENTATION.sub(b"", content) if name.endswith(("html", "json")) else content


def _route(address: str, name: str, content: bytes) -> BaseRoute:
    ending = _ending(name)
    kind = _TYPES.get(ending) or mimetypes.types_map[ending]
    headers = {
        "etag": f'"{sha256(content).hexdigest()[:32]}"',
        "content-type": f"{kind}; charset=utf-8",
        "content-security-policy": CONTENT_SECURITY_POLICY,
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


def _ending(name: str) -> str:
    return "." + name.rpartition(".")[2]
