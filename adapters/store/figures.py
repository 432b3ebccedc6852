"""How messages fare, and which voters are unreached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.figure_buckets import FigureBuckets
from adapters.store.sql import Row, Sql, moment, placeholders, to_column
from adapters.store.unreached_sql import (
    BEYOND_ITS_LINK,
    NOR_IN_ANOTHER_ROUND,
    NOT_RENEWED,
    WAITING,
    WAITS_STILL,
    WITHOUT_LINK,
)
from core.delivery import DeliveryState
from core.delivery_figures import Arrival, Count, Standing
from core.messages import Channel
from core.recovery_request import State
from core.unreached import Cause

EPOCH = moment(0)
_OVERDUE = f"""
SELECT state, cause, count(*) FROM recovery_request
WHERE {WAITING} AND round_id IN ({{rounds}}) AND confirmed_at < $1 GROUP BY state, cause
"""
_WITHOUT_LINK = f"""
SELECT cause, count(*) FROM recovery_request AS asked
WHERE {WITHOUT_LINK} AND round_id IN ({{rounds}}) AND {NOT_RENEWED} {{others}}
GROUP BY cause
"""
_DEFERRED = f"""
SELECT count(*) FROM recovery_request AS asked
WHERE {BEYOND_ITS_LINK.format(now="$1")}
  AND round_id IN ({{rounds}}) AND {NOT_RENEWED} {{others}} AND {WAITS_STILL}
"""
_UNDECIDED = """
SELECT count(DISTINCT number) FROM recovery_request WHERE changed_at IS NULL AND received_at < $1
"""
_CONSTITUENCIES = """
SELECT asked.constituency, count(CASE WHEN sms.state = 'delivered' THEN 1 END), count(*)
FROM delivery AS sms JOIN recovery_request AS asked ON asked.id = sms.subject
WHERE sms.queued_at >= $1 AND sms.queued_at < $2 AND sms.kind = 'password'
  AND asked.constituency IS NOT NULL AND asked.overtaken = 0
  AND (asked.cause IS NULL OR asked.cause <> 'receipt_not_expected')
GROUP BY asked.constituency
"""


class FiguresSql:
    """The port `DeliveryFigures`: from buckets, and by indexes that hold what is open still."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def counts(self, since: datetime) -> Sequence[Count]:
        buckets = FigureBuckets(self._sql)
        sms = await buckets.sums("sms", since)
        emails = await buckets.sums("email", since)
        return [
            *(
                Count(Channel.SMS, row[0], row[1], row[2], DeliveryState(row[3]), row[4], row[5])
                for row in sms
            ),
            *(
                Count(Channel.EMAIL, row[0], row[1], "", DeliveryState(row[3]), row[4])
                for row in emails
            ),
        ]

    async def constituencies(self, since: datetime, before: datetime) -> Sequence[Arrival]:
        rows = await self._sql.fetch(_CONSTITUENCIES, to_column(since), to_column(before))
        return [Arrival(*row) for row in rows]

    async def standings(
        self, rounds: Sequence[str], before: datetime, now: datetime
    ) -> Sequence[Standing]:
        waiting = await self._of(_OVERDUE, rounds, before)
        links = await self._of(_WITHOUT_LINK, rounds)
        ((deferred,),) = await self._of(_DEFERRED, rounds, now)
        ((undecided,),) = await self._sql.fetch(_UNDECIDED, to_column(before))
        counted = await FigureBuckets(self._sql).sums("voters", EPOCH)
        found = [
            *(_standing(*row) for row in waiting),
            *(_standing(State.LINK_SENT, *row) for row in links),
            Standing(State.LINK_SENT, Cause.LINK_DEFERRED, deferred),
            Standing(State.RECEIVED, Cause.LINK_UNDECIDED, undecided),
            *(_standing(row[1], row[3], row[4]) for row in counted if row[0] in rounds),
        ]
        return [each for each in found if each.voters]

    async def _of(self, query: str, rounds: Sequence[str], *moments: datetime) -> Sequence[Row]:
        named = placeholders(len(rounds), 1 + len(moments))
        others = NOR_IN_ANOTHER_ROUND.format(rounds=named) if len(rounds) > 1 else ""
        columns = [to_column(each) for each in moments]
        return await self._sql.fetch(query.format(rounds=named, others=others), *columns, *rounds)


def _standing(state: str, cause: str | None, voters: int) -> Standing:
    return Standing(State(state), Cause(cause) if cause else None, voters)
