"""R32: a question is counted once, and then told by what has changed since."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.passages import Axis, Count, Step, Tally
from core.statistics import Window, hour_of
from core.use_cases import give_statistics
from core.use_cases.give_statistics import REMEMBERED, GiveStatistics

HOUR = timedelta(hours=1)


class Counting:
    """A store that notes what it is asked."""

    def __init__(self):
        self.counted, self.caught_up, self.failure = [], [], None

    @property
    def statistics(self):
        return self

    async def count(self, window):
        self.counted.append(window)
        await asyncio.sleep(0)
        cells = {("AR",): Tally([30, 0, 20, 10, 9, 8, 0]), ("DE",): Tally([5, 0, 5, 5, 5, 5, 0])}
        return Count(window.by, cells, Tally([35, 0, 25, 15, 14, 13, 0]))

    async def catch_up(self, window, count):
        self.caught_up.append(count)
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return count

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


async def test_it_is_counted_once(give, store, clock, window):
    """R32: as long as it is asked for again in time."""
    for _ in range(3):
        clock.advance(REMEMBERED - timedelta(seconds=1))
        assert (await give(window)).as_of == clock.now()
    assert store.counted == [window]
    assert len({id(each) for each in store.caught_up}) == 1
    clock.advance(REMEMBERED)
    await give(window)
    await give(replace(window, by=()))
    assert store.counted == [window, window, replace(window, by=())]


async def test_who_asks_at_once_shares_a_count(give, store, window):
    """R38: and is told one after the other: no change is added twice."""
    await asyncio.gather(*(give(window) for _ in range(5)))
    assert (len(store.counted), len(store.caught_up)) == (1, 5)


async def test_one_count_at_a_time(give, store, window):
    """R38: whoever asks for many things at once waits for them."""
    running, most = 0, 0
    count = store.count

    async def slow(window):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return await count(window)

    store.count = slow
    await asyncio.gather(*(give(replace(window, by=(axis,))) for axis in Axis))
    assert (most, len(store.counted)) == (1, len(Axis))


async def test_what_failed_is_not_up_to_date(give, store, clock, window):
    """R32: a count that nobody could catch up with for long is made anew."""
    await give(window)
    store.failure = StoreUnavailable("gone")
    clock.advance(REMEMBERED - timedelta(seconds=1))
    with pytest.raises(StoreUnavailable):
        await give(window)
    store.failure = None
    clock.advance(timedelta(seconds=1))
    await give(window)
    assert len(store.counted) == 2


async def test_only_so_many_cells_are_remembered(give, store, window, monkeypatch):
    """R38: whoever asks for every hour of a year does not fill the memory."""
    monkeypatch.setattr(give_statistics, "MOST_CELLS_REMEMBERED", 9)
    windows = [replace(window, until=window.until + hours * HOUR) for hours in range(4)]
    for each in windows:
        await give(each)
    assert list(give._kept) == windows[1:]
    await give(windows[1])
    assert len(store.counted) == 4
    await give(windows[0])
    assert len(store.counted) == 5
    assert list(give._kept) == [windows[3], windows[1], windows[0]]
