"""The worker: claims due jobs in batches, runs them side by side, settles them in batches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from core.background import Background
from core.errors import ConcurrentChange, DependencyFailure, MustStop, StoreUnavailable
from core.jobs import ClaimedJob, JobKind
from core.ports.clock import Clock
from core.ports.jobs import JobSource

from .settings import SOON, WorkerSettings
from .waking import Waking

Handler = Callable[[str], Awaitable[object]]
"""A use case: it is given the id of the job's subject. When it answers with an aware datetime it
wants to be run again at that moment: no failure, and those before are forgotten."""

_log = structlog.stdlib.get_logger("reassort.worker")


class JobOverran(Exception):
    """A job was cut off before its lease could end and another worker run it a second time."""

    def __init__(self) -> None:
        super().__init__("took as long as its lease")


@dataclass
class _Settlement:
    """What is to be told to the queue."""

    done: list[ClaimedJob] = field(default_factory=list)
    again: list[tuple[ClaimedJob, datetime]] = field(default_factory=list)
    anew: list[tuple[ClaimedJob, datetime]] = field(default_factory=list)
    dead: list[tuple[ClaimedJob, str]] = field(default_factory=list)


class Worker:
    """Runs until told to stop; then finishes what it began and hands the rest back."""

    def __init__(
        self,
        source: JobSource,
        handlers: Mapping[JobKind, Handler],
        tidy: Callable[[], Awaitable[object]],
        clock: Clock,
        settings: WorkerSettings | None = None,
        waking: Waking | None = None,
    ) -> None:
        self._waking = waking
        self._source = source
        self._handlers = handlers
        self._tidy = tidy
        self._clock = clock
        self._settings = settings or WorkerSettings()
        self._running: dict[asyncio.Task[object], ClaimedJob] = {}
        self._unheard: list[ClaimedJob] = []  # done, as far as the store was not told
        self._tidied_at: datetime | None = None
        self._must_stop = False

    async def run(self, stop: asyncio.Event, grace: timedelta = timedelta(seconds=20)) -> None:
        """Work until `stop` is set. Jobs that do not end within `grace` are cancelled and due
        again at once. Raises `MustStop` when this process's clock is found wrong, or its database a
        backup: it takes no more jobs."""
        stopping = asyncio.create_task(stop.wait())
        listening = Background(self._waking.listen) if self._waking else None
        if listening is not None:
            listening.begin()
        try:
            while not stop.is_set():
                await self._survive(self._tidy_now_and_then())
                await self._survive(self._go_on())
                await self._wait(stopping)
            await self._survive(self._settle(self._ended()))
        finally:
            stopping.cancel()
            if listening is not None:
                await listening.aclose()
            await self._wind_up(grace)

    async def drain(self) -> None:
        """Run whatever is due, and what it causes, until nothing is due."""
        while await self._go_on() or self._running:
            await asyncio.wait(self._running)

    async def catch_up(self) -> None:
        """Tidy up if it is time to, and drain: for trials, in place of `run`."""
        await self._tidy_now_and_then()
        await self.drain()

    async def _go_on(self) -> int:
        """Acknowledge what has ended and claim what is due; if all went well, in one commit. When
        the store is down what is done is told with the next commit; of the rest the leases run out
        instead, and the jobs run again."""
        told = self._ended()
        if told.again or told.anew or told.dead:
            await self._settle(told)
        return await self._claim()

    async def _claim(self) -> int:
        busy = Counter(job.job.kind for job in self._running.values())
        room = {
            kind: self._settings.concurrency.get(kind, 1) - busy[kind] for kind in self._handlers
        }
        if self._waking is not None:
            self._waking.heard()
        jobs = await self._source.claim(
            room, self._clock.now(), self._settings.lease, self._unheard
        )
        self._unheard = []  # and no more run before: it never holds more than could run at once
        ours = {job.id: task for task, job in self._running.items()}
        for job in jobs:
            task = ours.get(job.id) or asyncio.create_task(self._handle(job))
            self._running[task] = job  # of one that still runs: it holds the lease again
        return len(jobs)

    async def _handle(self, job: ClaimedJob) -> object:
        with structlog.contextvars.bound_contextvars(job=job.job.key, attempt=job.attempts):
            answer = await self._within_its_lease(self._handlers[job.job.kind](job.job.subject))
        if isinstance(answer, datetime) and answer.tzinfo is None:
            raise ValueError("a handler's moment has no zone")
        return answer

    async def _within_its_lease(self, work: Awaitable[object]) -> object:
        limit = asyncio.timeout(self._settings.time_limit.total_seconds())
        try:
            async with limit:
                return await work
        except TimeoutError:
            if limit.expired():
                raise JobOverran from None
            raise

    async def _wait(self, stopping: asyncio.Task[bool]) -> None:
        """Until a job ends, the end is asked for, or it is time to look for jobs; while others run
        a little longer, for those that end or are queued as well."""
        look = asyncio.create_task(self._time_to_look())
        waited_for = [*self._running, stopping, look]
        await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        look.cancel()
        if not (stopping.done() or all(task.done() for task in self._running)):
            await asyncio.sleep(SOON)

    async def _time_to_look(self) -> None:
        if self._waking is None or not self._waking.is_listening:
            await asyncio.sleep(self._settings.poll.total_seconds())
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.rest.total_seconds()):
                await self._waking.rung()

    def _ended(self) -> _Settlement:
        """What became of the jobs that have ended since the last time."""
        ended = {task: job for task, job in self._running.items() if task.done()}
        settlement = _Settlement()
        for task, job in ended.items():
            del self._running[task]
            self._judge(task, job, settlement)
        self._unheard += settlement.done
        settlement.done = self._unheard
        if self._must_stop:  # nobody can say when the others are due: their leases run out
            settlement = _Settlement(settlement.done)
        return settlement

    async def _settle(self, told: _Settlement) -> None:
        if told == _Settlement():
            return
        now = self._clock.now()
        await self._source.settle(told.done, told.again, told.dead, now, told.anew)
        self._unheard = []

    def _judge(self, task: asyncio.Task[object], job: ClaimedJob, settlement: _Settlement) -> None:
        if task.cancelled():
            settlement.again.append((job, self._clock.now()))
        elif failure := task.exception():
            self._judge_failure(failure, job, settlement)
        elif isinstance(answer := task.result(), datetime):
            settlement.anew.append((job, answer))
        else:
            settlement.done.append(job)

    def _judge_failure(
        self, failure: BaseException, job: ClaimedJob, settlement: _Settlement
    ) -> None:
        transient = isinstance(failure, DependencyFailure | ConcurrentChange | JobOverran)
        reason = str(failure) if transient else type(failure).__name__
        limit = self._settings.patience if transient else self._settings.attempts
        buried = job.attempts >= limit
        _log.log(
            30 if transient and not buried else 40,
            "job_buried" if buried else "job_failed",
            job=job.job.key,
            attempt=job.attempts,
            failure=type(failure).__name__,
            reason=reason,
            exc_info=None if transient else failure,
        )
        if buried:
            settlement.dead.append((job, reason))
        else:
            wait = self._settings.backoff.after(job.attempts)
            settlement.again.append((job, self._clock.now() + wait))

    async def _tidy_now_and_then(self) -> None:
        now = self._clock.now()
        passed = now - (self._tidied_at or now)
        if self._tidied_at is None or not timedelta(0) <= passed < self._settings.tidy_every:
            self._tidied_at = now  # also when the clock was put back: it is to be looked at
            await self._tidy()

    async def _survive(self, step: Awaitable[object]) -> None:
        """The database may go away and come back; the worker stays."""
        try:
            await step
        except MustStop:
            self._must_stop = True
            raise
        except StoreUnavailable as failure:
            _log.warning("store_unavailable", reason=str(failure))
            await asyncio.sleep(self._settings.poll.total_seconds())
        except Exception as failure:
            _log.error("worker_step_failed", exc_info=failure)
            await asyncio.sleep(self._settings.poll.total_seconds())

    async def _wind_up(self, grace: timedelta) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=grace.total_seconds())
            for task in self._running:
                task.cancel()
            await asyncio.wait(self._running)
        with suppress(StoreUnavailable):
            await self._settle(self._ended())
