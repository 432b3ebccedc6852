"""For bureaus and judges: which share of a round's passwords had arrived at a moment (R49)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.delivery_figures import SMALLEST_CELL
from core.evidence import Axis, Evidence, PlaceCount, evidence, settled
from core.ports.clock import Clock
from core.ports.reading_units import EvidenceUnit
from core.ports.unit_of_work import Begin

REMEMBERED = timedelta(minutes=5)
"""For how long a count is not made anew. What was recorded by its moment is the same for ever; what
happened by then may be so much behind."""
MOST_REMEMBERED = 64

_Moment = tuple[str, datetime]


@dataclass(frozen=True)
class _Count:
    made_at: datetime
    places: Sequence[PlaceCount]


class GiveEvidence:
    """Reads only. A count looks at every request: one at a time, and the latest are remembered."""

    def __init__(
        self, read: Begin[EvidenceUnit], clock: Clock, smallest_cell: int = SMALLEST_CELL
    ) -> None:
        """Groups of fewer confirmed voters than `smallest_cell` are not told apart."""
        self._read, self._clock, self._smallest_cell = read, clock, smallest_cell
        self._counts = OrderedDict[_Moment, _Count]()
        self._turn = asyncio.Lock()

    async def __call__(
        self, round_id: str, as_of: datetime | None = None, *by: Axis | None
    ) -> Sequence[Evidence]:
        """At the whole hour at or before `as_of`; without one, the last. One for each of `by`, all
        of one look. Raises `StoreUnavailable`."""
        now = self._clock.now()
        moment = settled(as_of or now, now)
        places = await self._places(round_id, moment, now)
        return [evidence(round_id, moment, places, axis, self._smallest_cell) for axis in by]

    async def _places(self, round_id: str, moment: datetime, now: datetime) -> Sequence[PlaceCount]:
        async with self._turn:
            known = self._counts.get((round_id, moment))
            if known is None or now - known.made_at >= REMEMBERED:
                async with self._read() as unit:
                    known = _Count(now, await unit.evidence.tallies(round_id, moment))
                self._counts[round_id, moment] = known
                self._counts.move_to_end((round_id, moment))
                while len(self._counts) > MOST_REMEMBERED:
                    self._counts.popitem(last=False)
        return known.places
