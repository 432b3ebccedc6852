"""Credential store in Keycloak: the password by which the portal's users sign in there.

Keycloak has no conditional write, so the order is kept by two attributes of the user and by
reading them back: `reassort_issued_at` and `reassort_request_id` name the newest issuance; behind
the id stands `pending <until>` while its password is being set. A `put` reads, marks as pending,
reads whether the mark stands, sets the password, reads again, and marks as done. Whoever finds an
earlier password pending waits for its end, at most for the lease.

The race that is left: two processes that both read before either marks, and whose later one marks
after the earlier one has read its mark back: then the earlier password may be set last. That takes
two confirmed renewals of one voter within milliseconds; the earlier `put` notices it afterwards and
raises. Within one process passwords of a voter are put one after the other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from adapters.connections.guarded_http import NoAnswer
from adapters.credentials.keycloak_api import KeycloakApi, KeycloakSettings, attributes_of
from adapters.credentials.keycloak_refusals import InHistory, Refused, UserRefused
from adapters.credentials.mark import Mark, NotNow, UnreadableMark, settled
from adapters.credentials.one_at_a_time import OneAtATime
from adapters.credentials.rank import rank_of
from adapters.system import SystemClock
from core.errors import CredentialsRefused, CredentialsUnavailable
from core.password_issuer import Password
from core.ports.clock import Clock
from core.ports.credentials import Issuance
from core.voter import Numic

NOBODY = "00000000"
"""A NUMIC that no voter has."""
ISSUED_AT, REQUEST_ID = "reassort_issued_at", "reassort_request_id"


class KeycloakCredentials:
    """`core.ports.credentials.Credentials` over Keycloak. The client is the host's.

    Keycloak hashes the password itself: its realm's policy has to say argon2 (its default since
    24) with parameters as strong as R21's.
    """

    def __init__(
        self, client: httpx.AsyncClient, settings: KeycloakSettings, clock: Clock | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._api = KeycloakApi(client, settings, self._clock)
        self._settings = settings
        self._turns = OneAtATime()

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port. An unknown user is `CredentialsUnavailable`, too."""
        try:
            async with self._turns.turn(numic.value):
                return await self._put(numic.value, password, Mark(rank_of(issuance)))
        except UserRefused as refusal:
            raise CredentialsRefused(f"credential store: {refusal}", refusal.why) from None
        except (NoAnswer, Refused, NotNow, UnreadableMark) as problem:
            raise CredentialsUnavailable(f"credential store: {problem}") from None

    async def check(self) -> None:
        """Raises `CredentialsUnavailable` when users cannot be searched for; changes nothing."""
        try:
            await self._api.search(NOBODY)
        except (NoAnswer, Refused) as problem:
            raise CredentialsUnavailable(f"credential store: {problem}") from None

    async def aclose(self) -> None:
        """Nothing to let go of: the client is the host's."""

    async def _put(self, number: str, password: Password, mark: Mark) -> bool:
        id = await self._api.find(number)
        user = await self._api.user(id)
        if user.get("enabled") is False:
            raise CredentialsRefused("credential store: the account is disabled")
        there, now = _mark_of(user), self._clock.now()
        if (answer := settled(there, mark, now)) is not None:
            return answer
        pending = mark.pending_until(now + timedelta(seconds=self._settings.lease_seconds))
        await self._api.set_attributes(user, _written(pending))
        await self._expect(id, pending)
        again = there is not None and there.rank == mark.rank
        try:
            await self._set(id, password, again)
        except UserRefused:
            await self._take_back(pending, user)
            raise
        seen = await self._expect(id, pending)
        await self._api.set_attributes(seen, _written(mark))
        return True

    async def _take_back(self, pending: Mark, was: dict[str, Any]) -> None:
        """The mark is as it `was`: the user's next renewal need not wait for the lease."""
        seen = await self._expect(str(was["id"]), pending)
        before = {name: attributes_of(was).get(name, []) for name in (ISSUED_AT, REQUEST_ID)}
        await self._api.set_attributes(seen, before)

    async def _set(self, id: str, password: Password, again: bool) -> None:
        """A policy "not recently used" refuses what an attempt that was cut off has set already:
        nobody but that attempt can have set this very password."""
        try:
            await self._api.reset_password(id, password.reveal())
        except InHistory:
            if not again:
                raise
        if self._settings.clear_lockout:
            await self._api.clear_lockout(id)
        if self._settings.logout:
            await self._api.logout(id)

    async def _expect(self, id: str, pending: Mark) -> dict[str, Any]:
        """The user as they are now; raises `NotNow` unless our mark stands."""
        user = await self._api.user(id)
        seen = _mark_of(user)
        if seen is None:
            raise NotNow("Keycloak drops our attributes: see unmanagedAttributePolicy")
        if seen != pending:
            raise NotNow("another password is being set at the same time")
        return user


def _mark_of(user: dict[str, Any]) -> Mark | None:
    """None as soon as one of the attributes is missing: such a mark was never whole."""
    attributes = attributes_of(user)
    parts = [next(iter(attributes.get(name) or ()), None) for name in (ISSUED_AT, REQUEST_ID)]
    return Mark.read(" ".join(map(str, parts))) if all(parts) else None


def _written(mark: Mark) -> dict[str, list[str]]:
    issued_at, _, rest = mark.written.partition(" ")
    return {ISSUED_AT: [issued_at], REQUEST_ID: [rest]}
