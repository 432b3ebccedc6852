"""For bureaus and judges: what became of the first sending of a round, as far as it was reported
(R59)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.delivery_figures import SMALLEST_CELL
from core.evidence import Axis, Evidence, evidence
from core.first_sending import lines_by
from core.ports.reading_units import FirstSendingUnit
from core.ports.unit_of_work import Begin


@dataclass(frozen=True)
class GiveFirstSending:
    """Reads the counts of the last import, however many voters there are."""

    read: Begin[FirstSendingUnit]
    smallest_cell: int = SMALLEST_CELL
    """Groups of fewer voters are not told apart."""

    async def __call__(self, round_id: str, *by: Axis | None) -> Sequence[Evidence] | None:
        """One for each of `by`; `as_of` is the end of the last import, and whoever is in a report
        is *confirmed*. None when nothing was imported. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            figures = await unit.first_sending.figures(round_id)
        if figures is None:
            return None
        at, smallest = figures.imported_at, self.smallest_cell
        return [
            evidence(
                round_id, at, lines_by(figures.counts, axis or Axis.CONSTITUENCY), axis, smallest
            )
            for axis in by
        ]
