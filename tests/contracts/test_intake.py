"""The port `Intake`, over every engine: a demand is taken in whole, once, or not at all."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.jobs import Job, JobKind
from core.voter import EmailAddress, Numel

LATER = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def job_of(request):
    return Job(JobKind.SEND_LINK, request.id)


async def accept(store, request, code_id="c", lasting=LATER):
    until = None if lasting is None else request.received_at + lasting
    return await store.intake.accept(code_id, until, request, job_of(request))


async def stored(store, *ids):
    """Which of these requests there are."""
    async with store.read() as unit:
        return [each for each in ids if await unit.requests.get(each)]


async def due(store, at):
    async with store.begin() as unit:
        claimed = await unit.jobs.claim(JobKind.SEND_LINK, 1000, at, at)
    return sorted(each.job.subject for each in claimed)


async def is_new(store, code_id, at):
    async with store.begin() as unit:
        return await unit.codes.consume(code_id, at)


async def test_everything_is_there(store, received, noon):
    """R27, R29: the code is used up, the request comes back whole, its job is due."""
    request = received(
        number=Numel("000012345"),
        typed_email=EmailAddress("Zoë@exämple.org"),
        partner="maison",
        rounds=("2027-1", "Bénin 2027"),
    )
    assert await accept(store, request) is True
    async with store.read() as unit:
        assert await unit.requests.get(request.id) == request
    assert await due(store, noon - timedelta(microseconds=1)) == []
    assert await due(store, noon) == [request.id]
    assert not await is_new(store, "c", noon)


async def test_a_used_code_stores_nothing(store, received, noon):
    """R27: neither request nor job, whoever used the code before."""
    assert await is_new(store, "by another form", noon)
    assert await accept(store, received("first"))
    assert await accept(store, received("second")) is False
    assert await accept(store, received("third"), "by another form") is False
    assert await stored(store, "first", "second", "third") == ["first"]
    assert await due(store, noon) == ["first"]


async def test_one_of_a_hundred(store, received, noon):
    """R27: of a hundred demands at once with one code, one is taken in."""
    requests = [received(f"r{number}") for number in range(100)]
    taken = await asyncio.gather(*[accept(store, each) for each in requests])
    assert sum(taken) == 1
    winner = requests[taken.index(True)].id
    assert await stored(store, *[each.id for each in requests]) == [winner]
    assert await due(store, noon) == [winner]


async def test_a_hundred_at_once(store, received, noon):
    """R29: demands with codes of their own do not disturb one another."""
    ids = sorted(f"r{number}" for number in range(100))
    assert all(await asyncio.gather(*[accept(store, received(each), each) for each in ids]))
    assert await due(store, noon) == ids == await stored(store, *ids)


async def test_without_a_code_to_record(store, received, noon):
    """R27: a security code that keeps its own books is not recorded a second time."""
    assert await accept(store, received("one"), lasting=None)
    assert await accept(store, received("two"), lasting=None)
    assert await due(store, noon) == ["one", "two"]
    assert await is_new(store, "c", noon)


async def test_a_failure_stores_nothing(store, received, noon):
    """R29: a request that cannot be stored uses up no code and leaves no job."""
    assert await accept(store, received("r1", pair="first"), "one")
    assert await due(store, noon) == ["r1"]
    async with store.begin() as unit:
        for held in await unit.jobs.claim(JobKind.SEND_LINK, 9, noon, noon):
            await unit.jobs.bury(held, "KeyError", noon)
    with pytest.raises(StoreUnavailable):
        await accept(store, received("r1", pair="second"), "two")
    assert await is_new(store, "two", noon)
    async with store.read() as unit:
        assert (await unit.requests.get("r1")).pair == "first"


@pytest.mark.parametrize("trouble", ["r0", "\ud800"])
async def test_anothers_trouble(store, received, noon, trouble):
    """R29: of demands that share a commit one that cannot be stored, by a key that is there or a
    value that no column takes, is refused alone."""
    assert await accept(store, received("r0"), "r0")
    ids = ["r1", "r2", trouble, "r3", "r4"]
    codes = [f"code {number}" for number in range(5)]
    pairs = zip(ids, codes, strict=True)
    demands = [accept(store, received(each), code) for each, code in pairs]
    ended = await asyncio.gather(*demands, return_exceptions=True)
    assert isinstance(ended.pop(2), StoreUnavailable)
    assert ended == [True] * 4
    assert await due(store, noon) == ["r0", "r1", "r2", "r3", "r4"]
    assert [each for each in codes if await is_new(store, each, noon)] == ["code 2"]


async def test_a_job_that_is_queued_already(store, received, noon):
    """R29: it is not queued twice, and the request is taken in all the same."""
    async with store.begin() as unit:
        await unit.jobs.enqueue(job_of(received()), at=noon)
    assert await accept(store, received())
    assert await due(store, noon) == ["r1"]
    assert await stored(store, "r1") == ["r1"]


async def test_the_code_is_forgotten_in_its_time(store, received, noon):
    """R27: it is remembered until its own end, not longer."""
    await accept(store, received())
    async with store.begin() as unit:
        assert await unit.housekeeping.forget_security_codes(noon + LATER - SECOND) == 0
        assert await unit.housekeeping.forget_security_codes(noon + LATER + SECOND) == 1


async def test_callers_that_go_away(store, received, noon):
    """R29: a caller that is cancelled at any moment leaves all of its demand or nothing."""
    ids = [f"r{number}" for number in range(60)]
    tasks = []
    for number, each in enumerate(ids):
        tasks.append(asyncio.create_task(accept(store, received(each), each)))
        await asyncio.sleep(0.0001 * (number % 7))
        tasks[number // 2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.1)
    kept = await stored(store, *ids)
    assert await due(store, noon) == sorted(kept)
    assert [each for each in ids if not await is_new(store, each, noon)] == kept
