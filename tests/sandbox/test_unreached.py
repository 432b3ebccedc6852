"""What a dashboard is told of the sandbox's voters whom nothing has reached."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios.settings import SandboxOptions
from graphql_api.scenarios.table import SCENARIOS
from tests.sandbox.partner import AT, BASE, Partner, client_of

UNREACHED = """{ votersUnreached {
    waiting lost links causes { cause voters } linksNotTaken receiptsNotExpected
} }"""
VOTERS = {each.name: each for each in SCENARIOS}
HOUR = 3600


async def unreached(partner: Partner) -> Any:
    return await partner.watch(UNREACHED, "votersUnreached")


async def test_a_round_that_closes_before_the_sms(partner):
    """R41, R48: as the table of ways says."""
    await partner.advance(30 * 24 * HOUR - 600)
    token = await partner.link(VOTERS["sms-queued"])
    assert await partner.confirm(token) == "PasswordRenewed"
    await partner.advance(1200)
    told = await unreached(partner)
    assert (told["lost"], told["causes"]) == (1, [{"cause": "ROUND_CLOSED", "voters": 1}])


async def test_an_e_mail_that_no_relay_takes(partner):
    """R41, R48: as the table of ways says."""
    await partner.request(VOTERS["email-queued"])
    await partner.advance(6 * HOUR + 60)
    told = await unreached(partner)
    assert (told["links"], told["causes"]) == (1, [{"cause": "LINK_GIVEN_UP", "voters": 1}])


@pytest.mark.parametrize("name", ["pace", "undecided"])
async def test_what_waits_for_two_hours_goes_on(partner, name):
    """R41: the SMS has its turn, and the register answers."""
    voter = VOTERS[name]
    await partner.request(voter)
    if voter.confirm:
        await partner.confirm(await partner.token(voter))
    await partner.advance(2 * HOUR)
    kind = "password" if voter.confirm else "link"
    assert await partner.state(voter, kind) in ("delivered", "accepted")
    assert await unreached(partner) == {
        **dict.fromkeys(("waiting", "lost", "links", "linksNotTaken", "receiptsNotExpected"), 0),
        "causes": [],
    }


async def test_an_e_mail_that_is_late_brings_a_dead_link(partner):
    """R41, R48: it is in the mailbox when the link has run out."""
    voter = VOTERS["email-late"]
    assert await partner.link(voter) == ""
    await partner.advance(HOUR)
    token = await partner.token(voter)
    assert await partner.confirm(token) == "LinkRejected LINK_EXPIRED"


async def test_a_dashboards_contract_finds_every_cause(partner):
    """R41, R48: one voter for each, in the provider state that a contract names."""
    await partner.post("/dev/state", {"state": "voters are unreached"})
    told = await unreached(partner)
    assert {each["voters"] for each in told["causes"]} == {1}
    wanted = {each.unreached for each in SCENARIOS if each.unreached}
    assert {each["cause"] for each in told["causes"]} == {
        each.partition(": ")[2] for each in wanted if ": " in each
    }
    assert told["linksNotTaken"] == told["receiptsNotExpected"] == 1


FALLEN = {"channel": "SMS", "route": "sandbox", "country": "FR", "domain": None}
MAIL = {"channel": "EMAIL", "route": "inbox", "country": "", "domain": "sandbox.example.org"}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("nothing has happened", []),
        ("a route has fallen", [{**FALLEN, "health": "FAILING"}]),
        ("a route has recovered", [{**FALLEN, "health": "SOUND"}]),
        ("a mail route has fallen", [{**MAIL, "health": "FAILING"}]),
    ],
)
async def test_a_dashboards_contract_finds_routes(partner, state, told):
    """R41, R31, R51: how each stands, whether it carries SMS or e-mail."""
    await partner.post("/dev/state", {"state": state})
    query = "{ routes { channel route country domain health } }"
    assert await partner.watch(query, "routes") == told


RATES = """{ deliveryRates(by: DESTINATION) { channel delivered lost taken rate } }"""


@pytest.mark.parametrize("bounces", [True, False])
async def test_e_mail_whose_bounces_nobody_reads_is_taken(bounces):
    """R41, R32: with `--no-bounces` nobody hears that an e-mail came back: no rate is told."""
    app = build_sandbox(SandboxOptions(BASE, at=AT, limited=False, bounces=bounces))
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        for name in ("no-phone", "email-failed"):
            await partner.request(VOTERS[name])
        (rate,) = await partner.watch(RATES, "deliveryRates")
    heard = {"delivered": 1, "lost": 1, "taken": 0, "rate": 0.5}
    unheard = {"delivered": 0, "lost": 0, "taken": 2, "rate": None}
    assert rate == {"channel": "EMAIL", **(heard if bounces else unheard)}
