"""What a process looks after beside its work: its clock, its database, neighbours and workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.background import Background
from core.errors import DependencyFailure, MustStop
from graphql_api.settings import Settings

from .ports import Ports
from .storage import last_sighting

if TYPE_CHECKING:
    from adapters.jobs.worker import Worker
    from core.use_cases.watch_alerts import WatchAlerts
    from core.use_cases.watch_clock import WatchClock
    from core.use_cases.watch_lineage import WatchLineage
    from core.use_cases.watch_neighbours import WatchNeighbours
    from core.use_cases.watch_workers import WatchWorkers


@dataclass(frozen=True, eq=False)
class Watches:
    """Whether this process may go on, and who else is well."""

    settings: Settings
    ports: Ports
    works: bool = False
    """Whether a worker runs in this process."""
    watches_clock: bool = False
    """Whether this process stops when its clock is wrong, or its database a backup: not where
    clocks are set (trials)."""

    @cached_property
    def watch_clock(self) -> WatchClock:
        from adapters.system import system_uptime
        from core.clock_check import ProcessKind
        from core.use_cases.watch_clock import WatchClock

        ports = self.ports
        kind = ProcessKind.WORKER if self.works else ProcessKind.GATEWAY
        process = ports.randomness.token(8).hex()
        return WatchClock(
            *(ports.store.begin, ports.clock, system_uptime, ports.events, process, kind),
            outages=self.watch_neighbours.known,
        )

    @cached_property
    def watch_neighbours(self) -> WatchNeighbours:
        from core.outages import Outages
        from core.use_cases.watch_neighbours import WatchNeighbours

        clock = self.ports.clock
        patience = timedelta(seconds=self.settings.alert_outage)
        return WatchNeighbours(Outages(clock), patience, clock, self.ports.events)

    @cached_property
    def watch_workers(self) -> WatchWorkers:
        from core.use_cases.watch_workers import WatchWorkers

        ports = self.ports
        patience = timedelta(seconds=self.settings.alert_without_worker)
        return WatchWorkers(ports.store.read, patience, ports.clock, ports.events)

    @cached_property
    def watch_alerts(self) -> WatchAlerts:
        from .alerts import watch_alerts
        from .jobs import choose_jobs

        jobs = choose_jobs(self.ports.store)
        return watch_alerts(self.settings, self.ports, jobs, self.watches_clock)

    @cached_property
    def messenger(self) -> Worker:
        from .jobs import choose_jobs
        from .worker import build_messenger

        return build_messenger(self.settings, self.ports, choose_jobs(self.ports.store))

    @cached_property
    def watch_lineage(self) -> WatchLineage:
        from core.use_cases.watch_lineage import WatchLineage

        ports = self.ports
        begin, beside = ports.store.begin, last_sighting(self.settings)
        return WatchLineage(begin, beside, ports.clock, ports.randomness, ports.events)

    def is_stopped(self) -> bool:
        """Whether this process may change nothing any more."""
        return bool(self.why_stopped())

    def why_stopped(self) -> str:
        """In a few words; empty while it goes on."""
        if not self.watches_clock:
            return ""
        if self.watch_clock.is_off:
            return "clock is wrong"
        return "database was put back from a backup" if self.watch_lineage.is_lost else ""

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Where clocks are real, this process looks after its own (a worker does that itself where
        there is one) and after the workers for as long as the block lasts."""
        if not self.watches_clock:
            yield
            return
        watch = Background(self._watch)
        watch.begin()
        try:
            yield
        finally:
            await watch.aclose()
            if not self.works:
                await self.leave()

    async def _watch(self) -> None:
        from core.clock_check import LOOK_EVERY

        while not self.is_stopped():
            with suppress(MustStop, DependencyFailure):
                await self.look_after()
            await asyncio.sleep(LOOK_EVERY.total_seconds())
        await self.leave()
        if self.watch_lineage.is_lost:  # so are the workers
            with suppress(DependencyFailure):
                await self.messenger.drain()

    async def look_after(self) -> None:
        """One look at all of it; while no worker lives, this process tells of alerts. Raises
        `MustStop` and `DependencyFailure`."""
        if not self.works:
            await self.watch_neighbours()
            await self.watch_lineage()
            await self.watch_clock()
        await self.watch_workers()
        await self.watch_alerts.processes()
        if self.watch_workers.missed.since is not None:
            await self.messenger.drain()

    async def leave(self) -> None:
        """Say that this process stops, and what it has heard, as far as the database answers."""
        if not self.watches_clock:
            return
        with suppress(DependencyFailure):
            await self.watch_alerts.tell_heard(by_own_clock=not self.watch_clock.is_off)
            await self.watch_clock.leave()

    async def without_worker(self) -> str:
        """Since when no worker lives, where clocks are real; empty while one does."""
        if not self.watches_clock:
            return ""
        with suppress(Exception):
            seen = await asyncio.wait_for(self.watch_workers.look(), timeout=2)
            if not seen.living:
                return f"none since {seen.last_at:%Y-%m-%dT%H:%M:%SZ}" if seen.last_at else "none"
        return ""
