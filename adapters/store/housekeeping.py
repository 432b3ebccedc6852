"""Deleting what has served its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from adapters.store.messages_of import delete_messages
from adapters.store.request_rows import rounds_to_column
from adapters.store.requests import RequestTable
from adapters.store.sql import Sql, placeholders, to_column
from core.rows_deleted import RowsDeleted
from core.voting_round import Span

BATCH = 5000
"""Requests changed or deleted in one commit at most, so that none holds the table for long."""

_ASSIGN = f"""
UPDATE recovery_request
SET rounds = CAST($3 AS TEXT) || CASE
    WHEN round_id IS NULL OR round_id IN ({{rounds}}) THEN '' ELSE '\n' || round_id END
WHERE rounds IS NULL AND id IN (
    SELECT id FROM recovery_request
    WHERE rounds IS NULL AND received_at >= $1 AND received_at < $2 LIMIT {BATCH}
)
"""
_ASSIGN_DECIDED = f"""
UPDATE recovery_request SET rounds = round_id WHERE rounds IS NULL AND id IN (
    SELECT id FROM recovery_request WHERE rounds IS NULL AND round_id IS NOT NULL LIMIT {BATCH}
)
"""

_ASSISTANCE = f"""
DELETE FROM assistance_request WHERE id IN (
    SELECT id FROM assistance_request WHERE received_at < $1 LIMIT {BATCH}
) RETURNING id
"""

# While a request is kept, it is counted from the end of the order on.
_FREEZES = """
DELETE FROM voter_freeze WHERE unfrozen_at < $1 AND NOT EXISTS (
    SELECT 1 FROM voter_freeze AS same
    JOIN recovery_request AS kept ON kept.voter = same.voter WHERE same.act = voter_freeze.act
)
"""


class DeadJobs(Protocol):
    """The jobs that were given up, in the same transaction."""

    async def forget_dead(self, before: datetime) -> int: ...


class HousekeepingSql:
    """The port `Housekeeping`."""

    def __init__(self, sql: Sql, jobs: DeadJobs) -> None:
        self._sql = sql
        self._jobs = jobs

    async def expire_links(self, now: datetime) -> int:
        return await RequestTable(self._sql).expire_links(now)

    async def overdue(self, before: datetime, limit: int) -> Sequence[str]:
        return await RequestTable(self._sql).overdue(before, limit)

    async def password_keys_in_use(self) -> Sequence[str]:
        return await RequestTable(self._sql).password_keys_in_use()

    async def open_by_key(self, now: datetime) -> Mapping[str, int]:
        return await RequestTable(self._sql).open_by_key(now)

    async def assign(self, span: Span) -> int:
        query = _ASSIGN.format(rounds=placeholders(len(span.rounds), 4))
        bounds = to_column(span.since), to_column(span.until)
        rounds = rounds_to_column(span.rounds)
        return await self._sql.execute(query, *bounds, rounds, *span.rounds)

    async def assign_decided(self) -> int:
        return await self._sql.execute(_ASSIGN_DECIDED)

    async def delete_answered(self, before: datetime) -> RowsDeleted:
        answered = await self._sql.fetch(_ASSISTANCE, to_column(before))
        gone = await delete_messages(self._sql, [row[0] for row in answered])
        return RowsDeleted(
            gone.messages,
            gone.attempts,
            len(answered),
            dead_jobs=await self._jobs.forget_dead(before),
            message_changes=gone.changes,
        )

    async def forget_freezes(self, before: datetime) -> int:
        return await self._sql.execute(_FREEZES, to_column(before))

    async def forget_security_codes(self, now: datetime) -> int:
        return await self._sql.execute("DELETE FROM consumed_code WHERE until < $1", to_column(now))
