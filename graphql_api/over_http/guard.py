"""In front of an ASGI app: callers whose credentials are no good get 401 and nothing else."""

from __future__ import annotations

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_api.access.authentication import Authentication
from graphql_api.access.caller import CALLER, PARTNER
from graphql_api.access.refusal import OURS, AccessRefusal

from .envelope import CORRELATION_ID
from .refusal import accept_of, errors_response

CHALLENGE = 'Bearer realm="reassort", error="invalid_token"'
_log = structlog.stdlib.get_logger("reassort.access")


RETRY_AFTER = 10
"""Seconds."""


class Guard:
    """Establishes who calls before anything else is done."""

    def __init__(self, app: ASGIApp, authentication: Authentication) -> None:
        self._app, self._authentication = app, authentication

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._authentication.authenticate(scope["headers"])
        if isinstance(found, AccessRefusal):
            _note(found)
            answer = _not_now if found.reason in OURS else _turned_away
            await answer(scope)(scope, receive, send)
            return
        if found.partner is not None:
            _name(scope, found.partner)
        scope[CALLER] = found
        await self._app(scope, receive, send)


def _note(refusal: AccessRefusal) -> None:
    known = {"issuer": refusal.issuer, "partner": refusal.partner}
    told = {name: value for name, value in known.items() if value}
    _log.warning("caller_refused", reason=refusal.reason.value, **told)


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
