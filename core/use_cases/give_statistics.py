"""For operators: how a round's requests went, step by step, by up to two axes (R32, R49)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.delivery_figures import SMALLEST_CELL
from core.passages import Groups, Tally
from core.ports.clock import Clock
from core.ports.reading_units import StatisticsUnit
from core.ports.unit_of_work import Begin
from core.statistics import Statistics, Window, statistics

REMEMBERED = timedelta(minutes=5)
"""For how long a count is not made anew."""
MOST_REMEMBERED = 64


@dataclass(frozen=True)
class _Count:
    made_at: datetime
    tallies: Mapping[Groups, Tally]


class GiveStatistics:
    """Reads only. A count looks at every request: one at a time, and the latest are remembered."""

    def __init__(
        self, read: Begin[StatisticsUnit], clock: Clock, smallest_cell: int = SMALLEST_CELL
    ) -> None:
        """Cells of fewer requests than `smallest_cell` are not told apart."""
        self._read, self._clock, self._smallest_cell = read, clock, smallest_cell
        self._counts = OrderedDict[Window, _Count]()
        self._turn = asyncio.Lock()

    async def __call__(self, window: Window) -> Statistics:
        """Raises `StoreUnavailable`."""
        async with self._turn:
            count = await self._count(window)
        return statistics(window, count.made_at, count.tallies, self._smallest_cell)

    async def _count(self, window: Window) -> _Count:
        now, known = self._clock.now(), self._counts.get(window)
        if known is None or now - known.made_at >= REMEMBERED:
            async with self._read() as unit:
                known = _Count(now, await unit.statistics.tallies(window))
            self._counts[window] = known
            self._counts.move_to_end(window)
            while len(self._counts) > MOST_REMEMBERED:
                self._counts.popitem(last=False)
        return known
