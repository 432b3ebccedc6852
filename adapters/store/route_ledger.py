"""Tables `route_pace`, `sms_count`, `route_verdict`, and what `attempt` says of the routes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.store.pace import end_of_day, end_of_hour, step_of, wait_for
from adapters.store.sql import Sql, moment, to_column
from core.attempt import NOT_HANDED_OVER
from core.route_health import Health, Tally, Verdict
from core.spending import DAY_COST, Charged

# $2 is what `free_at` becomes when the bucket is full now, $3 the step in microseconds.
_PACE = """
INSERT INTO route_pace (route, free_at) VALUES ($1, $2)
ON CONFLICT (route) DO UPDATE SET free_at = CASE
    WHEN route_pace.free_at + $3 > excluded.free_at THEN route_pace.free_at + $3
    ELSE excluded.free_at
END
RETURNING free_at
"""
# The day's row comes first: anyone who has it locked meets nobody at the others.
_CHARGE = """
INSERT INTO sms_count (ends_at, scope, place, messages, cost)
VALUES ($1, 'day', '', 1, $5), ($2, 'country', $3, 1, $5), ($2, 'prefix', $4, 1, $5)
ON CONFLICT (ends_at, scope, place) DO UPDATE
SET messages = sms_count.messages + 1, cost = sms_count.cost + excluded.cost
RETURNING scope, messages, cost
"""
_STOPPED = """
INSERT INTO sms_count (ends_at, scope, place, messages, cost) VALUES ($1, 'stopped', $2, 0, 0)
ON CONFLICT (ends_at, scope, place) DO NOTHING
"""
_STOPS = "SELECT place FROM sms_count WHERE scope = 'stopped' AND ends_at > $1 ORDER BY place"
_FIRST_VERDICT = """
INSERT INTO route_verdict (route, country, health, since) VALUES ($1, $2, $3, $4)
ON CONFLICT (route, country) DO NOTHING
"""
_VERDICT = """
UPDATE route_verdict SET health = $3, since = $4
WHERE route = $1 AND country = $2 AND health = $5 AND since = $6
"""
_SETTLED = f"""
begun_at >= $1 AND coalesce(reason, '') <> '{NOT_HANDED_OVER}' AND (
    state IN ('delivered', 'failed', 'expired') OR (state = 'accepted' AND receipt_due_at < $2)
)
"""
# What came after its time is as bad as nothing: the voter has had the SMS of the next route.
_COUNTS = """
count(*), count(CASE WHEN state = 'delivered'
    AND (receipt_due_at IS NULL OR changed_at IS NULL OR changed_at <= receipt_due_at) THEN 1 END)
"""
_TALLIES = f"SELECT route, country, {_COUNTS} FROM attempt WHERE {_SETTLED} GROUP BY route, country"
_TALLY = f"SELECT {_COUNTS} FROM attempt WHERE {_SETTLED} AND route = $3 AND country = $4"


class RouteLedgerTables:
    """The port `RouteLedger`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def pace(self, route: str, rate: float, burst: int, now: datetime) -> timedelta:
        step = step_of(rate)
        microseconds = step // timedelta(microseconds=1)
        rows = await self._sql.fetch(_PACE, route, to_column(now + step), microseconds)
        return wait_for(moment(rows[0][0]), step, burst, now)

    async def charge(self, country: str, prefix: str, cost: int, now: datetime) -> Charged:
        day, hour = to_column(end_of_day(now)), to_column(end_of_hour(now))
        rows = await self._sql.fetch(_CHARGE, day, hour, country, prefix, cost)
        counts = {scope: (messages, spent) for scope, messages, spent in rows}
        return Charged(counts["prefix"][0], counts["country"][0], counts["day"][1])

    async def stopped(self, cap: str, country: str, now: datetime) -> bool:
        ends_at = end_of_day(now) if cap == DAY_COST else end_of_hour(now)
        place = f"{cap}: {country}"
        return await self._sql.execute(_STOPPED, to_column(ends_at), place) > 0

    async def stops(self, now: datetime) -> Sequence[tuple[str, str]]:
        rows = await self._sql.fetch(_STOPS, to_column(now))
        return [(cap, country) for cap, _, country in (row[0].rpartition(": ") for row in rows)]

    async def verdicts(self) -> Sequence[Verdict]:
        rows = await self._sql.fetch("SELECT route, country, health, since FROM route_verdict")
        return [Verdict(row[0], row[1], Health(row[2]), moment(row[3])) for row in rows]

    async def judge(self, verdict: Verdict, was: Verdict | None) -> bool:
        row = (verdict.route, verdict.country, verdict.health.value, to_column(verdict.since))
        if was is None:
            return await self._sql.execute(_FIRST_VERDICT, *row) == 1
        stood = (was.health.value, to_column(was.since))
        return await self._sql.execute(_VERDICT, *row, *stood) == 1

    async def tallies(self, since: datetime, now: datetime) -> Sequence[Tally]:
        rows = await self._sql.fetch(_TALLIES, to_column(since), to_column(now))
        return [Tally(*row) for row in rows]

    async def tally(self, route: str, country: str, since: datetime, now: datetime) -> Tally:
        window = (to_column(since), to_column(now))
        rows = await self._sql.fetch(_TALLY, *window, route, country)
        return Tally(route, country, *rows[0])

    async def forget(self, before: datetime) -> int:
        return await self._sql.execute(
            "DELETE FROM sms_count WHERE ends_at < $1", to_column(before)
        )
