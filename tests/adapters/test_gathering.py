"""Demands that are taken in together: a store that fails leaves nobody waiting."""

from __future__ import annotations

import asyncio

import pytest

from adapters.store import gathering
from adapters.store.gathering import AT_ONCE, Gathering
from core.errors import StoreUnavailable


class Store:
    """Takes everything, unless told otherwise."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.may_end = asyncio.Event()
        self.failure: Exception | None = None

    async def __call__(self, codes):
        self.asked.append(len(codes))
        await self.may_end.wait()
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        return set(codes)


def begin(demands, count):
    return [
        asyncio.create_task(demands.accept(f"{each:04}", f"{each:04}")) for each in range(count)
    ]


async def told(tasks):
    ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    return [str(each) if isinstance(each, StoreUnavailable) else each for each in ended]


async def test_a_fault_of_the_store_is_an_answer():
    """R29: whoever was to be stored is told, and the others are stored."""
    store = Store()
    store.failure = AttributeError("of a bug")
    tasks = begin(Gathering(store), AT_ONCE + 9)
    store.may_end.set()
    assert await told(tasks) == ["AttributeError"] * AT_ONCE + [True] * 9


@pytest.mark.parametrize(("patience", "others"), [(0.0, "out"), (60.0, True)])
async def test_nobody_waits_twice_for_a_store_that_is_out(monkeypatch, patience, others):
    """R29: who has waited for as long as it was tried is told with those for whom it was; who came
    a moment before is not."""
    monkeypatch.setattr(gathering, "PATIENCE", patience)
    store = Store()
    store.failure = StoreUnavailable("out")
    demands = Gathering(store)
    first = asyncio.create_task(demands.accept("first", "first"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks = begin(demands, 5)
    await asyncio.sleep(0.01)
    store.may_end.set()
    assert await told([first, *tasks]) == ["out", *[others] * 5]
    assert store.asked == ([1] if others == "out" else [1, 5])


@pytest.mark.parametrize(
    ("on_the_way", "slow", "asked"), [(2, 0.01, [1, 5]), (2, 60.0, [1]), (1, 0.01, [1])]
)
async def test_a_second_goes_beside_one_that_is_slow(monkeypatch, on_the_way, slow, asked):
    """R29: who waits for a slow disk does not wait for it twice, where it takes two commits at
    once; a quick one is waited for, since the next has more to carry then."""
    monkeypatch.setattr(gathering, "SLOW", slow)
    store = Store()
    demands = Gathering(store, on_the_way)
    first = asyncio.create_task(demands.accept("first", "first"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks = begin(demands, 5)
    await asyncio.sleep(0.1)
    assert store.asked == asked
    store.may_end.set()
    assert await told([first, *tasks]) == [True] * 6
    assert store.asked == [1, 5]


async def test_those_of_one_moment_are_one_commit():
    """R29: nothing is begun for the second that would find nothing to do."""
    store = Store()
    before = asyncio.all_tasks()
    tasks = begin(Gathering(store, 2), 5)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks() - before - {*tasks}) == 1
    store.may_end.set()
    assert await told(tasks) == [True] * 5
    assert store.asked == [5]
