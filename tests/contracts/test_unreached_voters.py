"""The port `UnreachedVoters`, and `LookAtUnreached` over it, over every engine.

That they are as many as the figures say is held where the figures are: `test_voters_unreached`,
`test_voters_of_two_rounds`, and the simulation.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.store.unreached_voters import queries
from core.recovery_request import State
from core.request_listing import Place
from core.unreached import Cause
from core.unreached_voters import UnreachedVoter, UnreachedWanted
from core.use_cases import look_at_unreached
from core.use_cases.look_at_unreached import LookAtUnreached
from core.voter import Numel, Numic
from core.voting_round import Calendar, VotingRound

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
async def voters(store, received, link_sent, noon):
    """One lost, one who waits, one whose link came back, one of whom nobody knows, twice."""
    lost = {"state": State.UNDELIVERED, "cause": Cause.REFUSED, "country": "CL", "post": "Lima"}
    waits = {"state": State.CONFIRMED, "cause": Cause.CAP, "constituency": "2"}
    typed = {"number": Numel("123456789"), "rounds": ("2027-1", "other")}
    made = [
        link_sent("lost", round_voter="v1", confirmed_at=noon - 3 * MINUTE, **lost),
        link_sent("waits", round_voter="v2", confirmed_at=noon - 4 * MINUTE, **waits),
        link_sent(
            "link", round_voter="v3", received_at=noon - 2 * MINUTE, number=Numic("00000007")
        ).mail_failed(noon),
        received("first", received_at=noon - MINUTE, **typed),
        received("again", received_at=noon - MINUTE / 2, **typed),
    ]
    async with store.begin() as unit:
        for each in made:
            await unit.requests.add(each)


@pytest.fixture
def look(store, clock):
    rounds = [VotingRound(each, clock.now() - DAY, clock.now() + DAY) for each in ("2027-1",)]
    return LookAtUnreached(store.read, Calendar.of(rounds), clock)


@pytest.mark.usefixtures("voters")
async def test_what_is_told_of_each(look, noon):
    """R45: by what is known in the round alone; whose a number is, nobody knows until it is
    decided. Those who have waited longest come first."""
    page = await look("2027-1", timedelta())
    assert [(each.request_id, each.cause) for each in page.voters] == [
        ("waits", Cause.CAP),
        ("lost", Cause.REFUSED),
        ("link", Cause.LINK_BOUNCED),
        ("first", Cause.LINK_UNDECIDED),
    ]
    waits, lost, link, first = page.voters
    told = UnreachedVoter("lost", "v1", Cause.REFUSED, noon - 3 * MINUTE, None, "Lima", "CL")
    assert lost == told
    assert (waits.constituency, link.since, first.round_voter) == ("2", noon - 2 * MINUTE, None)


@pytest.mark.usefixtures("voters")
async def test_in_pages(look, monkeypatch):
    """R45: none twice, none left out; never more than the longest page."""
    monkeypatch.setattr(look_at_unreached, "LONGEST_PAGE", 3)
    page = await look("2027-1", timedelta(), limit=9)
    assert (len(page.voters), page.has_more) == (3, True)
    rest = await look("2027-1", timedelta(), after=page.voters[-1].place)
    assert [each.request_id for each in rest.voters] == ["first"]
    assert not rest.has_more


@pytest.mark.usefixtures("voters")
@pytest.mark.parametrize(
    ("round_id", "patience", "cause", "found"),
    [
        ("2027-1", timedelta(), Cause.LINK_BOUNCED, ["link"]),
        ("2027-1", timedelta(), Cause.RECEIPT_NOT_EXPECTED, []),
        ("2027-1", 5 * MINUTE, None, ["lost", "link"]),
        ("other", timedelta(), None, ["first"]),
        ("oth", timedelta(), None, []),
    ],
)
async def test_of_one_round_and_cause(look, round_id, patience, cause, found):
    """R45, R48, R49: who waits is not unreached until patience is over; a number that nobody has
    decided on counts for each round that was open."""
    page = await look(round_id, patience, cause)
    assert [each.request_id for each in page.voters] == found


@pytest.mark.usefixtures("voters")
async def test_what_was_typed(store):
    """R45: for the list that two persons make."""
    async with store.read() as unit:
        numbers = await unit.unreached_voters.numbers(["link", "first", "gone"])
    assert numbers == {"link": Numic("00000007"), "first": Numel("123456789")}


async def test_each_kind_comes_from_an_index_in_its_order(diskless_store, noon):
    """R38: a page reads as many rows as it shows of each kind, however many requests there are."""
    wanted = UnreachedWanted("2027-1", noon, MINUTE)
    plans = []
    for query, values in queries(wanted, 100, Place(noon, "x")):
        async with diskless_store.read() as unit:
            rows = await unit.sql.fetch(f"EXPLAIN QUERY PLAN {query}", *values)
        plans.append([row[-1] for row in rows])
    used = [next(step for step in plan if " INDEX " in step) for plan in plans]
    names = [step.partition("INDEX ")[2].partition(" ")[0] for step in used]
    assert names == [
        "recovery_request_waiting",
        "recovery_request_lost",
        "recovery_request_without_link_in_order",
        "recovery_request_open_links",
        "recovery_request_undecided",
    ]
    sorted_whole = [
        name
        for name, plan in zip(names, plans, strict=True)
        if any(step == "USE TEMP B-TREE FOR ORDER BY" for step in plan)
    ]
    assert sorted_whole == ["recovery_request_open_links", "recovery_request_undecided"]
