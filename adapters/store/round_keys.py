"""Table `round_key`: a key of each voting round's own, sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, to_column, to_datetime
from core.round_keys import RoundKey

_SELECT = "SELECT round, key_id, sealed, made_at, destroyed_at FROM round_key"
_ADD = """
INSERT INTO round_key (round, key_id, sealed, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (round) DO NOTHING
"""
_RESEAL = """
UPDATE round_key SET key_id = $2, sealed = $3
WHERE round = $1 AND key_id = $4 AND destroyed_at IS NULL
"""
_DESTROY = """
INSERT INTO round_key (round, key_id, sealed, made_at, destroyed_at) VALUES ($1, '', $3, $2, $2)
ON CONFLICT (round) DO UPDATE SET sealed = excluded.sealed, destroyed_at = excluded.destroyed_at
WHERE round_key.destroyed_at IS NULL
"""


class RoundKeyTable:
    """The port `RoundKeys`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, key: RoundKey) -> bool:
        values = (key.round_id, key.key_id, key.sealed, to_column(key.made_at))
        return await self._sql.execute(_ADD, *values) > 0

    async def get(self, round_id: str) -> RoundKey | None:
        rows = await self._sql.fetch(f"{_SELECT} WHERE round = $1", round_id)
        return _key(rows[0]) if rows else None

    async def all(self) -> Sequence[RoundKey]:
        return [_key(row) for row in await self._sql.fetch(f"{_SELECT} ORDER BY round")]

    async def reseal(self, key: RoundKey, was: RoundKey) -> bool:
        values = (key.round_id, key.key_id, key.sealed, was.key_id)
        return await self._sql.execute(_RESEAL, *values) > 0

    async def destroy(self, round_id: str, at: datetime) -> None:
        await self._sql.execute(_DESTROY, round_id, to_column(at), b"")


def _key(row: Row) -> RoundKey:
    round_id, key_id, sealed, made_at, destroyed_at = row
    return RoundKey(round_id, key_id, bytes(sealed), moment(made_at), to_datetime(destroyed_at))
