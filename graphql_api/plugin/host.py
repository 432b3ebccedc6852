"""A host whose Strawberry schema holds our fields: what it needs at run time, checked at start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp
from strawberry.schema.base import BaseSchema

from core.errors import TooManyRequests
from graphql_api.access.caller import Caller
from graphql_api.access.client_network import Proxies
from graphql_api.access.refusal import OURS, AccessRefusal
from graphql_api.access.voter_address import VoterAddressUnreadable, on_behalf
from graphql_api.compose import Application
from graphql_api.over_http.arrival import Arrivals
from graphql_api.over_http.correlation import correlation_id_of
from graphql_api.over_http.envelope import Envelope
from graphql_api.over_http.guard import CHALLENGE, count_refused, note_fault
from graphql_api.over_http.headers import CORRELATION_ID
from graphql_api.schema.call import CONTEXT_KEY
from graphql_api.schema.executable import build_schema
from graphql_api.strawberry_inside import executable

from .protections import CORRELATION_KEY, Protections
from .quiet import is_quiet


class HostRefused(Exception):
    """A host's schema lacks something that our fields rely on; the text has one reason a line."""


class Merged:
    """Our fields in a host's schema, or in several."""

    def __init__(self, application: Application, *schemas: BaseSchema) -> None:
        """Raises `HostRefused`."""
        if lacking := [each for schema in schemas for each in lacks(schema)]:
            raise HostRefused("\n".join(lacking))
        self._application = application
        self._proxies = Proxies(application.settings.trusted_proxies)

    async def context(
        self, request: HTTPConnection, caller: Caller | None = None
    ) -> dict[str, Any]:
        """What the host's GraphQL context must hold for this request: entries of a dict, or
        attributes of an object. `caller`: whom the host has recognised; otherwise our settings say
        who is believed. Raises `HTTPException` (401) for credentials that are not, (429) once a
        network has shown too many of them, and (400) for a `Voter-Address` that is none."""
        scope = request.scope
        if CORRELATION_ID not in scope:
            scope[CORRELATION_ID] = correlation_id_of(scope, self._proxies)
            self._proxies.resolve(scope)
        peer = scope.get("client")
        client = peer[0] if peer else "unknown"
        caller = caller or await self._recognize(scope["headers"], client)
        from_url = scope.get("method") == "GET"
        return {
            CONTEXT_KEY: self._application.gateway.call(client, caller, from_url),
            CORRELATION_KEY: scope[CORRELATION_ID],
        }

    async def _recognize(self, headers: Iterable[tuple[bytes, bytes]], client: str) -> Caller:
        found = await self._application.authentication.authenticate(headers)
        if isinstance(found, AccessRefusal):
            if found.reason in OURS:
                note_fault(found)
            else:
                await self._count(found, client)
            raise HTTPException(401, headers={"www-authenticate": CHALLENGE})
        try:
            return on_behalf(found, headers)
        except VoterAddressUnreadable as unreadable:
            raise HTTPException(400, str(unreadable)) from None

    async def _count(self, refusal: AccessRefusal, client: str) -> None:
        gateway = self._application.gateway
        try:
            await count_refused(refusal, client, gateway.limits, gateway.refusals)
        except TooManyRequests as limit:
            raise HTTPException(429, headers={"retry-after": str(limit.retry_after)}) from None

    def surround(self, app: ASGIApp) -> ASGIApp:
        """The host's app with our cap on bodies, correlation ids and headers around it."""
        return Envelope(app, Arrivals(self._application.settings.longest_body, self._proxies))

    async def start(self) -> None:
        """Raises `StoreUnavailable`."""
        await self._application.start()

    async def stop(self) -> None:
        await self._application.stop()

    @asynccontextmanager
    async def running(self, work: bool = False) -> AsyncIterator[None]:
        """Started, for as long as the block lasts. `work`: the worker runs here, too."""
        async with running(self._application, work):
            yield


@asynccontextmanager
async def running(application: Application, work: bool = False) -> AsyncIterator[None]:
    """The application, started for as long as the block lasts."""
    await application.start()
    try:
        if work:
            async with application.working():
                yield
        else:
            yield
    finally:
        await application.stop()


def lacks(schema: BaseSchema) -> Iterator[str]:
    """What a host's schema lacks, one sentence each."""
    held: Any = schema
    if not any(isinstance(each, Protections) for each in held.extensions):
        yield "extensions: add `protections()`, or nothing limits what a document may cost"
    if not is_quiet(schema):
        yield "class: put `Quiet` before Strawberry's, or logs will hold what voters type"
    if not held.config.disable_field_suggestions:
        yield "config: make it with `config()`, or unknown fields are answered with known ones"
    missing = sorted(_types(build_schema()) - _types(schema))
    if missing:
        yield f"types: pass `TYPES`, `Query` and `Mutation`; missing: {', '.join(missing)}"


def _types(schema: Any) -> set[str]:
    return {name for name in executable(schema).type_map if not name.startswith("_")}
