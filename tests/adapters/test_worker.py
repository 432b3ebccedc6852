"""The worker: retries, dead letters, room per kind, a graceful end, and a store that goes away."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.jobs import worker
from adapters.jobs.settings import Backoff, WorkerSettings
from adapters.jobs.worker import Worker
from adapters.store.stored_jobs import StoredJobs
from core.errors import RegisterUnavailable, StoreUnavailable
from core.jobs import Job, JobKind
from tests.rehearsal import TrialUnits

MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
STEADY = Backoff(first=4 * SECOND, longest=4 * SECOND)
ROOM = dict.fromkeys(JobKind, 100)


class Bench:
    """A worker over a store, and what its handlers were given."""

    def __init__(self, store, clock):
        self.clock = clock
        self.units = TrialUnits(store.begin)
        self.jobs = StoredJobs(self.units, store.read)
        self.ran: list[str] = []
        self.tidied = 0

    async def enqueue(self, *subjects, kind=JobKind.SEND_LINK):
        async with self.units() as unit:
            jobs = [Job(kind, subject) for subject in subjects]
            await unit.jobs.enqueue(*jobs, at=self.clock.now())

    async def note(self, subject):
        self.ran.append(subject)

    async def tidy(self):
        self.tidied += 1

    def worker(self, handler=None, tidy=None, **settings):
        handlers = dict.fromkeys(JobKind, handler or self.note)
        chosen = WorkerSettings(**{"poll": MILLISECOND, "backoff": STEADY, **settings})
        return Worker(self.jobs, handlers, tidy or self.tidy, self.clock, chosen)

    async def until(self, condition):
        """Let the worker work until this holds."""
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.001)

    async def left(self):
        """How many jobs are due now, by taking them."""
        return sorted(
            each.job.subject for each in await self.jobs.claim(ROOM, self.clock.now(), SECOND)
        )


@pytest.fixture
def bench(diskless_store, clock):
    return Bench(diskless_store, clock)


class TestBackoff:
    def test_it_doubles_up_to_the_longest(self):
        """R29: each wait is at least half of its step and at most all of it."""
        backoff = Backoff(first=SECOND, longest=300 * SECOND)
        for attempts in (*range(1, 12), 10_000):
            step = min(2 ** (attempts - 1), 300) * SECOND
            for _ in range(20):
                assert step / 2 <= backoff.after(attempts) <= step

    def test_waits_differ(self):
        """R29: jobs that failed together do not come back together."""
        assert len({Backoff().after(5) for _ in range(20)}) > 10


class TestDrain:
    async def test_all_that_is_due_is_run_and_settled(self, bench):
        """Drained, the queue is empty, and every job was run once."""
        await bench.enqueue("a", "b", "c")
        await bench.enqueue("d", kind=JobKind.DELIVER_EMAIL)
        await bench.worker().drain()
        assert sorted(bench.ran) == ["a", "b", "c", "d"]
        bench.clock.advance(timedelta(days=1))
        assert await bench.left() == []

    async def test_what_a_job_causes_is_run_too(self, bench):
        """A job queued by a job is drained with it."""

        async def handle(subject):
            bench.ran.append(subject)
            if len(subject) < 4:
                await bench.enqueue(subject + "+", kind=JobKind.DELIVER_EMAIL)

        await bench.enqueue("a")
        await bench.worker(handle).drain()
        assert bench.ran == ["a", "a+", "a++", "a+++"]

    async def test_jobs_for_later_are_left(self, bench, noon):
        """What is not due yet stays in the queue."""
        async with bench.units() as unit:
            await unit.jobs.enqueue(Job(JobKind.SEND_LINK, "later"), at=noon + SECOND)
        await bench.worker().drain()
        assert bench.ran == []

    async def test_nothing_due_nothing_done(self, bench):
        """An empty queue is drained at once."""
        await bench.worker().drain()
        assert bench.ran == []


class TestCommits:
    async def test_what_ends_and_what_is_next_share_one(self, bench):
        """R29: two jobs after one another: one commit to claim the first, one between them, one
        for the end."""
        await bench.enqueue("r1", "r2")
        commits: list[int] = []
        begin = bench.jobs._begin

        def counted():
            commits.append(len(bench.ran))
            return begin()

        bench.jobs._begin = counted
        await bench.worker(concurrency=dict.fromkeys(JobKind, 1)).drain()
        assert bench.ran == ["r1", "r2"]
        assert commits == [0, 1, 2]

    async def test_those_that_end_at_nearly_the_same_time_share_one(self, bench, monkeypatch):
        """R29: while another job runs, the worker waits a moment for those that end as well."""
        monkeypatch.setattr(worker, "SOON", 0.2)
        stop, last = asyncio.Event(), asyncio.Event()
        told: list[list[str]] = []
        claim = bench.jobs.claim

        async def recorded(room, now, lease, done=()):
            told.extend([sorted(each.job.subject for each in done)] if done else [])
            return await claim(room, now, lease, done)

        async def handle(subject):
            if subject == "r3":
                await last.wait()
            elif subject == "r2":
                await asyncio.sleep(0.01)

        bench.jobs.claim = recorded
        await bench.enqueue("r1", "r2", "r3")
        running = asyncio.create_task(bench.worker(handle).run(stop))
        await bench.until(lambda: told)
        last.set()
        await bench.until(lambda: len(told) == 2)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert told == [["r1", "r2"], ["r3"]]


class TestRetries:
    async def test_a_dependency_that_is_down_is_tried_again_later(self, bench):
        """R29: the job waits between half of a step and all of it, then runs again."""

        async def handle(subject):
            bench.ran.append(subject)
            if len(bench.ran) < 3:
                raise RegisterUnavailable("no answer")

        await bench.enqueue("r1")
        worker = bench.worker(handle)
        await worker.drain()
        for runs in (2, 3):
            bench.clock.advance(1.9 * SECOND)
            await worker.drain()
            assert len(bench.ran) == runs - 1
            bench.clock.advance(2.2 * SECOND)
            await worker.drain()
            assert len(bench.ran) == runs
        bench.clock.advance(timedelta(days=1))
        assert await bench.left() == []
        assert not await bench.jobs.list(10)

    @pytest.mark.parametrize(
        ("failure", "runs", "reason"),
        [
            (RegisterUnavailable("no answer"), 5, "no answer"),
            (KeyError("+33639980001"), 2, "KeyError"),
        ],
        ids=["dependency", "defect"],
    )
    async def test_a_job_that_keeps_failing_is_buried(self, bench, failure, runs, reason):
        """R20, R29: it ends as a dead letter; of a defect only the name is kept, never its text."""

        async def handle(subject):
            bench.ran.append(subject)
            raise failure

        await bench.enqueue("r1")
        worker = bench.worker(handle, attempts=2, patience=5)
        for _ in range(10):
            await worker.drain()
            bench.clock.advance(5 * SECOND)
        assert len(bench.ran) == runs
        (dead,) = await bench.jobs.list(10)
        assert (dead.job.subject, dead.attempts, dead.reason) == ("r1", runs, reason)

    async def test_a_revived_job_starts_over(self, bench):
        """R29: what an operator re-queues is run again, with all its attempts."""
        broken = True

        async def handle(subject):
            bench.ran.append(subject)
            if broken:
                raise ValueError

        await bench.enqueue("r1")
        worker = bench.worker(handle, attempts=1)
        await worker.drain()
        (dead,) = await bench.jobs.list(10)
        broken = False
        await bench.jobs.requeue([dead.id], bench.clock.now())
        await worker.drain()
        assert bench.ran == ["r1", "r1"]
        assert not await bench.jobs.list(10)

    async def test_one_failure_leaves_the_others_alone(self, bench):
        """R29: jobs of one batch end each on its own."""

        async def handle(subject):
            if subject == "bad":
                raise ValueError
            bench.ran.append(subject)

        await bench.enqueue("a", "bad", "b")
        await bench.worker(handle, attempts=1).drain()
        assert sorted(bench.ran) == ["a", "b"]
        assert [each.job.subject for each in await bench.jobs.list(10)] == ["bad"]


class TestLease:
    async def test_no_job_outlives_its_lease(self, bench):
        """R29: F-7: a job that takes too long is cut off and tried again, before another worker
        could run it a second time."""
        cut: list[str] = []

        async def linger(subject):
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                cut.append(subject)
                raise

        await bench.enqueue("a")
        with capture_logs() as logs:
            await bench.worker(linger, lease=100 * MILLISECOND).drain()
        assert cut == ["a"]
        assert [each["reason"] for each in logs] == ["took as long as its lease"]
        bench.clock.advance(4 * SECOND)
        assert await bench.left() == ["a"]

    async def test_a_handlers_own_timeout_is_its_own(self, bench):
        """A handler that gave up by itself is not said to have overrun its lease."""

        async def give_up(_):
            raise TimeoutError

        await bench.enqueue("a")
        with capture_logs() as logs:
            await bench.worker(give_up).drain()
        assert [each["failure"] for each in logs] == ["TimeoutError"]

    async def test_a_worker_does_not_run_its_own_job_twice(self, bench):
        """R29: F-7: a lease that ran out under a running job (the clock was set) is taken again,
        and the job is settled once."""
        begun, go = asyncio.Event(), asyncio.Event()

        async def handle(subject):
            bench.ran.append(subject)
            begun.set()
            await go.wait()

        await bench.enqueue("a")
        worker, stop = bench.worker(handle), asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        await begun.wait()
        bench.clock.advance(timedelta(hours=1))
        await bench.until(lambda: [each.attempts for each in worker._running.values()] == [2])
        go.set()
        await bench.until(lambda: not worker._running)
        stop.set()
        await running
        assert bench.ran == ["a"]
        bench.clock.advance(timedelta(days=1))
        assert await bench.left() == []


class TestRunAgain:
    async def test_a_job_runs_again_when_its_handler_says_so(self, bench, noon):
        """R31: a handler that answers with a moment is run again at that moment, not before."""

        async def handle(subject):
            bench.ran.append(subject)
            return noon + 10 * SECOND if len(bench.ran) == 1 else None

        await bench.enqueue("r1")
        worker = bench.worker(handle)
        await worker.drain()
        bench.clock.advance(9 * SECOND)
        await worker.drain()
        assert bench.ran == ["r1"]
        bench.clock.advance(SECOND)
        await worker.drain()
        assert bench.ran == ["r1", "r1"]
        bench.clock.advance(timedelta(days=1))
        assert await bench.left() == []

    async def test_waiting_is_no_failure(self, bench):
        """R29, R31: however often a job waited, it may fail as often as any other."""
        waits = 20

        async def handle(subject):
            bench.ran.append(subject)
            if len(bench.ran) <= waits:
                return bench.clock.now() + SECOND
            raise ValueError

        await bench.enqueue("r1")
        worker = bench.worker(handle, attempts=3)
        for _ in range(waits + 10):
            await worker.drain()
            bench.clock.advance(5 * SECOND)
        assert len(bench.ran) == waits + 3
        (dead,) = await bench.jobs.list(10)
        assert dead.attempts == 3

    async def test_failures_before_a_wait_are_forgotten(self, bench):
        """R31: a job that got as far as to wait begins to count anew."""

        async def handle(subject):
            bench.ran.append(subject)
            if len(bench.ran) == 3:
                return bench.clock.now() + SECOND
            raise RegisterUnavailable("no answer")

        await bench.enqueue("r1")
        worker = bench.worker(handle, patience=3)
        for _ in range(10):
            await worker.drain()
            bench.clock.advance(5 * SECOND)
        assert len(bench.ran) == 6

    async def test_a_moment_without_a_zone_is_a_defect(self, bench, noon):
        """R29: a handler that answers with a naive datetime fails, visibly."""

        async def handle(_):
            return noon.replace(tzinfo=None)

        await bench.enqueue("r1")
        await bench.worker(handle, attempts=1).drain()
        assert [each.reason for each in await bench.jobs.list(10)] == ["ValueError"]


class TestConcurrency:
    async def test_no_more_of_a_kind_than_there_is_room_for(self, bench):
        """Jobs of a kind run side by side up to its number; one kind does not starve another."""
        at_once, most = Counter(), Counter()

        def handler(kind):
            async def handle(_):
                at_once[kind] += 1
                most[kind] = max(most[kind], at_once[kind])
                await asyncio.sleep(0.001)
                at_once[kind] -= 1

            return handle

        room = {JobKind.SEND_LINK: 3, JobKind.DELIVER_EMAIL: 2}
        for kind in JobKind:
            await bench.enqueue(*"abcdefgh", kind=kind)
        handlers = {kind: handler(kind) for kind in JobKind}
        settings = WorkerSettings(concurrency=room, poll=MILLISECOND)
        await Worker(bench.jobs, handlers, bench.tidy, bench.clock, settings).drain()
        assert most == {**dict.fromkeys(JobKind, 1), **room}

    async def test_kinds_without_a_handler_are_left(self, bench):
        """A worker for some kinds leaves the others to other workers."""
        await bench.enqueue("a", kind=JobKind.ISSUE_PASSWORD)
        handlers = {JobKind.SEND_LINK: bench.note}
        await Worker(bench.jobs, handlers, bench.tidy, bench.clock).drain()
        assert await bench.left() == ["a"]


class Hints:
    """A `Waking` that is told when to ring."""

    def __init__(self, is_listening=True):
        self.is_listening = is_listening
        self._rung = asyncio.Event()
        self.ring, self.heard = self._rung.set, self._rung.clear

    async def listen(self):
        await asyncio.sleep(60)

    async def rung(self):
        await self._rung.wait()
        self._rung.clear()


class TestWaking:
    @pytest.fixture
    async def work(self, bench):
        """Starts a worker; ends it."""
        stop, running = asyncio.Event(), []

        def work(waking, **settings):
            handlers = dict.fromkeys(JobKind, bench.note)
            chosen = WorkerSettings(**settings)
            worker = Worker(bench.jobs, handlers, bench.tidy, bench.clock, chosen, waking)
            running.append(asyncio.create_task(worker.run(stop)))

        yield work
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), 5)

    async def test_a_hint_wakes_it(self, bench, work):
        """R29: a worker that rests runs a new job when it is told of it, not before."""
        hints = Hints()
        work(hints, rest=timedelta(minutes=1))
        await asyncio.sleep(0.01)
        await bench.enqueue("r1")
        await asyncio.sleep(0.1)
        assert bench.ran == []
        hints.ring()
        await bench.until(lambda: bench.ran == ["r1"])

    async def test_a_hint_of_what_was_claimed_since_wakes_nobody(self, bench, work, monkeypatch):
        """R29: what rang while the worker waited to look is found by that look."""
        monkeypatch.setattr(worker, "SOON", 0.1)
        hints, last, asked = Hints(), asyncio.Event(), []
        claim = bench.jobs.claim

        async def recorded(*given):
            asked.append(len(bench.ran))
            return await claim(*given)

        async def handle(subject):
            bench.ran.append(subject)
            if subject == "r1":
                asyncio.get_running_loop().call_later(0.02, hints.ring)
            else:
                await last.wait()

        bench.jobs.claim, bench.note = recorded, handle
        await bench.enqueue("r1", "r2")
        work(hints, rest=timedelta(minutes=1), poll=timedelta(minutes=1))
        await bench.until(lambda: len(asked) == 2)
        await asyncio.sleep(0.25)
        assert asked == [0, 2]
        last.set()

    async def test_it_rests_no_longer_than_that(self, bench, work):
        """R29: a hint that never came costs a rest, not the job."""
        work(Hints(), rest=50 * MILLISECOND, poll=timedelta(minutes=1))
        await asyncio.sleep(0.01)
        await bench.enqueue("r1")
        await bench.until(lambda: bench.ran == ["r1"])

    async def test_it_polls_while_hints_may_be_missed(self, bench, work):
        """R29: without the connection for hints it looks for jobs as often as without any."""
        work(Hints(is_listening=False), rest=timedelta(minutes=1), poll=MILLISECOND)
        await asyncio.sleep(0.01)
        await bench.enqueue("r1")
        await bench.until(lambda: bench.ran == ["r1"])


class TestRun:
    async def test_it_works_until_it_is_told_to_stop(self, bench):
        """Jobs queued at any time are run; an idle worker stops at once."""
        stop = asyncio.Event()
        running = asyncio.create_task(bench.worker().run(stop))
        for number in range(3):
            await bench.enqueue(f"r{number}")
            await bench.until(lambda number=number: f"r{number}" in bench.ran)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert bench.ran == ["r0", "r1", "r2"]

    async def test_it_finishes_what_it_began(self, bench):
        """R29: a job that is running when the end is asked for is finished and settled."""
        stop, begun, go = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def handle(subject):
            begun.set()
            await go.wait()
            bench.ran.append(subject)

        await bench.enqueue("r1")
        running = asyncio.create_task(bench.worker(handle).run(stop))
        await begun.wait()
        stop.set()
        await bench.enqueue("r2")
        await asyncio.sleep(0.01)
        assert not running.done()
        go.set()
        await asyncio.wait_for(running, 5)
        assert bench.ran == ["r1"]
        assert await bench.left() == ["r2"]

    async def test_it_acknowledges_what_ended_before_it_waits_for_the_rest(self, bench):
        """R29: a worker that is killed in its grace has done nothing that is done once more."""
        stop, go = asyncio.Event(), asyncio.Event()
        settled: list[str] = []
        settle = bench.jobs.settle

        async def recorded(done, *more):
            settled.extend(each.job.subject for each in done)
            await settle(done, *more)

        async def handle(subject):
            if subject == "r1":
                stop.set()
            else:
                await go.wait()

        bench.jobs.settle = recorded
        await bench.enqueue("r1", "r2")
        running = asyncio.create_task(bench.worker(handle).run(stop))
        await bench.until(lambda: settled)
        assert settled == ["r1"]
        assert not running.done()
        go.set()
        await asyncio.wait_for(running, 5)
        assert settled == ["r1", "r2"]

    async def test_it_hands_back_what_does_not_end(self, bench):
        """R29: a job that outlasts the grace is cancelled and due again at once."""
        stop, begun = asyncio.Event(), asyncio.Event()

        async def hang(_):
            begun.set()
            await asyncio.sleep(60)

        await bench.enqueue("r1")
        running = asyncio.create_task(bench.worker(hang).run(stop, grace=10 * MILLISECOND))
        await begun.wait()
        stop.set()
        await asyncio.wait_for(running, 5)
        assert await bench.left() == ["r1"]

    async def test_a_cancelled_worker_winds_up(self, bench):
        """R29: a worker that is cancelled still settles what it ran."""
        done, never = asyncio.Event(), asyncio.Event()

        async def handle(subject):
            bench.ran.append(subject)
            done.set()

        await bench.enqueue("r1")
        running = asyncio.create_task(bench.worker(handle).run(never))
        await done.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        bench.clock.advance(timedelta(days=1))
        assert await bench.left() == []

    async def test_a_store_that_goes_away_is_survived(self, bench):
        """R29: claims that fail are tried again until the store is back."""
        await bench.enqueue("r1")
        bench.units.failing = 3
        stop = asyncio.Event()
        running = asyncio.create_task(bench.worker().run(stop))
        await bench.until(lambda: bench.ran)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert bench.ran == ["r1"]
        assert bench.units.failing == 0

    async def test_a_step_that_breaks_is_survived(self, bench):
        """R29: whatever goes wrong in a step of the loop, a defect included, is logged, and the
        worker goes on."""
        await bench.enqueue("r1")
        worker, claim, failures = bench.worker(), bench.jobs.claim, [ValueError("a defect")]

        async def broken(*arguments):
            if failures:
                raise failures.pop()
            return await claim(*arguments)

        bench.jobs.claim = broken
        stop = asyncio.Event()
        with capture_logs() as logged:
            running = asyncio.create_task(worker.run(stop))
            await bench.until(lambda: bench.ran)
            stop.set()
            await asyncio.wait_for(running, 5)
        assert bench.ran == ["r1"]
        assert [each["event"] for each in logged] == ["worker_step_failed"]

    async def test_a_tidying_that_breaks_is_survived(self, bench):
        """R44: a defect in what is done now and then does not stop the jobs."""

        async def tidy():
            raise RuntimeError("a defect")

        stop = asyncio.Event()
        await bench.enqueue("r1")
        with capture_logs() as logged:
            running = asyncio.create_task(bench.worker(tidy=tidy).run(stop))
            await bench.until(lambda: bench.ran)
            stop.set()
            await asyncio.wait_for(running, 5)
        assert [each["event"] for each in logged] == ["worker_step_failed"]

    @pytest.mark.parametrize("others_fail", [False, True], ids=["claiming", "settling"])
    async def test_an_acknowledgement_that_fails_is_made_with_the_next_commit(
        self, bench, others_fail
    ):
        """R29: a job that is done, an alert's e-mail, is not done twice because the store was
        away for a moment, whether what it would be told comes with a claim or by itself."""
        stop = asyncio.Event()

        async def handle(subject):
            bench.ran.append(subject)
            if len(bench.ran) == 2:
                bench.units.failing = 2
            if others_fail and subject == "r2" and bench.ran.count("r2") == 1:
                raise RegisterUnavailable("a rehearsal")

        await bench.enqueue("r1", "r2")
        running = asyncio.create_task(bench.worker(handle).run(stop))
        await bench.until(lambda: len(bench.ran) == 2 and not bench.units.failing)
        committed = bench.units.begun
        await bench.until(lambda: bench.units.begun > committed)
        bench.clock.advance(timedelta(seconds=60))
        await bench.until(lambda: len(bench.ran) == 2 + others_fail)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert bench.ran == ["r1", "r2", *["r2"] * others_fail]
        bench.clock.advance(timedelta(days=1))
        assert await bench.left() == []

    async def test_what_the_store_did_not_hear_is_no_more_than_could_run(self, bench):
        """R29: while the store is away nothing new is begun, and once it was told nothing is
        kept."""
        worker = bench.worker(concurrency=dict.fromkeys(JobKind, 2))
        await bench.enqueue("r1", "r2", "r3")
        await worker._go_on()
        await bench.until(lambda: len(bench.ran) == 2)
        bench.units.failing = 3
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await worker._go_on()
            assert sorted(each.job.subject for each in worker._unheard) == ["r1", "r2"]
        await worker.drain()
        assert worker._unheard == []
        assert sorted(bench.ran) == ["r1", "r2", "r3"]

    @pytest.mark.parametrize(("failing", "left"), [(1, []), (2, ["r1"])], ids=["once", "twice"])
    async def test_a_store_that_is_away_at_the_end_does_not_hold_the_worker(
        self, bench, failing, left
    ):
        """R29: the last acknowledgement is made once more; then the worker ends without it, and the
        lease hands the job back."""
        stop, begun = asyncio.Event(), asyncio.Event()

        async def handle(_):
            begun.set()
            bench.units.failing = failing

        await bench.enqueue("r1")
        worker = bench.worker(handle)
        await worker._claim()
        await begun.wait()
        stop.set()
        await asyncio.wait_for(worker.run(stop), 5)
        assert await bench.left() == []
        bench.clock.advance(timedelta(seconds=60))
        assert await bench.left() == left

    async def test_it_tidies_up_now_and_then(self, bench):
        """R44: at the start, then once a minute, and on after a failure."""

        async def tidy():
            bench.tidied += 1
            if bench.tidied == 1:
                raise StoreUnavailable

        stop = asyncio.Event()
        running = asyncio.create_task(bench.worker(tidy=tidy).run(stop))
        await bench.until(lambda: bench.tidied == 1)
        bench.clock.advance(timedelta(seconds=59))
        await asyncio.sleep(0.02)
        assert bench.tidied == 1
        bench.clock.advance(SECOND)
        await bench.until(lambda: bench.tidied == 2)
        stop.set()
        await asyncio.wait_for(running, 5)

    async def test_it_tidies_up_when_the_clock_was_put_back(self, bench):
        """F-1, R29: at once: it is the tidying that looks at the clock."""
        stop = asyncio.Event()
        running = asyncio.create_task(bench.worker().run(stop))
        await bench.until(lambda: bench.tidied == 1)
        bench.clock.advance(timedelta(hours=-2))
        await bench.until(lambda: bench.tidied == 2)
        stop.set()
        await asyncio.wait_for(running, 5)
