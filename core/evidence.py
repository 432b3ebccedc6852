"""What can be proven of a round's passwords at a moment: how many voters had confirmed, and how
many of them had theirs, by constituency, consular post or country.

In 2022 a judge asked which share of the passwords had arrived when the vote opened. A voter counts
once, by the latest renewal that was confirmed by then. `recorded` is what the records held at that
moment: it never changes. `happened` is what is known today to have happened by then: receipts that
came later, and tell of an earlier time, are in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
SETTLED_AFTER = timedelta(minutes=2)
"""What was recorded by a moment is complete so long afterwards: a commit takes seconds."""


class Axis(StrEnum):
    """What is told apart."""

    CONSTITUENCY = "constituency"
    POST = "post"
    COUNTRY = "country"
    PARTNER = "partner"


@dataclass(frozen=True)
class Tally:
    """Voters, each once."""

    confirmed: int = 0
    delivered: int = 0
    undelivered: int = 0
    """The SMS was given up. A receipt that comes late can still turn it around."""

    @property
    def waiting(self) -> int:
        """No end is known: also by a route that gives no receipts."""
        return self.confirmed - self.delivered - self.undelivered

    @property
    def share(self) -> float | None:
        """Delivered of those who confirmed, 0 to 1; None of nobody."""
        return self.delivered / self.confirmed if self.confirmed else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.confirmed + other.confirmed,
            self.delivered + other.delivered,
            self.undelivered + other.undelivered,
        )


FIGURES = ("confirmed", "delivered", "undelivered", "happened_delivered", "happened_undelivered")
"""Of the voters of a group."""
_NEVER = 1 << 62


@dataclass(frozen=True)
class Course:
    """One confirmed renewal through the hours. Each is a whole one since 1970, the first at which
    it is told so; None: not so far."""

    confirmed: int
    superseded: int | None = None
    """The voter has confirmed another one since, and counts by that."""
    delivered: int | None = None
    undelivered: int | None = None
    happened_delivered: int | None = None
    happened_undelivered: int | None = None

    def changes(self) -> Iterator[tuple[int, str, int]]:
        """At which hour which of `FIGURES` grows by how many voters, one or minus one."""
        end = _or_never(self.superseded)
        yield from _between("confirmed", self.confirmed, end)
        ends = (
            ("", self.delivered, self.undelivered),
            ("happened_", self.happened_delivered, self.happened_undelivered),
        )
        for told, delivered, undelivered in ends:
            arrival = max(self.confirmed, _or_never(delivered))
            given_up = max(self.confirmed, _or_never(undelivered))
            yield from _between(f"{told}delivered", arrival, end)
            yield from _between(f"{told}undelivered", given_up, min(arrival, end))


def _or_never(hour: int | None) -> int:
    return _NEVER if hour is None else hour


def _between(figure: str, begin: int, end: int) -> Iterator[tuple[int, str, int]]:
    if begin < end:
        yield begin, figure, 1
        if end < _NEVER:
            yield end, figure, -1


@dataclass(frozen=True)
class Line:
    """One group of an axis, or all voters."""

    group: str | None
    """Empty: not known. None: of all voters, or of the groups that are folded into one."""
    recorded: Tally = Tally()
    happened: Tally = Tally()

    def __add__(self, other: Line) -> Line:
        recorded, happened = self.recorded + other.recorded, self.happened + other.happened
        return Line(self.group, recorded, happened)


@dataclass(frozen=True)
class Evidence:
    """The lines of `groups` and `folded` add up to `total`, figure by figure."""

    round_id: str
    as_of: datetime
    total: Line | None
    """None when fewer voters have confirmed than may be told."""
    groups: Sequence[Line] = ()
    """Those with the fewest delivered first."""
    folded: Line | None = None
    """Groups too small to be told apart, together."""
    suppressed: int = 0
    """How many groups are in `folded`, or are not told at all."""


def evidence(
    round_id: str,
    as_of: datetime,
    lines: Iterable[Line],
    by: Axis | None,
    smallest: int,
) -> Evidence:
    """From one line of each group. Groups of fewer than `smallest` confirmed voters are folded into
    one line, which takes in the next larger ones until it holds as many itself and cannot be told
    from the total."""
    groups = list(lines)
    total = sum(groups, Line(None))
    if total.recorded.confirmed < smallest:
        return Evidence(round_id, as_of, None, suppressed=len(groups) if by else 0)
    if by is None:
        return Evidence(round_id, as_of, total)
    groups.sort(key=lambda line: line.recorded.confirmed)
    hidden = _too_small(groups, smallest)
    shown = sorted(groups[hidden:], key=lambda line: (line.recorded.share or 0, line.group))
    folded = sum(groups[:hidden], Line(None)) if hidden else None
    return Evidence(round_id, as_of, total, shown, folded, hidden)


def _too_small(lines: Sequence[Line], smallest: int) -> int:
    """How many of the smallest lines are told as one."""
    hidden = sum(line.recorded.confirmed < smallest for line in lines)
    if not hidden:
        return 0
    while hidden < len(lines) and _confirmed(lines[:hidden]) < smallest:
        hidden += 1
    return hidden


def _confirmed(lines: Sequence[Line]) -> int:
    return sum(line.recorded.confirmed for line in lines)


def settled(asked: datetime, now: datetime) -> datetime:
    """The whole hour (UTC) at or before `asked` of which everything is recorded."""
    latest = min(asked, now - SETTLED_AFTER)
    return latest.replace(minute=0, second=0, microsecond=0)
