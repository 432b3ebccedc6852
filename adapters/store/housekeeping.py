"""Deleting what has served its time."""

from __future__ import annotations

from datetime import datetime

from adapters.store.requests import RequestTable
from adapters.store.sql import Sql, to_column

BATCH = 5000
"""Requests deleted in one commit at most, so that no commit holds the table for long."""

_FINISHED = f"""
DELETE FROM recovery_request WHERE id IN (
    SELECT id FROM recovery_request
    WHERE changed_at < $1 OR (changed_at IS NULL AND received_at < $1)
    LIMIT {BATCH}
) RETURNING id
"""
_ASSISTANCE = f"""
DELETE FROM assistance_request WHERE id IN (
    SELECT id FROM assistance_request WHERE received_at < $1 LIMIT {BATCH}
) RETURNING id
"""


class HousekeepingSql:
    """The port `Housekeeping`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def expire_links(self, now: datetime) -> int:
        return await RequestTable(self._sql).expire_links(now)

    async def delete_finished(self, before: datetime) -> int:
        requests = await self._sql.fetch(_FINISHED, to_column(before))
        for row in [*requests, *await self._sql.fetch(_ASSISTANCE, to_column(before))]:
            await self._sql.execute("DELETE FROM delivery WHERE subject = $1", row[0])
        await self._sql.execute("DELETE FROM job WHERE dead_at < $1", to_column(before))
        return len(requests)

    async def forget_security_codes(self, now: datetime) -> int:
        return await self._sql.execute("DELETE FROM consumed_code WHERE until < $1", to_column(now))
