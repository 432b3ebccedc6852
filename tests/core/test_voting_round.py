"""The calendar of voting rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.electorate import EVERYBODY, Electorate
from core.voter import Numic, Voter
from core.voting_round import Calendar, Span, VotingRound

PARIS = ZoneInfo("Europe/Paris")
FIRST = VotingRound(
    "2027-1", datetime(2027, 6, 4, 12, tzinfo=PARIS), datetime(2027, 6, 9, 12, tzinfo=PARIS)
)
SECOND = VotingRound(
    "2027-2", datetime(2027, 6, 18, 12, tzinfo=PARIS), datetime(2027, 6, 23, 12, tzinfo=PARIS)
)
TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
TWO, THREE = Electorate.of(["2"]), Electorate.of(["3"])


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EVERYBODY, EVERYBODY),
        (TWO, Electorate.of(["02"])),
        (Electorate.of(["2", "3"]), Electorate.of(["2", "4"])),
    ],
)
def test_rounds_at_once_that_contend_for_a_voter_are_refused(one, other):
    """R12, R49: it would be left open which one a password belongs to."""
    late = replace(SECOND, opens_at=FIRST.closes_at - TICK, electorate=other)
    with pytest.raises(ValueError, match="voting rounds 2027-1 and 2027-2 overlap: let their"):
        Calendar.of([replace(FIRST, electorate=one), late])
    after = replace(late, opens_at=FIRST.closes_at)
    assert Calendar.of([replace(FIRST, electorate=one), after])


def test_a_round_within_another_is_compared_with_all():
    """R49: not with its neighbours in the calendar only."""
    long = replace(FIRST, id="long", closes_at=SECOND.closes_at, electorate=TWO)
    short = replace(FIRST, id="short", electorate=THREE)
    with pytest.raises(ValueError, match="voting rounds long and 2027-2 overlap"):
        Calendar.of([long, short, replace(SECOND, electorate=Electorate.of(["2"]))])


ALL = replace(FIRST, id="all", closes_at=FIRST.closes_at + HOUR)
IN_TWO = replace(FIRST, id="two", electorate=TWO)
IN_THREE = replace(FIRST, id="three", opens_at=FIRST.opens_at + HOUR, electorate=THREE)
IN_LIMA = replace(
    FIRST, id="lima", closes_at=FIRST.closes_at - HOUR, electorate=Electorate.of(posts=["Lima"])
)
SEVERAL = Calendar.of([ALL, IN_TWO, IN_THREE, IN_LIMA])


@pytest.mark.parametrize(
    ("constituency", "post", "moment", "found"),
    [
        ("2", None, FIRST.opens_at, IN_TWO),
        ("02", "Quito", FIRST.opens_at, IN_TWO),
        ("2", "Lima", FIRST.opens_at, IN_LIMA),
        ("3", "LIMA", FIRST.opens_at + HOUR, IN_LIMA),
        ("3", None, FIRST.opens_at, ALL),
        ("3", None, FIRST.opens_at + HOUR, IN_THREE),
        ("4", None, FIRST.opens_at, ALL),
        (None, None, FIRST.opens_at, ALL),
        (None, "Lima", FIRST.opens_at, IN_LIMA),
        ("2", "Lima", FIRST.closes_at - HOUR, IN_TWO),
        ("2", "Lima", FIRST.closes_at, ALL),
        ("2", "Lima", FIRST.closes_at + HOUR, None),
        ("2", "Lima", FIRST.opens_at - TICK, None),
    ],
)
def test_which_round_is_a_voters(constituency, post, moment, found):
    """R49: of the open rounds the one with the narrowest electorate that the voter is in; who has
    no constituency is in rounds for everybody only."""
    voter = Voter(Numic("00012345"), None, None, constituency=constituency, post=post)
    assert SEVERAL.round_of(voter, moment) == found
    reversed_calendar = Calendar(SEVERAL.rounds[::-1])
    assert reversed_calendar.round_of(voter, moment) == found


def test_a_voter_of_no_open_round():
    """R49: one round is open, and it is not this voter's."""
    calendar = Calendar.of([IN_TWO])
    for constituency in ("3", None):
        voter = Voter(Numic("00012345"), None, None, constituency=constituency)
        assert calendar.is_open(FIRST.opens_at)
        assert calendar.round_of(voter, FIRST.opens_at) is None


def test_what_everybody_is_told_of_several_rounds():
    """R23, U1: before anyone knows whose a request is, the shortest time and the first closing."""
    assert SEVERAL.left_at(FIRST.opens_at) == IN_LIMA.closes_at - FIRST.opens_at
    assert SEVERAL.current_or_next(FIRST.opens_at) == IN_LIMA
    assert SEVERAL.current_or_next(IN_LIMA.closes_at) == IN_TWO
    assert SEVERAL.current_or_next(FIRST.closes_at) == ALL
    assert SEVERAL.left_at(FIRST.closes_at) == HOUR
    assert SEVERAL.current_or_next(FIRST.opens_at - TICK) == ALL
    assert SEVERAL.current_or_next(ALL.closes_at) is None
    assert SEVERAL.left_at(ALL.closes_at) is None


def test_a_round_by_its_name_while_it_is_open():
    """R49: what was decided asks for its own round, whatever else is open."""
    assert SEVERAL.open_named("two", FIRST.opens_at) == IN_TWO
    assert SEVERAL.open_named("three", FIRST.opens_at) is None
    assert SEVERAL.open_named("two", FIRST.closes_at) is None
    assert SEVERAL.open_named("none", FIRST.opens_at) is None
    assert SEVERAL.open_named(None, FIRST.opens_at) is None


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
    assert calendar.first_to_close(moment) == open_
    assert calendar.is_open(moment) is (open_ is not None)
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


@pytest.mark.parametrize(
    ("moment", "watched"),
    [
        (FIRST.opens_at - TICK, ()),
        (FIRST.opens_at, ("all", "two", "lima")),
        (FIRST.opens_at + HOUR, ("all", "two", "lima", "three")),
        (FIRST.closes_at, ("all", "two", "lima", "three")),
        (ALL.closes_at, ("all", "two", "lima", "three")),
        (SECOND.opens_at, (SECOND.id,)),
        (SECOND.closes_at, (SECOND.id,)),
    ],
)
def test_whose_voters_are_looked_after(moment, watched):
    """R48, R49: of rounds at the same time all, until the next ones open: a voter without password
    stays in sight when her round is the first to close."""
    calendar = Calendar.of([*SEVERAL.rounds, SECOND])
    assert set(calendar.watched_at(moment)) == set(watched)
