"""Every process, every few seconds: may it believe its own clock? It tells that it lives, too,
and what it has found of its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.clock_check import (
    BOUND,
    SECOND_LOOK,
    Heartbeat,
    ProcessKind,
    Uptime,
    against_others,
    against_server,
)
from core.errors import ClockOff
from core.events import ClockRefused, ClockUnconfirmed
from core.outage import Outage
from core.ports.clock import Clock
from core.ports.clocks import Clocks
from core.ports.events import Events
from core.ports.unit_of_work import Begin, ClockUnit


@dataclass
class Seen:
    """What a process has found of its own clock."""

    off: str = ""
    """Why it is not to be believed, once and for all."""
    doubted_at: tuple[datetime, timedelta] | None = None
    """What it said, and the machine's uptime, when it was ahead and nobody there to agree."""
    is_sure: bool = False


@dataclass(frozen=True)
class WatchClock:
    """One process's. Once its clock was found wrong, it stays so until the process is started
    anew: what it has reckoned by then is wrong, too."""

    begin: Begin[ClockUnit]
    clock: Clock
    uptime: Callable[[], Uptime]
    events: Events
    process: str
    kind: ProcessKind
    seen: Seen = field(default_factory=Seen)
    outages: Callable[[], tuple[Outage, ...]] = tuple[Outage, ...]
    """Neighbours that this process has found to be down: told to the others."""

    @property
    def is_off(self) -> bool:
        """Whether this process is to stop working."""
        return bool(self.seen.off)

    @property
    def is_sure(self) -> bool:
        """Whether anything may be ended or deleted because of its age."""
        return self.seen.is_sure and not self.seen.off

    async def refuse(self) -> None:
        """As a call, but that nothing is written or remembered: for a process that is to start."""
        async with self.begin() as unit:
            off, _ = await self._compare(unit.clocks, self.uptime())
        if off:
            raise ClockOff(off)

    async def __call__(self) -> None:
        """Look. Raises `ClockOff`, from the first time on always, and `StoreUnavailable`."""
        if self.seen.off:
            raise ClockOff(self.seen.off)
        uptime = self.uptime()
        async with self.begin() as unit:
            off, ahead = await self._compare(unit.clocks, uptime)
            now = self.clock.now()
            if not off:
                self.seen.is_sure = self._is_confirmed(now, uptime, ahead)
                down = self.outages()
                await unit.clocks.beat(Heartbeat(self.process, self.kind, now, uptime, down))
                if self.seen.is_sure:
                    await unit.clocks.move_mark(now)
        if off:
            self.seen.off = off
            self.events.record(ClockRefused(off))
            raise ClockOff(off)

    async def leave(self) -> None:
        """Say that this process stops. Raises `StoreUnavailable`."""
        async with self.begin() as unit:
            await unit.clocks.stop(self.process)

    async def _compare(self, clocks: Clocks, uptime: Uptime) -> tuple[str, timedelta]:
        """What is wrong, and by how much it is ahead of the last moment seen with nobody to say
        whether that is right."""
        before = self.clock.now()
        server = await clocks.server_time()
        now = self.clock.now()
        if server is not None:
            return against_server(before, server, now), timedelta(0)
        mark, beats = await clocks.mark(), await clocks.beats()
        living = [each.time_at(uptime) for each in beats if each.process != self.process]
        others = [each for each in living if each is not None]
        ahead = timedelta(0) if others or mark is None else now - mark
        return against_others(now, mark, others), ahead

    def _is_confirmed(self, now: datetime, uptime: Uptime, ahead: timedelta) -> bool:
        first = self.seen.doubted_at
        if ahead <= BOUND:
            self.seen.doubted_at = None
            return True
        if first is None:
            self.events.record(ClockUnconfirmed(int(ahead.total_seconds())))
        if first is not None and abs((now - first[0]) - (uptime.since - first[1])) <= BOUND:
            if uptime.since - first[1] < SECOND_LOOK:
                return False
            self.seen.doubted_at = None
            return True
        self.seen.doubted_at = (now, uptime.since)
        return False
