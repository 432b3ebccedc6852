"""Table `early_receipt`: receipts that came before their attempt was known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.attempts import hold_reference
from adapters.store.sql import Row, Sql, moment, placeholders, to_column
from core.attempt import Attempt
from core.delivery import DeliveryState
from core.receipts import Receipt

_COLUMNS = "route, state, at, attempt, reference, operator, reason"
_HOLD = f"""
INSERT INTO early_receipt ({_COLUMNS}, held_at) VALUES ({placeholders(8)}) ON CONFLICT DO NOTHING
"""
FORGOTTEN_AT_ONCE = 5000
_FORGET = f"""
DELETE FROM early_receipt WHERE id IN (
    SELECT id FROM early_receipt WHERE held_at < $1 LIMIT {FORGOTTEN_AT_ONCE}
)
"""
_TAKE = f"""
DELETE FROM early_receipt WHERE route = $1 AND (attempt = $2 OR reference = $3)
RETURNING id, {_COLUMNS}
"""


class EarlyReceiptTable:
    """The port `EarlyReceipts`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def hold(self, receipt: Receipt, now: datetime) -> None:
        await self._sql.execute(
            _HOLD,
            receipt.route,
            receipt.state.value,
            to_column(receipt.at),
            receipt.attempt,
            receipt.reference,
            receipt.operator,
            receipt.reason,
            to_column(now),
        )

    async def take(self, attempt: Attempt) -> Sequence[Receipt]:
        if attempt.reference is not None:
            await hold_reference(self._sql, attempt.route, attempt.reference)
        rows = await self._sql.fetch(_TAKE, attempt.route, attempt.id, attempt.reference)
        return [_from_row(row) for row in sorted(rows, key=lambda row: row[0])]

    async def forget(self, before: datetime) -> int:
        return await self._sql.execute(_FORGET, to_column(before))


def _from_row(row: Row) -> Receipt:
    _, route, state, at, attempt, reference, operator, reason = row
    return Receipt(
        route=route,
        state=DeliveryState(state),
        at=moment(at),
        attempt=attempt,
        reference=reference,
        operator=operator,
        reason=reason,
    )
