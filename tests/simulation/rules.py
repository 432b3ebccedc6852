"""Rules that the product does not have, or has no longer, to see what they change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.messages import PasswordSms
from core.password_issuer import Password, PasswordIssuer
from core.use_cases.dispatch_sms import Announce, Dispatched, DispatchSms

from .store import SimulatedStore


@dataclass(frozen=True, repr=False)
class SamePassword(PasswordIssuer):
    """Asking anew does not change the password: there is one for each voter."""

    store: SimulatedStore

    def derive(self, request_id: str, seed: bytes, key_id: str) -> Password:
        query = "SELECT voter FROM recovery_request WHERE id = $1"
        return super().derive(self.store.rows(query, request_id)[0][0], b"", key_id)


@dataclass(frozen=True)
class AsIfFirst(DispatchSms):
    """Whoever asks anew is served like one who asks for the first time, as it was before: the
    routes that had an SMS for this voter do not come last."""

    async def __call__(
        self,
        message: PasswordSms,
        known_as: Sequence[str],
        announce: Announce,
        bring_into_force: Callable[[], Awaitable[None]],
    ) -> Dispatched:
        return await super().__call__(message, (), announce, bring_into_force)
