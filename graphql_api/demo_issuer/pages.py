"""The addresses of the demo's issuer, and the page on which a role is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from html import escape
from importlib.resources import files
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from core.locale import Locale

from .address import PATH
from .issuer import Asked, DemoIssuer, SignInRefused
from .roles import Role

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_KEPT = (
    *("client_id", "redirect_uri", "response_type", "state", "nonce"),
    *("code_challenge", "code_challenge_method"),
)
"""What the page asks again when a role is chosen."""
_MOST_FIELDS = 20
_SAID = ("title", "demo", "who", "refused")


def issuer_routes(issuer: DemoIssuer) -> list[BaseRoute]:
    """All that there is of it, beneath `PATH`."""

    async def discovery(_: Request) -> Response:
        return JSONResponse(issuer.discovery())

    async def keys(_: Request) -> Response:
        return JSONResponse(issuer.keys())

    async def authorize(request: Request) -> Response:
        return _authorize(issuer, request)

    async def choose(request: Request) -> Response:
        return await _choose(issuer, request)

    async def token(request: Request) -> Response:
        tokens = issuer.tokens(await _form(request))
        if tokens is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(tokens, headers={"pragma": "no-cache"})

    return [
        Route(f"{PATH}/.well-known/openid-configuration", discovery),
        Route(f"{PATH}/keys", keys),
        Route(f"{PATH}/authorize", authorize, methods=["GET"]),
        Route(f"{PATH}/authorize", choose, methods=["POST"]),
        Route(f"{PATH}/token", token, methods=["POST"]),
        Route(f"{PATH}/sign-in.css", _style),
    ]


def _authorize(issuer: DemoIssuer, request: Request) -> Response:
    """The page, which says that this is a demo's and asks who one would be."""
    given = dict(request.query_params)
    try:
        asked = Asked.read(given, issuer.address)
    except SignInRefused:
        return _page(request, "refused", {})
    if asked.problem:
        return RedirectResponse(issuer.let_in(asked, Role.NOBODY), 303)
    return _page(request, "sign-in", given)


async def _choose(issuer: DemoIssuer, request: Request) -> Response:
    given = await _form(request)
    try:
        asked = Asked.read(given, issuer.address)
        role = Role(given.get("role", ""))
    except (SignInRefused, ValueError):
        return _page(request, "refused", {})
    return RedirectResponse(issuer.let_in(asked, role), 303)


async def _form(request: Request) -> Mapping[str, str]:
    """What a form has sent; nothing of one that is none."""
    text = (await request.body()).decode("ascii", "replace")
    with suppress(ValueError):
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    return {}


def _page(request: Request, kind: str, given: Mapping[str, str]) -> Response:
    locale = _locale(request.headers.get("accept-language", ""))
    words = _words(locale)
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(given[name])}">'
        for name in _KEPT
        if name in given
    )
    buttons = "".join(
        f'<li><button name="role" value="{role}">{escape(words[role])}</button>'
        f"<p>{escape(words[f'{role}.hint'])}</p></li>"
        for role in Role
    )
    said = {name: escape(words[name]) for name in _SAID}
    html = _template(kind).format(
        locale=locale, kept=kept, buttons=buttons, css=f"{PATH}/sign-in.css", **said
    )
    status = 200 if kind == "sign-in" else 400
    return HTMLResponse(html, status, headers={"content-security-policy": POLICY})


def _locale(accepted: str) -> Locale:
    """The first of ours that the browser names, else French."""
    named = (each.strip()[:2] for each in accepted.lower().split(",", 16)[:16])
    return next((Locale(each) for each in named if each in set(Locale)), Locale.FR)


@cache
def _words(locale: Locale) -> Mapping[str, str]:
    text = files("graphql_api.demo_issuer").joinpath("locales", f"{locale}.json").read_text("utf-8")
    return json.loads(text)


@cache
def _template(kind: str) -> str:
    return files("graphql_api.demo_issuer").joinpath(f"{kind}.html").read_text("utf-8")


async def _style(_: Request) -> Response:
    css = files("graphql_api.demo_issuer").joinpath("sign-in.css").read_bytes()
    return Response(css, media_type="text/css")
