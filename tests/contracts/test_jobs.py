"""The ports `JobQueue` and `JobSource`, and what operators ask, over every engine."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import chain

import pytest

from core.jobs import Backlog, ClaimedJob, DeadJob, Job, JobKind

LEASE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ROOM = dict.fromkeys(JobKind, 100)


@pytest.fixture
def enqueue(store, noon):
    async def enqueue(*subjects, kind=JobKind.SEND_LINK, at=noon):
        async with store.begin() as unit:
            await unit.jobs.enqueue(*[Job(kind, subject) for subject in subjects], at=at)

    return enqueue


def subjects(claimed):
    return [each.job.subject for each in claimed]


async def test_an_empty_queue_has_nothing(jobs, noon):
    """No job, nothing to claim; nothing to settle is no error."""
    assert list(await jobs.claim(ROOM, noon, LEASE)) == []
    await jobs.settle([], [], [], noon)


@pytest.mark.parametrize("kind", JobKind)
async def test_a_job_is_claimed_once(jobs, enqueue, noon, kind):
    """R29: a queued job goes to one worker, as its first attempt."""
    await enqueue("r1", kind=kind)
    (claimed,) = await jobs.claim(ROOM, noon, LEASE)
    assert claimed == ClaimedJob(claimed.id, Job(kind, "r1"), 1)
    assert not await jobs.claim(ROOM, noon, LEASE)


async def test_queuing_is_idempotent(store, jobs, enqueue, noon):
    """R29: the same kind and subject is queued once, in one unit and over several."""
    async with store.begin() as unit:
        job = Job(JobKind.SEND_LINK, "r1")
        await unit.jobs.enqueue(job, job, at=noon)
    await enqueue("r1", at=noon - SECOND)
    await enqueue("r1", kind=JobKind.DELIVER_EMAIL)
    claimed = await jobs.claim(ROOM, noon, LEASE)
    assert {each.job.key for each in claimed} == {"send_link:r1", "deliver_email:r1"}
    await enqueue("r1")
    assert not await jobs.claim(ROOM, noon, LEASE)


async def test_a_done_job_may_be_queued_anew(jobs, enqueue, noon):
    """A job that is done is gone: the same work can be asked for again."""
    await enqueue("r1")
    await jobs.settle(await jobs.claim(ROOM, noon, LEASE), [], [], noon)
    await enqueue("r1")
    assert subjects(await jobs.claim(ROOM, noon, LEASE)) == ["r1"]


async def test_nothing_runs_before_it_is_due(jobs, enqueue, noon):
    """A job for later waits until then, to the microsecond."""
    await enqueue("r1", at=noon + SECOND)
    almost = noon + SECOND - timedelta(microseconds=1)
    assert not await jobs.claim(ROOM, almost, LEASE)
    assert subjects(await jobs.claim(ROOM, noon + SECOND, LEASE)) == ["r1"]


async def test_the_oldest_come_first(jobs, enqueue, noon):
    """Jobs are claimed in the order in which they are due, whatever order they were queued in."""
    for number in (3, 1, 4, 2, 0):
        await enqueue(f"r{number}", at=noon + number * SECOND)
    later = noon + 10 * SECOND
    first = await jobs.claim({JobKind.SEND_LINK: 2}, later, LEASE)
    second = await jobs.claim({JobKind.SEND_LINK: 2}, later, LEASE)
    third = await jobs.claim({JobKind.SEND_LINK: 2}, later, LEASE)
    assert [set(subjects(each)) for each in (first, second, third)] == [
        {"r0", "r1"},
        {"r2", "r3"},
        {"r4"},
    ]


async def test_there_is_room_for_so_many_of_a_kind(jobs, enqueue, noon):
    """A kind without room is left in the queue, whatever the others take."""
    for kind in JobKind:
        await enqueue("a", "b", "c", kind=kind)
    room = {JobKind.SEND_LINK: 2, JobKind.DELIVER_EMAIL: 0}
    claimed = await jobs.claim(room, noon, LEASE)
    assert [each.job.kind for each in claimed] == [JobKind.SEND_LINK] * 2
    assert not await jobs.claim({JobKind.DELIVER_EMAIL: 0}, noon, LEASE)
    assert not await jobs.claim({}, noon, LEASE)
    assert len(await jobs.claim(ROOM, noon, LEASE)) == 3 * len(JobKind) - 2


async def test_a_lease_that_ran_out_frees_the_job(jobs, enqueue, noon):
    """R29: a worker that dies hands its jobs back when the lease ends, not before."""
    await enqueue("r1")
    await jobs.claim(ROOM, noon, LEASE)
    assert not await jobs.claim(ROOM, noon + LEASE - SECOND, LEASE)
    (again,) = await jobs.claim(ROOM, noon + LEASE, LEASE)
    assert (again.job.subject, again.attempts) == ("r1", 2)


async def test_what_is_done_makes_room_for_what_is_next(jobs, enqueue, noon):
    """R29: both at once; a job that is done is not due again, though its lease is over."""
    await enqueue("r1", "r2")
    (first,) = await jobs.claim({JobKind.SEND_LINK: 1}, noon, LEASE)
    (second,) = await jobs.claim(ROOM, noon + LEASE / 2, LEASE, [first])
    assert second.job.subject == "r2"
    assert not await jobs.claim(ROOM, noon + 2 * LEASE, LEASE, [second])
    assert not await jobs.claim(ROOM, noon + 4 * LEASE, LEASE)


async def test_a_late_worker_has_nothing_done_by_claiming(jobs, enqueue, noon):
    """R29: what another has claimed since stays that one's, and is due when its lease ends."""
    await enqueue("r1")
    late = await jobs.claim(ROOM, noon, LEASE)
    await jobs.claim(ROOM, noon + LEASE, LEASE)
    assert not await jobs.claim(ROOM, noon + LEASE, LEASE, late)
    assert len(await jobs.claim(ROOM, noon + 2 * LEASE, LEASE)) == 1


async def test_a_late_worker_settles_nothing(jobs, enqueue, noon):
    """R29: who lost the lease can neither finish, postpone nor bury what another now holds."""
    await enqueue("r1")
    late = await jobs.claim(ROOM, noon, LEASE)
    (held,) = await jobs.claim(ROOM, noon + LEASE, LEASE)
    await jobs.settle(late, [], [], noon + LEASE)
    await jobs.settle([], [(late[0], noon)], [], noon + LEASE)
    await jobs.settle([], [], [(late[0], "late")], noon + LEASE)
    assert not await jobs.list(10)
    assert not await jobs.claim(ROOM, noon + LEASE, LEASE)
    (after,) = await jobs.claim(ROOM, noon + 2 * LEASE, LEASE)
    assert (after.id, after.attempts) == (held.id, 3)


async def test_a_late_worker_does_not_settle_the_next_job(jobs, enqueue, noon):
    """R29: ids are not given twice: who wakes up when its job is long done harms no later job."""
    await enqueue("r1")
    late = await jobs.claim(ROOM, noon, LEASE)
    await jobs.settle(await jobs.claim(ROOM, noon + LEASE, LEASE), [], [], noon + LEASE)
    await enqueue("r2")
    (held,) = await jobs.claim(ROOM, noon + LEASE, LEASE)
    assert held.id != late[0].id
    await jobs.settle(late, [], [], noon + LEASE)
    assert subjects(await jobs.claim(ROOM, noon + 2 * LEASE, LEASE)) == ["r2"]


async def test_a_job_that_failed_waits_its_turn(jobs, enqueue, noon):
    """R29: a postponed job is due at the time given, with its attempts counted on."""
    await enqueue("r1")
    (claimed,) = await jobs.claim(ROOM, noon, LEASE)
    await jobs.settle([], [(claimed, noon + 5 * SECOND)], [], noon)
    assert not await jobs.claim(ROOM, noon + 4 * SECOND, LEASE)
    (again,) = await jobs.claim(ROOM, noon + 5 * SECOND, LEASE)
    assert again.attempts == 2


async def test_a_job_is_done_and_due_anew(jobs, enqueue, noon):
    """R29: a job that is to run once more waits as a new one: another id, no attempt behind it,
    not queued twice meanwhile; who held it before settles it no more."""
    await enqueue("r1")
    late = await jobs.claim(ROOM, noon, LEASE)
    (held,) = await jobs.claim(ROOM, noon + LEASE, LEASE)
    later = noon + 2 * LEASE
    await jobs.settle([], [], [], noon, [(late[0], noon)])
    assert not await jobs.claim(ROOM, noon + LEASE, LEASE)
    await jobs.settle([], [], [], noon + LEASE, [(held, later)])
    await enqueue("r1")
    assert not await jobs.claim(ROOM, later - SECOND, LEASE)
    (anew,) = await jobs.claim(ROOM, later, LEASE)
    assert (anew.job, anew.attempts) == (held.job, 1)
    assert anew.id not in (held.id, late[0].id)
    await jobs.settle([*late, held], [], [], later)
    await jobs.settle([anew], [], [], later)
    assert not await jobs.claim(ROOM, later + 2 * LEASE, LEASE)


async def test_a_batch_is_settled_at_once(jobs, enqueue, noon):
    """Done, postponed and dead jobs go in one batch, each to its place."""
    await enqueue("done", "again", "dead")
    claimed = {each.job.subject: each for each in await jobs.claim(ROOM, noon, LEASE)}
    await jobs.settle(
        [claimed["done"]], [(claimed["again"], noon)], [(claimed["dead"], "KeyError")], noon
    )
    assert subjects(await jobs.claim(ROOM, noon, LEASE)) == ["again"]
    assert [each.job.subject for each in await jobs.list(10)] == ["dead"]


class TestDeadLetters:
    async def test_the_dead_are_listed_latest_first(self, jobs, enqueue, noon):
        """R29: a job that was given up is kept, with its reason, for an operator to see."""
        await enqueue("a", "b", "c")
        claimed = await jobs.claim(ROOM, noon, LEASE)
        for number, job in enumerate(claimed):
            await jobs.settle([], [], [(job, f"reason {number}")], noon + number * SECOND)
        dead = list(await jobs.list(2))
        assert dead == [
            DeadJob(claimed[n].id, claimed[n].job, 1, f"reason {n}", noon + n * SECOND)
            for n in (2, 1)
        ]

    async def test_the_dead_are_not_claimed(self, jobs, enqueue, noon):
        """A dead job rests, however long; nor is it queued again behind the operator's back."""
        await enqueue("r1")
        (claimed,) = await jobs.claim(ROOM, noon, LEASE)
        await jobs.settle([], [], [(claimed, "reason")], noon)
        await enqueue("r1")
        assert not await jobs.claim(ROOM, noon + 1000 * LEASE, LEASE)

    async def test_the_dead_are_requeued(self, jobs, enqueue, noon):
        """An operator revives the named jobs: due now, attempts forgotten; others stay dead."""
        await enqueue("a", "b", "alive")
        claimed = {each.job.subject: each for each in await jobs.claim(ROOM, noon, LEASE)}
        await jobs.settle([], [], [(claimed[name], "reason") for name in ("a", "b")], noon)
        ids = [claimed["a"].id, claimed["alive"].id, 999_999]
        assert await jobs.requeue(ids, noon + SECOND) == 1
        assert await jobs.requeue(ids, noon + SECOND) == 0
        assert await jobs.requeue([], noon) == 0
        assert not await jobs.claim(ROOM, noon, LEASE)
        (revived,) = await jobs.claim(ROOM, noon + SECOND, LEASE)
        assert revived == ClaimedJob(claimed["a"].id, claimed["a"].job, 1)
        assert [each.job.subject for each in await jobs.list(10)] == ["b"]


async def test_many_workers_share_without_overlap(jobs, enqueue, noon):
    """R29: twenty workers that claim at once get every job, and each job one worker."""
    await enqueue(*[f"r{number}" for number in range(60)])

    async def work(_: int):
        return subjects(await jobs.claim({JobKind.SEND_LINK: 3}, noon, LEASE))

    shares = await asyncio.gather(*map(work, range(20)))
    assert sorted(chain(*shares)) == sorted(f"r{number}" for number in range(60))


async def test_the_backlog_is_counted(jobs, enqueue, noon):
    """R29, R32: what waits, what is late and in nobody's hands, and what is dead."""
    assert await jobs.backlog(noon) == Backlog(0, 0, 0)
    await enqueue("late", at=noon - SECOND)
    await enqueue("due", at=noon)
    await enqueue("later", at=noon + LEASE)
    await enqueue("lost", kind=JobKind.DELIVER_EMAIL, at=noon - SECOND)
    assert await jobs.backlog(noon) == Backlog(4, 2, 0)
    (lost,) = await jobs.claim({JobKind.DELIVER_EMAIL: 1}, noon, LEASE)
    assert await jobs.backlog(noon) == Backlog(4, 1, 0)
    await jobs.settle([], [], [(lost, "no use")], noon)
    assert await jobs.backlog(noon) == Backlog(3, 1, 1)
