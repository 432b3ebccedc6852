"""Every process, every few seconds: which neighbours have been down, and since when? (R32)"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.events import NeighbourDown, NeighbourUp
from core.outages import Outages
from core.ports.clock import Clock
from core.ports.events import Events


@dataclass(frozen=True)
class WatchNeighbours:
    """Alerts once when a neighbour has done nothing but fail for `patience`, and once when it has
    answered. Each process tells what it has found itself."""

    outages: Outages
    patience: timedelta
    clock: Clock
    events: Events
    alerted: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """Since when, by neighbour."""

    async def __call__(self) -> None:
        standing, now = dict(self.outages.by_name), self.clock.now()
        for neighbour, since in list(self.alerted.items()):
            if neighbour not in standing or standing[neighbour].since != since:
                del self.alerted[neighbour]
                self.events.record(NeighbourUp(neighbour, since))
        for neighbour, each in standing.items():
            if neighbour not in self.alerted and each.is_known(now, self.patience):
                self.alerted[neighbour] = each.since
                told = NeighbourDown(neighbour, each.since, each.failures, each.reason)
                self.events.record(told)
