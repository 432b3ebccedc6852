"""Gateway, every few seconds: does a worker live? Without one nobody is written to (R32)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.events import WorkersBack, WorkersMissing
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, ClockUnit
from core.workers_seen import WorkersSeen, workers_seen


@dataclass
class Missed:
    """What this process knows of workers that are missed."""

    looked_from: datetime | None = None
    """When it looked first: before that a missing worker is nobody's fault."""
    since: datetime | None = None
    """Since when it has alerted; None while it has not."""


@dataclass(frozen=True)
class WatchWorkers:
    """Alerts once when no worker has been heard of for `patience`, and once when one is again. Each
    gateway watches by itself."""

    read: Begin[ClockUnit]
    patience: timedelta
    clock: Clock
    events: Events
    missed: Missed = field(default_factory=Missed)

    async def look(self) -> WorkersSeen:
        """The workers, without alerting. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            beats = await unit.clocks.beats()
        return workers_seen(beats, self.clock.now(), self.patience)

    async def __call__(self) -> None:
        """Raises `StoreUnavailable`."""
        seen, now, missed = await self.look(), self.clock.now(), self.missed
        missed.looked_from = missed.looked_from or now
        if seen.living and missed.since is not None:
            self.events.record(WorkersBack(missed.since))
            missed.since = None
        if seen.living or missed.since is not None or now - missed.looked_from < self.patience:
            return
        missed.since = seen.last_at or missed.looked_from
        self.events.record(WorkersMissing(missed.since))
