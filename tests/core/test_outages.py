"""Neighbours that do nothing but fail: noted with their since, told once (R32)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.errors import MessageDeferred, MessageRefused
from core.events import NeighbourDown, NeighbourUp
from core.outages import Outages
from core.use_cases.watch_neighbours import WatchNeighbours
from tests.rehearsal import KeptEvents

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watch(clock):
    return WatchNeighbours(Outages(clock), MINUTE, clock, KeptEvents())


def call(watch, failure=None, neighbour="relay"):
    try:
        with watch.outages.observing(neighbour):
            if failure is not None:
                raise failure
    except Exception as raised:
        assert raised is failure  # noqa: PT017 - also what is no failure passes unchanged


async def test_an_outage_is_told_once_with_its_since(watch, clock):
    """R32: from the first failure on, with the last reason; the end, too."""
    began = clock.now()
    for reason in ("timeout", "timeout", "no connection"):
        call(watch, MessageDeferred(reason))
        await watch()
        clock.advance(MINUTE / 2)
    for _ in range(2):
        await watch()
    call(watch)
    for _ in range(2):
        await watch()
    down = NeighbourDown("relay", began, 3, "no connection")
    assert watch.events.kept == [down, NeighbourUp("relay", began)]


async def test_what_is_no_outage(watch, clock):
    """R32: two failures of one voter's mailbox, one that an answer follows, another neighbour's; an
    answer may be a refusal."""
    call(watch, MessageDeferred("greylisted"))
    call(watch, MessageDeferred("greylisted"))
    call(watch, MessageDeferred("timeout"), "route south")
    clock.advance(MINUTE)
    await watch()
    call(watch, MessageRefused("no such mailbox"))
    call(watch, MessageDeferred("greylisted"))
    clock.advance(MINUTE)
    await watch()
    assert watch.events.kept == []
    assert watch.outages.by_name["relay"].failures == 1


async def test_a_second_outage_between_two_looks(watch, clock):
    """R32: the first one's end is told, and the second has a since of its own."""
    first = clock.now()
    for _ in range(3):
        call(watch, MessageDeferred("timeout"))
    clock.advance(MINUTE)
    await watch()
    call(watch)
    second = clock.now()
    for _ in range(3):
        call(watch, MessageDeferred("timeout"))
    await watch()
    clock.advance(MINUTE)
    await watch()
    told = [(type(each), each.since) for each in watch.events.kept]
    assert told == [(NeighbourDown, first), (NeighbourUp, first), (NeighbourDown, second)]


async def test_a_call_that_was_given_up_is_a_failure(watch):
    """R32: a provider that never answers raises nothing itself."""

    async def never():
        with watch.outages.observing("route south"):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(never(), 0.01)
    assert watch.outages.by_name["route south"].reason == "no answer in time"
