"""Every process, every few seconds: which neighbours have been down, and since when? (R32)"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.events import NeighbourDown, NeighbourUp
from core.outage import Outage
from core.outages import Outages
from core.ports.clock import Clock
from core.ports.events import Events


@dataclass
class Told:
    """What this process has alerted of: each outage is said once."""

    since: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """By neighbour."""


@dataclass(frozen=True)
class WatchNeighbours:
    """Alerts once when a neighbour has done nothing but fail for `patience`, and once when it has
    answered. Each process tells what it has found itself."""

    outages: Outages
    patience: timedelta
    clock: Clock
    events: Events
    told: Told = field(default_factory=Told)

    def known(self) -> tuple[Outage, ...]:
        """What this process knows to be down now."""
        now, found = self.clock.now(), self.outages.by_name.values()
        return tuple(each for each in found if each.is_known(now, self.patience))

    async def __call__(self) -> None:
        standing, now = dict(self.outages.by_name), self.clock.now()
        alerted = self.told.since
        for neighbour, since in list(alerted.items()):
            if neighbour not in standing or standing[neighbour].since != since:
                del alerted[neighbour]
                self.events.record(NeighbourUp(neighbour, since))
        for neighbour, each in standing.items():
            if neighbour not in alerted and each.is_known(now, self.patience):
                alerted[neighbour] = each.since
                down = NeighbourDown(neighbour, each.since, each.failures, each.reason)
                self.events.record(down)
