"""The routes' pace, counts and health in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.store.memory_table import Table
from adapters.store.pace import end_of_day, end_of_hour, step_of, wait_for
from core.attempt import FINAL, Attempt
from core.delivery import DeliveryState
from core.route_health import Tally, Verdict
from core.spending import Charged


@dataclass(frozen=True)
class SmsCount:
    """SMS of one hour or day to one place, and what they cost, in millionths."""

    ends_at: datetime
    messages: int = 0
    cost: int = 0


class MemoryRouteLedger:
    """The port `RouteLedger`."""

    def __init__(
        self,
        attempts: Table[Attempt],
        paces: Table[datetime],
        counts: Table[SmsCount],
        verdicts: Table[Verdict],
    ) -> None:
        self._attempts = attempts
        self._paces = paces
        self._counts = counts
        self._verdicts = verdicts

    async def pace(self, route: str, rate: float, burst: int, now: datetime) -> timedelta:
        step = step_of(rate)
        free_at = max(self._paces.get(route) or now, now) + step
        self._paces.put(route, free_at)
        return wait_for(free_at, step, burst, now)

    async def charge(self, country: str, prefix: str, cost: int, now: datetime) -> Charged:
        day = self._count("day", end_of_day(now), cost)
        to_country = self._count(f"country {country}", end_of_hour(now), cost)
        to_prefix = self._count(f"prefix {prefix}", end_of_hour(now), cost)
        return Charged(to_prefix.messages, to_country.messages, day.cost)

    async def verdicts(self) -> Sequence[Verdict]:
        return self._verdicts.rows()

    async def judge(self, verdict: Verdict, was: Verdict | None) -> bool:
        place = f"{verdict.route} {verdict.country}"
        if self._verdicts.get(place) != was:
            return False
        self._verdicts.put(place, verdict)
        return True

    async def tallies(self, since: datetime, now: datetime) -> Sequence[Tally]:
        settled = [
            each
            for each in self._attempts.rows()
            if each.begun_at >= since and _is_settled(each, now)
        ]
        return _tallied(settled)

    async def tally(self, route: str, country: str, since: datetime, now: datetime) -> Tally:
        found = await self.tallies(since, now)
        nothing = Tally(route, country, 0, 0)
        return next(
            (each for each in found if (each.route, each.country) == (route, country)), nothing
        )

    async def forget(self, before: datetime) -> int:
        return len(self._counts.remove_where(lambda each: each.ends_at < before))

    def _count(self, place: str, ends_at: datetime, cost: int) -> SmsCount:
        key = f"{place} {ends_at.isoformat()}"
        was = self._counts.get(key) or SmsCount(ends_at)
        count = SmsCount(ends_at, was.messages + 1, was.cost + cost)
        self._counts.put(key, count)
        return count


def _is_settled(attempt: Attempt, now: datetime) -> bool:
    if attempt.state is DeliveryState.ACCEPTED:
        return attempt.receipt_due_at is not None and attempt.receipt_due_at < now
    return attempt.state in FINAL


def _came_in_time(attempt: Attempt) -> bool:
    """What came after its time is as bad as nothing: the voter has had the next route's SMS."""
    due, at = attempt.receipt_due_at, attempt.changed_at
    return attempt.state is DeliveryState.DELIVERED and (due is None or at is None or at <= due)


def _tallied(settled: Iterable[Attempt]) -> list[Tally]:
    ends = Counter((each.route, each.country, _came_in_time(each)) for each in settled)
    places = sorted({(route, country) for route, country, _ in ends})
    return [
        Tally(*place, ends[(*place, True)] + ends[(*place, False)], ends[(*place, True)])
        for place in places
    ]
