"""Serving the operators' page: a few files, under a policy that names the issuer alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.routing import BaseRoute

from core.web_address import origin_of
from graphql_api.over_http.static_files import StaticFiles, policy_of, slim
from graphql_api.portal.pages import message_routes

PAGE = "/operations"
SHARED = ("kept.js", "text.js", "theme.css")
"""What the page has of the portal."""


@dataclass(frozen=True)
class SignIn:
    """Where operators sign in, as which client, and what is asked for."""

    issuer: str
    client: str
    scopes: str


@dataclass(frozen=True)
class Watched:
    """From which figures on something is wrong: `below` which rate, of how many messages with an
    end at least; and from how many voters on a group is told by itself."""

    below: float
    sample: int
    cell: int


def operations_routes(
    sign_in: SignIn, watched: Watched, identifier_length: int = 12
) -> list[BaseRoute]:
    """The page, and beneath it what it is made of."""
    folder = files("graphql_api.operations_page")
    served = StaticFiles(policy_of(origin_of(sign_in.issuer)))
    html = folder.joinpath("operations.html").read_text("utf-8")
    html = html.replace("<!-- scripts -->", "".join(_preloaded(folder)))
    told = {"sign-in": sign_in, "watched": watched}
    for name, what in told.items():
        html = html.replace(f"{{{name}}}", escape(json.dumps(asdict(what), ensure_ascii=False)))
    return [
        served.route(PAGE, "operations.html", slim("html", html.encode())),
        *message_routes(served, PAGE, identifier_length),
        *served.beneath(folder, PAGE),
        *served.beneath(files("graphql_api.portal"), PAGE, *SHARED),
    ]


def _preloaded(folder: Traversable) -> Iterator[str]:
    """Every script at once: by their imports alone a browser finds them one behind the other."""
    names = [each.name for each in folder.iterdir()] + list(SHARED)
    for name in sorted(each for each in names if each.endswith(".js")):
        yield f'<link rel="modulepreload" href="operations/{name}">'
