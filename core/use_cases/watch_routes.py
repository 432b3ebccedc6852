"""Worker, every few seconds: does each route deliver in each country? (R31, R32)"""

from __future__ import annotations

from dataclasses import dataclass

from core.events import RouteFell, RouteRecovered
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, SmsUnit
from core.route_health import Health, HealthRule, Tally, Verdict


@dataclass(frozen=True)
class WatchRoutes:
    """Judges by what every worker has recorded. Run in several workers, one of them wins."""

    begin: Begin[SmsUnit]
    read: Begin[SmsUnit]
    rule: HealthRule
    clock: Clock
    events: Events

    async def __call__(self) -> None:
        """Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.read() as unit:
            standing = {(each.route, each.country): each for each in await unit.routes.verdicts()}
            recent = await unit.routes.tallies(now - self.rule.window, now)
            tallies = {(each.route, each.country): each for each in recent}
            for place, verdict in standing.items():
                if verdict.health is Health.FAILING:
                    since = self.rule.counts_from(verdict, now)
                    tallies[place] = await unit.routes.tally(*place, since, now)
        for place, tally in tallies.items():
            await self._judge(standing.get(place), tally)

    async def _judge(self, was: Verdict | None, tally: Tally) -> None:
        verdict = self.rule.judge(was, tally, self.clock.now())
        turned = verdict.health is not (was.health if was else Health.SOUND)
        if not turned:
            return
        async with self.begin() as unit:
            was_first = await unit.routes.judge(verdict, was)
        if was_first:
            event = RouteFell if verdict.health is Health.FAILING else RouteRecovered
            self.events.record(event(tally.route, tally.country, tally.delivered, tally.settled))
