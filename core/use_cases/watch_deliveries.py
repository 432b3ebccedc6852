"""Worker, every few seconds: do messages arrive, everywhere? (R32)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.delivery_figures import AlertRule, Grouping, Rate, Unreached, rates, unreached
from core.events import DeliveryFell, DeliveryRecovered, VotersReached, VotersUnreached
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.reading_units import FiguresUnit
from core.ports.unit_of_work import Begin
from core.voting_round import Calendar


@dataclass
class Alerted:
    """What this process has alerted of: each is said once."""

    low: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Channels and destinations."""
    unreached: int = 0
    """Voters, when they were counted last."""


@dataclass(frozen=True)
class WatchDeliveries:
    """Alerts once when something falls below its threshold, and once when it is above again. Each
    worker watches by itself."""

    read: Begin[FiguresUnit]
    rule: AlertRule
    calendar: Calendar
    clock: Clock
    events: Events
    bounces_read: bool = True
    """Whether mail servers' reports come to us."""
    alerted: Alerted = field(default_factory=Alerted)

    async def __call__(self) -> Sequence[Rate]:
        """The rates by destination. Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.read() as unit:
            counts = await unit.figures.counts(now - self.rule.window)
            watched = self.calendar.watched_at(now)
            standings = await unit.figures.standings(watched, now - self.rule.patience, now)
        found = rates(counts, Grouping.DESTINATION, self.bounces_read)
        for rate in found:
            self._judge(rate)
        self._count_voters(unreached(standings))
        return found

    def _judge(self, rate: Rate) -> None:
        place = (rate.channel.value, rate.group)
        counts = (rate.not_refused, rate.not_refused + rate.lost)
        if self.rule.is_low(rate) and place not in self.alerted.low:
            self.alerted.low.add(place)
            self.events.record(DeliveryFell(*place, *counts))
        elif place in self.alerted.low and not self.rule.is_low(rate):
            self.alerted.low.remove(place)
            self.events.record(DeliveryRecovered(*place, *counts))

    def _count_voters(self, found: Unreached) -> None:
        """Alerts whenever there are more than before."""
        voters = found.voters
        before, self.alerted.unreached = self.alerted.unreached, voters
        if voters > max(self.rule.unreached, before):
            causes = {each.cause.value: each.voters for each in found.causes}
            self.events.record(VotersUnreached(voters, causes))
        elif before > self.rule.unreached >= voters:
            self.events.record(VotersReached(voters))
