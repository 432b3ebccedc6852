"""R49: what dashboards are told of a round at a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.recovery_request import State
from graphql_api.access.scopes import DELIVERIES, EVIDENCE

HOUR = timedelta(hours=1)
QUERY = """query($round: ID!, $asOf: DateTime, $by: EvidenceAxis) {
  deliveryEvidence(roundId: $round, asOf: $asOf, by: $by) {
    roundId asOf suppressed
    total { group confirmed recorded { ...tally } happenedBy { ...tally } }
    groups { group confirmed recorded { ...tally } happenedBy { ...tally } }
    folded { group confirmed }
  }
}
fragment tally on EvidenceTally { delivered undelivered waiting share }"""


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
async def round_under_way(guarded, link_sent, noon):
    """40 voters in Argentina and 25 in Germany have confirmed two hours ago, 3 in Uruguay. One in
    ten of the first had the SMS then; a receipt has told now of ten more."""
    store, at = guarded.application.ports.store, noon - 2 * HOUR
    for number in range(68):
        country = "AR" if number < 40 else "DE" if number < 65 else "UY"
        request = link_sent(
            f"r{number}",
            state=State.CONFIRMED,
            confirmed_at=at,
            round_voter=f"v{number}",
            round_id="demo",
            country=country,
        )
        sms = Delivery.queued(MessageKind.PASSWORD, request.id, Locale.FR, at)
        taken = sms.accepted(Acceptance("north", f"{sms.id}.1"), at)
        async with store.begin() as unit:
            await unit.requests.add(request)
            await unit.deliveries.add(taken)
        if number < 4 or country != "AR":
            end = taken.ended(DeliveryState.DELIVERED, at + HOUR / 4, None)
            async with store.begin() as unit:
                await unit.deliveries.save(end, was=taken)


@pytest.mark.usefixtures("round_under_way")
async def test_by_country(look, noon):
    """R49: the worst first; who is too few is told with the next larger group, and all adds up."""
    hour = noon.replace(minute=0, second=0, microsecond=0) - HOUR
    found = (await look(by="COUNTRY", asOf=hour.isoformat()))["data"]["deliveryEvidence"]
    argentina = {"delivered": 4, "undelivered": 0, "waiting": 36, "share": 0.1}
    assert found == {
        "roundId": "demo",
        "asOf": hour.isoformat(),
        "suppressed": 2,
        "total": {
            "group": None,
            "confirmed": 68,
            "recorded": {"delivered": 32, "undelivered": 0, "waiting": 36, "share": 32 / 68},
            "happenedBy": {"delivered": 32, "undelivered": 0, "waiting": 36, "share": 32 / 68},
        },
        "groups": [
            {"group": "AR", "confirmed": 40, "recorded": argentina, "happenedBy": argentina}
        ],
        "folded": {"group": None, "confirmed": 28},
    }


@pytest.mark.usefixtures("round_under_way")
async def test_without_axis_and_moment(look, noon):
    """R49: the total, of the last hour of which everything is recorded."""
    found = (await look())["data"]["deliveryEvidence"]
    assert found["asOf"] == (noon.replace(minute=0, second=0, microsecond=0) - HOUR).isoformat()
    assert (found["total"]["confirmed"], found["groups"], found["folded"]) == (68, [], None)


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"round": "2022-1"}, "roundId", "UNKNOWN_ROUND"),
        ({"asOf": "2999-01-01T00:00:00+00:00"}, "asOf", "NOT_YET"),
        ({"asOf": "2027-06-05T10:00:00"}, "asOf", "MALFORMED"),
    ],
)
async def test_what_cannot_be_told(look, asked, field, code):
    """R37: by a code, which names the field."""
    (error,) = (await look(**asked))["errors"]
    assert error["extensions"]["code"] == "INVALID_FIELDS"
    assert error["message"] == f"{field}: {code}"


async def test_the_scope_of_figures_does_not_open_it(look):
    """R57: places of voters are for those who were granted them."""
    (error,) = (await look(scope=DELIVERIES))["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
