"""Table `delivery`: what became of each e-mail and SMS."""

from __future__ import annotations

from adapters.store.sql import Sql, moment, placeholders, to_column, to_datetime
from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange
from core.locale import Locale
from core.messages import MessageKind

_COLUMNS = (
    "id, kind, subject, locale, queued_at, state, attempts, route, reference, reason, changed_at"
)
_INSERT = f"INSERT INTO delivery ({_COLUMNS}) VALUES ({placeholders(11)})"
_SELECT = f"SELECT {_COLUMNS} FROM delivery WHERE id = $1"
_UPDATE = """
UPDATE delivery
SET state = $2, attempts = $3, route = $4, reference = $5, reason = $6, changed_at = $7
WHERE id = $1 AND state = $8
"""


class DeliveryTable:
    """The port `Deliveries`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, delivery: Delivery) -> None:
        await self._sql.execute(
            _INSERT,
            delivery.id,
            delivery.kind.value,
            delivery.subject,
            delivery.locale.value,
            to_column(delivery.queued_at),
            delivery.state.value,
            delivery.attempts,
            delivery.route,
            delivery.reference,
            delivery.reason,
            to_column(delivery.changed_at),
        )

    async def get(self, delivery_id: str) -> Delivery | None:
        rows = await self._sql.fetch(_SELECT, delivery_id)
        if not rows:
            return None
        (id_, kind, subject, locale, queued_at, state, attempts, route, reference, reason, at) = (
            rows[0]
        )
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
            changed_at=to_datetime(at),
        )

    async def save(self, delivery: Delivery, was: Delivery) -> None:
        changed = await self._sql.execute(
            _UPDATE,
            delivery.id,
            delivery.state.value,
            delivery.attempts,
            delivery.route,
            delivery.reference,
            delivery.reason,
            to_column(delivery.changed_at),
            was.state.value,
        )
        if not changed:
            raise ConcurrentChange(delivery.id)
