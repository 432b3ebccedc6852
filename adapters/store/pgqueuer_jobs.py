"""The queue in PostgreSQL as workers and operators see it: each call one statement, one commit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from adapters.store.sql import Sql
from core.jobs import Backlog, ClaimedJob, DeadJob, JobKind

from .postgres_jobs import PgQueuerTable

Statements = Callable[[], AbstractAsyncContextManager[Sql]]


class PgQueuerJobs:
    """As `StoredJobs`, over the statements of a `PostgresStore`."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def claim(
        self,
        room: dict[JobKind, int],
        now: datetime,
        lease: timedelta,
        done: Sequence[ClaimedJob] = (),
    ) -> Sequence[ClaimedJob]:
        free = {kind: count for kind, count in room.items() if count > 0}
        async with self._table() as table:
            return await table.claim_each(free, now, now + lease, done)

    async def settle(
        self,
        done: Sequence[ClaimedJob],
        again: Sequence[tuple[ClaimedJob, datetime]],
        dead: Sequence[tuple[ClaimedJob, str]],
        now: datetime,
        anew: Sequence[tuple[ClaimedJob, datetime]] = (),
    ) -> None:
        async with self._table() as table:
            await table.settle(done, again, dead, now, anew)

    async def list(self, limit: int) -> Sequence[DeadJob]:
        async with self._table() as table:
            return await table.dead(limit)

    async def backlog(self, late_since: datetime) -> Backlog:
        async with self._table() as table:
            return await table.backlog(late_since)

    async def requeue(self, ids: Sequence[int], now: datetime) -> int:
        async with self._table() as table:
            return await table.requeue(ids, now)

    @asynccontextmanager
    async def _table(self) -> AsyncIterator[PgQueuerTable]:
        async with self._statements() as sql:
            yield PgQueuerTable(sql)
