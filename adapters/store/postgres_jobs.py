"""PgQueuer's table as the queue: in the transaction of the state, and for workers of any number.

The table, its trigger and its dead letters are PgQueuer's, so that its commands and dashboard show
our queue; the statements are ours, because PgQueuer's own take the database's clock for "due",
know a worker's claim by the job alone and not by its attempt, and write a log row at every step.
See docs/adr/0010.

A claimed job is `picked`, and due again when its lease ends: `execute_after` is the end of the
lease. The number of attempts is the fence: anyone who claimed a job before can no longer settle it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql
from core.jobs import Backlog, ClaimedJob, DeadJob, Job, JobKind

DEDUPED_JOB = """
INSERT INTO reassort_pgqueuer (priority, entrypoint, dedupe_key, payload, execute_after, status)
SELECT 0, {kind}, {kind} || ':' || {subject}, convert_to({subject}, 'UTF8'), {due}, 'queued'
FROM {source}
ON CONFLICT (dedupe_key) DO NOTHING
"""
"""Queues what is not queued yet; a part of statements that do more, too."""
_ENQUEUE = DEDUPED_JOB.format(
    kind="kind",
    subject="subject",
    due="$3",
    source="unnest($1::text[], $2::text[]) AS new (kind, subject)",
)
_DUE = """
SELECT kind FROM unnest($1::text[]) AS asked (kind) WHERE EXISTS (
    SELECT 1 FROM reassort_pgqueuer
    WHERE status IN ('queued', 'picked') AND entrypoint = asked.kind AND execute_after <= $2
)
"""
_DONE = """
    DELETE FROM reassort_pgqueuer AS job
    USING unnest({ids}::bigint[], {attempts}::int[]) AS held (id, attempts)
    WHERE job.id = held.id AND job.attempts = held.attempts AND job.status = 'picked'
"""
# A job that is done is not due as well, though its lease may be over.
_CLAIM = f"""
WITH done AS ({_DONE.format(ids="$5", attempts="$6")}), due AS MATERIALIZED (
    SELECT job.id FROM unnest($1::text[], $2::int[]) AS room (kind, free)
    CROSS JOIN LATERAL (
        SELECT id FROM reassort_pgqueuer
        WHERE status IN ('queued', 'picked') AND entrypoint = room.kind AND execute_after <= $3
            AND id <> ALL ($5::bigint[])
        ORDER BY execute_after, id LIMIT room.free FOR UPDATE SKIP LOCKED
    ) AS job
)
UPDATE reassort_pgqueuer AS job
SET status = 'picked', attempts = attempts + 1, execute_after = $4, heartbeat = $3, updated = $3
FROM due WHERE job.id = due.id
RETURNING job.id, job.entrypoint, convert_from(job.payload, 'UTF8'), job.attempts
"""
_SETTLE = f"""
WITH done AS ({_DONE.format(ids="$2", attempts="$3")}), again AS (
    UPDATE reassort_pgqueuer AS job
    SET status = 'queued', execute_after = held.at, updated = $1
    FROM unnest($4::bigint[], $5::int[], $6::timestamptz[]) AS held (id, attempts, at)
    WHERE job.id = held.id AND job.attempts = held.attempts AND job.status = 'picked'
), anew AS (
    UPDATE reassort_pgqueuer AS job
    SET status = 'queued', execute_after = held.at, updated = $1, created = $1, attempts = 0,
        id = nextval(pg_get_serial_sequence('reassort_pgqueuer', 'id'))
    FROM unnest($7::bigint[], $8::int[], $9::timestamptz[]) AS held (id, attempts, at)
    WHERE job.id = held.id AND job.attempts = held.attempts AND job.status = 'picked'
)
UPDATE reassort_pgqueuer AS job
SET status = 'failed', headers = jsonb_build_object('reason', held.reason), updated = $1
FROM unnest($10::bigint[], $11::int[], $12::text[]) AS held (id, attempts, reason)
WHERE job.id = held.id AND job.attempts = held.attempts AND job.status = 'picked'
"""
_DEAD = """
SELECT id, entrypoint, convert_from(payload, 'UTF8'), attempts, headers ->> 'reason', updated
FROM reassort_pgqueuer WHERE status = 'failed' ORDER BY updated DESC LIMIT $1
"""
_BACKLOG = """
SELECT count(*) FILTER (WHERE status IN ('queued', 'picked')),
       count(*) FILTER (WHERE status IN ('queued', 'picked') AND execute_after < $1),
       count(*) FILTER (WHERE status = 'failed')
FROM reassort_pgqueuer
"""
_REQUEUE = """
UPDATE reassort_pgqueuer
SET status = 'queued', headers = NULL, attempts = 0, execute_after = $1, updated = $1
WHERE status = 'failed' AND id = ANY($2::bigint[])
"""
# a subject is a request, or one of its messages: the request's id, a point, the message's kind
_FORGET = """
DELETE FROM reassort_pgqueuer WHERE status = 'failed' AND updated < $1 AND NOT EXISTS (
    SELECT 1 FROM recovery_request
    WHERE recovery_request.id = split_part(convert_from(payload, 'UTF8'), '.', 1)
)
"""


class PgQueuerTable:
    """The port `JobQueue`, and the statements behind the others: each one round trip."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self.has_news = False
        """Whether jobs were queued through it."""

    async def enqueue(self, *jobs: Job, at: datetime) -> None:
        self.has_news = True
        kinds = [job.kind.value for job in jobs]
        await self._sql.change(_ENQUEUE, kinds, [job.subject for job in jobs], at)

    async def due(self, kinds: Sequence[JobKind], now: datetime) -> list[JobKind]:
        rows = await self._sql.fetch(_DUE, [kind.value for kind in kinds], now)
        return [JobKind(row[0]) for row in rows]

    async def claim(
        self, kind: JobKind, limit: int, now: datetime, until: datetime
    ) -> list[ClaimedJob]:
        return await self.claim_each({kind: limit}, now, until)

    async def claim_each(
        self,
        room: Mapping[JobKind, int],
        now: datetime,
        until: datetime,
        done: Sequence[ClaimedJob] = (),
    ) -> list[ClaimedJob]:
        kinds = [kind.value for kind in room]
        places = [*room.values()]
        rows = await self._sql.fetch(_CLAIM, kinds, places, now, until, *_fences(done))
        return [_claimed(row) for row in rows]

    async def settle(
        self,
        done: Sequence[ClaimedJob],
        again: Sequence[tuple[ClaimedJob, datetime]],
        dead: Sequence[tuple[ClaimedJob, str]],
        now: datetime,
        anew: Sequence[tuple[ClaimedJob, datetime]] = (),
    ) -> None:
        await self._sql.execute(
            _SETTLE,
            now,
            *_fences(done),
            *_with_values(again),
            *_with_values(anew),
            *_with_values(dead),
        )

    async def bury(self, job: ClaimedJob, reason: str, now: datetime) -> None:
        await self.settle([], [], [(job, reason)], now)

    async def dead(self, limit: int) -> list[DeadJob]:
        return [
            DeadJob(row[0], Job(JobKind(row[1]), row[2]), row[3], row[4] or "", row[5])
            for row in await self._sql.fetch(_DEAD, limit)
        ]

    async def backlog(self, late_since: datetime) -> Backlog:
        rows = await self._sql.fetch(_BACKLOG, late_since)
        return Backlog(*rows[0])

    async def requeue(self, ids: Sequence[int], now: datetime) -> int:
        return await self._sql.execute(_REQUEUE, now, [*ids])

    async def forget_dead(self, before: datetime) -> int:
        return await self._sql.execute(_FORGET, before)


def _claimed(row: Row) -> ClaimedJob:
    return ClaimedJob(row[0], Job(JobKind(row[1]), row[2]), row[3])


def _fences(jobs: Sequence[ClaimedJob]) -> tuple[list[int], list[int]]:
    """Which jobs, and as which attempt they are held."""
    return [job.id for job in jobs], [job.attempts for job in jobs]


def _with_values(
    jobs: Sequence[tuple[ClaimedJob, object]],
) -> tuple[list[int], list[int], list[object]]:
    return (*_fences([job for job, _ in jobs]), [value for _, value in jobs])
