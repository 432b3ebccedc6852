"""Table `early_receipt`: receipts that came before their attempt was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.store.attempts import hold_reference
from adapters.store.sql import Row, Sql, moment, placeholders, to_column
from core.attempt import Attempt
from core.delivery import DeliveryState
from core.ports.attempts import HeldReceipt
from core.receipt_ties import is_sure
from core.receipts import Reading, Receipt, Way

_COLUMNS = "route, state, at, attempt, reference, operator, reason, otherwise"
_HOLD = f"""
INSERT INTO early_receipt ({_COLUMNS}, held_at) VALUES ({placeholders(9)}) ON CONFLICT DO NOTHING
"""
FORGOTTEN_AT_ONCE = 5000
_FORGET = f"""
DELETE FROM early_receipt WHERE id IN (
    SELECT id FROM early_receipt WHERE held_at < $1 LIMIT {FORGOTTEN_AT_ONCE}
)
"""
_TAKE = f"""
DELETE FROM early_receipt WHERE route = $1 AND (attempt = $2 OR reference = $3)
AND (otherwise IS NULL OR $4 = 1)
RETURNING id, {_COLUMNS}
"""
_DOUBTFUL = f"""
SELECT id, {_COLUMNS} FROM early_receipt
WHERE otherwise IS NOT NULL AND held_at < $1 AND id > $2 ORDER BY id LIMIT $3
"""
_REMOVE = "DELETE FROM early_receipt WHERE id = $1"
_UNTIED = """
SELECT route, count(*) FROM early_receipt WHERE held_at >= $1 AND held_at < $2 GROUP BY route
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
            " ".join(f"{each.way}:{each.reference}" for each in receipt.otherwise) or None,
            to_column(now),
        )

    async def take(self, attempt: Attempt) -> Sequence[Receipt]:
        if attempt.reference is not None:
            await hold_reference(self._sql, attempt.route, attempt.reference)
        sure = attempt.reference is None or is_sure(Reading(Way.SAME, attempt.reference))
        key = (attempt.route, attempt.id, attempt.reference)
        rows = await self._sql.fetch(_TAKE, *key, int(sure))
        return [_from_row(row) for row in sorted(rows, key=lambda row: row[0])]

    async def doubtful(self, before: datetime, after: int, limit: int) -> Sequence[HeldReceipt]:
        rows = await self._sql.fetch(_DOUBTFUL, to_column(before), after, limit)
        return [HeldReceipt(row[0], _from_row(row)) for row in rows]

    async def remove(self, id: int) -> bool:
        return bool(await self._sql.execute(_REMOVE, id))

    async def untied(self, since: datetime, before: datetime) -> Mapping[str, int]:
        rows = await self._sql.fetch(_UNTIED, to_column(since), to_column(before))
        return {row[0]: row[1] for row in rows}

    async def forget(self, before: datetime) -> int:
        return await self._sql.execute(_FORGET, to_column(before))


def _from_row(row: Row) -> Receipt:
    _, route, state, at, attempt, reference, operator, reason, otherwise = row
    return Receipt(
        route=route,
        state=DeliveryState(state),
        at=moment(at),
        attempt=attempt,
        reference=reference,
        operator=operator,
        reason=reason,
        otherwise=tuple(map(_reading, (otherwise or "").split())),
    )


def _reading(text: str) -> Reading:
    way, _, reference = text.partition(":")
    return Reading(Way(way), reference)
