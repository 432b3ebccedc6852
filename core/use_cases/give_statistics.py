"""For operators: how a round's requests went, step by step, by up to two axes (R32, R49)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from core.delivery_figures import SMALLEST_CELL
from core.passages import Count
from core.ports.clock import Clock
from core.ports.reading_units import StatisticsUnit
from core.ports.unit_of_work import Begin
from core.statistics import CHANGES_KEPT, Statistics, Window, statistics

REMEMBERED = CHANGES_KEPT / 2
"""Since it was asked for last: afterwards it is counted anew."""
MOST_CELLS_REMEMBERED = 60_000
"""Of all questions together: some 80 MB."""


@dataclass
class _Kept:
    """A question, and what was counted for it."""

    count: Count | None = None
    at: datetime | None = None
    """Up to when it counts, at least."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def count_at(self, now: datetime) -> Count | None:
        """As long as it can be brought up to date."""
        return self.count if self.at is not None and now - self.at < REMEMBERED else None


class GiveStatistics:
    """Reads only. The first to ask something has it counted, one at a time; whoever asks it again
    is told by what has changed since."""

    def __init__(
        self, read: Begin[StatisticsUnit], clock: Clock, smallest_cell: int = SMALLEST_CELL
    ) -> None:
        """Cells of fewer requests than `smallest_cell` are not told apart."""
        self._read, self._clock, self._smallest_cell = read, clock, smallest_cell
        self._kept = OrderedDict[Window, _Kept]()
        self._turn = asyncio.Lock()

    async def __call__(self, window: Window) -> Statistics:
        """Raises `StoreUnavailable`."""
        kept = self._kept.setdefault(window, _Kept())
        self._kept.move_to_end(window)
        async with kept.turn:
            count = kept.count_at(self._clock.now()) or await self._count(window)
            now = self._clock.now()
            async with self._read() as unit:
                found = await unit.statistics.catch_up(window, count)
            kept.count, kept.at = count, now
            self._forget()
            return await asyncio.to_thread(statistics, window, now, found, self._smallest_cell)

    async def _count(self, window: Window) -> Count:
        async with self._turn, self._read() as unit:
            return await unit.statistics.count(window)

    def _forget(self) -> None:
        """Those that were asked for longest ago, while there are too many."""
        cells = sum(1 + len(each.count.cells) for each in self._kept.values() if each.count)
        while cells > MOST_CELLS_REMEMBERED and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            cells -= 1 + len(oldest.count.cells) if oldest.count else 0
