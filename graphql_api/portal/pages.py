"""Serving the portal: a few files, read once, under the strictest content security policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.routing import BaseRoute

from core.locale import Locale
from graphql_api.over_http.static_files import StaticFiles, policy_of, slim
from graphql_api.schema.messages import catalogue

from .site import Site

PAGES = {"/": "index.html", "/demande": "demande.html", "/renouveler": "renouveler.html"} | {
    "/assistance": "assistance.html"
}
"""The address of each page."""
LINK_PAGE = "/renouveler"
"""What the link in the e-mail opens. What comes behind it is taken, too: scanners write `%23` for
the `#` before the token, and the page reads it there. It must never be logged."""

CONTENT_SECURITY_POLICY = policy_of()
_FILES = StaticFiles(CONTENT_SECURITY_POLICY)


def portal_routes(site: Site, identifier_length: int = 12) -> list[BaseRoute]:
    """The pages with what `site` tells, and beneath `/portal/` what they are made of; among it what
    the gateway says of problems, so that a page can say it in its other language."""
    folder = files("graphql_api.portal")
    told = {name: _page(folder.joinpath(name), site) for name in PAGES.values()}
    pages: list[BaseRoute] = [
        _FILES.route(address, name, told[name]) for address, name in PAGES.items()
    ]
    spoilt = _FILES.route(f"{LINK_PAGE}{{rest}}", PAGES[LINK_PAGE], told[PAGES[LINK_PAGE]])
    words = message_routes(_FILES, "/portal", identifier_length)
    return [*pages, spoilt, *words, *_FILES.beneath(folder, "/portal")]


def _page(file: Traversable, site: Site) -> bytes:
    html = file.read_text("utf-8")
    html = html.replace("<!-- assistance -->", site.assistance())
    footer = site.footer(to_help=file.name != PAGES["/assistance"])
    return slim("html", html.replace("<!-- footer -->", footer).encode())


def message_routes(
    served: StaticFiles, address: str, identifier_length: int
) -> Iterator[BaseRoute]:
    """What the gateway says of problems, in each language, for pages beneath `address`."""
    for locale in Locale:
        said = {
            code: text.replace("{allowed}", str(identifier_length))
            for code, text in catalogue(locale).items()
        }
        name = f"{locale.value}.json"
        text = json.dumps(said, ensure_ascii=False).encode()
        yield served.route(f"{address}/messages/{name}", name, text)
