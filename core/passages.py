"""The way of a request from the form to the SMS: steps, how long each took, and many ways counted.

Times are kept as counts by length, on a scale on which each bound is 1.1 times the one before: a
percentile is told to within 4.9 % of its value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor, log
from typing import Any, NamedTuple, cast

from core.recovery_request import State

SCALE = 1.1
"""Of two bounds of lengths of time; the middle is off by its root at most."""
SHORTEST = 0.1
"""Seconds; what took less is told as this long."""


class Step(StrEnum):
    """How far a request has come."""

    RECEIVED = "received"
    DISMISSED = "dismissed"
    LINK_SENT = "link_sent"
    CONFIRMED = "confirmed"
    PASSWORD_SENT = "password_sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    """It stands there now: a late receipt can still turn it around."""


STEPS = tuple(Step)
STEP_OF = {
    **{State(each.value): each for each in Step},
    **dict.fromkeys((State.EXPIRED, State.SUPERSEDED, State.REVOKED), Step.LINK_SENT),
}
_BEFORE = {
    Step.LINK_SENT: Step.RECEIVED,
    Step.DISMISSED: Step.RECEIVED,
    Step.CONFIRMED: Step.LINK_SENT,
    Step.PASSWORD_SENT: Step.CONFIRMED,
    Step.DELIVERED: Step.PASSWORD_SENT,
    Step.UNDELIVERED: Step.CONFIRMED,
}


class Stretch(StrEnum):
    """From one step to the next, and the whole way."""

    LINK_MAILED = "link_mailed"
    """From the form to the relay that took the link's e-mail first."""
    LINK_USED = "link_used"
    """From there to the confirmation."""
    SMS_TAKEN = "sms_taken"
    """From there to the route that took the SMS first."""
    SMS_ARRIVED = "sms_arrived"
    """From there to the phone, as the receipt says."""
    WHOLE = "whole"
    """From the form to the phone."""


STRETCHES = tuple(Stretch)


class Axis(StrEnum):
    """What is told apart. Each is an attribute of `Passage`."""

    STEP = "step"
    REASON = "reason"
    CONSTITUENCY = "constituency"
    POST = "post"
    COUNTRY = "country"
    ROUTE = "route"
    OPERATOR = "operator"
    MAILBOX_DOMAIN = "mailbox_domain"
    PARTNER = "partner"
    HOUR = "hour"


MANY = (Axis.OPERATOR, Axis.MAILBOX_DOMAIN)
"""Of these there may be thousands."""
MOST_NAMED = 100
"""Of each of `MANY`, by how many requests they have when they are counted."""
OTHER = "other"
"""What the rest is counted under."""


class Passage(NamedTuple):
    """One request, as far as it has come. Empty names: not known, or none."""

    hour: str
    """In which it was received: ISO 8601, UTC."""
    step: str
    """A `Step`."""
    was_taken: int
    """1: a route has had the SMS."""
    reason: str
    constituency: str
    post: str
    country: str
    route: str
    """That had the SMS last, or brought it."""
    operator: str
    mailbox_domain: str
    partner: str
    lengths: Sequence[int | None]
    """Of `STRETCHES`, each on the scale of times; None: not over, or not known."""


def length_of(seconds: float) -> int:
    """On the scale of times."""
    return floor(log(max(seconds, SHORTEST)) / log(SCALE))


def seconds_of(length: int) -> float:
    """The middle of what is of this length."""
    return max(SHORTEST, SCALE ** (length + 0.5))


def steps_of(step: Step, was_taken: int) -> Iterator[Step]:
    """All that were reached on the way there."""
    reached: Step | None = step
    while reached is not None:
        yield reached
        if reached is Step.UNDELIVERED and was_taken:
            yield Step.PASSWORD_SENT
        reached = _BEFORE.get(reached)


_PLACES: dict[tuple[str, int], tuple[int, ...]] = {
    (step, was_taken): tuple(STEPS.index(each) for each in steps_of(step, was_taken))
    for step in Step
    for was_taken in (0, 1)
}


@dataclass
class Tally:
    """Requests that share everything that is told apart; grows as they are added."""

    reached: list[int] = field(default_factory=lambda: [0] * len(STEPS))
    """How many, by the place of `STEPS`."""
    times: tuple[dict[int, int], ...] = field(default_factory=lambda: ({}, {}, {}, {}, {}))
    """By the place of `STRETCHES`: how many took so long, by the length. None is 0."""

    @property
    def requests(self) -> int:
        return self.reached[0]

    def add(self, passage: Passage, sign: int = 1) -> None:
        """`sign` -1: it is no longer so."""
        for place in _PLACES[passage.step, passage.was_taken]:
            self.reached[place] += sign
        for counts, length in zip(self.times, passage.lengths, strict=True):
            if length is not None:
                _grow(counts, length, sign)

    def include(self, other: Tally, sign: int = 1) -> None:
        """Those of another one as well; with `sign` -1 no longer."""
        self.reached = [a + sign * b for a, b in zip(self.reached, other.reached, strict=True)]
        for counts, others in zip(self.times, other.times, strict=True):
            for length, number in others.items():
                _grow(counts, length, sign * number)


def _grow(counts: dict[int, int], length: int, by: int) -> None:
    grown = counts.get(length, 0) + by
    if grown:
        counts[length] = grown
    else:
        del counts[length]


Groups = tuple[str, ...]
"""One for each axis asked for, in that order."""


@dataclass
class Count:
    """Requests by up to two axes."""

    by: Sequence[Axis] = ()
    cells: dict[Groups, Tally] = field(default_factory=dict[Groups, Tally])
    total: Tally = field(default_factory=Tally)
    places: dict[int, int] = field(default_factory=dict[int, int])
    """By the hour since 1970: up to which change of the store's it counts."""
    named: Mapping[Axis, Collection[str]] = field(default_factory=dict[Axis, Collection[str]])
    """By the axis: all others are counted under `OTHER`. An axis that is not here has few."""

    def __post_init__(self) -> None:
        self._columns = [Passage._fields.index(axis.value) for axis in self.by]

    def add(self, passage: Passage, sign: int = 1) -> None:
        """`sign` -1: it is no longer so."""
        values = cast("tuple[Any, ...]", passage)
        groups = tuple([values[column] for column in self._columns])
        if self.named:
            groups = self._known(groups)
        self.total.add(passage, sign)
        found = self.cells.get(groups)
        if found is None:
            found = self.cells[groups] = Tally()
        found.add(passage, sign)
        if not found.requests and sign < 0:
            self._drop_empty(groups)

    def _known(self, groups: Groups) -> Groups:
        """With `OTHER` for what is not named."""
        return tuple(
            [
                group if axis not in self.named or group in self.named[axis] else OTHER
                for axis, group in zip(self.by, groups, strict=True)
            ]
        )

    def with_those_of(self, other: Count) -> Count:
        """Both; neither is another than before."""
        both = Count(self.by, self.cells | {}, Tally(), self.places, self.named)
        for each in (self.total, other.total):
            both.total.include(each)
        for groups, added in other.cells.items():
            both.cells[groups] = Tally()
            for each in (self.cells.get(groups, _NONE), added):
                both.cells[groups].include(each)
            both._drop_empty(groups)
        return both

    def _drop_empty(self, groups: Groups) -> None:
        if self.cells[groups] == _NONE:
            del self.cells[groups]


_NONE = Tally()


def percentiles(
    counts: Mapping[int, int], measured: int, shares: Sequence[float]
) -> Sequence[float]:
    """The seconds within which each of these shares, in their order, was over, to 4.9 %."""
    found, told = 0, list[float]()
    wanted = [share * measured for share in shares]
    for length in sorted(counts):
        found += counts[length]
        while len(told) < len(wanted) and found >= wanted[len(told)]:
            told.append(seconds_of(length))
    return told
