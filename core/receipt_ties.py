"""Which attempt a receipt reports on, where an SMSC writes the id of a message in two ways.

A receipt that ties wrongly ends the wait for an SMS that may be lost, and wipes its seed (R20): so
what could mean two attempts, or could be chance, ties to none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.attempt import Attempt
from core.receipts import Reading, Receipt, Way

LONG_DIGITS = 7
"""From so many decimal digits on, a number read in the other base has another number of digits than
those that the SMSC gives at the time: two ids of one SMSC cannot meet by chance."""
REPORTED = timedelta(days=3)
"""How long after an SMS its receipt may still come."""
SURE_WEIGHT, OTHER_WEIGHT = 3, 1
MANIFOLD = 10
"""A way of reading is a route's when it explains so many times what all others do."""


@dataclass(frozen=True)
class Tie:
    """An attempt that a reading of a receipt's id names."""

    attempt: Attempt
    way: Way

    @property
    def is_sure(self) -> bool:
        """Whether it cannot be chance."""
        return is_sure(Reading(self.way, self.attempt.reference or ""))


def is_sure(reading: Reading) -> bool:
    """Whether this id, by which a response named an attempt, can be read in this way only. A
    letter shows the base, many digits leave no room for chance."""
    name, way = reading.reference, reading.way
    if way is Way.HEX_TO_DECIMAL:
        return not name.isdigit() or len(str(int(name, 16))) >= LONG_DIGITS
    if way is Way.DECIMAL_TO_HEX:
        return len(name) >= LONG_DIGITS or not f"{int(name):x}".isdigit()
    return not name.isdigit() or len(name) >= LONG_DIGITS


def ties(receipt: Receipt, attempts: Iterable[Attempt]) -> list[Tie]:
    """The attempts that the receipt may report on, each by the first reading that names it: those
    that no receipt has ended, else the latest that one has. `attempts`: the latest first. SMSCs
    count their messages and start over: what is long behind the latest is not meant."""
    ways = {each.reference: each.way for each in reversed(receipt.readings)}
    found = [Tie(each, ways[each.reference]) for each in attempts if each.reference in ways]
    awaited = [tie for tie in found if tie.attempt.is_awaited]
    return [
        tie for tie in awaited if tie.attempt.begun_at > awaited[0].attempt.begun_at - REPORTED
    ] or found[:1]


def tied_at_once(receipt: Receipt, attempts: Iterable[Attempt]) -> Attempt | None:
    """The attempt, when it can be no other even if the SMSC was faster than our commit of another.
    Readings in the other base wait: what ties by them may be chance until that commit is there."""
    found = ties(receipt, attempts)
    if len(found) != 1:
        return None
    [tie] = found
    is_plain = all(each.way is Way.SAME for each in receipt.readings)
    return tie.attempt if is_plain or (tie.way is Way.SAME and tie.is_sure) else None


def tied_later(found: Sequence[Tie], usual: Way | None) -> Tie | None:
    """The one of these `ties`, when every response is stored. `usual`: how the route's receipts
    are read, if that is known."""
    if len(found) == 1 and (found[0].is_sure or found[0].way in (Way.SAME, Way.TEXT)):
        return found[0]
    usually = [tie for tie in found if tie.way is usual]
    return usually[0] if len(usually) == 1 else None


def weights(found: Iterable[Sequence[Tie]]) -> Counter[Way]:
    """What the ties of several receipts say about the way to read them: those count that have one
    attempt to choose from."""
    counted: Counter[Way] = Counter()
    for each in found:
        if len(each) == 1:
            counted[each[0].way] += SURE_WEIGHT if each[0].is_sure else OTHER_WEIGHT
    return counted


def usual_way(counted: Counter[Way]) -> Way | None:
    """The way that explains nearly all, or None."""
    ((way, most), *_) = counted.most_common(1) or [(Way.SAME, 0)]
    others = counted.total() - most
    return way if most >= SURE_WEIGHT and others * MANIFOLD <= most else None
