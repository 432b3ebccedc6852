"""For operators: jobs that were given up are tried again from the start (R42)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.intervention import Act, Intervention
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, RequeuingUnit
from core.use_cases.note_interventions import told


@dataclass(frozen=True)
class RequeueJobs:
    """The jobs and the trace of it are one commit."""

    begin: Begin[RequeuingUnit]
    clock: Clock
    events: Events

    async def __call__(self, ids: Sequence[int], by: str) -> int:
        """How many of these were given up, and are due now. Raises `ValueError` when nobody is
        named, and `StoreUnavailable`."""
        now, named = self.clock.now(), " ".join(map(str, ids))
        async with self.begin() as unit:
            count = await unit.jobs.requeue(ids, now)
            noted = Intervention(now, by, Act.JOBS_REQUEUED, f"{count} of {named}")
            await unit.interventions.add(noted)
        self.events.record(told(noted))
        return count
