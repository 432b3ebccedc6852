"""Table `intervention`: what was done to a deployment."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.sql import Row, Sql, moment, to_column
from core.intervention import Act, Intervention

_ADD = "INSERT INTO intervention (at, by_whom, act, detail) VALUES ($1, $2, $3, $4)"
_LAST = "SELECT at, by_whom, act, detail FROM intervention WHERE act = $1 ORDER BY id DESC LIMIT 1"
_LATEST = "SELECT at, by_whom, act, detail FROM intervention ORDER BY id DESC LIMIT $1"


class InterventionTable:
    """The port `Interventions`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, intervention: Intervention) -> None:
        at, by = to_column(intervention.at), intervention.by
        await self._sql.execute(_ADD, at, by, intervention.act.value, intervention.detail)

    async def last(self, act: Act) -> Intervention | None:
        rows = await self._sql.fetch(_LAST, act.value)
        return _from_row(rows[0]) if rows else None

    async def latest(self, limit: int) -> Sequence[Intervention]:
        return [_from_row(row) for row in await self._sql.fetch(_LATEST, limit)]


def _from_row(row: Row) -> Intervention:
    return Intervention(moment(row[0]), row[1], Act(row[2]), row[3])
