"""Table `job`: the queue in the same file as the state, so that one commit holds both.

A claimed job is simply due again when its lease ends: a worker that dies hands its jobs back by
doing nothing. The number of attempts is the fence: anyone who claimed a job before can no longer
settle it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from adapters.store.sql import Sql, flat, moment, placeholders, rows_of, to_column
from core.jobs import Backlog, ClaimedJob, DeadJob, Job, JobKind

_ENQUEUE = """
INSERT INTO job (key, kind, subject, due_at) VALUES {rows}
ON CONFLICT (key) DO NOTHING
"""
_DUE = """
WITH asked (kind) AS (VALUES {kinds})
SELECT kind FROM asked WHERE EXISTS (
    SELECT 1 FROM job WHERE job.kind = asked.kind AND due_at <= $1 AND dead_at IS NULL
)
"""
_CLAIM = """
UPDATE job SET due_at = $3, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM job WHERE kind = $1 AND due_at <= $2 AND dead_at IS NULL
    ORDER BY due_at LIMIT $4
)
RETURNING id, subject, attempts
"""
_DONE = "DELETE FROM job WHERE id = $1 AND attempts = $2"
_AGAIN = "UPDATE job SET due_at = $3 WHERE id = $1 AND attempts = $2"
_BURY = "UPDATE job SET dead_at = $3, reason = $4 WHERE id = $1 AND attempts = $2"
_DEAD = """
SELECT id, kind, subject, attempts, reason, dead_at FROM job
WHERE dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT $1
"""
_BACKLOG = """
SELECT count(*) - count(dead_at), count(CASE WHEN dead_at IS NULL AND due_at < $1 THEN 1 END),
       count(dead_at)
FROM job
"""
_REQUEUE = """
UPDATE job SET dead_at = NULL, reason = NULL, attempts = 0, due_at = $1
WHERE dead_at IS NOT NULL AND id IN ({ids})
"""

# a subject is a request, or one of its messages: the request's id, a point, the message's kind
_FORGET = """
DELETE FROM job WHERE dead_at < $1 AND NOT EXISTS (
    SELECT 1 FROM recovery_request
    WHERE recovery_request.id = substr(subject, 1, instr(subject || '.', '.') - 1)
)
"""


@cache
def _enqueue(count: int) -> str:
    return _ENQUEUE.format(rows=rows_of(4, count))


@cache
def _listed(count: int) -> str:
    return ", ".join(f"(${number})" for number in range(2, count + 2))


class JobTable:
    """The port `JobQueue`, and the statements behind the others."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def enqueue(self, *jobs: Job, at: datetime) -> None:
        await self.enqueue_each([(job, at) for job in jobs])

    async def enqueue_each(self, jobs: Sequence[tuple[Job, datetime]]) -> None:
        """Each with the moment at which it is due."""
        rows = [(job.key, job.kind.value, job.subject, to_column(at)) for job, at in jobs]
        if rows:
            await self._sql.execute(_enqueue(len(rows)), *flat(rows))

    async def due(self, kinds: Sequence[JobKind], now: datetime) -> list[JobKind]:
        """Of these kinds those of which a job is due: one statement for an idle worker, which asks
        20 times a second."""
        if not kinds:
            return []
        query = _DUE.format(kinds=_listed(len(kinds)))
        rows = await self._sql.fetch(query, to_column(now), *(kind.value for kind in kinds))
        return [JobKind(row[0]) for row in rows]

    async def claim(
        self, kind: JobKind, limit: int, now: datetime, until: datetime
    ) -> list[ClaimedJob]:
        rows = await self._sql.fetch(_CLAIM, kind.value, to_column(now), to_column(until), limit)
        return [ClaimedJob(row[0], Job(kind, row[1]), row[2]) for row in rows]

    async def done(self, job: ClaimedJob) -> None:
        await self._sql.execute(_DONE, job.id, job.attempts)

    async def again(self, job: ClaimedJob, at: datetime) -> None:
        await self._sql.execute(_AGAIN, job.id, job.attempts, to_column(at))

    async def anew(self, job: ClaimedJob, at: datetime) -> None:
        if await self._sql.execute(_DONE, job.id, job.attempts):
            await self.enqueue(job.job, at=at)

    async def bury(self, job: ClaimedJob, reason: str, now: datetime) -> None:
        await self._sql.execute(_BURY, job.id, job.attempts, to_column(now), reason)

    async def dead(self, limit: int) -> list[DeadJob]:
        return [
            DeadJob(row[0], Job(JobKind(row[1]), row[2]), row[3], row[4], moment(row[5]))
            for row in await self._sql.fetch(_DEAD, limit)
        ]

    async def backlog(self, late_since: datetime) -> Backlog:
        rows = await self._sql.fetch(_BACKLOG, to_column(late_since))
        return Backlog(*rows[0])

    async def requeue(self, ids: Sequence[int], now: datetime) -> int:
        query = _REQUEUE.format(ids=placeholders(len(ids), 2))
        return await self._sql.execute(query, to_column(now), *ids)

    async def forget_dead(self, before: datetime) -> int:
        return await self._sql.execute(_FORGET, to_column(before))
