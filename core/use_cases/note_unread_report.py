"""A mail server reports on an e-mail, and nobody can tell on which, or why: counted and alerted.

It is held like a receipt that ties to no SMS, under a route of its own, and so shows in the same
figures and raises the same alert (R30, R32)."""

from __future__ import annotations

from dataclasses import dataclass

from core.delivery import DeliveryState
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, SmsUnit
from core.receipts import BOUNCES, Receipt


@dataclass(frozen=True)
class NoteUnreadReport:
    """Takes the same report any number of times."""

    begin: Begin[SmsUnit]
    clock: Clock

    async def __call__(self, fingerprint: str) -> None:
        """`fingerprint` tells reports apart and nothing of what is in them. Raises
        `StoreUnavailable`."""
        now = self.clock.now()
        report = Receipt(BOUNCES, DeliveryState.FAILED, now, reference=fingerprint)
        async with self.begin() as unit:
            await unit.early_receipts.hold(report, now)
