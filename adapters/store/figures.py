"""How messages fare, counted over the tables `attempt`, `delivery` and `recovery_request`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.figure_buckets import FigureBuckets
from adapters.store.sql import Sql, to_column
from core.delivery import DeliveryState
from core.delivery_figures import Count, Unreached
from core.messages import Channel
from core.recovery_request import State

_UNREACHED = """
SELECT state, count(*) FROM recovery_request AS asked
WHERE state IN ('confirmed', 'password_sent', 'undelivered') AND password_was_in_force = 1
  AND confirmed_at >= $1 AND (confirmed_at < $2 OR state = 'undelivered')
  AND NOT EXISTS (
    SELECT 1 FROM recovery_request AS later
    WHERE later.voter = asked.voter AND later.confirmed_at > asked.confirmed_at
  )
  AND (state <> 'password_sent' OR NOT EXISTS (
    SELECT 1 FROM attempt
    WHERE attempt.delivery = asked.id || '.password'
      AND attempt.state = 'accepted' AND attempt.receipt_due_at IS NULL
  ))
GROUP BY state
"""


class FiguresSql:
    """The port `DeliveryFigures`. A renewal that a later one overtook is the later one's matter; an
    SMS on a route that gives no receipts is taken to have arrived."""

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

    async def unreached(self, before: datetime, since: datetime) -> Unreached:
        rows = await self._sql.fetch(_UNREACHED, to_column(since), to_column(before))
        by_state = {State(row[0]): row[1] for row in rows}
        lost = by_state.pop(State.UNDELIVERED, 0)
        return Unreached(sum(by_state.values()), lost)
