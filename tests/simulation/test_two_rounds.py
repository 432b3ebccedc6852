"""An election in which two constituencies vote again, and one does not."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest

from .election import Election
from .elector import Elector
from .model import HOUR, Country
from .outcome import Outcome
from .profiles import BRITAIN, GERMANY, STATES, TWO_ROUNDS

VOTERS = 200


@cache
def held() -> tuple[Election, Outcome]:
    """The election, and what became of its voters."""
    election = Election(TWO_ROUNDS, VOTERS)
    return election, election.run_to_end()


def of(country: Country) -> list[Elector]:
    return [each for each in held()[0].electors if each.country is country]


def end_of(country: Country) -> datetime:
    """Of the round in which those who live there vote."""
    closes_at = TWO_ROUNDS.closes_for(country)
    assert closes_at is not None
    return closes_at


def requests_of(country: Country) -> list[tuple[str, str | None, str | None]]:
    """State, reason and round of each."""
    numbers = {f"numic:{each.voter.numic.value}" for each in of(country)}
    return [(row[1], row[2], row[3]) for row in held()[0].requests if row[0] in numbers]


def test_nothing_is_lost() -> None:
    """R19, R29: as in an election with one round."""
    _, outcome = held()
    assert (outcome.unexplained, outcome.dead) == (0, 0)


@pytest.mark.parametrize(("country", "round_id"), [(GERMANY, "2027-7"), (BRITAIN, "2027-3")])
def test_every_request_is_of_the_voters_round(country: Country, round_id: str) -> None:
    """R49: whatever became of it; once the round is over it is of none."""
    rows = requests_of(country)
    assert {row[2] for row in rows if row[1] != "round_closed"} == {round_id}
    assert {row[2] for row in rows if row[1] == "round_closed"} <= {None}
    assert len(rows) >= len(of(country))


@pytest.mark.parametrize("country", [GERMANY, BRITAIN], ids=["five days", "three days"])
def test_who_asks_in_time_votes(country: Country) -> None:
    """R12, R49: the shorter round costs the voters of the longer one nothing, and the other way."""
    end = end_of(country) - 6 * HOUR
    in_time = [each for each in of(country) if each.asked_at and each.asked_at < end]
    assert len(in_time) > 20
    assert sum(each.is_able for each in in_time) > 0.95 * len(in_time)


def test_no_password_is_issued_after_the_voters_round() -> None:
    """R12: not two days later either, while the other round is open."""
    for country in (GERMANY, BRITAIN):
        issued = [at for each in of(country) for at in each.confirmed_at]
        assert max(issued) < end_of(country)
    over = end_of(BRITAIN)
    late = [each for each in of(BRITAIN) if each.asked_at and each.asked_at >= over]
    assert late
    assert not any(each.hand for each in late)


def test_who_does_not_vote_gets_nothing() -> None:
    """R49: every request is dismissed as after the vote; no link, no SMS."""
    assert len(of(STATES)) > 20
    assert set(requests_of(STATES)) == {("dismissed", "round_closed", None)}
    assert not any(each.hand or each.voted for each in of(STATES))
