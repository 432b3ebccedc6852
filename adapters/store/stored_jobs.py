"""The queue as workers and operators see it: each call a short commit of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from core.jobs import Backlog, ClaimedJob, DeadJob, JobKind


class _Table(Protocol):
    async def due(self, kinds: Sequence[JobKind], now: datetime) -> list[JobKind]: ...
    async def claim(
        self, kind: JobKind, limit: int, now: datetime, until: datetime
    ) -> list[ClaimedJob]: ...
    async def done(self, job: ClaimedJob) -> None: ...
    async def again(self, job: ClaimedJob, at: datetime) -> None: ...
    async def anew(self, job: ClaimedJob, at: datetime) -> None: ...
    async def bury(self, job: ClaimedJob, reason: str, now: datetime) -> None: ...
    async def dead(self, limit: int) -> list[DeadJob]: ...
    async def backlog(self, late_since: datetime) -> Backlog: ...
    async def requeue(self, ids: Sequence[int], now: datetime) -> int: ...


class _Unit(Protocol):
    @property
    def jobs(self) -> _Table: ...


_Begin = Callable[[], AbstractAsyncContextManager[_Unit]]


class StoredJobs:
    """The port `JobSource` over a store, and what an operator asks."""

    def __init__(
        self, begin: _Begin, read: _Begin, note_arrival: Callable[[], None] = lambda: None
    ) -> None:
        """`note_arrival` is called when requests were claimed that nobody has decided on."""
        self._begin = begin
        self._read = read
        self._note_arrival = note_arrival

    async def claim(
        self,
        room: dict[JobKind, int],
        now: datetime,
        lease: timedelta,
        done: Sequence[ClaimedJob] = (),
    ) -> Sequence[ClaimedJob]:
        kinds = [kind for kind, free in room.items() if free > 0]
        async with self._read() as unit:
            due = await unit.jobs.due(kinds, now)
        if not due and not done:
            return []
        claimed: list[ClaimedJob] = []
        async with self._begin() as unit:
            for job in done:
                await unit.jobs.done(job)
            for kind in due:
                claimed += await unit.jobs.claim(kind, room[kind], now, now + lease)
        if any(each.job.kind is JobKind.SEND_LINK for each in claimed):
            self._note_arrival()
        return claimed

    async def settle(
        self,
        done: Sequence[ClaimedJob],
        again: Sequence[tuple[ClaimedJob, datetime]],
        dead: Sequence[tuple[ClaimedJob, str]],
        now: datetime,
        anew: Sequence[tuple[ClaimedJob, datetime]] = (),
    ) -> None:
        async with self._begin() as unit:
            for job in done:
                await unit.jobs.done(job)
            for job, at in again:
                await unit.jobs.again(job, at)
            for job, at in anew:
                await unit.jobs.anew(job, at)
            for job, reason in dead:
                await unit.jobs.bury(job, reason, now)

    async def list(self, limit: int) -> Sequence[DeadJob]:
        """The dead jobs, latest first."""
        async with self._read() as unit:
            return await unit.jobs.dead(limit)

    async def backlog(self, late_since: datetime) -> Backlog:
        """How many jobs there are; late are those due since before then."""
        async with self._read() as unit:
            return await unit.jobs.backlog(late_since)

    async def requeue(self, ids: Sequence[int], now: datetime) -> int:
        """Make these due now, with their attempts forgotten; how many of them were dead."""
        async with self._begin() as unit:
            return await unit.jobs.requeue(ids, now)
