"""Table `consumed_code`: security codes that were answered, until they run out."""

from __future__ import annotations

from datetime import datetime

from adapters.store.sql import Sql, to_column

NOT_LOST = "coalesce({until} > (SELECT max(codes_until) FROM lineage), TRUE)"
"""Whether a code that ends then was certainly not answered in what a restore has lost. With NOT
EXISTS in its place PostgreSQL plans the statement of the intake anew each time: a third of it."""

_CONSUMED = "SELECT 1 FROM consumed_code WHERE id = $1"
_CONSUME = f"""
INSERT INTO consumed_code (id, until)
SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT) WHERE {NOT_LOST.format(until="CAST($2 AS BIGINT)")}
ON CONFLICT (id) DO NOTHING
"""


class ConsumedCodeTable:
    """The port `ConsumedCodes`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def consume(self, code_id: str, until: datetime) -> bool:
        return await self._sql.execute(_CONSUME, code_id, to_column(until)) == 1

    async def is_consumed(self, code_id: str) -> bool:
        return bool(await self._sql.fetch(_CONSUMED, code_id))
