"""R45, R48: what operators are told of rounds, and of the voters whom nothing reaches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.recovery_request import State
from core.unreached import Cause
from graphql_api.access.scopes import DELIVERIES, OPERATIONS

HOUR = timedelta(hours=1)
ROUNDS = "{ votingRounds { id opensAt closesAt state electorate { constituencies posts } } }"
UNREACHED = """query($round: ID!, $cause: UnreachedCause, $first: Int! = 50, $after: String) {
    unreachedVoters(roundId: $round, cause: $cause, first: $first, after: $after) {
        edges { cursor node { voter cause since constituency post country request } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }"""
FIGURE = "{ votersUnreached { waiting lost links } }"


@pytest.fixture
def look(guarded, issuer):
    async def look(document, scope=OPERATIONS, **variables):
        answer = await guarded.http.post(
            "/graphql",
            json={"query": document, "variables": {"round": "demo"} | variables},
            headers={"authorization": f"Bearer {issuer.dashboard(scope=scope)}"},
        )
        return answer.json()

    return look


@pytest.fixture
async def voters(guarded, received, link_sent, noon):
    """Two who wait, one who does not wait long enough to be counted, one link that came back."""
    waits = {"state": State.CONFIRMED, "round_id": "demo"}
    made = [
        link_sent("b", confirmed_at=noon - 2 * HOUR, round_voter="rv-b", post="Lima", **waits),
        link_sent("a", confirmed_at=noon - HOUR, round_voter="rv-a", country="PE", **waits),
        link_sent("now", confirmed_at=noon, round_voter="rv-c", **waits),
        link_sent("link", round_voter="rv-d", round_id="demo").mail_failed(noon),
        received("undecided", received_at=noon - 3 * HOUR, rounds=("demo",)),
    ]
    async with guarded.application.ports.store.begin() as unit:
        for each in made:
            await unit.requests.add(each)


async def test_rounds(look, guarded, noon):
    """R45: as the calendar is configured, by the clock of Paris."""
    (told,) = (await look(ROUNDS))["data"]["votingRounds"]
    (voting_round,) = guarded.application.settings.calendar.rounds
    assert told["state"] == "OPEN"
    assert told["id"] == voting_round.id
    assert told["electorate"] == {"constituencies": [], "posts": []}
    assert told["opensAt"].endswith("+02:00")


@pytest.mark.usefixtures("voters")
async def test_as_many_as_the_figure_says(look):
    """R48: the voters whom `votersUnreached` counts, each by what is known in the round alone."""
    figure = (await look(FIGURE, DELIVERIES))["data"]["votersUnreached"]
    page = (await look(UNREACHED))["data"]["unreachedVoters"]
    assert sum(figure.values()) == len(page["edges"]) == 4
    told = [each["node"] for each in page["edges"]]
    assert [each["request"] for each in told] == ["undecided", "b", "a", "link"]
    assert told[1] == {
        "voter": "rv-b",
        "cause": "UNTRIED",
        "since": told[1]["since"],
        "constituency": None,
        "post": "Lima",
        "country": None,
        "request": "b",
    }
    assert [each["voter"] for each in told] == [None, "rv-b", "rv-a", "rv-d"]
    assert "00012345" not in str(page)


@pytest.mark.usefixtures("voters")
async def test_in_pages_and_by_cause(look):
    """R45: Relay's connection; a cause that makes nobody unreached has no voters."""
    first = (await look(UNREACHED, first=3))["data"]["unreachedVoters"]
    ends = first["pageInfo"]
    assert (ends["hasNextPage"], ends["hasPreviousPage"]) == (True, False)
    last = (await look(UNREACHED, after=ends["endCursor"]))["data"]["unreachedVoters"]
    assert [each["node"]["request"] for each in last["edges"]] == ["link"]
    assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
    for cause, expected in ((Cause.UNTRIED, 2), (Cause.LINK_NOT_TAKEN, 0)):
        page = (await look(UNREACHED, cause=cause.name))["data"]["unreachedVoters"]
        assert len(page["edges"]) == expected


@pytest.mark.parametrize(
    "given", [{"round": "2022-1"}, {"first": 0}, {"first": 101}, {"after": "nonsense"}]
)
async def test_what_cannot_be_looked_for(look, given):
    """R38: refused before the database is asked; a round that is not in the calendar as well."""
    answer = await look(UNREACHED, **given)
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELDS"


@pytest.mark.parametrize("document", [ROUNDS, UNREACHED])
async def test_figures_alone_open_neither(look, document):
    """R40, R57: `deliveries:read` is for figures."""
    answer = await look(document, scope=DELIVERIES)
    assert answer.get("data") is None
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"FORBIDDEN"}
