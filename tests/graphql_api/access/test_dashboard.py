"""R32: what a dashboard is told, from the records of the store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.attempt import Attempt
from core.delivery import DeliveryState
from core.link_shares import MailVerdict
from core.recovery_request import State
from core.route_health import Health, Verdict
from core.unreached import Cause
from graphql_api.access.caller import ANONYMOUS, Caller
from graphql_api.schema.call import CONTEXT_KEY
from graphql_api.schema.executable import build_schema

RATES = "query($by: DeliveryGrouping!, $minutes: Int! = 60) { deliveryRates(by: $by, " + (
    "minutes: $minutes) { channel group delivered lost pending rate cost } }"
)


@pytest.fixture
def watch(guarded, issuer):
    async def watch(document, **variables):
        answer = await guarded.http.post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"authorization": f"Bearer {issuer.dashboard()}"},
        )
        return answer.json()

    return watch


@pytest.fixture
async def attempts(guarded, noon):
    """Three SMS to Argentina by one route; one of them long ago."""
    made = [
        ("r1", DeliveryState.DELIVERED, timedelta(minutes=1)),
        ("r2", DeliveryState.FAILED, timedelta(minutes=2)),
        ("r3", DeliveryState.DELIVERED, timedelta(minutes=90)),
    ]
    async with guarded.application.ports.store.begin() as unit:
        for name, state, ago in made:
            attempt = Attempt(f"{name}.password", 1, "north", "AR", 70_000, noon - ago, state)
            await unit.attempts.add(attempt)


async def test_rates(watch, attempts):
    """R32: by country, of the last hour unless asked otherwise; costs in units."""
    answer = await watch(RATES, by="DESTINATION")
    assert answer["data"]["deliveryRates"] == [
        {
            "channel": "SMS",
            "group": "AR",
            "delivered": 1,
            "lost": 1,
            "pending": 0,
            "rate": 0.5,
            "cost": 0.14,
        }
    ]
    answer = await watch(RATES, by="ROUTE", minutes=120)
    assert [(each["group"], each["delivered"]) for each in answer["data"]["deliveryRates"]] == [
        ("north", 2)
    ]


async def test_few_mailboxes_are_not_named(watch, guarded):
    """R42, R44: a domain with fewer messages than `REASSORT_SMALLEST_CELL` could be one person's:
    a dashboard, too, is told `other`."""
    await guarded.token()
    answer = await watch(RATES, by="DESTINATION")
    assert [(each["channel"], each["group"]) for each in answer["data"]["deliveryRates"]] == [
        ("EMAIL", "other")
    ]


UNREACHED = """{ votersUnreached {
    waiting lost links causes { cause voters } receiptsNotExpected linksNotTaken
} }"""


async def test_voters_unreached(watch, guarded, link_sent, noon):
    """R48: with a cause each, which sum up; what is told apart is in no list."""
    lost = {"state": State.UNDELIVERED, "cause": Cause.CAP, "confirmed_at": noon}
    waiting = {"state": State.CONFIRMED, "confirmed_at": noon - timedelta(hours=1)}
    unheard = {"state": State.PASSWORD_SENT, "cause": Cause.RECEIPT_NOT_EXPECTED}
    bounced = {"state": State.REVOKED, "cause": Cause.LINK_BOUNCED}
    expired = {"state": State.EXPIRED, "cause": Cause.LINK_NOT_TAKEN}
    (round_id,) = guarded.application.settings.calendar.watched_at(noon)
    async with guarded.application.ports.store.begin() as unit:
        for name, fields in enumerate((lost, waiting, unheard, bounced, expired)):
            made = link_sent(f"v{name}", round_voter=f"v{name}", round_id=round_id, **fields)
            await unit.requests.add(made)
    answer = await watch(UNREACHED)
    assert answer["data"]["votersUnreached"] == {
        "waiting": 1,
        "lost": 1,
        "links": 1,
        "causes": [
            {"cause": "CAP", "voters": 1},
            {"cause": "LINK_BOUNCED", "voters": 1},
            {"cause": "UNTRIED", "voters": 1},
        ],
        "receiptsNotExpected": 1,
        "linksNotTaken": 1,
    }


@pytest.mark.parametrize("minutes", [0, -1, 10081])
async def test_how_far_back(watch, minutes):
    """R38: a week at most."""
    (error,) = (await watch(RATES, by="OPERATOR", minutes=minutes))["errors"]
    assert error["extensions"]["code"] == "INVALID_FIELDS"


async def test_routes(watch, guarded, noon):
    """R31: those that have fallen."""
    async with guarded.application.ports.store.begin() as unit:
        await unit.routes.judge(Verdict("north", "AR", Health.FAILING, noon), None)
    answer = await watch("{ routes { route country health since } }")
    assert answer["data"]["routes"] == [
        {
            "route": "north",
            "country": "AR",
            "health": "FAILING",
            "since": noon.isoformat(),
        }
    ]


async def test_mail_routes(watch, guarded, noon):
    """R51: those that have fallen in a mailbox domain, after the routes of SMS."""
    async with guarded.application.ports.store.begin() as unit:
        await unit.routes.judge(Verdict("north", "AR", Health.FAILING, noon), None)
        await unit.mail_routes.judge(MailVerdict("own", "aol.com", Health.SOUND, noon), None)
    answer = await watch("{ routes { channel route country domain health } }")
    sms = {"channel": "SMS", "route": "north", "country": "AR", "domain": None}
    mail = {"channel": "EMAIL", "route": "own", "country": "", "domain": "aol.com"}
    assert answer["data"]["routes"] == [
        {**sms, "health": "FAILING"},
        {**mail, "health": "SOUND"},
    ]


async def test_what_carries_instead(open_guarded, issuer, noon):
    """R31, R51: by the order of the country or mailbox domain, in which others may have fallen."""
    guarded = await open_guarded(
        sms_routes={name: {"gateway": "inbox"} for name in ("north", "south", "direct")},
        sms_destinations={"AR": ["north", "south", "direct"], "BE": ["south", "north"]},
        email="smtp",
        mail_routes={"own": {}, "second": {}},
        mail_domains={"aol.com": ["second", "own"]},
    )
    async with guarded.application.ports.store.begin() as unit:
        for route, country in (("north", "AR"), ("south", "AR"), ("north", "BE")):
            await unit.routes.judge(Verdict(route, country, Health.FAILING, noon), None)
        for domain in ("aol.com", "yahoo.com"):
            await unit.mail_routes.judge(MailVerdict("own", domain, Health.FAILING, noon), None)
    answer = await guarded.http.post(
        "/graphql",
        json={"query": "{ routes { route country domain instead } }"},
        headers={"authorization": f"Bearer {issuer.dashboard()}"},
    )
    found = {
        (each["route"], each["domain"] or each["country"]): each["instead"]
        for each in answer.json()["data"]["routes"]
    }
    assert found == {
        ("north", "AR"): "direct",
        ("south", "AR"): "direct",
        ("north", "BE"): None,
        ("own", "aol.com"): None,
        ("own", "yahoo.com"): "second",
    }


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller()])
async def test_without_the_fence(guarded, caller):
    """R39, R40: a host that runs our fields in a schema of its own finds them guarded once more."""
    schema = build_schema()
    context = {CONTEXT_KEY: guarded.application.gateway.call("203.0.113.7", caller)}
    result = await schema.execute("{ routes { route } }", context_value=context)
    assert result.data is None
    assert result.errors[0].original_error.code == "UNAUTHENTICATED"
