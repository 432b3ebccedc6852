"""Ratios within a round, and their spread."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

FOR_QUARTILES = 4
"""From so many rounds on the spread is told by quartiles, below by the least and the most."""


@dataclass(frozen=True)
class Spread:
    """A median, and between what the middle half lies; of few, all."""

    median: float
    low: float
    high: float

    def told(self, digits: int = 2) -> str:
        """For a table: `3.10 (2.95 to 3.20)`."""
        median, low, high = (f"{each:,.{digits}f}" for each in (self.median, self.low, self.high))
        return f"{median} ({low} to {high})"


def spread(values: Sequence[float]) -> Spread:
    """Raises `ValueError` without any."""
    if not values:
        raise ValueError("nothing was measured")
    if len(values) < FOR_QUARTILES:
        return Spread(statistics.median(values), min(values), max(values))
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Of ours to theirs, round by round: both in the same order of rounds. Raises `ValueError`
    where one has a round more, or did nothing in one."""
    pairs = zip(ours, theirs, strict=True)
    try:
        return spread([one / other for one, other in pairs])
    except ZeroDivisionError:
        raise ValueError("one of them did nothing in a round") from None
