"""In front of an ASGI app: callers whose credentials are no good get 401 and nothing else."""

from __future__ import annotations

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import TooManyRequests
from graphql_api.access.authentication import Authentication
from graphql_api.access.caller import CALLER, PARTNER
from graphql_api.access.limits import CREDENTIALS, EdgeLimits
from graphql_api.access.refusal import OURS, AccessRefusal
from graphql_api.access.refusals import Refusals
from graphql_api.access.voter_address import VoterAddressUnreadable, on_behalf

from .envelope import CORRELATION_ID
from .refusal import Refusal, accept_of, errors_response, refused

CHALLENGE = 'Bearer realm="reassort", error="invalid_token"'
_log = structlog.stdlib.get_logger("reassort.access")


RETRY_AFTER = 10
"""Seconds."""


class Guard:
    """Establishes who calls before anything else is done."""

    def __init__(
        self,
        app: ASGIApp,
        authentication: Authentication,
        limits: EdgeLimits | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        self._app, self._authentication = app, authentication
        self._limits, self._refusals = limits or EdgeLimits(), refusals or Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._authentication.authenticate(scope["headers"])
        if isinstance(found, AccessRefusal):
            answer = await self._answer(scope, found)
            await answer(scope, receive, send)
            return
        if found.partner is not None:
            _name(scope, found.partner)
        try:
            scope[CALLER] = on_behalf(found, scope["headers"])
        except VoterAddressUnreadable as unreadable:
            answer = refused(Refusal(400, str(unreadable)), accept_of(Headers(scope=scope)))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, refusal: AccessRefusal) -> Response:
        if refusal.reason in OURS:
            note_fault(refusal)
            return _not_now(scope)
        peer = scope.get("client")
        try:
            client = peer[0] if peer else "unknown"
            await count_refused(refusal, client, self._limits, self._refusals)
        except TooManyRequests as limit:
            return _too_many(scope, limit)
        return _turned_away(scope)


def note_fault(refusal: AccessRefusal) -> None:
    """We could not look: no caller's doing."""
    told = {"issuer": refusal.issuer} if refusal.issuer else {}
    _log.warning("caller_refused", reason=refusal.reason.value, **told)


async def count_refused(
    refusal: AccessRefusal, client: str, limits: EdgeLimits, refusals: Refusals
) -> None:
    """Count credentials that are not accepted. Raises `TooManyRequests` once this network has shown
    too many; good ones from there are taken all the same."""
    told = {"issuer": refusal.issuer} if refusal.issuer else {}
    refusals.note(refusal.reason.value, client, refusal.partner or None, "caller_refused", **told)
    await limits.count(CREDENTIALS, client)


def _name(scope: Scope, partner: str) -> None:
    """For what goes by partner; and lines of its requests say whose they are. A dashboard's caller
    is not named there: it may be a person."""
    scope[PARTNER] = partner
    structlog.contextvars.bind_contextvars(partner=partner)


def _not_now(scope: Scope) -> Response:
    """A fault of ours, which no new credentials mend. It is known before the ones that were given
    are looked at, so that it says nothing of them."""
    correlation_id = scope.get(CORRELATION_ID, "")
    error = {
        "message": "Who calls cannot be established now. Try again.",
        "extensions": {"code": "TEMPORARILY_UNAVAILABLE", "correlationId": correlation_id},
    }
    accept = accept_of(Headers(scope=scope))
    return errors_response([error], 503, accept, {"retry-after": str(RETRY_AFTER)})


def _turned_away(scope: Scope) -> Response:
    """The same for every reason (RFC 6750): the log has it under the correlation id."""
    correlation_id = scope.get(CORRELATION_ID, "")
    error = {
        "message": f"The credentials are not accepted. Quote {correlation_id} to the operators.",
        "extensions": {"code": "UNAUTHENTICATED", "correlationId": correlation_id},
    }
    accept = accept_of(Headers(scope=scope))
    return errors_response([error], 401, accept, {"www-authenticate": CHALLENGE})


def _too_many(scope: Scope, limit: TooManyRequests) -> Response:
    """Says nothing of the credentials, of which this network has tried too many."""
    error = {
        "message": "Too many credentials were not accepted.",
        "extensions": {"code": limit.code, "correlationId": scope.get(CORRELATION_ID, "")},
    }
    accept = accept_of(Headers(scope=scope))
    return errors_response([error], 429, accept, {"retry-after": str(limit.retry_after)})
