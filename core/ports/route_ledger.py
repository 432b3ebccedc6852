"""What the processes know together about the routes: their pace, their cost, their health."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.route_health import Tally, Verdict
from core.spending import Charged


class RouteLedger(Protocol):
    """Shared by every worker, in the store."""

    async def pace(self, route: str, rate: float, burst: int, now: datetime) -> timedelta:
        """Take one SMS out of the route's token bucket (`rate` a second, `burst` at once). Zero:
        go on. More: how long to wait; the place is kept, unless the unit is rolled back."""
        ...

    async def charge(self, country: str, prefix: str, cost: int, now: datetime) -> Charged:
        """Count one SMS, and say the counts with it in them."""
        ...

    async def stopped(self, cap: str, country: str, now: datetime) -> bool:
        """This cap holds SMS to this country back. True for the first who says so within the hour,
        or the day for the day's cost."""
        ...

    async def stops(self, now: datetime) -> Sequence[tuple[str, str]]:
        """The caps that have held SMS back this hour, or this day, each with the country."""
        ...

    async def verdicts(self) -> Sequence[Verdict]:
        """How each route stands in each country in which it was ever judged to have fallen."""
        ...

    async def judge(self, verdict: Verdict, was: Verdict | None) -> bool:
        """Store a verdict in place of `was`; False when another worker was first."""
        ...

    async def tallies(self, since: datetime, now: datetime) -> Sequence[Tally]:
        """What became of the SMS begun since then, by route and country. Settled are those with an
        end, and those whose receipt is overdue; delivered only what was so in time."""
        ...

    async def tally(self, route: str, country: str, since: datetime, now: datetime) -> Tally:
        """The same for one route in one country."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget counts of hours and days that ended before then; how many rows."""
        ...
