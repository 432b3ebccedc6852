"""The calendar of voting rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.voting_round import Calendar, Span, VotingRound

PARIS = ZoneInfo("Europe/Paris")
FIRST = VotingRound(
    "2027-1", datetime(2027, 6, 4, 12, tzinfo=PARIS), datetime(2027, 6, 9, 12, tzinfo=PARIS)
)
SECOND = VotingRound(
    "2027-2", datetime(2027, 6, 18, 12, tzinfo=PARIS), datetime(2027, 6, 23, 12, tzinfo=PARIS)
)
TICK = timedelta(microseconds=1)


def test_open_from_its_start_until_its_end():
    """R12: the first moment belongs to the round, the last does not; in whichever time zone."""
    assert not FIRST.is_open(FIRST.opens_at - TICK)
    assert FIRST.is_open(FIRST.opens_at)
    assert FIRST.is_open(datetime(2027, 6, 4, 10, tzinfo=UTC))
    assert FIRST.is_open(FIRST.closes_at - TICK)
    assert not FIRST.is_open(FIRST.closes_at)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"opens_at": datetime(2027, 6, 4, 12)},  # noqa: DTZ001 - the very mistake
        {"closes_at": datetime(2027, 6, 9, 12)},  # noqa: DTZ001
        {"closes_at": FIRST.opens_at},
        {"closes_at": FIRST.opens_at - TICK},
    ],
)
def test_a_round_that_cannot_be_is_refused(wrong):
    """R12: an id, time zones, and an end after the start."""
    with pytest.raises(ValueError, match="voting round"):
        replace(FIRST, **wrong)


def test_rounds_are_put_in_order():
    """R12: however they are given, rounds follow one another."""
    assert Calendar.of([SECOND, FIRST]).rounds == (FIRST, SECOND)
    assert Calendar.of([]).rounds == ()


def test_rounds_that_overlap_are_refused():
    """R12: two rounds at once would leave open which one a password belongs to."""
    with pytest.raises(ValueError, match="overlap"):
        Calendar.of([FIRST, replace(SECOND, opens_at=FIRST.closes_at - TICK)])
    assert Calendar.of([FIRST, replace(SECOND, opens_at=FIRST.closes_at)])


def test_rounds_that_share_an_id_are_refused():
    """R8: the id tells in which round a credential was renewed."""
    with pytest.raises(ValueError, match="share an id"):
        Calendar.of([FIRST, replace(SECOND, id=FIRST.id)])


@pytest.mark.parametrize(
    ("moment", "open_", "next_"),
    [
        (FIRST.opens_at - TICK, None, FIRST),
        (FIRST.opens_at, FIRST, FIRST),
        (FIRST.closes_at - TICK, FIRST, FIRST),
        (FIRST.closes_at, None, SECOND),
        (SECOND.opens_at, SECOND, SECOND),
        (SECOND.closes_at, None, None),
    ],
)
def test_which_round_it_is(moment, open_, next_):
    """R12: at each moment the open round, and the one to tell the voter about."""
    calendar = Calendar.of([FIRST, SECOND])
    assert calendar.open_at(moment) == open_
    assert calendar.current_or_next(moment) == next_


def test_the_times_in_which_rounds_are_open():
    """R47: each time is told with its rounds; between them there is none."""
    calendar = Calendar.of([SECOND, FIRST])
    assert calendar.spans() == (
        Span(FIRST.opens_at, FIRST.closes_at, (FIRST.id,)),
        Span(SECOND.opens_at, SECOND.closes_at, (SECOND.id,)),
    )
    assert calendar.all_open_at(FIRST.closes_at) == ()
    assert calendar.all_open_at(FIRST.opens_at) == (FIRST,)
    assert (calendar.named(SECOND.id), calendar.named("none")) == (SECOND, None)


def test_times_of_rounds_that_overlap():
    """R47: where two are open, both are told; a time ends wherever one of them opens or closes."""
    long = VotingRound("long", FIRST.opens_at, SECOND.closes_at)
    overlapping = Calendar((long, replace(FIRST, opens_at=FIRST.opens_at + TICK)))
    middle = (FIRST.opens_at + TICK, FIRST.closes_at)
    assert [(each.since, each.rounds) for each in overlapping.spans()] == [
        (FIRST.opens_at, ("long",)),
        (middle[0], ("long", FIRST.id)),
        (middle[1], ("long",)),
    ]


def test_an_id_is_one_line():
    """R47: ids are kept one a line."""
    with pytest.raises(ValueError, match="an id is one line"):
        replace(FIRST, id="2027\n1")
