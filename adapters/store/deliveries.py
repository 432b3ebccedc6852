"""Table `delivery`: what became of each e-mail and SMS."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange
from core.locale import Locale
from core.messages import MessageKind

_COLUMNS = (
    "id, kind, subject, locale, queued_at, state, attempts, route, reference, reason, changed_at, "
    "destination, operator, accepted_at"
)
_INSERT = f"INSERT INTO delivery ({_COLUMNS}) VALUES ({placeholders(14)})"
_SELECT = f"SELECT {_COLUMNS} FROM delivery WHERE id = $1"
_OF = f"SELECT {_COLUMNS} FROM delivery WHERE subject = $1 ORDER BY queued_at, id"
_UPDATE = """
UPDATE delivery
SET state = $2, attempts = $3, route = $4, reference = $5, reason = $6, changed_at = $7,
    destination = $8, operator = $9, accepted_at = $10
WHERE id = $1 AND state = $11
"""


class DeliveryTable:
    """The port `Deliveries`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, delivery: Delivery) -> None:
        cause = (delivery.kind.value, delivery.subject, delivery.locale.value)
        queued_at = to_column(delivery.queued_at)
        await self._sql.change(_INSERT, delivery.id, *cause, queued_at, *_course(delivery))

    async def get(self, delivery_id: str) -> Delivery | None:
        rows = await self._sql.fetch(_SELECT, delivery_id)
        return _from_row(rows[0]) if rows else None

    async def of(self, subject: str) -> Sequence[Delivery]:
        return [_from_row(row) for row in await self._sql.fetch(_OF, subject)]

    async def save(self, delivery: Delivery, was: Delivery) -> None:
        values = (delivery.id, *_course(delivery), was.state.value)
        await self._sql.change(_UPDATE, *values, otherwise=ConcurrentChange(delivery.id))


def _course(delivery: Delivery) -> tuple[object, ...]:
    """What changes in the course of a delivery."""
    return (
        delivery.state.value,
        delivery.attempts,
        delivery.route,
        delivery.reference,
        delivery.reason,
        to_column(delivery.changed_at),
        delivery.destination,
        delivery.operator,
        to_column(delivery.accepted_at),
    )


def _from_row(row: Row) -> Delivery:
    id_, kind, subject, locale, queued_at = row[:5]
    state, attempts, route, reference, reason, changed_at = row[5:11]
    destination, operator, accepted_at = row[11:]
    return Delivery(
        id=id_,
        kind=MessageKind(kind),
        subject=subject,
        locale=Locale(locale),
        queued_at=moment(queued_at),
        state=DeliveryState(state),
        attempts=attempts,
        route=route,
        reference=reference,
        reason=reason,
        changed_at=to_datetime(changed_at),
        destination=destination,
        operator=operator,
        accepted_at=to_datetime(accepted_at),
    )
