"""Table `attempt`: each handing-over of each SMS to a route."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.attempt import NOT_HANDED_OVER, Attempt
from core.delivery import DeliveryState
from core.errors import ConcurrentChange

_COLUMNS = (
    "delivery, number, route, country, cost, begun_at, "
    "state, receipt_due_at, reference, operator, reason, changed_at, recorded_at"
)
_ADD = f"""
INSERT INTO attempt ({_COLUMNS}) VALUES ({placeholders(13)})
ON CONFLICT (delivery, number) DO NOTHING
"""
_OF = f"SELECT {_COLUMNS} FROM attempt WHERE delivery = $1 ORDER BY number"
_FIND = f"""
SELECT {_COLUMNS} FROM attempt WHERE route = $1 AND reference IN (%s)
ORDER BY begun_at DESC, number DESC LIMIT 20
"""
_ROUTES_OF = """
SELECT DISTINCT attempt.route FROM recovery_request AS asked
JOIN attempt ON attempt.delivery = asked.id || '.password'
WHERE (asked.voter IN ({known_as}) OR asked.round_voter IN ({known_as}))
  AND attempt.delivery <> $1 AND attempt.begun_at >= $2
  AND attempt.state <> 'queued' AND coalesce(attempt.reason, '') <> $3
"""
# Each is told by the pseudonym that is in use now: the one of her latest SMS.
_HEAVIEST = """
WITH begun AS (
    SELECT coalesce(asked.round_voter, asked.voter) AS whose, asked.voter, attempt.begun_at
    FROM attempt JOIN recovery_request AS asked ON attempt.delivery = asked.id || '.password'
    WHERE attempt.country = $1 AND attempt.begun_at >= $2 AND asked.voter IS NOT NULL
),
most AS (
    SELECT whose, count(*) AS attempts FROM begun GROUP BY whose
    ORDER BY attempts DESC, whose LIMIT 3
)
SELECT (
    SELECT voter FROM begun WHERE begun.whose = most.whose ORDER BY begun_at DESC, voter LIMIT 1
), attempts, (SELECT count(*) FROM attempt WHERE country = $1 AND begun_at >= $2)
FROM most ORDER BY attempts DESC, whose
"""
_SAVE = """
UPDATE attempt
SET begun_at = $3, state = $4, receipt_due_at = $5, reference = $6, operator = $7, reason = $8,
    changed_at = $9, recorded_at = $10
WHERE delivery = $1 AND number = $2 AND state = $11
"""


class AttemptTable:
    """The port `Attempts`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, attempt: Attempt) -> None:
        begun = (attempt.route, attempt.country, attempt.cost)
        key = (attempt.delivery, attempt.number)
        taken = ConcurrentChange(attempt.id)
        await self._sql.change(_ADD, *key, *begun, *_course(attempt), otherwise=taken)

    async def of(self, delivery: str) -> Sequence[Attempt]:
        return [_from_row(row) for row in await self._sql.fetch(_OF, delivery)]

    async def find(self, route: str, *references: str) -> Sequence[Attempt]:
        for first in references[:1]:
            await hold_reference(self._sql, route, first)
        return await self.look_up(route, *references)

    async def look_up(self, route: str, *references: str) -> Sequence[Attempt]:
        query = _FIND % placeholders(len(references), first=2)
        return [_from_row(row) for row in await self._sql.fetch(query, route, *references)]

    async def routes_of(
        self, known_as: Sequence[str], since: datetime, but: str
    ) -> Collection[str]:
        query = _ROUTES_OF.format(known_as=placeholders(len(known_as), 4))
        bounds = (but, to_column(since), NOT_HANDED_OVER)
        rows = await self._sql.fetch(query, *bounds, *known_as)
        return frozenset(row[0] for row in rows)

    async def heaviest(self, country: str, since: datetime) -> Mapping[str, float]:
        rows = await self._sql.fetch(_HEAVIEST, country, to_column(since))
        return {voter: round(count / total, 2) for voter, count, total in rows}

    async def save(self, attempt: Attempt, was: Attempt) -> None:
        key = (attempt.delivery, attempt.number)
        values = (*key, *_course(attempt), was.state.value)
        await self._sql.change(_SAVE, *values, otherwise=ConcurrentChange(attempt.id))


async def hold_reference(sql: Sql, route: str, reference: str) -> None:
    """Either the receipt comes second and finds the attempt, or the attempt comes second and finds
    the receipt: without this, each could miss what the other has not committed yet."""
    await sql.hold(f"reference:{route}:{reference}")


def _course(attempt: Attempt) -> tuple[object, ...]:
    """What changes in the course of an attempt."""
    return (
        to_column(attempt.begun_at),
        attempt.state.value,
        to_column(attempt.receipt_due_at),
        attempt.reference,
        attempt.operator,
        attempt.reason,
        to_column(attempt.changed_at),
        to_column(attempt.recorded_at),
    )


def _from_row(row: Row) -> Attempt:
    delivery, number, route, country, cost, begun_at = row[:6]
    state, due_at, reference, operator, reason, changed_at, recorded_at = row[6:]
    return Attempt(
        delivery=delivery,
        number=number,
        route=route,
        country=country,
        cost=cost,
        begun_at=moment(begun_at),
        state=DeliveryState(state),
        receipt_due_at=to_datetime(due_at),
        reference=reference,
        operator=operator,
        reason=reason,
        changed_at=to_datetime(changed_at),
        recorded_at=to_datetime(recorded_at),
    )
