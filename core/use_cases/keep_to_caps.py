"""Caps on SMS: what would break one waits, and an operator is told once (R28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.attempt import Attempt
from core.events import SpendingStopped
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, SmsUnit
from core.spending import SpendingRule, block_of
from core.voter import PhoneNumber

CAP_PAUSE = timedelta(minutes=5)
"""How long an SMS that a cap holds back waits before it is looked at again."""
HEAVIEST_WITHIN = timedelta(hours=1)
"""The time over which an alert about a cap says who has used most."""


class CapReached(Exception):
    """Rolls back what was counted for the SMS."""

    def __init__(self, cap: str) -> None:
        super().__init__(cap)
        self.cap = cap


@dataclass(frozen=True)
class KeepToCaps:
    """Part of the step that hands an SMS over."""

    begin: Begin[SmsUnit]
    rule: SpendingRule
    clock: Clock
    events: Events

    async def charge(
        self, unit: SmsUnit, attempt: Attempt, to: PhoneNumber, is_first: bool
    ) -> None:
        """Within the caller's unit. Every hand-over counts, a repeated one too: the route may
        charge for each. Raises `CapReached`, with which the unit is to be left."""
        if not self.rule.has_caps:
            return
        now = self.clock.now()
        charged = await unit.routes.charge(attempt.country, block_of(to), attempt.cost, now)
        cap = self.rule.breach(charged, is_first)
        if cap is not None:
            raise CapReached(cap)

    async def tell(self, cap: str, country: str) -> None:
        """Once an hour, or a day for the day's cost, by whichever worker comes first."""
        now = self.clock.now()
        async with self.begin() as unit:
            if not await unit.routes.stopped(cap, country, now):
                return
            heaviest = await unit.attempts.heaviest(country, now - HEAVIEST_WITHIN)
        self.events.record(SpendingStopped(cap, country, heaviest))
