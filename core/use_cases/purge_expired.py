"""Worker, at intervals: what has run out is marked, what is no longer needed is deleted (R44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, HousekeepingUnit

SLACK = timedelta(minutes=5)
"""An answer that was judged just before its code's end may be recorded this much after it."""
HELD = timedelta(days=1)
"""How long a receipt waits for its attempt."""
COUNTS_KEPT = timedelta(days=2)
"""How long the counts of an hour or a day are kept after its end."""


@dataclass(frozen=True)
class Purged:
    """How many rows of each kind went."""

    links_expired: int
    requests_deleted: int
    security_codes_forgotten: int


@dataclass(frozen=True)
class PurgeExpired:
    """Two commits; running it twice, or in two workers, does no harm."""

    begin: Begin[HousekeepingUnit]
    policy: RenewalPolicy
    clock: Clock

    async def __call__(self) -> Purged:
        """Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.begin() as unit:
            await unit.early_receipts.forget(now - HELD)
            await unit.routes.forget(now - COUNTS_KEPT)
        async with self.begin() as unit:
            return Purged(
                await unit.housekeeping.expire_links(now),
                await unit.housekeeping.delete_finished(now - self.policy.retention),
                await unit.housekeeping.forget_security_codes(now - SLACK),
            )
