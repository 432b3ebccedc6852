"""Voters counted by voting round, before a vote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.census import census
from core.electorate import EVERYBODY, Electorate
from core.voting_round import Calendar, VotingRound

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TWO = VotingRound("two", NOW, NOW + 2 * DAY, Electorate.of(["2"]))
LIMA = VotingRound("lima", NOW + DAY, NOW + 3 * DAY, Electorate.of(posts=["Lima"]))
PLACES = {("2", "Lima"): 10, ("02", "Quito"): 200, ("3", "Quito"): 3000, (None, None): 40_000}


def test_whose_the_rounds_are():
    """R49: each round with its voters; who is in none; who lacks what a round asks for."""
    found = census(Calendar.of([TWO, LIMA]), PLACES, NOW)
    assert found.voters == 43_210
    assert found.by_round == {"two": 210, "lima": 10}
    assert found.in_none == 43_000
    assert (found.without_constituency, found.without_post) == (40_000, 40_000)


def test_who_is_in_two_at_once():
    """R49: the narrower is named first, whichever opens first; rounds that follow one another are
    no two at once."""
    everybody = VotingRound("all", NOW - DAY, NOW + DAY, EVERYBODY)
    found = census(Calendar.of([LIMA, TWO, everybody]), PLACES, NOW)
    assert found.in_two == {("lima", "two"): 10, ("two", "all"): 210}
    assert found.by_round == {"all": 43_210, "two": 210, "lima": 10}
    assert found.in_none == 0


def test_what_is_over_counts_no_more():
    """R49: nobody is told of a past round, nor of what only a past one asked for."""
    past = replace(TWO, opens_at=NOW - 2 * DAY, closes_at=NOW)
    found = census(Calendar.of([past, LIMA]), PLACES, NOW)
    assert found.by_round == {"lima": 10}
    assert (found.without_constituency, found.without_post) == (0, 40_000)
