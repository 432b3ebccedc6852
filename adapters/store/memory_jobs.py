"""The queue in memory, with the rules of the one in the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.store.memory_table import Table
from core.jobs import Backlog, ClaimedJob, DeadJob, Job, JobKind


@dataclass(frozen=True)
class QueuedJob:
    """One row: due at `due_at`, unless dead."""

    id: int
    job: Job
    due_at: datetime
    attempts: int = 0
    dead_at: datetime | None = None
    reason: str = ""


class MemoryJobs:
    """The port `JobQueue`, and the steps behind the others."""

    def __init__(self, table: Table[QueuedJob], next_id: Callable[[], int]) -> None:
        self._table = table
        self._next_id = next_id

    async def enqueue(self, *jobs: Job, at: datetime) -> None:
        for job in jobs:
            if self._table.get(job.key) is None:
                self._table.put(job.key, QueuedJob(self._next_id(), job, at))

    async def any_due(self, kinds: Sequence[JobKind], now: datetime) -> bool:
        return any(self._due(kind, now) for kind in kinds)

    async def claim(
        self, kind: JobKind, limit: int, now: datetime, until: datetime
    ) -> list[ClaimedJob]:
        oldest = sorted(self._due(kind, now), key=lambda row: (row.due_at, row.id))[:limit]
        for row in oldest:
            self._put(replace(row, due_at=until, attempts=row.attempts + 1))
        return [ClaimedJob(row.id, row.job, row.attempts + 1) for row in oldest]

    async def done(self, job: ClaimedJob) -> None:
        if self._held(job):
            self._table.remove(job.job.key)

    async def again(self, job: ClaimedJob, at: datetime) -> None:
        if row := self._held(job):
            self._put(replace(row, due_at=at))

    async def anew(self, job: ClaimedJob, at: datetime) -> None:
        if self._held(job):
            self._put(QueuedJob(self._next_id(), job.job, at))

    async def bury(self, job: ClaimedJob, reason: str, now: datetime) -> None:
        if row := self._held(job):
            self._put(replace(row, dead_at=now, reason=reason))

    async def dead(self, limit: int) -> list[DeadJob]:
        buried = [
            DeadJob(row.id, row.job, row.attempts, row.reason, row.dead_at)
            for row in self._table.rows()
            if row.dead_at is not None
        ]
        return sorted(buried, key=lambda job: job.buried_at, reverse=True)[:limit]

    async def backlog(self, late_since: datetime) -> Backlog:
        rows = list(self._table.rows())
        waiting = [row for row in rows if row.dead_at is None]
        late = sum(row.due_at < late_since for row in waiting)
        return Backlog(len(waiting), late, len(rows) - len(waiting))

    async def requeue(self, ids: Sequence[int], now: datetime) -> int:
        rows = [row for row in self._table.rows() if row.dead_at is not None and row.id in ids]
        for row in rows:
            self._put(replace(row, dead_at=None, reason="", attempts=0, due_at=now))
        return len(rows)

    def _due(self, kind: JobKind, now: datetime) -> list[QueuedJob]:
        return [
            row
            for row in self._table.rows()
            if row.job.kind is kind and row.due_at <= now and row.dead_at is None
        ]

    def _held(self, job: ClaimedJob) -> QueuedJob | None:
        """The row, if this claim is still the last one."""
        row = self._table.get(job.job.key)
        return row if row and (row.id, row.attempts) == (job.id, job.attempts) else None

    def _put(self, row: QueuedJob) -> None:
        self._table.put(row.job.key, row)
