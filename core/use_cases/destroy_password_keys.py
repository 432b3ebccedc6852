"""Every process, at intervals: the keys of past days go as soon as no seed needs them (R20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.daily_keys import DailyKeys
from core.ports.unit_of_work import Begin, HousekeepingUnit

SLACK = timedelta(hours=1)
"""For what ends seeds at the message deadline, and for machines whose clocks differ."""


@dataclass(frozen=True)
class DestroyPasswordKeys:
    """A day's key is destroyed when no message of that day may go out any more, and no seed of it
    is in the database: a clock that runs ahead takes no key from an SMS that is on its way."""

    read: Begin[HousekeepingUnit]
    keys: DailyKeys
    policy: RenewalPolicy
    clock: Clock

    async def __call__(self) -> date | None:
        """The first day whose key is left, when keys were destroyed. Asks the database only when
        there is something to destroy. Raises `StoreUnavailable`, `KeyUnavailable`."""
        oldest = self.keys.oldest()
        unneeded = (self.clock.now() - self.policy.message_deadline - SLACK).date()
        if oldest >= unneeded:
            return None
        async with self.read() as unit:
            held = await unit.housekeeping.password_keys_in_use()
        days = [day for each in held if (day := self.keys.day_of(each)) and day >= oldest]
        needed = min([unneeded, *days])
        if needed <= oldest:
            return None
        await self.keys.destroy_before(needed)
        return needed
