"""Every process, every few seconds: what are operators to look at? (R53)

All that can be looked up is looked up in the store, so that any worker finds what all have done;
gateways look whether workers live. What only the process itself has heard of it adds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.alert import AlertKind, Condition
from core.alert_conditions import (
    of_constituencies,
    of_first_losses,
    of_jobs,
    of_mail_routes,
    of_neighbours,
    of_rates,
    of_routes,
    of_stops,
    of_untied,
    of_voters,
    of_workers,
)
from core.alerts_heard import AlertsHeard
from core.delivery_figures import (
    EARLY,
    UNTIED_AFTER,
    AlertRule,
    Arrival,
    Grouping,
    rates,
    unreached,
)
from core.errors import StoreUnavailable
from core.jobs import Backlog
from core.ports.alert_units import WatchingUnit
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin
from core.use_cases.raise_alerts import RaiseAlerts
from core.voting_round import Calendar
from core.workers_seen import workers_seen

MINUTE = timedelta(minutes=1)
OF_PROCESSES = frozenset(
    {AlertKind.WORKERS_MISSING, AlertKind.HEARTBEAT_MISSING, AlertKind.NEIGHBOUR_DOWN}
)


@dataclass
class Began:
    """When this process has looked first: before that a missing worker is nobody's fault."""

    looked_from: datetime | None = None


@dataclass
class Counted:
    """What was counted last, and when."""

    at: datetime | None = None
    arrivals: Sequence[Arrival] = ()


@dataclass(frozen=True)
class WatchAlerts:
    """`processes` is for gateways, a call for workers."""

    read: Begin[WatchingUnit]
    backlog: Callable[[datetime], Awaitable[Backlog]]
    raise_alerts: RaiseAlerts
    heard: AlertsHeard
    rule: AlertRule
    without_worker: timedelta
    calendar: Calendar
    clock: Clock
    bounces_read: bool = True
    """Whether mail servers' reports come to us."""
    watches_processes: bool = True
    """Whether processes leave heartbeats."""
    began: Began = field(default_factory=Began)
    counted: Counted = field(default_factory=Counted)

    async def __call__(self) -> None:
        """Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.read() as unit:
            found = [*await self._of_messages(unit, now), *await self._of_processes(unit, now)]
        late = await self.backlog(now - self.rule.late)
        half_as_late = await self.backlog(now - self.rule.late / 2)
        found += of_jobs(late, half_as_late, self.rule)
        await self._store(found, frozenset(AlertKind))

    async def processes(self) -> None:
        """The same of processes, and of what was heard. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            found = await self._of_processes(unit, self.clock.now())
        await self._store(found, OF_PROCESSES)

    async def tell_heard(self, by_own_clock: bool = True) -> None:
        """Store what was heard, and look at nothing: for a process that stops, if need be at the
        last moment that others have seen. Raises `StoreUnavailable`."""
        at = None
        if not by_own_clock:
            async with self.read() as unit:
                at = await unit.clocks.server_time() or await unit.clocks.mark()
        await self._store([], frozenset(), at)

    async def _store(
        self,
        found: Iterable[Condition],
        watched: frozenset[AlertKind],
        at: datetime | None = None,
    ) -> None:
        heard = self.heard.take()
        try:
            await self.raise_alerts([*found, *heard], watched, at)
        except StoreUnavailable:
            self.heard.give_back(heard)
            raise

    async def _of_messages(self, unit: WatchingUnit, now: datetime) -> list[Condition]:
        rule, since = self.rule, now - self.rule.window
        watched = self.calendar.watched_at(now)
        standings = await unit.figures.standings(watched, now - rule.patience, now)
        counts = await unit.figures.counts(since)
        found = rates(counts, Grouping.DESTINATION, self.bounces_read)
        untied = await unit.early_receipts.untied(since, now - UNTIED_AFTER)
        return [
            *of_routes(await unit.routes.verdicts()),
            *of_mail_routes(await unit.mail_routes.verdicts()),
            *of_rates(found, rule),
            *of_first_losses(await unit.figures.counts(now - EARLY), rule),
            *of_constituencies(await self._arrivals(unit, now), rule),
            *of_voters(unreached(standings), rule),
            *of_untied(untied, rule),
            *of_stops(await unit.routes.stops(now)),
        ]

    async def _arrivals(self, unit: WatchingUnit, now: datetime) -> Sequence[Arrival]:
        """Counted voter by voter, hence once a minute."""
        known, rule = self.counted, self.rule
        if known.at is None or now - known.at >= MINUTE:
            before = now - rule.patience
            known.arrivals = await unit.figures.constituencies(before - rule.window, before)
            known.at = now
        return known.arrivals

    async def _of_processes(self, unit: WatchingUnit, now: datetime) -> list[Condition]:
        if not self.watches_processes:
            return []
        seen = workers_seen(await unit.clocks.beats(), now, self.without_worker)
        self.began.looked_from = self.began.looked_from or now
        is_early = now - self.began.looked_from < self.without_worker
        found = [*of_workers(seen), *of_neighbours(seen.outages)]
        missing = AlertKind.WORKERS_MISSING
        return [each for each in found if not is_early or each.place.kind is not missing]
