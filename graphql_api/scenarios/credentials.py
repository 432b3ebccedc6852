"""Who calls a sandbox: as in a deployment, and with credentials that everyone may know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.keys import Keyring
from core.partner_signature import SignedPartner, secret_of, sign
from core.ports.clock import Clock
from graphql_api.access.authentication import API_KEY, AUTHORIZATION, Authentication
from graphql_api.access.caller import Access, Caller
from graphql_api.access.refusal import AccessRefusal, Reason
from graphql_api.access.scopes import ASSISTANCE, DELIVERIES, RENEWALS

from .scenario import PARTNER

KEY = "5a0db0c5ed"
"""The prefix of the API key with which the partner's signing secret goes; nobody has the key."""
_FULL = Caller(Access.PARTNER, PARTNER, frozenset({RENEWALS, ASSISTANCE}))
_CALLERS: dict[tuple[bytes, bytes], Caller | AccessRefusal] = {
    (AUTHORIZATION, b"Bearer sandbox-partner"): _FULL,
    (API_KEY, b"sandbox-partner"): _FULL,
    (AUTHORIZATION, b"Bearer sandbox-partner-without-scopes"): Caller(Access.PARTNER, PARTNER),
    (AUTHORIZATION, b"Bearer sandbox-dashboard"): Caller(
        Access.DASHBOARD, "sandbox-dashboard", frozenset({DELIVERIES})
    ),
    (AUTHORIZATION, b"Bearer sandbox-expired"): AccessRefusal(Reason.EXPIRED),
    (API_KEY, b"sandbox-expired"): AccessRefusal(Reason.API_KEY_ENDED, partner=PARTNER),
    (API_KEY, b"sandbox-revoked"): AccessRefusal(Reason.API_KEY_REVOKED, partner=PARTNER),
    (AUTHORIZATION, b"Bearer sandbox-unavailable"): AccessRefusal(Reason.KEYS_UNAVAILABLE),
}
"""By header and value: what the guard is told. All others are judged as in a deployment."""


def signing(keyring: Keyring) -> dict[str, str]:
    """What the sandbox's partner signs with."""
    return {"partner": PARTNER, "key": KEY, "secret": secret_of(keyring, KEY)}


def signed_partner(keyring: Keyring, until: datetime) -> str:
    """The parameter of a page that the partner has rendered."""
    text = f"{PARTNER}.{int(until.timestamp())}.{KEY}"
    return f"{text}.{sign(secret_of(keyring, KEY), text)}"


class SandboxAuthentication(Authentication):
    """Over the one of a deployment, which judges everything else."""

    def __init__(self, inner: Authentication, keyring: Keyring, clock: Clock) -> None:
        self._inner, self._keyring, self._clock = inner, keyring, clock
        self.allows_origin, self.bars_origin = inner.allows_origin, inner.bars_origin
        self.start, self.aclose = inner.start, inner.aclose

    async def partner_by(self, text: str) -> str | None:
        """As in a deployment, but for the list of keys: there is one."""
        signed = SignedPartner.read(text)
        if signed is None or (signed.partner, signed.prefix) != (PARTNER, KEY):
            return None
        return PARTNER if signed.holds(self._keyring, self._clock.now()) else None

    async def authenticate(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller | AccessRefusal:
        shown = list(headers)
        credentials = [each for each in shown if each[0] in (AUTHORIZATION, API_KEY)]
        if len(credentials) == 1 and credentials[0] in _CALLERS:
            return _CALLERS[credentials[0]]
        return await self._inner.authenticate(shown)
