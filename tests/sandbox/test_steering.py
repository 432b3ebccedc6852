"""How partners steer a sandbox: its clock, its rooms, its states, and back to the beginning."""

from __future__ import annotations

import asyncio
import sys

import httpx
import pytest

from core.assistance import AssistanceRequest, AssistanceTopic
from core.locale import Locale
from core.voter import EmailAddress
from graphql_api.compose.sandbox import RIGHT, WRONG, compose_sandbox
from graphql_api.sandbox import pages, rooms
from graphql_api.sandbox.app import build_sandbox
from graphql_api.sandbox.states import STATES
from graphql_api.scenarios.settings import SandboxOptions
from graphql_api.scenarios.table import SCENARIOS
from graphql_api.schema.codes import codes_json
from graphql_api.schema.executable import sdl
from graphql_api.schema.possible_types import possible_types_json
from tests.sandbox.partner import AT, BASE, REQUEST, Partner, client_of, outcome

RENEWED, RENEWED_TOO = SCENARIOS[:2]
MESSAGE = AssistanceRequest(
    id="a1",
    reference="ABCDEFGH",
    topic=AssistanceTopic.OTHER,
    contact=EmailAddress("someone@example.org"),
    message="Help.",
    locale=Locale.EN,
    received_at=AT,
)
ISSUE = {"query": "mutation { issueSecurityCode(input: {step: REQUEST}) { id expiresAt } }"}


async def renewal(partner: Partner) -> list[object]:
    """A whole renewal, and everything that can be read of it."""
    issued = (await partner.post("/graphql", ISSUE)).json()
    token = await partner.link(RENEWED)
    confirmed = await partner.confirm(token)
    return [issued, token, confirmed, await partner.inbox()]


async def test_a_reset_repeats_everything(partner):
    """R41: the same calls give the same codes, tokens, passwords and times, to the letter."""
    first = await renewal(partner)
    await partner.reset()
    partner._codes = 0
    assert await renewal(partner) == first


async def test_a_reset_forgets_everything(partner):
    """R41: messages, consumed codes and the clock's moves are gone."""
    await partner.link(RENEWED)
    await partner.advance(60)
    await partner.reset()
    assert (await partner.inbox())["emails"] == []
    assert (await partner.get("/dev/clock")) == {"now": AT.isoformat()}


async def test_a_sandbox_that_has_served_for_long_answers_as_at_first():
    """R41: each look for jobs is a unit of work. Wrapped anew in each, the assistance cell's table
    nested until nothing could be called."""
    parts = compose_sandbox(SandboxOptions(BASE, at=AT))
    await parts.start()
    store = parts.application.ports.store
    for _ in range(sys.getrecursionlimit()):
        async with store.begin():
            pass
    async with store.begin() as unit:
        await unit.assistance.add(MESSAGE)
    async with store.read() as unit:
        assert await unit.assistance.get(MESSAGE.id) == MESSAGE
    await parts.application.stop()


async def test_another_seed_gives_other_tokens():
    """R41: two sandboxes of different seeds have nothing in common."""
    tokens = []
    for seed in ("one", "two"):
        app = build_sandbox(SandboxOptions(BASE, seed=seed, at=AT))
        async with client_of(app) as http, app.router.lifespan_context(app):
            tokens.append(await Partner(http).link(RENEWED))
    assert tokens[0] != tokens[1]


async def test_rooms_do_not_meet(http, monkeypatch):
    """R41: test runs side by side have their own data, clock and beginning."""
    one, two = Partner(http, "run-1"), Partner(http, "run-2")
    token = await one.link(RENEWED)
    await one.advance(60)
    assert (await two.inbox())["emails"] == []
    assert await two.get("/dev/clock") == {"now": AT.isoformat()}
    await two.reset()
    assert await one.confirm(token) == "PasswordRenewed"


async def test_the_room_that_was_left_longest_makes_way(http, monkeypatch):
    """Strangers cannot fill the memory with rooms."""
    monkeypatch.setattr(rooms, "MOST", 2)
    first = Partner(http, "first")
    await first.link(RENEWED)
    for name in ("second", "third"):
        await Partner(http, name).inbox()
    assert (await first.inbox())["emails"] == []


async def test_a_room_has_a_name(http):
    """A header that is no name is refused, by the gateway's paths as well."""
    for path in ("/dev/clock", "/graphql"):
        answer = await http.get(path, headers={"x-sandbox": "a/b"})
        assert answer.status_code == 400
        assert "X-Sandbox" in answer.json()["errors"][0]["message"]


async def test_the_clock_can_be_set(partner):
    """R41: to a moment, in any zone."""
    moved = await partner.post("/dev/clock", {"at": "2027-06-05T16:00:00+02:00"})
    assert moved.json() == {"now": "2027-06-05T14:00:00+00:00"}


@pytest.mark.parametrize(
    "body",
    [
        {"advance": -1},
        {"advance": "an hour"},
        {"advance": 1e300},
        {},
        {"at": "2027-06-05T10:00:00Z"},
        {"at": "2027-06-06T10:00:00"},
        {"at": "soon"},
        [],
    ],
)
async def test_the_clock_only_moves_on(partner, body):
    """What cannot be obeyed is said, and moves nothing."""
    assert (await partner.post("/dev/clock", body)).status_code == 400
    assert await partner.get("/dev/clock") == {"now": AT.isoformat()}


async def test_a_defect_outside_of_graphql_is_answered(http, monkeypatch):
    """As in a deployment: masked, with status 500."""

    async def fail(*_):
        raise RuntimeError("a defect")

    room = await http._transport.app.router.default.of(httpx.Headers())
    room.parts.application.authentication.authenticate = fail
    answer = await http.post("/graphql", json=ISSUE)
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_ERROR"


async def test_a_body_is_json(http):
    """And nothing else."""
    assert (await http.post("/dev/clock", content=b"{")).status_code == 400


async def test_a_clock_that_runs_does_what_becomes_due():
    """R41: without `--at` the clock runs, and the worker with it."""
    app = build_sandbox(SandboxOptions(BASE))
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        (queued,) = (each for each in SCENARIOS if each.name == "email-queued")
        await partner.request(queued)
        await asyncio.sleep(0.3)
        assert await partner.state(queued, "link") == "queued"
        assert await partner.confirm(await partner.link(RENEWED)) == "PasswordRenewed"


async def test_the_limits_of_production_hold():
    """R41: unless told otherwise; a reset begins anew."""
    app = build_sandbox(SandboxOptions(BASE, at=AT))
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        for _ in range(30):
            await partner.post("/graphql", ISSUE)
        refused = (await partner.post("/graphql", ISSUE)).json()["errors"][0]["extensions"]
        assert refused["code"] == "TOO_MANY_REQUESTS"
        await partner.reset()
        assert "data" in (await partner.post("/graphql", ISSUE)).json()


async def test_a_voter_behind_a_partner_has_a_share():
    """R41, R61: A2: with the sandbox's own token, as the table of ways says."""
    app = build_sandbox(SandboxOptions(BASE, at=AT))
    async with client_of(app) as http, app.router.lifespan_context(app):
        http.headers["authorization"] = "Bearer sandbox-partner"
        partner = Partner(http)
        http.headers["voter-address"] = "198.51.100.7"
        found = [await partner.request(RENEWED) for _ in range(31)]
        assert found == ["RenewalRequested"] * 30 + ["TooManyRequests"]
        http.headers["voter-address"] = "198.51.100.8"
        assert await partner.request(RENEWED) == "RenewalRequested"


async def test_documents_are_examined_as_in_production(partner):
    """R41: a document that production refuses is refused here."""
    aliases = " ".join(f"a{n}: __typename" for n in range(50))
    answer = await partner.post("/graphql", {"query": f"{{ {aliases} }}"})
    assert "errors" in answer.json()


DELIVERIES = """{ deliveryRates(by: ROUTE) { channel group delivered lost pending } }"""


async def test_dashboards_see_how_messages_fare(partner):
    """R41: with the sandbox's own token; without it, or with another, as in a deployment."""
    for scenario in SCENARIOS:
        if scenario.name in ("renewed", "sms-failed", "sms-accepted"):
            await partner.confirm(await partner.link(scenario))
    body = {"query": DELIVERIES}
    token = {"authorization": "Bearer sandbox-dashboard"}
    rates = (await partner.http.post("/graphql", json=body, headers=token)).json()["data"]
    (sms,) = (each for each in rates["deliveryRates"] if each["channel"] == "SMS")
    assert (sms["delivered"], sms["lost"], sms["pending"]) == (1, 1, 1)
    assert (await partner.post("/graphql", body)).json().get("data") is None
    wrong = {"authorization": "Bearer sandbox-nobody"}
    assert (await partner.http.post("/graphql", json=body, headers=wrong)).status_code == 401


async def test_partners_are_known_by_a_token(partner):
    """R41: it opens the forms, and no figures."""
    token = {"authorization": "Bearer sandbox-partner"}
    issued = await partner.http.post("/graphql", json=ISSUE, headers=token)
    assert "errors" not in issued.json()
    code = partner.code("request")
    form = {"numic": RENEWED.numic, "email": RENEWED.address, "securityCode": code}
    body = {"query": REQUEST, "variables": {"input": form}}
    asked = await partner.http.post("/graphql", json=body, headers=token)
    assert outcome(asked) == "RenewalRequested"
    assert await partner.confirm(await partner.token(RENEWED)) == "PasswordRenewed"
    figures = await partner.http.post("/graphql", json={"query": DELIVERIES}, headers=token)
    assert figures.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_machine_s_settings_are_left_alone(monkeypatch):
    """R41: a sandbox on a machine with a deployment takes none of its keys or addresses."""
    monkeypatch.setenv("REASSORT_LINK_TEMPLATE", "https://real.example.org/#token={token}")
    monkeypatch.setenv("REASSORT_KEYS", "not a key")
    monkeypatch.setenv("REASSORT_PUBLIC", "false")
    monkeypatch.setenv("REASSORT_POLICY", "no such policy")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example.org/votes")
    app = build_sandbox(SandboxOptions(BASE, at=AT))
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        await partner.link(RENEWED)
        (email,) = (await partner.inbox())["emails"]
        assert f"{BASE}/renouveler#token=" in email["text"]


async def test_no_file_is_written(tmp_path, monkeypatch):
    """R41: everything is in memory."""
    monkeypatch.chdir(tmp_path)
    app = build_sandbox(SandboxOptions(BASE, at=AT))
    async with client_of(app) as http, app.router.lifespan_context(app):
        await Partner(http).link(RENEWED)
    assert list(tmp_path.iterdir()) == []


async def test_the_link_leads_to_the_partner_s_page():
    """R41: as `--link-template` says."""
    template = "http://127.0.0.1:5173/#token={token}"
    app = build_sandbox(SandboxOptions(BASE, at=AT, link_template=template))
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        await partner.link(RENEWED)
        assert "http://127.0.0.1:5173/#token=" in (await partner.inbox())["emails"][0]["text"]


async def test_the_table_is_served(partner):
    """R41: as JSON and as a page."""
    table = await partner.get("/dev/scenarios.json")
    assert {each["numic"] for each in table["voters"]} == {each.numic for each in SCENARIOS}
    assert table["securityCode"] == {"right": RIGHT, "wrong": WRONG}
    page = (await partner.http.get("/dev/scenarios")).text
    assert all(each.address in page for each in SCENARIOS)
    assert (pages.RIGHT, pages.WRONG) == (RIGHT, WRONG)


async def test_the_schema_is_served(partner):
    """R41: clients are generated from it; introspection is off, as in production."""
    assert (await partner.http.get("/dev/schema.graphql")).text == sdl()
    assert (await partner.http.get("/dev/possibleTypes.json")).text == possible_types_json()
    assert (await partner.http.get("/dev/codes.json")).text == codes_json()


async def test_the_pages_of_the_demo_are_there(partner):
    """R41: the inbox to look at, the portal, and health."""
    for path in ("/dev/inbox", "/", "/healthz", "/readyz"):
        assert (await partner.http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("nothing has happened", "LinkRejected UNKNOWN_LINK"),
        ("a link was sent", "PasswordRenewed"),
        ("a link was used", "LinkRejected LINK_USED"),
    ],
)
async def test_states_of_consumer_contracts(partner, state, expected):
    """R41: each provider state is reached from wherever the sandbox stands."""
    await partner.link(RENEWED)
    values = (await partner.post("/dev/state", {"state": state})).json()
    code = {"id": values["confirmCodeId"], "answer": values["answer"]}
    token = values.get("token", "made-up")
    assert await partner.confirm(token, securityCode=code) == expected
    assert state in STATES


async def test_a_state_of_another_voter(partner):
    """R41: the parameter `voter` names a line of the table; tearing down does nothing."""
    body = {"state": "a link was sent", "params": {"voter": "renewed-too"}}
    values = (await partner.post("/dev/state", body)).json()
    assert values["numic"] == RENEWED_TOO.numic
    assert (await partner.post("/dev/state", {**body, "action": "teardown"})).json() == {}
    assert await partner.token(RENEWED_TOO) == values["token"]


@pytest.mark.parametrize(
    "body", [{"state": "bliss"}, {"state": "a link was sent", "params": {"voter": "x"}}, {}]
)
async def test_a_state_that_there_is_not(partner, body):
    """What is asked for by a wrong name is refused, and the states are named."""
    answer = await partner.post("/dev/state", body)
    assert answer.status_code == 400
    assert "a link was sent" in answer.json()["errors"][0]["message"]
