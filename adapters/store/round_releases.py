"""Tables `round_hold` and `round_release`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, to_column, to_datetime
from core.round_release import Hold, Release

_HOLD = """
INSERT INTO round_hold (round, held_at, held_by, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (round) WHERE lifted_at IS NULL DO NOTHING
"""
_LIFT = """
UPDATE round_hold SET lifted_at = $2, lifted_by = $3 WHERE round = $1 AND lifted_at IS NULL
"""
_HOLDS = """
SELECT round, held_at, held_by, reason, lifted_at, lifted_by FROM round_hold ORDER BY id
"""
_PROPOSE = """
INSERT INTO round_release (round, proposed_at, proposed_by) VALUES ($1, $2, $3)
ON CONFLICT (round) WHERE withdrawn_at IS NULL DO NOTHING
"""
_APPROVE = """
UPDATE round_release SET approved_at = $2, approved_by = $3
WHERE round = $1 AND withdrawn_at IS NULL AND approved_at IS NULL AND proposed_by <> $3
"""
_WITHDRAW = """
UPDATE round_release SET withdrawn_at = $2, withdrawn_by = $3
WHERE round = $1 AND withdrawn_at IS NULL
"""
_RELEASES = """
SELECT id, round, proposed_at, proposed_by, approved_at, approved_by, withdrawn_at, withdrawn_by
FROM round_release ORDER BY id
"""


class RoundReleaseTables:
    """The port `RoundReleases`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def alone(self) -> None:
        await self._sql.hold("round releases")

    async def add_hold(self, hold: Hold) -> bool:
        values = (hold.round_id, to_column(hold.held_at), hold.held_by, hold.reason)
        return await self._sql.execute(_HOLD, *values) > 0

    async def lift(self, round_id: str, at: datetime, by: str) -> bool:
        return await self._sql.execute(_LIFT, round_id, to_column(at), by) > 0

    async def holds(self) -> Sequence[Hold]:
        return [_hold(row) for row in await self._sql.fetch(_HOLDS)]

    async def propose(self, release: Release) -> bool:
        values = (release.round_id, to_column(release.proposed_at), release.proposed_by)
        return await self._sql.execute(_PROPOSE, *values) > 0

    async def approve(self, round_id: str, at: datetime, by: str) -> bool:
        return await self._sql.execute(_APPROVE, round_id, to_column(at), by) > 0

    async def withdraw(self, round_id: str, at: datetime, by: str) -> bool:
        return await self._sql.execute(_WITHDRAW, round_id, to_column(at), by) > 0

    async def releases(self) -> Sequence[Release]:
        return [_release(row) for row in await self._sql.fetch(_RELEASES)]


def _hold(row: Row) -> Hold:
    round_id, held_at, held_by, reason, lifted_at, lifted_by = row
    return Hold(round_id, moment(held_at), held_by, reason, to_datetime(lifted_at), lifted_by)


def _release(row: Row) -> Release:
    return Release(
        id=row[0],
        round_id=row[1],
        proposed_at=moment(row[2]),
        proposed_by=row[3],
        approved_at=to_datetime(row[4]),
        approved_by=row[5],
        withdrawn_at=to_datetime(row[6]),
        withdrawn_by=row[7],
    )
