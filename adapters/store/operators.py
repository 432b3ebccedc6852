"""Table `round_operator`: who may release voting rounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, to_column, to_datetime
from core.round_release import Operator

_COLUMNS = "name, secret, key_id, added_at, added_by, failures, failed_at, removed_at, removed_by"
_ADD = """
INSERT INTO round_operator (name, secret, key_id, added_at, added_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO NOTHING
"""
_SPEND = """
UPDATE round_operator SET last_step = $2, failures = 0
WHERE name = $1 AND last_step < $2 AND removed_at IS NULL
"""
_FAILED = "UPDATE round_operator SET failures = failures + 1, failed_at = $2 WHERE name = $1"
_RESEAL = "UPDATE round_operator SET key_id = $2, secret = $3 WHERE name = $1"
_REMOVE = """
UPDATE round_operator SET secret = $4, removed_at = $2, removed_by = $3
WHERE name = $1 AND removed_at IS NULL
"""


class OperatorTable:
    """The port `Operators`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def alone(self, name: str) -> None:
        await self._sql.hold(f"operator {name}")

    async def add(self, operator: Operator) -> bool:
        values = (operator.name, operator.secret, operator.key_id)
        added = (to_column(operator.added_at), operator.added_by)
        return await self._sql.execute(_ADD, *values, *added) > 0

    async def get(self, name: str) -> Operator | None:
        query = f"SELECT {_COLUMNS} FROM round_operator WHERE name = $1 AND removed_at IS NULL"
        rows = await self._sql.fetch(query, name)
        return _operator(rows[0]) if rows else None

    async def all(self) -> Sequence[Operator]:
        rows = await self._sql.fetch(f"SELECT {_COLUMNS} FROM round_operator ORDER BY name")
        return [_operator(row) for row in rows]

    async def spend(self, name: str, step: int) -> bool:
        return await self._sql.execute(_SPEND, name, step) > 0

    async def failed(self, name: str, at: datetime) -> None:
        await self._sql.execute(_FAILED, name, to_column(at))

    async def reseal(self, name: str, key_id: str, secret: bytes) -> None:
        await self._sql.execute(_RESEAL, name, key_id, secret)

    async def remove(self, name: str, at: datetime, by: str) -> bool:
        return await self._sql.execute(_REMOVE, name, to_column(at), by, b"") > 0


def _operator(row: Row) -> Operator:
    name, secret, key_id, added_at, added_by, failures, failed_at, removed_at, removed_by = row
    return Operator(
        name,
        bytes(secret),
        key_id,
        moment(added_at),
        added_by,
        failures,
        to_datetime(failed_at),
        to_datetime(removed_at),
        removed_by,
    )
