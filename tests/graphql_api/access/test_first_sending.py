"""R59: what dashboards are told of the first sending."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.first_sending import KnownReceipt, SendingCount, SendingState
from graphql_api.access.scopes import DELIVERIES, EVIDENCE

QUERY = """query($round: ID!, $by: EvidenceAxis) {
  firstSending(roundId: $round, by: $by) {
    roundId importedAt suppressed
    total { ...line } groups { ...line } folded { ...line }
  }
}
fragment line on FirstSendingLine { group voters delivered failed unknown share }"""


@pytest.fixture
def look(guarded, issuer):
    async def look(scope=EVIDENCE, **variables):
        answer = await guarded.http.post(
            "/graphql",
            json={"query": QUERY, "variables": {"round": "demo"} | variables},
            headers={"authorization": f"Bearer {issuer.dashboard(scope=scope)}"},
        )
        return answer.json()

    return look


@pytest.fixture
async def imported(guarded, noon):
    """The 11 % of 2022, a country where all went well, and three voters somewhere else."""
    counts = [
        SendingCount("2", "", "AR", SendingState.DELIVERED, 11),
        SendingCount("2", "", "AR", SendingState.FAILED, 80),
        SendingCount("2", "", "AR", SendingState.UNKNOWN, 9),
        SendingCount("7", "", "DE", SendingState.DELIVERED, 50),
        SendingCount("2", "", "UY", SendingState.FAILED, 3),
    ]
    receipt = KnownReceipt("v", noon, SendingState.FAILED, "", "", "2", "", "UY")
    async with guarded.application.ports.store.begin() as unit:
        number = await unit.first_sending.begin("demo", noon - timedelta(hours=1), "jeanne")
        await unit.first_sending.add("demo", number, [receipt])
        assert await unit.first_sending.conclude("demo", number, counts, noon)


@pytest.mark.usefixtures("imported")
async def test_shares_by_country(look):
    """R49, R59: the worst first; a handful of voters is told with the next larger group."""
    told = (await look(by="COUNTRY"))["data"]["firstSending"]
    assert (told["roundId"], told["importedAt"]) == ("demo", "2027-06-05T12:00:00.123456+00:00")
    assert told["groups"] == [
        {"group": "AR", "voters": 100, "delivered": 11, "failed": 80, "unknown": 9, "share": 0.11}
    ]
    assert (told["folded"]["voters"], told["suppressed"]) == (53, 2)
    assert told["total"]["voters"] == 153


async def test_nothing_was_imported(look):
    """R59: is told apart from nobody reached."""
    assert (await look())["data"]["firstSending"] is None


async def test_of_a_round_that_there_is(look):
    """R38: another is refused."""
    answer = await look(round="2022-1")
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELDS"


async def test_figures_of_now_do_not_open_it(look):
    """R40, R57: places of voters are for those who were granted them."""
    answer = await look(scope=DELIVERIES)
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"FORBIDDEN"}
