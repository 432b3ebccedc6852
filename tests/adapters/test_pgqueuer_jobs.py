"""The queue in PgQueuer's tables: beside PgQueuer's own tools, and the bell that wakes workers."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries

from adapters.connections.postgres import PostgresSettings
from adapters.jobs.settings import WorkerSettings
from adapters.jobs.worker import Worker
from adapters.store.job_notifier import JobListener
from adapters.store.pgqueuer_jobs import PgQueuerJobs
from adapters.store.pgqueuer_names import pgqueuer_settings
from adapters.store.postgres import PostgresStore
from core.errors import StoreUnavailable
from core.jobs import Job, JobKind
from tests.servers.postgres import administer

MINUTE = timedelta(minutes=1)
ROOM = dict.fromkeys(JobKind, 100)


@pytest.fixture
def jobs(postgres_store):
    return PgQueuerJobs(postgres_store.statements)


@pytest.fixture
def enqueue(postgres_store, noon):
    async def enqueue(*subjects, at=noon):
        async with postgres_store.begin() as unit:
            await unit.jobs.enqueue(*[Job(JobKind.SEND_LINK, each) for each in subjects], at=at)

    return enqueue


@pytest.fixture
async def pgqueuer(postgres_dsn):
    """PgQueuer's own view of the queue, as its commands have it."""
    connection = await asyncpg.connect(postgres_dsn)
    settings = pgqueuer_settings()
    yield Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(settings),
        qbq=QueryQueueBuilder(settings),
    )
    await connection.close()


class TestBesidePgQueuer:
    async def test_its_tools_show_our_queue(self, jobs, enqueue, pgqueuer, noon):
        """R29: PgQueuer counts what waits, what runs and what was given up as we do."""
        await enqueue("dead", "running", "waiting")
        claimed = {each.job.subject: each for each in await jobs.claim(ROOM, noon, MINUTE)}
        again, dead = [(claimed["waiting"], noon + MINUTE)], [(claimed["dead"], "KeyError")]
        await jobs.settle([], again, dead, noon)
        shown = {row.status: row.count for row in await pgqueuer.queue_size()}
        assert shown == {"queued": 1, "picked": 1, "failed": 1}
        (failed,) = await pgqueuer.list_failed_jobs()
        assert (failed.id, failed.payload, failed.attempts) == (claimed["dead"].id, b"dead", 1)

    async def test_its_requeue_revives_a_dead_job(self, jobs, enqueue, pgqueuer, noon):
        """R29: an operator may use PgQueuer's own command on a dead letter."""
        await enqueue("r1")
        (claimed,) = await jobs.claim(ROOM, noon, MINUTE)
        await jobs.settle([], [], [(claimed, "KeyError")], noon)
        await pgqueuer.requeue_jobs([claimed.id])
        assert not await jobs.list(10)
        (revived,) = await jobs.claim(ROOM, noon + MINUTE, MINUTE)
        assert (revived.job, revived.attempts) == (claimed.job, 1)

    async def test_nothing_is_logged(self, jobs, enqueue, postgres_dsn, noon):
        """R44: PgQueuer's log, which nothing would ever empty, stays empty."""
        await enqueue("a", "b", "c")
        claimed = await jobs.claim(ROOM, noon, MINUTE)
        await jobs.settle(claimed[:1], [(claimed[1], noon)], [(claimed[2], "KeyError")], noon)
        await jobs.requeue([claimed[2].id], noon)
        query = "SELECT count(*) FROM reassort_pgqueuer_log"
        assert (await administer(postgres_dsn, query))[0][0] == 0

    async def test_the_environment_renames_nothing(self, monkeypatch):
        """Another program's PgQueuer settings in the environment are not ours."""
        monkeypatch.setenv("PGQUEUER_PREFIX", "other_")
        monkeypatch.setenv("QUEUE_TABLE", "other")
        monkeypatch.setenv("PGQUEUER_CHANNEL", "other")
        monkeypatch.setenv("PGQUEUER_SCHEMA", "other")
        settings = pgqueuer_settings()
        assert settings.qualified.queue_table == "reassort_pgqueuer"
        assert settings.channel == "reassort_ch_pgqueuer"


class TestClaims:
    async def test_a_claim_waits_for_nobody(self, jobs, enqueue, postgres_store, noon):
        """R29: what another worker is just claiming is skipped, not waited for."""
        await enqueue("a", "b", "c")
        async with postgres_store.begin() as unit:
            (first,) = await unit.jobs.claim(JobKind.SEND_LINK, 1, noon, noon + MINUTE)
            async with asyncio.timeout(1):
                others = await jobs.claim(ROOM, noon, MINUTE)
        subjects = {each.job.subject for each in others} | {first.job.subject}
        assert len(others) == 2
        assert subjects == {"a", "b", "c"}

    async def test_a_closed_store_has_no_jobs(self, postgres_dsn, noon):
        """R29: a queue that cannot be reached is a failure of the store."""
        jobs = PgQueuerJobs(PostgresStore(postgres_dsn).statements)
        with pytest.raises(StoreUnavailable):
            await jobs.claim(ROOM, noon, MINUTE)


@pytest.fixture
async def listener(postgres_dsn):
    listener = JobListener(postgres_dsn)
    listening = asyncio.create_task(listener.listen())
    yield listener
    listening.cancel()
    await asyncio.wait([listening])
    assert not listener.is_listening


async def count_rings(listener):
    """How often it rings until it has been silent for a while."""
    rings = 0
    while True:
        try:
            await asyncio.wait_for(listener.rung(), 0.3)
        except TimeoutError:
            return rings
        rings += 1


class TestBell:
    async def test_it_rings_when_jobs_were_queued(self, listener, enqueue, postgres_store):
        """R29: queuing rings, after the commit; other units, and those that fail, do not."""
        await asyncio.wait_for(listener.rung(), 5)  # it has begun to listen
        async with postgres_store.begin() as unit:
            await unit.requests.get("r1")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(listener.rung(), 0.2)
        await enqueue("r1")
        await asyncio.wait_for(listener.rung(), 5)

    async def test_many_jobs_ring_a_few_times(self, listener, enqueue):
        """A hundred commits in a row do not mean a hundred rings; the last one is heard."""
        await asyncio.wait_for(listener.rung(), 5)
        began = time.monotonic()
        await asyncio.gather(*[enqueue(f"r{number}") for number in range(100)])
        rings = await count_rings(listener)
        assert 1 <= rings <= (time.monotonic() - began) / 0.02 + 1

    async def test_a_lost_connection_is_made_again(
        self, listener, enqueue, postgres_dsn, monkeypatch
    ):
        """R29: who lost the bell knows that it did, and listens again."""
        monkeypatch.setattr("adapters.store.job_notifier.RETRY", 0.05)
        await asyncio.wait_for(listener.rung(), 5)
        assert listener.is_listening
        query = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND query LIKE 'LISTEN%'"""
        await administer(postgres_dsn, query)
        await asyncio.wait_for(listener.rung(), 5)
        assert listener.is_listening
        await enqueue("r1")
        await asyncio.wait_for(listener.rung(), 5)

    async def test_an_idle_worker_is_woken(self, listener, jobs, enqueue, clock):
        """R29: a worker that would look for jobs in a minute only runs a new one at once."""
        ran = asyncio.Event()

        async def handle(_):
            ran.set()

        async def tidy():
            """Nothing."""

        settings = WorkerSettings(poll=MINUTE, rest=MINUTE)
        woken = Waker(listener)
        worker = Worker(jobs, {JobKind.SEND_LINK: handle}, tidy, clock, settings, woken)
        await asyncio.wait_for(listener.rung(), 5)
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        await asyncio.sleep(0.2)
        await enqueue("r1")
        await asyncio.wait_for(ran.wait(), 5)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert woken.ended

    async def test_without_a_server_it_keeps_trying(self, monkeypatch):
        """R29: a listener without a server neither listens nor gives up."""
        monkeypatch.setattr("adapters.store.job_notifier.RETRY", 0.01)
        settings = PostgresSettings(connect_timeout=0.2)
        listener = JobListener("postgresql://u@127.0.0.1:1/d", settings)
        listening = asyncio.create_task(listener.listen())
        await asyncio.sleep(0.1)
        assert not listening.done()
        assert not listener.is_listening
        listening.cancel()
        await asyncio.wait([listening])


class Waker:
    """A listener that is listening already; notes that the worker ended it."""

    def __init__(self, listener):
        self._listener = listener
        self.rung, self.heard = listener.rung, listener.heard
        self.ended = False

    @property
    def is_listening(self):
        return self._listener.is_listening

    async def listen(self):
        try:
            await asyncio.sleep(60)
        finally:
            self.ended = True
