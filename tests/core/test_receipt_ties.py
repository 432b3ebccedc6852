"""Which attempt a receipt reports on, where ids are written in two ways."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.attempt import Attempt
from core.delivery import DeliveryState
from core.receipt_ties import is_sure, tied_at_once, tied_later, ties, usual_way, weights
from core.receipts import Reading, Receipt, Way

NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
SAME, TEXT, H2D, D2H = Way.SAME, Way.TEXT, Way.HEX_TO_DECIMAL, Way.DECIMAL_TO_HEX


def attempt(reference, number=1, state=DeliveryState.ACCEPTED, **fields):
    fields = {"begun_at": NOON, "reference": reference, "state": state} | fields
    return Attempt("r1.password", number, "north", "FR", 0, **fields)


def receipt(reference, *otherwise):
    readings = tuple(Reading(way, name) for way, name in otherwise)
    return Receipt("north", DeliveryState.DELIVERED, NOON, None, reference, otherwise=readings)


@pytest.mark.parametrize(
    ("way", "name", "sure"),
    [
        (SAME, "a28", True),
        (SAME, "3f-1", True),
        (SAME, "3000004", True),
        (SAME, "300000", False),
        (TEXT, "16", False),
        (H2D, "a28", True),
        (H2D, "10", False),
        (H2D, "f423f", True),
        (H2D, "93939", False),
        (H2D, "4000021", True),
        (D2H, "2600", True),
        (D2H, "16", False),
        (D2H, "50331652", True),
    ],
)
def test_what_cannot_be_chance(way, name, sure):
    """R30: a letter shows the base; seven decimal digits leave no room."""
    assert is_sure(Reading(way, name)) is sure


def test_no_two_ids_of_as_many_digits_meet():
    """R30: what `LONG_DIGITS` says: from seven digits on the other base has another length."""
    for number in (10**6, 10**6 + 1, 9_999_999, 10**7, 10**9 - 1, 2**31, 2**63):
        assert len(f"{number:x}") < len(str(number))
        assert len(str(int(str(number), 16))) > len(str(number))


def test_one_way_only():
    """R30: where the id is read in one way, one attempt that waits is it; two are none."""
    first, second = attempt("16"), attempt("16", 2)
    assert tied_at_once(receipt("16"), [first]) == first
    assert tied_at_once(receipt("16"), [second, first]) is None
    assert tied_at_once(receipt("16"), []) is None
    as_written = receipt("16", (SAME, "016"))
    assert tied_at_once(as_written, [attempt("016")]) == attempt("016")


def test_an_attempt_that_waits_comes_before_one_that_has_ended():
    """R30: SMSCs count their messages and start over; what is repeated finds the last again."""
    ended = attempt("16", 2, DeliveryState.DELIVERED)
    waiting = attempt("16", 1)
    assert tied_at_once(receipt("16"), [ended, waiting]) == waiting
    assert tied_at_once(receipt("16"), [ended, replace(ended, number=1)]) == ended
    unheard = replace(waiting.missing(NOON), begun_at=NOON - timedelta(days=2))
    assert tied_at_once(receipt("16"), [ended, unheard]) == unheard


def test_what_nobody_reported_for_days_is_not_meant():
    """R30: an SMS without a receipt does not make the next of its id doubtful for ever."""
    old = attempt("16", 1).missing(NOON)
    new = attempt("16", 2, begun_at=NOON + timedelta(days=3))
    assert tied_at_once(receipt("16"), [new, old]) == new


def test_at_once_only_what_is_sure():
    """R30: another attempt's response may be on its way still: a match in the other base waits, and
    so does a short number that could be meant in the other."""
    doubtful = receipt("16", (H2D, "10"), (D2H, "22"))
    assert tied_at_once(doubtful, [attempt("16")]) is None
    assert tied_at_once(doubtful, [attempt("10")]) is None
    long = receipt("3000004", (H2D, "2dc6c4"), (D2H, "50331652"))
    assert tied_at_once(long, [attempt("3000004")]) == attempt("3000004")
    assert tied_at_once(long, [attempt("2dc6c4")]) is None
    assert tied_at_once(long, [attempt("3000004"), attempt("2dc6c4", 2)]) is None


def test_later_what_can_mean_one():
    """R30: once all responses are stored, one match is it, unless it is short and in the other
    base; of several the route's usual way decides."""

    def later(named, *attempts, usual=None):
        tie = tied_later(ties(named, attempts), usual)
        return tie and (tie.attempt.reference, tie.way)

    doubtful = receipt("16", (H2D, "10"), (D2H, "22"))
    assert later(doubtful, attempt("16")) == ("16", SAME)
    assert later(doubtful, attempt("10")) is None
    assert later(doubtful, attempt("10"), usual=H2D) == ("10", H2D)
    assert later(doubtful, attempt("10"), usual=SAME) is None
    both = (attempt("16"), attempt("10", 2))
    assert later(doubtful, *both) is None
    assert later(doubtful, *both, usual=SAME) == ("16", SAME)
    assert later(doubtful, *both, usual=H2D) == ("10", H2D)
    assert later(doubtful, *both, usual=D2H) is None
    assert later(doubtful, attempt("10"), attempt("10", 2), usual=H2D) is None
    assert later(receipt("3000002", (H2D, "2dc6c2")), attempt("2dc6c2")) == ("2dc6c2", H2D)
    assert later(receipt("a28", (TEXT, "b29")), attempt("b29")) == ("b29", TEXT)
    assert later(doubtful) is None


def test_the_usual_way():
    """R30: one sure match tells it, or three others; nearly all must agree."""

    def found(*references):
        return [ties(receipt("x", (H2D, each)), [attempt(each)]) for each in references]

    assert weights(found("a28")) == {H2D: 3}
    assert weights([*found("10"), [], ties(receipt("a"), [attempt("a"), attempt("a", 2)])]) == {
        H2D: 1
    }
    assert usual_way(Counter()) is None
    assert usual_way(weights(found("a28"))) is H2D
    assert usual_way(weights(found("10", "11"))) is None
    assert usual_way(weights(found("10", "11", "12"))) is H2D
    assert usual_way(Counter({SAME: 30, H2D: 3})) is SAME
    assert usual_way(Counter({SAME: 29, H2D: 3})) is None
