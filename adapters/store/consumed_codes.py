"""Table `consumed_code`: security codes that were answered, until they run out."""

from __future__ import annotations

from datetime import datetime

from adapters.store.sql import Sql, to_column

_CONSUME = "INSERT INTO consumed_code (id, until) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"


class ConsumedCodeTable:
    """The port `ConsumedCodes`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def consume(self, code_id: str, until: datetime) -> bool:
        return await self._sql.execute(_CONSUME, code_id, to_column(until)) == 1
