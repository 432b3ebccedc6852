"""Every process, every few seconds: is this the database last seen, or a backup of it?"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.errors import DatabaseRestored
from core.events import RestoreFound
from core.lineage import Sighting
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.lineage import LastSighting, Lineage
from core.ports.randomness import Randomness
from core.ports.unit_of_work import Begin, LineageUnit

NAME_BYTES = 8


@dataclass
class Remembered:
    """What this process knows itself."""

    last: Sighting | None = None
    restored: str = ""
    """Why it is to stop, once and for all."""


@dataclass(frozen=True)
class WatchLineage:
    """One process's. Once a backup was put back under it, it stays stopped."""

    begin: Begin[LineageUnit]
    beside: LastSighting
    clock: Clock
    randomness: Randomness
    events: Events
    known: Remembered = field(default_factory=Remembered)

    @property
    def is_lost(self) -> bool:
        """Whether this process is to stop working."""
        return bool(self.known.restored)

    async def refuse(self) -> None:
        """As a call, but that nothing is written or remembered: for a process that is to start."""
        async with self.begin() as unit:
            lost = await self._compare(unit.lineage)
        if lost:
            raise DatabaseRestored(lost)

    async def __call__(self) -> None:
        """Look. Raises `DatabaseRestored`, from the first time on always, and `StoreUnavailable`.
        What is remembered is so after the commit: never more than the database holds."""
        if self.known.restored:
            raise DatabaseRestored(self.known.restored)
        async with self.begin() as unit:
            lost = await self._compare(unit.lineage)
            seen = None if lost else await self._look(unit.lineage)
        if seen is None:
            self.known.restored = lost
            self.events.record(RestoreFound(lost))
            raise DatabaseRestored(lost)
        self.known.last = seen
        self.beside.write(seen)

    async def _look(self, lineage: Lineage) -> Sighting:
        seen = await lineage.look()
        if seen is not None:
            return seen
        name = self.randomness.token(NAME_BYTES).hex()
        return await lineage.begin_first(name, self.clock.now())

    async def _compare(self, lineage: Lineage) -> str:
        for each in (self.known.last, self.beside.read()):
            if each is not None:
                lost = each.lost(await lineage.looks_of(each.name))
                if lost:
                    return lost
        return ""
