"""Table `voter_freeze`: whose renewals are stopped, by pseudonym."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.voter_freeze import VoterFreeze

_ADD = """
INSERT INTO voter_freeze (act, voter, key_id, frozen_at, frozen_by, reason)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_IN_FORCE = "SELECT voter FROM voter_freeze WHERE voter IN ({voters}) AND unfrozen_at IS NULL"
_END = """
UPDATE voter_freeze SET unfrozen_at = $1, unfrozen_by = $2
WHERE unfrozen_at IS NULL AND act IN (
    SELECT act FROM voter_freeze WHERE voter IN ({voters}) AND unfrozen_at IS NULL
)
"""
_ALL = """
SELECT act, key_id, voter, frozen_at, frozen_by, reason, unfrozen_at, unfrozen_by
FROM voter_freeze ORDER BY id
"""


class VoterFreezeTable:
    """The port `VoterFreezes`. Units that decide about the voter are waited for, and wait."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, freeze: VoterFreeze) -> bool:
        voters, at = tuple(freeze.voters.values()), freeze.frozen_at
        await self._sql.hold(*voters)
        query = _IN_FORCE.format(voters=placeholders(len(voters)))
        in_force = await self._sql.fetch(query, *voters)
        if len(in_force) == len(voters):
            return False
        if in_force:
            await self.end(voters, at, freeze.frozen_by)
        for key_id, voter in freeze.voters.items():
            values = (freeze.id, voter, key_id, to_column(at), freeze.frozen_by, freeze.reason)
            await self._sql.execute(_ADD, *values)
        return True

    async def end(self, voters: Sequence[str], at: datetime, by: str) -> bool:
        await self._sql.hold(*voters)
        query = _END.format(voters=placeholders(len(voters), 3))
        return await self._sql.execute(query, to_column(at), by, *voters) > 0

    async def all(self) -> Sequence[VoterFreeze]:
        found: dict[str, VoterFreeze] = {}
        for row in await self._sql.fetch(_ALL):
            each = found.get(row[0]) or _freeze(row)
            found[each.id] = replace(each, voters={**each.voters, row[1]: row[2]})
        return list(found.values())


def _freeze(row: Row) -> VoterFreeze:
    ended_at = to_datetime(row[6])
    return VoterFreeze(row[0], {}, moment(row[3]), row[4], row[5], ended_at, row[7])
