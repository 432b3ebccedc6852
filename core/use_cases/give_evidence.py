"""For bureaus and judges: which share of a round's passwords had arrived at a moment (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.delivery_figures import SMALLEST_CELL
from core.evidence import Axis, Evidence, evidence, settled
from core.ports.clock import Clock
from core.ports.reading_units import EvidenceUnit
from core.ports.unit_of_work import Begin


@dataclass(frozen=True)
class GiveEvidence:
    """Reads only."""

    read: Begin[EvidenceUnit]
    clock: Clock
    smallest_cell: int = SMALLEST_CELL
    """Groups of fewer confirmed voters are not told apart."""

    async def __call__(
        self, round_id: str, as_of: datetime | None = None, *by: Axis | None
    ) -> Sequence[Evidence]:
        """At the whole hour at or before `as_of`; without one, the last. One for each of `by`, all
        of one look. Raises `StoreUnavailable`."""
        now = self.clock.now()
        hour = settled(as_of or now, now)
        axes = list(dict.fromkeys(axis or Axis.CONSTITUENCY for axis in by))
        async with self.read() as unit:
            lines = await unit.evidence.lines(round_id, hour, axes)
        return [
            evidence(round_id, hour, lines[axis or Axis.CONSTITUENCY], axis, self.smallest_cell)
            for axis in by
        ]
