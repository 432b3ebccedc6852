"""Table `lineage`: which database this is."""

from __future__ import annotations

from datetime import datetime

from adapters.store.sql import Sql, to_column
from core.lineage import Sighting

_LOOKS = "SELECT looks FROM lineage WHERE name = $1"
_LOOK = """
UPDATE lineage SET looks = looks + 1 WHERE id = (SELECT max(id) FROM lineage)
RETURNING name, looks
"""
_BEGIN = """
INSERT INTO lineage (name, looks, begun_at, begun_by, codes_until) VALUES ($1, 1, $2, $3, $4)
"""


class LineageTable:
    """The port `Lineage`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def looks_of(self, name: str) -> int | None:
        rows = await self._sql.fetch(_LOOKS, name)
        return rows[0][0] if rows else None

    async def look(self) -> Sighting | None:
        rows = await self._sql.fetch(_LOOK)
        return Sighting(*rows[0]) if rows else None

    async def begin(
        self, name: str, now: datetime, by: str | None = None, codes_until: datetime | None = None
    ) -> Sighting:
        values = name, to_column(now), by, to_column(codes_until) or 0
        await self._sql.execute(_BEGIN, *values)
        return Sighting(name, 1)

    async def begin_first(self, name: str, now: datetime) -> Sighting:
        await self._sql.hold("lineage")
        return await self.look() or await self.begin(name, now)
