"""Worker, at intervals: what has run out is marked, what belongs to no round is deleted (R44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, HousekeepingUnit
from core.retention import Terms

COUNTS_KEPT = timedelta(days=2)
"""How long the counts of an hour or a day are kept after its end."""


@dataclass(frozen=True)
class Purged:
    """How many rows of each kind went."""

    links_expired: int
    assistance_deleted: int
    security_codes_forgotten: int


@dataclass(frozen=True)
class PurgeExpired:
    """No request goes here, however old: see `destroy_rounds`. Two commits; running it twice, or in
    two workers, does no harm."""

    begin: Begin[HousekeepingUnit]
    terms: Terms
    clock: Clock

    async def __call__(self) -> Purged:
        """Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.begin() as unit:
            await unit.early_receipts.forget(now - self.terms.held_receipts)
            await unit.routes.forget(now - COUNTS_KEPT)
        async with self.begin() as unit:
            return Purged(
                await unit.housekeeping.expire_links(now),
                await unit.housekeeping.delete_answered(now - self.terms.assistance),
                await unit.housekeeping.forget_security_codes(now - self.terms.consumed_codes),
            )
