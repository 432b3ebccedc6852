"""Table `message_change`: what the rows of messages have overwritten. Triggers write it, see
`migrations/0007_message_changes_left.*.sql`."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.sql import Row, Sql, moment
from core.delivery import DeliveryState
from core.message_change import MessageChange
from core.messages import Channel

_OF = """
SELECT delivery, number, channel, route, place, operator, was, state, reason, happened_at,
    recorded_at
FROM message_change WHERE delivery IN (SELECT id FROM delivery WHERE subject = $1) ORDER BY id
"""


class MessageChangeTable:
    """The port `MessageChanges`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def of(self, request_id: str) -> Sequence[MessageChange]:
        return [_from_row(row) for row in await self._sql.fetch(_OF, request_id)]


def _from_row(row: Row) -> MessageChange:
    delivery, number, channel, route, place, operator, was, state, reason = row[:9]
    return MessageChange(
        delivery=delivery,
        number=number,
        channel=Channel(channel),
        route=route,
        place=place,
        state=DeliveryState(state),
        happened_at=moment(row[9]),
        recorded_at=moment(row[10]),
        was=DeliveryState(was) if was else None,
        operator=operator,
        reason=reason,
    )
