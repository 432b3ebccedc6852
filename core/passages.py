"""The way of a request from the form to the SMS: steps, how long each took, and many ways counted.

Times are kept as counts by length, on a scale on which each bound is 1.1 times the one before: a
percentile is told to within 4.9 % of its value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor, log
from typing import NamedTuple

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


class Passage(NamedTuple):
    """One request, as far as it has come. Empty names: not known, or none."""

    hour: str
    """In which it was received: ISO 8601, UTC."""
    step: Step
    was_taken: bool
    """Whether a route has had the SMS."""
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


def steps_of(step: Step, was_taken: bool) -> Iterator[Step]:
    """All that were reached on the way there."""
    reached: Step | None = step
    while reached is not None:
        yield reached
        if reached is Step.UNDELIVERED and was_taken:
            yield Step.PASSWORD_SENT
        reached = _BEFORE.get(reached)


_PLACES = {
    (step, was_taken): tuple(STEPS.index(each) for each in steps_of(step, was_taken))
    for step in Step
    for was_taken in (False, True)
}


@dataclass
class Tally:
    """Requests that share everything that is told apart; grows as they are added."""

    reached: list[int] = field(default_factory=lambda: [0] * len(STEPS))
    """How many, by the place of `STEPS`."""
    times: tuple[Counter[int], ...] = field(
        default_factory=lambda: tuple(Counter[int]() for _ in STRETCHES)
    )
    """How many took so long, by the place of `STRETCHES`."""

    @property
    def requests(self) -> int:
        return self.reached[0]

    def add(self, passage: Passage) -> None:
        for place in _PLACES[passage.step, passage.was_taken]:
            self.reached[place] += 1
        for counts, length in zip(self.times, passage.lengths, strict=True):
            if length is not None:
                counts[length] += 1

    def include(self, other: Tally) -> None:
        """Those of another one as well."""
        self.reached = [a + b for a, b in zip(self.reached, other.reached, strict=True)]
        for counts, others in zip(self.times, other.times, strict=True):
            counts.update(others)


Groups = tuple[str, ...]
"""One for each axis asked for, in that order."""


def tally(
    passages: Iterable[Passage], by: Sequence[Axis], into: dict[Groups, Tally] | None = None
) -> dict[Groups, Tally]:
    """Each passage counted where it belongs."""
    cells: dict[Groups, Tally] = {} if into is None else into
    for each in passages:
        groups = tuple(getattr(each, axis.value) for axis in by)
        found = cells.get(groups)
        if found is None:
            found = cells[groups] = Tally()
        found.add(each)
    return cells


def percentile(counts: Mapping[int, int], measured: int, share: float) -> float:
    """The seconds within which this share of all was over, to 4.9 %."""
    wanted, found = share * measured, 0
    ordered = sorted(counts)
    for length in ordered:
        found += counts[length]
        if found >= wanted:
            return seconds_of(length)
    return seconds_of(ordered[-1])
