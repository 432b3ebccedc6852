"""Under more load than a process can take, those who are accepted are served swiftly, and the
others told soon. No test waits: the clock is set."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from graphql_api.over_http import pace, queue
from graphql_api.over_http.queue import Queue
from graphql_api.over_http.refusal import Refusal

TAKES = 0.05
"""Seconds that each request is worked on."""
LONG = 10 * pace.STANDING_SECONDS


class Served:
    """A queue, and what became of those who came: `waits`, `works`, `done` or `refused`."""

    def __init__(self, at_once: int) -> None:
        self.now = 1000.0
        self.shed: list[str] = []
        self.queue = Queue(at_once, 60, self.shed.append, lambda: self.now)
        self.became: list[str] = []
        self._ends: list[asyncio.Event] = []
        self.refusals: list[Refusal] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, count: int = 1) -> None:
        for _ in range(count):
            self.became.append("waits")
            self._ends.append(asyncio.Event())
            self._tasks.append(asyncio.create_task(self._take(len(self.became) - 1)))
        await self.settled()

    async def work_off(self, seconds: float = TAKES) -> None:
        """Time passes, and whatever is being worked on ends."""
        self.now += seconds
        for number, each in enumerate(self.became):
            if each == "works":
                self._ends[number].set()
        await self.settled()

    async def settled(self) -> None:
        for _ in range(20 + 2 * len(self.became)):
            await asyncio.sleep(0)

    async def _take(self, number: int) -> None:
        try:
            await self.queue.enter({"type": "http"}, asyncio.Event().wait)  # type: ignore[arg-type]
        except Refusal as refusal:
            self.refusals.append(refusal)
            self.became[number] = "refused"
            return
        self.became[number] = "works"
        await self._ends[number].wait()
        self.became[number] = "done"
        self.queue.leave()

    async def close(self) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two are worked on at once, and two more may always wait."""
    monkeypatch.setattr(pace, "INSIDE", 4)
    monkeypatch.setattr(queue, "HELD_BACK", 0)
    served = Served(at_once=2)
    yield served
    await served.close()


async def overloaded(served: Served) -> None:
    """Twice as many come as are worked off, for a second."""
    await served.come(2)
    for _ in range(int(1 / TAKES)):
        await served.come(4)
        await served.work_off()


async def test_a_turn_of_the_loop_begins_few():
    """What was begun goes on before what is new: a hundred that come at once are begun four by
    four, and none of them is left."""
    served = Served(at_once=128)
    for _ in range(100):
        served.became.append("waits")
        served._ends.append(asyncio.Event())
        served._tasks.append(asyncio.create_task(served._take(len(served.became) - 1)))
    begun = []
    for _ in range(6):
        await asyncio.sleep(0)
        begun.append(served.became.count("works"))
    assert begun[-1] > begun[1] > 0
    assert max(b - a for a, b in pairwise(begun)) <= pace.A_TURN
    await served.settled()
    assert served.became.count("works") == 100
    await served.close()


async def test_a_burst_is_waited_for(served: Served):
    """Though most of them wait for longer than one takes: the queue has not stood for long."""
    await served.come(8)
    for _ in range(4):
        await served.work_off(pace.STANDING_SECONDS / 5)
    assert served.became == ["done"] * 8


async def test_so_many_are_no_burst(served: Served, monkeypatch: pytest.MonkeyPatch):
    """They are not waited for, however short the queue has stood: each keeps a connection."""
    monkeypatch.setattr(pace, "BURST", 6)
    await served.come(2)
    await served.work_off(0)
    await served.come(12)
    assert served.became.count("refused") == 12 - 2 - 6, "two are begun, six wait"


async def test_a_refusal_is_held_back(served: Served, monkeypatch: pytest.MonkeyPatch):
    """For a moment, so that who asks again at once does not take the processor from those who are
    served; and no more of them at once than connections are to spare."""
    monkeypatch.setattr(queue, "HELD_BACK", 3600)
    monkeypatch.setattr(queue, "MOST_HELD_BACK", 3)
    await overloaded(served)
    assert len(served.shed) > 3
    assert len(served.refusals) == len(served.shed) - 3


async def test_of_an_overload_the_rest_is_refused(served: Served):
    """F-8: as many as can be are served, and nobody waits longer than one takes once the queue
    stands; the others are told to come again, and when."""
    await overloaded(served)
    done, refused = served.became.count("done"), served.became.count("refused")
    assert done == 2 * round(1 / TAKES), "no place is ever left empty"
    assert refused == len(served.refusals) > done / 2
    assert served.shed == ["late"] * refused
    assert served.became.count("waits") <= 2
    assert served.became[-2:] == ["works", "works"], "the latest have the time still"
    assert {(each.status, each.told["retryAfter"]) for each in served.refusals} == {(503, 10)}


async def test_after_an_overload_everybody_is_served(served: Served):
    """At once: nothing of it is left."""
    await overloaded(served)
    while "works" in served.became:
        await served.work_off()
    first = len(served.became)
    for _ in range(50):
        await served.come(2)
        await served.work_off()
    assert served.became[first:] == ["done"] * 100


async def test_some_may_always_wait(served: Served):
    """However long: so few are no overload."""
    await served.come(2)
    for _ in range(100):
        await served.come(2)
        await served.work_off()
    assert served.became.count("done") == 200
    assert not served.refusals


async def test_a_neighbour_that_stands_still_is_waited_for(served: Served):
    """Nothing ends, for a second: those who wait and those who come are served when it goes on."""
    await served.come(6)
    await served.work_off()
    served.now += LONG
    await served.come(2)
    assert "refused" not in served.became
    while "works" in served.became:
        await served.work_off(0)
    assert served.became == ["done"] * 8


async def test_not_everybody_waits_for_a_neighbour(served: Served, monkeypatch: pytest.MonkeyPatch):
    """While nothing ends those who come would take every connection, and would all wait."""
    monkeypatch.setattr(pace, "BURST", 8)
    await served.come(4)
    served.now += LONG
    await served.come(20)
    assert served.became.count("waits") == 8
    assert served.became.count("refused") == 24 - 2 - 8


async def test_more_under_way_than_may_be_inside(monkeypatch: pytest.MonkeyPatch):
    """Then nobody waits in a queue that stands, and whoever comes is told so."""
    monkeypatch.setattr(pace, "INSIDE", 4)
    monkeypatch.setattr(queue, "HELD_BACK", 0)
    served = Served(at_once=8)
    await served.come(24)
    for _ in range(4):
        await served.work_off()
        await served.come(8)
    assert "refused" in served.became
    assert not [each for each in served._tasks if each.done() and each.exception()]
    await served.close()
