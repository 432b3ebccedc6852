"""R32, R49: what operators' dashboards are told of how a round's requests went."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.errors import StoreUnavailable
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.statistics import hour_after, hour_of
from graphql_api.access.caller import ANONYMOUS, Caller
from graphql_api.access.scopes import DELIVERIES, EVIDENCE, OPERATIONS
from graphql_api.schema.call import CONTEXT_KEY
from graphql_api.schema.executable import build_schema

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUERY = """query($round: ID!, $from: DateTime, $to: DateTime, $by: [StatisticsAxis!]) {
  recoveryStatistics(roundId: $round, from: $from, to: $to, by: $by) {
    roundId from to asOf suppressed
    total { ...cell }
    cells { ...cell }
    folded { ...cell }
  }
}
fragment cell on StatisticsCell {
  groups
  reached { received dismissed linkSent confirmed passwordSent delivered undelivered }
  times {
    linkMailed { ...times } linkUsed { ...times } smsTaken { ...times } smsArrived { ...times }
    whole { measured median p90 p99 }
  }
}
fragment times on StretchTimes { measured median p90 p99 }"""
UNKNOWN = {"measured": 0, "median": None, "p90": None, "p99": None}


@pytest.fixture
def look(guarded, issuer):
    async def look(scope=OPERATIONS, **variables):
        answer = await guarded.http.post(
            "/graphql",
            json={"query": QUERY, "variables": {"round": "demo"} | variables},
            headers={"authorization": f"Bearer {issuer.dashboard(scope=scope)}"},
        )
        return answer.json()

    return look


@pytest.fixture
async def round_under_way(guarded, received, link_sent, noon):
    """40 voters in Argentina have the SMS ten minutes after they asked, 25 in Germany were
    dismissed an hour later, 3 in Uruguay have a link."""
    async with guarded.application.ports.store.begin() as unit:
        for number in range(40):
            request = link_sent(
                f"a{number}",
                state=State.DELIVERED,
                confirmed_at=noon + 2 * MINUTE,
                round_id="demo",
                country="AR",
            )
            sms = Delivery.queued(MessageKind.PASSWORD, request.id, Locale.FR, noon)
            taken = sms.accepted(Acceptance("north"), noon + 3 * MINUTE)
            await unit.requests.add(request)
            await unit.deliveries.add(
                taken.ended(DeliveryState.DELIVERED, noon + 10 * MINUTE, None)
            )
        for number in range(25):
            request = received(f"b{number}", received_at=noon + HOUR, rounds=("demo",))
            request = request.dismissed(Dismissal.NO_PHONE, noon + HOUR, "v", round_id="demo")
            await unit.requests.add(request)
        for number in range(3):
            await unit.requests.add(link_sent(f"c{number}", round_id="demo", country="UY"))


@pytest.mark.usefixtures("round_under_way")
async def test_by_country_and_hour(look, guarded, noon):
    """R32: cells, what is folded, and the total; times of those that were measured."""
    found = (await look(by=["COUNTRY", "HOUR"]))["data"]["recoveryStatistics"]
    open_round = guarded.application.gateway.calendar.named("demo")
    assert (found["roundId"], found["suppressed"]) == ("demo", 3)
    assert found["from"] == hour_of(open_round.opens_at).isoformat()
    assert found["to"] == hour_after(open_round.closes_at).isoformat()
    assert found["cells"] == []  # with Uruguay's three it takes all of them
    assert found["folded"] == found["total"]
    assert found["total"]["groups"] is None
    assert found["total"]["reached"] == {
        "received": 68,
        "dismissed": 25,
        "linkSent": 43,
        "confirmed": 40,
        "passwordSent": 40,
        "delivered": 40,
        "undelivered": 0,
    }


@pytest.mark.usefixtures("round_under_way")
async def test_how_long_each_took(look, noon):
    """R32: the seconds to 4.9 %, each step from the one before; what is not known is null."""
    hour = hour_of(noon)
    window = {"from": hour.isoformat(), "to": (hour + HOUR).isoformat()}
    found = (await look(by=["STEP"], **window))["data"]["recoveryStatistics"]
    assert (found["from"], found["to"]) == tuple(window.values())
    assert [each["groups"] for each in found["cells"]] == []
    times = found["total"]["times"]
    assert times["linkMailed"] == times["linkUsed"] == UNKNOWN
    for stretch, seconds in {"smsTaken": 60, "smsArrived": 420, "whole": 600}.items():
        assert times[stretch].pop("measured") == 40
        assert times[stretch] == {
            each: pytest.approx(seconds, rel=0.049) for each in ("median", "p90", "p99")
        }


@pytest.mark.usefixtures("round_under_way")
async def test_cells_that_are_large_enough(look, noon):
    """R32: by the hour in its order, and by one that is null for none."""
    found = (await look(by=["HOUR"]))["data"]["recoveryStatistics"]
    hours = [hour_of(noon).isoformat(), hour_of(noon + HOUR).isoformat()]
    assert [each["groups"] for each in found["cells"]] == [[hours[0]], [hours[1]]]
    assert [each["reached"]["received"] for each in found["cells"]] == [43, 25]
    assert (found["folded"], found["suppressed"]) == (None, 0)
    found = (await look(by=["REASON"]))["data"]["recoveryStatistics"]
    assert [each["groups"] for each in found["cells"]] == [[""], ["no_phone"]]


async def test_of_nobody(look):
    """R32: null, and no cell."""
    found = (await look(by=["PARTNER"]))["data"]["recoveryStatistics"]
    assert (found["total"], found["cells"], found["folded"]) == (None, [], None)


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"round": "2022-1"}, "roundId", "UNKNOWN_ROUND"),
        ({"round": ""}, "roundId", "UNKNOWN_ROUND"),
        ({"from": "2027-06-05T10:00:00"}, "from", "MALFORMED"),
        ({"to": "2027-06-05T10:00:00"}, "to", "MALFORMED"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from", "MALFORMED"),
        ({"to": "9999-12-31T23:30:00Z"}, "to", "MALFORMED"),
        ({"from": "2999-01-01T00:00:00Z"}, "to", "NOT_LATER"),
        (
            {"from": "2027-06-05T10:00:00Z", "to": "2027-06-05T12:00:00+02:00"},
            "to",
            "NOT_LATER",
        ),
        ({"by": ["COUNTRY", "ROUTE", "HOUR"]}, "by", "TOO_MANY"),
        ({"by": ["COUNTRY", "COUNTRY"]}, "by", "NAMED_TWICE"),
    ],
)
async def test_what_cannot_be_told(look, asked, field, code):
    """R37: by a code, which names the field."""
    (error,) = (await look(**asked))["errors"]
    assert error["extensions"]["code"] == "INVALID_FIELDS"
    assert error["message"] == f"{field}: {code}"


async def test_an_axis_that_there_is_not(look):
    """R37: the variable is named, its value is not repeated."""
    (error,) = (await look(by=["VOTER"]))["errors"]
    assert error["extensions"]["code"] == "INVALID_VARIABLES"
    assert "VOTER" not in error["message"]


async def test_while_the_store_is_away(look, guarded, monkeypatch):
    """R37: said to be for a while, with when to ask again."""

    def away():
        raise StoreUnavailable("gone")

    monkeypatch.setattr(guarded.application.gateway.give_statistics, "_read", away)
    (error,) = (await look())["errors"]
    assert error["extensions"]["code"] == "TEMPORARILY_UNAVAILABLE"
    assert error["extensions"]["retryAfter"] > 0


@pytest.mark.parametrize("scope", [DELIVERIES, EVIDENCE, ""])
async def test_other_scopes_do_not_open_it(look, scope):
    """R40, R57: it is for who may look through requests."""
    answer = await look(scope=scope)
    assert answer.get("data") is None
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"FORBIDDEN"}


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller()])
async def test_without_the_fence(guarded, caller):
    """R39, R40: run in another's schema the field finds out once more who calls."""
    schema = build_schema(operators=True)
    context = {CONTEXT_KEY: guarded.application.gateway.call("203.0.113.7", caller)}
    document = '{ recoveryStatistics(roundId: "demo") { suppressed } }'
    result = await schema.execute(document, context_value=context)
    assert result.data is None
    assert result.errors[0].original_error.code == "UNAUTHENTICATED"
