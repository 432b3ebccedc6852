"""Worker, at intervals: what has run out is marked, what belongs to no round is deleted (R44)."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, replace
from datetime import timedelta

from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, HousekeepingUnit
from core.retention import Terms
from core.rows_deleted import RowsDeleted

COUNTS_KEPT = timedelta(days=2)
"""How long the counts of an hour or a day are kept after its end."""


BEATS_KEPT = timedelta(days=1)
"""How long it is told that a process lived that lives no more."""
ALERTS_KEPT = timedelta(days=90)
"""How long an alert is kept that was resolved."""


@dataclass(frozen=True)
class Purged:
    """How many links ran out, and how many rows of each kind went."""

    links_expired: int
    rows: RowsDeleted = field(default_factory=RowsDeleted)


@dataclass(frozen=True)
class PurgeExpired:
    """No request goes here, however old: see `destroy_rounds`. Two commits; running it twice, or in
    two workers, does no harm."""

    begin: Begin[HousekeepingUnit]
    terms: Terms
    clock: Clock
    events: Events

    async def __call__(self) -> Purged:
        """Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.begin() as unit:
            first = RowsDeleted(
                early_receipts=await unit.early_receipts.forget(now - self.terms.held_receipts),
                sms_counts=await unit.routes.forget(now - COUNTS_KEPT),
                heartbeats=await unit.clocks.forget_beats(now - BEATS_KEPT),
                alerts=await unit.alerts.forget(now - ALERTS_KEPT),
            )
        self._tell(first)
        async with self.begin() as unit:
            expired = await unit.housekeeping.expire_links(now)
            deleted = await unit.housekeeping.delete_answered(now - self.terms.assistance)
            codes = await unit.housekeeping.forget_security_codes(now - self.terms.consumed_codes)
            freezes = await unit.housekeeping.forget_freezes(now - self.terms.assistance)
            deleted = replace(deleted, security_codes=codes, voter_freezes=freezes)
        self._tell(deleted)
        each = (sum(pair) for pair in zip(astuple(first), astuple(deleted), strict=True))
        return Purged(expired, RowsDeleted(*each))

    def _tell(self, deleted: RowsDeleted) -> None:
        if any(astuple(deleted)):
            self.events.record(deleted)
