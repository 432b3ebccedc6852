"""Every line of the table of scenarios happens as it says."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import pytest_asyncio

from adapters.captcha.digits import DigitsCaptcha
from adapters.sandbox.captcha import FixedAnswerCaptcha
from adapters.trial import SeededRandomness, SetClock
from core.errors import SecurityCodeProblem
from core.keys import Keyring, SecretKey
from core.security_code import RenewalStep
from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios import setbacks
from graphql_api.scenarios.scenario import IDENTIFIER, Trouble
from graphql_api.scenarios.settings import SandboxOptions
from graphql_api.scenarios.table import SCENARIOS
from tests.paying import proof_for
from tests.sandbox.partner import AT, BASE, Partner, client_of

RENEWED = SCENARIOS[0]


@pytest.fixture(autouse=True)
def _brisk(monkeypatch):
    """Slow is slow enough to be seen."""
    monkeypatch.setattr(setbacks, "SLOW", 0.2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared():
    """One room for tests whose voters do not meet, and whose clock stands still."""
    app = build_sandbox(SandboxOptions(BASE, at=AT, limited=False))
    async with client_of(app) as http, app.router.lifespan_context(app):
        yield Partner(http)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
async def test_a_voter_brings_about_what_the_table_says(shared, scenario):
    """R41: the form's answer, the e-mail, the confirmation's answer and the SMS, for each voter."""
    partner, begun = shared, time.monotonic()
    before = await partner.state(scenario, "password")  # some voters have one telephone
    assert await partner.request(scenario) == scenario.request
    kind, _, state = scenario.email.partition(": ")
    assert await partner.state(scenario, kind) == state
    assert bool(scenario.email) == await partner.is_written_to(scenario)
    token = await partner.token(scenario)
    assert bool(token) == bool(scenario.confirm) or scenario.email == "link: failed"
    if scenario.confirm:
        assert await partner.confirm(token) == scenario.confirm
    assert await partner.state(scenario, "password") == (scenario.sms or before)
    if scenario.at_request is Trouble.SLOW:
        assert time.monotonic() - begun >= 0.4


async def test_proxies_say_when_to_come_back(partner):
    """R41: 429 and 503 come with Retry-After, and not in GraphQL's words."""
    (busy,) = (each for each in SCENARIOS if each.name == "http-429")
    form = {"numic": busy.numic, "email": busy.address, "securityCode": partner.code("request")}
    answer = await partner.send(
        "mutation ($input: RequestPasswordRenewalInput!) "
        "{ requestPasswordRenewal(input: $input) { __typename } }",
        form,
    )
    assert (answer.status_code, answer.headers["retry-after"], answer.content) == (429, "30", b"")


async def test_the_link_that_came_back_is_another(partner):
    """R51: of two e-mails to the voter the newer holds the link that works; the relay that brought
    it is told."""
    (voter,) = (each for each in SCENARIOS if each.returned)
    newer = await partner.link(voter)
    inbox = await partner.inbox()
    texts = [each["text"] for each in inbox["emails"] if each["to"] == voter.address]
    older = texts[-1].split("token=")[1].split()[0]
    assert (len(texts), older == newer) == (2, False)
    assert await partner.confirm(older) == "LinkRejected UNKNOWN_LINK"
    (link,) = (each for each in inbox["deliveries"] if each["kind"] == "link")
    assert (link["route"], link["state"]) == ("inbox-other", "accepted")
    assert await partner.confirm(newer) == "PasswordRenewed"


def test_every_voter_has_a_number_of_her_own():
    """R41: what happens hangs on it."""
    assert len({each.numic for each in SCENARIOS}) == len(SCENARIOS)


async def test_links_refused_for_any_voter(partner):
    """R41: the codes of a refused link that need no voter of their own."""
    assert await partner.confirm("made-up") == "LinkRejected UNKNOWN_LINK"
    token = await partner.link(RENEWED)
    wrong = await partner.confirm(token, identifier="AAAAAAAAAAAA")
    assert wrong == "LinkRejected IDENTIFIER_MISMATCH"
    assert await partner.confirm(token) == "PasswordRenewed"
    assert await partner.confirm(token) == "LinkRejected LINK_USED"


async def test_a_link_runs_out_with_the_clock(partner):
    """R41: an hour later the link has expired; nobody has to wait for it."""
    token = await partner.link(RENEWED)
    await partner.advance(3600)
    assert await partner.confirm(token) == "LinkRejected LINK_EXPIRED"


async def test_a_newer_link_revokes_the_older(partner):
    """R41: two minutes later the voter is written to again."""
    older = await partner.link(RENEWED)
    await partner.advance(120)
    await partner.link(RENEWED)
    assert await partner.confirm(older) == "LinkRejected LINK_REVOKED"


async def test_five_wrong_identifiers_revoke_the_link(partner):
    """R41: as the table of ways says."""
    token = await partner.link(RENEWED)
    for _ in range(5):
        await partner.confirm(token, identifier="AAAAAAAAAAAA")
    assert await partner.confirm(token) == "LinkRejected LINK_REVOKED"


async def test_security_codes_refused(partner):
    """R41: each code of a refused security code."""
    issued = await partner.post(
        "/graphql", {"query": "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"}
    )
    id_ = issued.json()["data"]["issueSecurityCode"]["id"]
    refused = "SecurityCodeRejected SECURITY_CODE_"
    used = {"id": "sandbox-request-used", "answer": "1234"}
    assert await partner.request(RENEWED, securityCode=used) == "RenewalRequested"
    assert await partner.request(RENEWED, securityCode=used) == f"{refused}USED"
    assert (
        await partner.request(RENEWED, securityCode=partner.code("request", "0000"))
        == f"{refused}WRONG"
    )
    assert (
        await partner.request(RENEWED, securityCode=partner.code("confirm")) == f"{refused}UNKNOWN"
    )
    unpaid = {**partner.code("request"), "proof": "0"}
    assert await partner.request(RENEWED, securityCode=unpaid) == f"{refused}PRICE"
    del unpaid["proof"]
    assert await partner.request(RENEWED, securityCode=unpaid) == "RenewalRequested"
    await partner.advance(600)
    late = {"id": id_, "answer": "1234"}
    assert await partner.request(RENEWED, securityCode=late) == f"{refused}EXPIRED"


async def test_a_price_that_is_required():
    """R27, R41: as `--price required` says; whoever pays is answered, and states are there."""
    app = build_sandbox(SandboxOptions(BASE, at=AT, price="required"))
    issue = {"query": "mutation { issueSecurityCode(input: {step: REQUEST}) { id price } }"}
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        refused = "SecurityCodeRejected SECURITY_CODE_PRICE"
        assert await partner.request(RENEWED) == refused
        issued = (await partner.post("/graphql", issue)).json()["data"]["issueSecurityCode"]
        code = {"id": issued["id"], "answer": "1234"}
        assert await partner.request(RENEWED, securityCode=code) == refused
        paid = {**code, "proof": proof_for(issued["price"])}
        assert await partner.request(RENEWED, securityCode=paid) == "RenewalRequested"
        state = (await partner.post("/dev/state", {"state": "a link was sent"})).json()
        assert state["token"]


async def test_issued_codes_take_the_fixed_answer_and_their_own(partner):
    """R41: `1234` is right for every code, `0000` for none, and the digits in the picture, too."""
    for answer, expected in (
        ("1234", "RenewalRequested"),
        (None, "RenewalRequested"),
        ("0000", "SecurityCodeRejected SECURITY_CODE_WRONG"),
    ):
        issued = await partner.post(
            "/graphql", {"query": "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"}
        )
        id_ = issued.json()["data"]["issueSecurityCode"]["id"]
        own = (await partner.inbox())["securityCodes"][id_]
        code = {"id": id_, "answer": answer or own}
        assert await partner.request(RENEWED, securityCode=code) == expected


async def test_no_code_takes_the_wrong_answer():
    """R41: `0000` is wrong even for a code whose digits are these."""
    keyring = Keyring((SecretKey("trial", bytes(32)),))
    clock, lifetime = SetClock(AT), timedelta(minutes=10)
    digits = DigitsCaptcha(keyring, clock, SeededRandomness(), lifetime)
    captcha = FixedAnswerCaptcha(digits, digits, clock, lifetime)
    code = await captcha.issue(RenewalStep.REQUEST)
    while digits.answer_to(code.id) != "0000":
        code = await captcha.issue(RenewalStep.REQUEST)
    checked = await captcha.check(RenewalStep.REQUEST, code.id, "0000")
    assert checked.problem is SecurityCodeProblem.WRONG


async def test_other_ways(partner):
    """R41: wrong fields, an unknown voter, renewal closed, and a message to the cell."""
    assert await partner.request(RENEWED, numic="12A") == "InvalidFields"
    assert await partner.request(RENEWED, numic="99999999") == "RenewalRequested"
    assert (await partner.inbox())["emails"] == []
    assert await partner.confirm("made-up", identifier="short") == "InvalidFields"
    assert await partner.assist("someone@example.org") == "AssistanceContacted"
    assert await partner.assist("nobody") == "InvalidFields"
    await partner.advance(30 * 86400)
    assert await partner.request(RENEWED) == "RenewalClosed"
    assert await partner.confirm("made-up") == "RenewalClosed"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("busy", "TooManyRequests"),
        ("unavailable", "TemporarilyUnavailable"),
        ("defect", "INTERNAL_ERROR"),
        ("http-503", "HTTP 503"),
        ("http-429", "HTTP 429"),
        ("slow", "AssistanceContacted"),
        ("closed", "AssistanceContacted"),
    ],
)
async def test_troubles_of_the_assistance_form(shared, name, expected):
    """R41: the third form's refusals, by the address that is given."""
    assert await shared.assist(f"{name}@sandbox.example.org") == expected


async def test_what_waits_for_too_long_expires(partner):
    """R41: messages that nobody takes end as expired after six hours."""
    (mail,) = (each for each in SCENARIOS if each.name == "email-queued")
    (text,) = (each for each in SCENARIOS if each.name == "sms-queued")
    await partner.request(mail)
    assert await partner.confirm(await partner.link(text)) == "PasswordRenewed"
    await partner.advance(6 * 3600 + 60)
    assert await partner.state(mail, "link") == "expired"
    assert await partner.state(text, "password") == "expired"


async def test_a_failed_sms_is_explained_by_e_mail(partner):
    """R41: the voter is told that no password could be sent, and no SMS is shown."""
    (scenario,) = (each for each in SCENARIOS if each.name == "sms-failed")
    await partner.confirm(await partner.link(scenario))
    assert await partner.state(scenario, "password_not_sent") == "accepted"
    assert (await partner.inbox())["sms"] == []


async def test_a_link_of_a_voter_who_was_stopped_is_not_used_up(partner):
    """R41, R61: confirming says so again and again; another request brings the explanation."""
    (scenario,) = (each for each in SCENARIOS if each.name == "stopped-meanwhile")
    token = await partner.link(scenario)
    for _ in range(6):
        assert await partner.confirm(token) == "LinkRejected RENEWALS_STOPPED"
    await partner.advance(120)
    assert await partner.request(scenario) == "RenewalRequested"
    assert await partner.state(scenario, "renewals_stopped") == "accepted"


async def test_the_numel_works_like_the_numic_where_it_is_unknown(partner):
    """R41: troubles hang on the NUMIC; a NUMEL that nobody has gets the neutral answer."""
    assert await partner.request(RENEWED, numic=None, numel="1") == "RenewalRequested"


def test_identifiers_are_of_the_right_shape():
    """What the table gives to all is an identifier."""
    assert len(IDENTIFIER) == 12
