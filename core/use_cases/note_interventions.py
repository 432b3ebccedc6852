"""For operators: what was done to a deployment leaves a trace, with a name (R42)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.events import OperatorActed
from core.intervention import Act, Intervention
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, InterventionUnit


def told(noted: Intervention) -> OperatorActed:
    """For the journal, once the trace is in the database."""
    return OperatorActed(noted.act, noted.by, noted.detail)


@dataclass(frozen=True)
class NoteInterventions:
    """Right after a deed that is outside the store, or needs commits of its own; what is changed by
    one unit of work leaves its trace in that unit, so that neither is without the other. Raises
    `ValueError` when nobody is named, and `StoreUnavailable`."""

    begin: Begin[InterventionUnit]
    read: Begin[InterventionUnit]
    clock: Clock
    events: Events

    async def __call__(self, by: str, act: Act, detail: str = "") -> None:
        """In the database and in the journal."""
        noted = Intervention(self.clock.now(), by, act, detail)
        async with self.begin() as unit:
            await unit.interventions.add(noted)
        self.events.record(told(noted))

    async def if_changed(self, by: str, act: Act, detail: str) -> None:
        """The same unless the last of its kind says so already: for what processes are started
        with."""
        noted = Intervention(self.clock.now(), by, act, detail)
        async with self.read() as unit:
            last = await unit.interventions.last(act)
        if last is None or last.detail != noted.detail:
            await self(by, act, detail)

    async def latest(self, limit: int) -> Sequence[Intervention]:
        """The latest first."""
        async with self.read() as unit:
            return await unit.interventions.latest(limit)
