"""To which voting rounds requests belong, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.register.memory import MemoryRegister
from adapters.store import housekeeping
from core.reasons import Dismissal
from core.recovery_request import State
from core.use_cases.assign_rounds import AssignRounds
from core.voting_round import Calendar, VotingRound

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def rounds(noon):
    return (
        VotingRound("2027-1", noon, noon + DAY),
        VotingRound("2027-2", noon + 2 * DAY, noon + 3 * DAY),
    )


async def put(store, *requests):
    async with store.begin() as unit:
        for each in requests:
            await unit.requests.add(each)


async def rounds_of(store, *ids):
    async with store.read() as unit:
        return [(await unit.requests.get(each)).rounds for each in ids]


async def test_a_request_has_its_rounds_from_its_receipt_on(voting):
    """R47: the rounds open when it came in are stored with it, and stay when it is dismissed."""
    voting.send = replace(voting.send, register=MemoryRegister({}, {}))
    request, link = await voting.ask()
    assert (request.rounds, link) == (("2027-1",), None)


async def test_those_of_the_release_before_are_looked_up(store, received, rounds, noon):
    """R47: by the calendar and the moment of their receipt, one that was dismissed because its
    round had closed as well; one that is known already is left alone."""
    first, second = rounds
    closed = {"state": State.DISMISSED, "reason": Dismissal.ROUND_CLOSED}
    requests = {
        "opening": received("opening", received_at=first.opens_at),
        "waited": received("waited", received_at=first.closes_at - TICK, **closed),
        "closed": received("closed", received_at=first.closes_at),
        "second": received("second", received_at=second.opens_at),
        "known": received("known", received_at=second.opens_at, rounds=("other",)),
    }
    await put(store, *requests.values())
    assign = AssignRounds(store.begin, Calendar.of(rounds))
    assert (await assign(), await assign()) == (3, 0)
    assert await rounds_of(store, *requests) == [
        ("2027-1",), ("2027-1",), (), ("2027-2",), ("other",),
    ]  # fmt: skip


async def test_the_round_of_the_decision_counts_as_well(store, link_sent, rounds, noon):
    """R47: a request that was decided in another round than it was received in belongs to both; one
    of a round that the calendar has no more belongs to that one still."""
    first, _ = rounds
    await put(
        store,
        link_sent("both", received_at=first.opens_at, round_id="2027-2"),
        link_sent("one", received_at=first.opens_at, round_id="2027-1"),
        link_sent("past", received_at=noon - DAY, round_id="2022-1"),
    )
    assert await AssignRounds(store.begin, Calendar.of(rounds))() == 3
    assert await rounds_of(store, "both", "one", "past") == [
        ("2027-1", "2027-2"), ("2027-1",), ("2022-1",),
    ]  # fmt: skip


async def test_more_than_one_commit_takes(store, received, rounds, monkeypatch):
    """R47: however many there are, all are looked up."""
    monkeypatch.setattr(housekeeping, "_ASSIGN", housekeeping._ASSIGN.replace("5000", "2"))
    requests = [received(f"r{number}") for number in range(5)]
    await put(store, *(replace(each, received_at=rounds[0].opens_at) for each in requests))
    assert await AssignRounds(store.begin, Calendar.of(rounds))() == 5
    assert set(await rounds_of(store, *(each.id for each in requests))) == {("2027-1",)}
