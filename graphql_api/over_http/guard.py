"""Who calls: those whose credentials are no good get 401 and nothing else."""

from __future__ import annotations

import structlog
from starlette.types import Scope

from core.errors import TooManyRequests
from graphql_api.access.authentication import Authentication
from graphql_api.access.caller import CALLER, PARTNER
from graphql_api.access.limits import CREDENTIALS, EdgeLimits
from graphql_api.access.refusal import OURS, AccessRefusal
from graphql_api.access.refusals import Refusals
from graphql_api.access.voter_address import VoterAddressUnreadable, on_behalf

from .head import Head
from .headers import CORRELATION_ID
from .refusal import Refusal

CHALLENGE = 'Bearer realm="reassort", error="invalid_token"'
_log = structlog.stdlib.get_logger("reassort.access")


RETRY_AFTER = 10
"""Seconds."""


class Guard:
    """Establishes who calls before anything else is done."""

    def __init__(
        self,
        authentication: Authentication,
        limits: EdgeLimits | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        self._authentication = authentication
        self._limits, self._refusals = limits or EdgeLimits(), refusals or Refusals()

    async def admit(self, scope: Scope, head: Head) -> None:
        """Put into the scope who calls. Raises `Refusal`."""
        found = await self._authentication.authenticate(head.came)
        if isinstance(found, AccessRefusal):
            raise await self._refusal(scope, found)
        if found.partner is not None:
            _name(scope, found.partner)
            try:
                found = on_behalf(found, head.came)
            except VoterAddressUnreadable as unreadable:
                raise Refusal(400, str(unreadable)) from None
        scope[CALLER] = found

    async def _refusal(self, scope: Scope, refusal: AccessRefusal) -> Refusal:
        if refusal.reason in OURS:
            note_fault(refusal)
            return _not_now()
        peer = scope.get("client")
        try:
            client = peer[0] if peer else "unknown"
            await count_refused(refusal, client, self._limits, self._refusals)
        except TooManyRequests as limit:
            return _too_many(limit)
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


def _not_now() -> Refusal:
    """A fault of ours, which no new credentials mend. It is known before the ones that were given
    are looked at, so that it says nothing of them."""
    reason = "Who calls cannot be established now. Try again."
    return Refusal(503, reason, "TEMPORARILY_UNAVAILABLE", retry_after=RETRY_AFTER)


def _turned_away(scope: Scope) -> Refusal:
    """The same for every reason (RFC 6750): the log has it under the correlation id."""
    quoted = scope.get(CORRELATION_ID, "")
    reason = f"The credentials are not accepted. Quote {quoted} to the operators."
    return Refusal(401, reason, "UNAUTHENTICATED", {"www-authenticate": CHALLENGE})


def _too_many(limit: TooManyRequests) -> Refusal:
    """Says nothing of the credentials, of which this network has tried too many."""
    reason = "Too many credentials were not accepted."
    return Refusal(429, reason, limit.code, retry_after=limit.retry_after)
