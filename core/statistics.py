"""The funnel of a round's requests: how many reached each step, how long it took (R32).

Peers count attempts by destination and day (Twilio), or acts by kind (PWM); here the request of one
voter is followed from the form to the SMS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.passages import STEPS, STRETCHES, Axis, Count, Groups, Step, Stretch, Tally, percentiles

HOUR = timedelta(hours=1)
CHANGES_KEPT = HOUR
"""For how long the store can tell what has changed since."""
MOST_AXES = 2
MOST_CELLS = 500
"""Cells in one answer, the largest."""


@dataclass(frozen=True)
class Times:
    """How long a stretch took, in seconds; None of fewer requests than may be told."""

    measured: int
    median: float | None = None
    p90: float | None = None
    p99: float | None = None


@dataclass(frozen=True)
class Cell:
    """The requests of one cell."""

    groups: Groups | None
    """None: of all requests, or of the cells that are folded into one."""
    steps: Mapping[Step, int]
    times: Mapping[Stretch, Times]


@dataclass(frozen=True)
class Window:
    """Which requests are counted: received from `since`, included, to `until`, excluded. Both are
    whole hours (UTC)."""

    round_id: str
    since: datetime
    until: datetime
    by: tuple[Axis, ...] = ()


@dataclass(frozen=True)
class Statistics:
    """The cells of `cells` and `folded` add up to `total`, step by step."""

    window: Window
    as_of: datetime
    total: Cell | None
    """None when there are fewer requests than may be told."""
    cells: Sequence[Cell] = ()
    """The largest first; by the hour where that is an axis."""
    folded: Cell | None = None
    """Cells that are too small to be told apart, or beyond `MOST_CELLS`, together."""
    suppressed: int = 0
    """How many cells are in `folded`, or are not told at all."""


def statistics(window: Window, as_of: datetime, count: Count, smallest: int) -> Statistics:
    """Cells of fewer than `smallest` requests are folded into one, with as many of the next larger
    ones as it takes that none follows from the others: neither from the total, nor from what the
    same question by one of the axes tells."""
    tallies, total = count.cells, count.total
    if total.requests < smallest:
        return Statistics(window, as_of, None, suppressed=len(tallies) if window.by else 0)
    whole = _cell(None, total, smallest)
    if not window.by:
        return Statistics(window, as_of, whole)
    hidden = too_small({groups: each.requests for groups, each in tallies.items()}, smallest)
    shown = sorted(
        (groups for groups in tallies if groups not in hidden),
        key=lambda groups: (-tallies[groups].requests, groups),
    )[:MOST_CELLS]
    if Axis.HOUR in window.by:
        shown.sort(key=lambda groups: groups[window.by.index(Axis.HOUR)])
    cells = [_cell(groups, tallies[groups], smallest) for groups in shown]
    folded = tallies.keys() - shown
    rest = _cell(None, _rest(count, folded, shown), smallest) if folded else None
    return Statistics(window, as_of, whole, cells, rest, len(folded))


def _rest(count: Count, folded: Collection[Groups], shown: Collection[Groups]) -> Tally:
    """Those that are folded, or what the others leave of the total: the fewer are added up."""
    rest = Tally()
    if len(folded) > len(shown):
        rest.include(count.total)
    for groups in min(folded, shown, key=len):
        rest.include(count.cells[groups], -1 if len(folded) > len(shown) else 1)
    return rest


def too_small(sizes: Mapping[Groups, int], smallest: int) -> set[Groups]:
    """The cells that are not told apart. Of each line, a value of one axis, and of all cells those
    hidden are `smallest` together at least, or there is no other to hide with them."""
    hidden = {groups for groups, size in sizes.items() if size < smallest}
    together = Counter[Line]()
    for groups in hidden:
        for line in _lines(groups):
            together[line] += sizes[groups]
    visible = sorted(sizes.keys() - hidden, key=lambda groups: (sizes[groups], groups))
    before = -1
    while before != len(hidden):
        before = len(hidden)
        for groups in visible:
            if any(0 < together[line] < smallest for line in _lines(groups)):
                hidden.add(groups)
                for line in _lines(groups):
                    together[line] += sizes[groups]
        visible = [groups for groups in visible if groups not in hidden]
    return hidden


Line = tuple[int, str]
"""The place of an axis, and a value of it; all cells are a line, too."""


def _lines(groups: Groups) -> Sequence[Line]:
    """Where this cell is added up."""
    return ((-1, ""), *enumerate(groups))


def _cell(groups: Groups | None, counted: Tally, smallest: int) -> Cell:
    times = {
        stretch: _times(counts, smallest)
        for stretch, counts in zip(STRETCHES, counted.times, strict=True)
    }
    return Cell(groups, dict(zip(STEPS, counted.reached, strict=True)), times)


def _times(counts: Mapping[int, int], smallest: int) -> Times:
    """Of a few requests each time could be one voter's."""
    measured = sum(counts.values())
    if measured < smallest:
        return Times(measured)
    return Times(measured, *percentiles(counts, measured, (0.5, 0.9, 0.99)))


def hour_of(at: datetime) -> datetime:
    """The whole hour (UTC) at or before this moment. Raises `OverflowError` at the end of time."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_after(at: datetime) -> datetime:
    """The whole hour (UTC) at or after this moment. Raises `OverflowError` at the end of time."""
    begun = hour_of(at)
    return begun if begun == at else begun + HOUR
