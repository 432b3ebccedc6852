"""Who is the router, and what only the router is shown (R39).

Others meet the ordinary schema, in which `_service` and `_entities` do not exist: nothing has to be
hidden from them, and the answer is that to any unknown field.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_api.access.caller import CALLER, Access, Caller
from graphql_api.over_http.answer import Answer
from graphql_api.over_http.endpoint import GraphQLEndpoint
from graphql_api.over_http.head import Head
from graphql_api.over_http.way_in import Answers
from graphql_api.schema.call import Gateway
from graphql_api.settings import Settings

from .schema import build_subgraph_schema

HEADER = b"router-authorization"
"""Holds a secret that the router shares with us."""
_log = structlog.stdlib.get_logger("reassort.router")


class Routers:
    """Those who know a secret."""

    def __init__(self, secrets: Iterable[str], everyone: bool = False) -> None:
        """`everyone`: no secret is asked for."""
        self._digests = tuple(sha256(secret.encode()).digest() for secret in secrets)
        self._everyone = everyone

    def sent(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request with these headers comes from a router. Takes the same time for every
        wrong secret."""
        if self._everyone:
            return True
        shown = [value for name, value in headers if name == HEADER]
        if len(shown) != 1:
            return False
        known = self._know(shown[0])
        if not known:
            _log.warning("router_refused")
        return known

    def show(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether one of the secrets is shown; nothing is logged, and an open door proves nothing.
        For what is asked of every request before it is answered."""
        shown = [value for name, value in headers if name == HEADER]
        return len(shown) == 1 and self._know(shown[0])

    def _know(self, secret: bytes) -> bool:
        digest = sha256(secret).digest()
        return bool(sum(compare_digest(digest, each) for each in self._digests))


class RouterDoor:
    """An ASGI app for hosts: one for routers, another for everyone else."""

    def __init__(self, routers: Routers, for_routers: ASGIApp, for_others: ASGIApp) -> None:
        self._routers = routers
        self._for_routers = for_routers
        self._for_others = for_others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._routers.sent(scope["headers"]):
            _mark(scope)
            await self._for_routers(scope, receive, send)
        else:
            await self._for_others(scope, receive, send)


class _TwoEndpoints:
    """The same for our own endpoints."""

    def __init__(self, routers: Routers, for_routers: Answers, for_others: Answers) -> None:
        self._routers = routers
        self._for_routers = for_routers
        self._for_others = for_others

    async def answer(self, scope: Scope, head: Head, body: bytes) -> Answer:
        if not self._routers.sent(head.came):
            return await self._for_others.answer(scope, head, body)
        _mark(scope)
        return await self._for_routers.answer(scope, head, body)


def _mark(scope: Scope) -> None:
    """The caller, if one is known, comes through the router: also one taken for it that has not
    said so."""
    if CALLER in scope:
        caller: Caller = scope[CALLER]
        scope[CALLER] = replace(caller, access=caller.access | Access.ROUTER)


def routers_of(settings: Settings) -> Routers:
    """Those of a subgraph; otherwise none."""
    return Routers(settings.routers if settings.subgraph else (), settings.router_open)


def behind_a_router(settings: Settings, gateway: Gateway, for_others: Answers) -> Answers:
    """The endpoint of a deployment: with a door for routers when it is a subgraph. A router's
    documents are of its own making, so that they are not asked to be among the trusted ones."""
    if not settings.subgraph:
        return for_others
    schema = build_subgraph_schema(settings.documents_remembered, settings.document_limits)
    for_routers = GraphQLEndpoint(schema, gateway)
    return _TwoEndpoints(routers_of(settings), for_routers, for_others)
