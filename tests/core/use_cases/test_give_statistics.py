"""R32: how a round's requests went is counted once, and remembered for a while."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.passages import Axis, Step, Tally
from core.statistics import Window, hour_of
from core.use_cases.give_statistics import MOST_REMEMBERED, REMEMBERED, GiveStatistics

HOUR = timedelta(hours=1)


class Counting:
    """A store that counts how often it is asked to."""

    def __init__(self):
        self.asked, self.failure = [], None

    @property
    def statistics(self):
        return self

    async def tallies(self, window):
        self.asked.append(window)
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return {("AR",): Tally([30, 0, 20, 10, 9, 8, 0]), ("DE",): Tally([5, 0, 5, 5, 5, 5, 0])}

    @asynccontextmanager
    async def read(self):
        yield self


@pytest.fixture
def store():
    return Counting()


@pytest.fixture
def give(store, clock):
    return GiveStatistics(store.read, clock)


@pytest.fixture
def window(clock):
    since = hour_of(clock.now())
    return Window("2027-1", since, since + HOUR, (Axis.COUNTRY,))


async def test_small_cells_are_folded(store, clock, window):
    """R32: by the deployment's own measure."""
    found = await GiveStatistics(store.read, clock)(window)
    assert found.as_of == clock.now()
    assert (found.total.steps[Step.RECEIVED], len(found.cells), found.suppressed) == (35, 0, 2)
    found = await GiveStatistics(store.read, clock, smallest_cell=5)(window)
    assert [each.groups for each in found.cells] == [("AR",), ("DE",)]


async def test_it_is_remembered_for_a_while(give, store, clock, window):
    """R32: and the answer tells when it was counted."""
    counted = clock.now()
    await give(window)
    clock.advance(REMEMBERED - timedelta(seconds=1))
    assert (await give(window)).as_of == counted
    assert len(store.asked) == 1
    clock.advance(timedelta(seconds=1))
    assert (await give(window)).as_of == clock.now()
    await give(replace(window, by=()))
    assert store.asked == [window, window, replace(window, by=())]


async def test_who_asks_at_once_shares_a_count(give, store, window):
    """R38: one count at a time in a process."""
    await asyncio.gather(*(give(window) for _ in range(5)))
    assert len(store.asked) == 1


async def test_a_failure_is_not_remembered(give, store, window):
    """R32: the next one asks again."""
    store.failure = StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable):
        await give(window)
    store.failure = None
    await give(window)
    assert len(store.asked) == 2


async def test_only_so_many_are_remembered(give, store, window):
    """R38: whoever asks for every hour of a year does not fill the memory."""
    for hours in range(MOST_REMEMBERED + 1):
        await give(replace(window, until=window.until + hours * HOUR))
    assert len(give._counts) == MOST_REMEMBERED
    await give(window)
    assert len(store.asked) == MOST_REMEMBERED + 2
