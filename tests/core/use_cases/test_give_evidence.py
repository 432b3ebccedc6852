"""R49: a round at a moment is counted once, and remembered for a while."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.evidence import Axis, PlaceCount, Tally
from core.use_cases.give_evidence import MOST_REMEMBERED, REMEMBERED, GiveEvidence

HOUR = timedelta(hours=1)
PLACES = [PlaceCount("2", "Salta", "AR", Tally(30, 3), Tally(30, 9))]


class Counting:
    """A store that counts how often it is asked to."""

    def __init__(self):
        self.asked, self.failure = [], None

    @property
    def evidence(self):
        return self

    async def tallies(self, round_id, as_of):
        self.asked.append((round_id, as_of))
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return PLACES

    @asynccontextmanager
    async def read(self):
        yield self


@pytest.fixture
def store():
    return Counting()


@pytest.fixture
def give(store, clock):
    return GiveEvidence(store.read, clock)


async def test_every_axis_is_of_one_count(give, store, clock):
    """Of the last whole hour that is settled, unless another is asked for."""
    total, country = await give("2027-1", None, None, Axis.COUNTRY)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    assert store.asked == [("2027-1", hour - HOUR)]  # it is noon and a fraction of a second
    assert total.total.recorded == country.groups[0].recorded == Tally(30, 3)
    assert country.groups[0].happened == Tally(30, 9)


async def test_it_is_remembered_for_a_while(give, store, clock):
    """Five minutes later what happened by then is counted anew."""
    moment = clock.now() - 2 * HOUR
    await give("2027-1", moment, None)
    clock.advance(REMEMBERED - timedelta(seconds=1))
    await give("2027-1", moment, Axis.POST)
    assert len(store.asked) == 1
    clock.advance(timedelta(seconds=1))
    await give("2027-1", moment, None)
    await give("2027-2", moment, None)
    assert len(store.asked) == 3


async def test_who_asks_at_once_shares_a_count(give, store, clock):
    """One count at a time in a process."""
    moment = clock.now() - HOUR
    await asyncio.gather(*(give("2027-1", moment, None) for _ in range(5)))
    assert len(store.asked) == 1


async def test_a_failure_is_not_remembered(give, store, clock):
    """The next one asks again."""
    store.failure = StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable):
        await give("2027-1", None, None)
    store.failure = None
    await give("2027-1", None, None)
    assert len(store.asked) == 2


async def test_only_so_many_are_remembered(give, store, clock):
    """Whoever asks for every hour of a year does not fill the memory."""
    for hours in range(MOST_REMEMBERED + 1):
        await give("2027-1", clock.now() - (hours + 1) * HOUR, None)
    assert len(give._counts) == MOST_REMEMBERED
    await give("2027-1", clock.now() - HOUR, None)
    assert len(store.asked) == MOST_REMEMBERED + 2
