"""Worker, at intervals: to which voting rounds do requests of the release before belong? (R47)"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.ports.recovery_requests import Housekeeping
from core.ports.unit_of_work import Begin, HousekeepingUnit
from core.voting_round import Calendar


@dataclass(frozen=True)
class AssignRounds:
    """Requests are received with their rounds. Release 0.2.0 noted none: what it received belongs
    to the rounds that the calendar had open then. Running it twice, or in two workers, does no
    harm; with nothing left to do it reads an empty index."""

    begin: Begin[HousekeepingUnit]
    calendar: Calendar

    async def __call__(self) -> int:
        """Of how many requests the rounds were looked up. Raises `StoreUnavailable`."""
        assigned = 0
        for span in self.calendar.spans():
            assigned += await self._all(lambda kept, span=span: kept.assign(span))
        return assigned + await self._all(lambda kept: kept.assign_decided())

    async def _all(self, assign: Callable[[Housekeeping], Awaitable[int]]) -> int:
        """One commit after the other, so that requests come in between."""
        assigned = 0
        while True:
            async with self.begin() as unit:
                some = await assign(unit.housekeeping)
            if not some:
                return assigned
            assigned += some
