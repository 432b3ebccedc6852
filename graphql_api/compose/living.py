"""A simulated election that goes on while one looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from adapters.jobs.chores import Chore, Chores
from adapters.register.memory import MemoryRegister
from adapters.replay.recorded import Heading, Recorded, election_names, read_election
from adapters.replay.replay import Replay
from adapters.replay.rows import Rows
from adapters.system import SystemClock
from adapters.trial import QuickClock
from core.use_cases.fold_evidence import FoldEvidence
from core.use_cases.fold_figures import FoldFigures
from core.use_cases.fold_statistics import FoldStatistics
from core.use_cases.watch_routes import WatchRoutes
from graphql_api.settings import Settings

from .application import Application
from .ports import Ports, ports_on_demand
from .round_keys import keep_round_keys
from .routes import health_rule

if TYPE_CHECKING:
    from core.ports.clock import Clock
    from graphql_api.access.authentication import Authentication

__all__ = ["Heading", "LivingElection", "election_names", "live", "read_election"]

_log = structlog.stdlib.get_logger("reassort.worker")
STEPS = 30
"""In which the past comes in; as often routes are judged in it, and alerts looked for. Each costs a
disk some commits."""
BEAT = 0.5
"""Seconds of the real clock between two looks at what has happened."""
OFTEN = timedelta(seconds=10)


@dataclass(frozen=True, eq=False, kw_only=True)
class LivingElection(Application):
    """The application over an election that was recorded. Its worker does nothing but watch: it
    takes no job, so that nothing is sent, whatever anybody asks for."""

    recorded: Recorded
    clock: QuickClock

    @cached_property
    def here(self) -> Ports:
        """The same database, by the real clock."""
        return Ports(self.settings, store=self.ports.store, http=self.ports.http)

    @cached_property
    def authentication(self) -> Authentication:
        """Who calls is told by the real clock: tokens are of today."""
        from .access import build_authentication

        return build_authentication(self.settings, self.here)

    @cached_property
    def replay(self) -> Replay:
        heading, store = self.recorded.heading, self.ports.store
        known = keep_round_keys(self.settings, self.ports).voter_in
        rows = Rows(self.recorded.name, heading.round, self.settings.keyring, known)
        return Replay(self.recorded, store.begin, rows, self.clock)

    @cached_property
    def watch(self) -> Callable[[], Awaitable[None]]:
        """What a worker looks after, and no more."""
        store, events = self.ports.store, self.ports.events
        rule = health_rule(self.settings)
        routes = WatchRoutes(store.begin, store.read, rule, self.clock, events)
        return self._often(routes, self.watch_alerts)  # alerts tell of fallen routes

    @cached_property
    def fold(self) -> Callable[[], Awaitable[None]]:
        """What keeps figures quick."""
        begin = self.ports.store.begin
        return self._often(
            FoldFigures(begin), FoldEvidence(begin), FoldStatistics(begin, self.clock)
        )

    def _often(self, *what: Callable[[], Awaitable[object]]) -> Chores:
        return Chores([Chore(do, OFTEN) for do in what], self.clock)

    async def start(self) -> None:
        """Like any application, and with all that has happened until the recording is to be looked
        at; from then on the clock runs."""
        await super().start()
        heading = self.recorded.heading
        step = (heading.starts_at - heading.opens_at) / STEPS
        for number in range(1, STEPS + 1):
            self.clock.advance(heading.opens_at + number * step - self.clock.now())
            await self.replay.catch_up()
            await self.watch()
        await self.fold()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[asyncio.Task[None]]:
        """It goes on for as long as the block lasts."""
        self.clock.run()
        task = asyncio.create_task(self._go_on())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _go_on(self) -> None:
        while True:
            try:
                await self._beat()
            except Exception as failure:  # what was not written is written the next time
                _log.error("worker_step_failed", exc_info=failure)
            await asyncio.sleep(BEAT)

    async def _beat(self) -> None:
        await self.replay.catch_up()
        await self.fold()
        await self.watch()


def live(
    settings: Settings,
    recorded: Recorded,
    speed: float,
    since: datetime | None = None,
    real: Clock | None = None,
) -> LivingElection:
    """`speed`: so many seconds pass in one of the `real` clock. `since`: when another process let
    it begin; it is only looked at here."""
    heading = recorded.heading
    clock = QuickClock(heading.opens_at, speed, real or SystemClock())
    if since is not None:
        clock.advance(heading.starts_at - heading.opens_at)
        clock.run(since)
    ports = ports_on_demand(settings, clock=clock, register=MemoryRegister({}, {}))
    return LivingElection(settings, ports, recorded=recorded, clock=clock)
