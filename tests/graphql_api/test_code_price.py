"""The price of a security code, over HTTP: off, offered or required, and who is held to it."""

from __future__ import annotations

import pytest

from tests.paying import proof_for

PRICED = """
mutation ($input: IssueSecurityCodeInput!) { issueSecurityCode(input: $input) { id kind price } }
"""
AGAIN = "query ($id: ID!) { securityCode(id: $id) { price } }"


async def issue(portal, step="REQUEST", **given):
    """A code with its price, and its right answer."""
    issued = await portal.ask(PRICED, input={"step": step, **given})
    answer = portal.inbox["securityCodes"].get(issued["id"], "")
    return issued, {"id": issued["id"], "answer": answer}


def paid(issued, code):
    return {**code, "proof": proof_for(issued["price"])}


@pytest.fixture
async def required(open_portal):
    """A portal where strangers pay."""
    return await open_portal(security_code_price="required", security_code_price_bits=8)


async def test_the_price_is_told(open_portal, required):
    """R27: of digits, at issue and when the code is asked for once more; not of a proof of work,
    and nothing where the price is off."""
    issued, code = await issue(required)
    assert issued["price"].startswith("sha256:8:")
    assert (await required.ask(AGAIN, id=code["id"]))["price"] == issued["price"]
    assert (await issue(required, kind="PROOF_OF_WORK"))[0]["price"] is None
    off = await open_portal(security_code_price="off")
    assert (await issue(off))[0]["price"] is None


@pytest.mark.parametrize("proof", [{}, {"proof": ""}, {"proof": None}, {"proof": "x"}])
@pytest.mark.parametrize("is_right", [True, False])
async def test_unpaid(required, proof, is_right):
    """R27: refused alike with right and with wrong digits, so that nobody pays for right ones only;
    nothing is used up."""
    issued, code = await issue(required)
    wrong = {**code, "answer": f"{(int(code['answer']) + 1) % 10_000:04}"}
    refused = await required.request(securityCode={**(code if is_right else wrong), **proof})
    assert (refused["__typename"], refused["code"]) == (
        "SecurityCodeRejected",
        "SECURITY_CODE_PRICE",
    )
    assert required.rows("SELECT count(*) FROM consumed_code") == [(0,)]
    assert (await required.request(securityCode=paid(issued, code)))["__typename"] == (
        "RenewalRequested"
    )


async def test_paid_and_wrong(required):
    """R27: then the code is used up, as ever."""
    issued, code = await issue(required)
    wrong = {**code, "answer": f"{(int(code['answer']) + 1) % 10_000:04}"}
    assert (await required.request(securityCode=paid(issued, wrong)))["code"] == (
        "SECURITY_CODE_WRONG"
    )
    assert (await required.request(securityCode=paid(issued, code)))["code"] == (
        "SECURITY_CODE_USED"
    )


async def test_every_form(required, camille):
    """R27: the confirmation and the message to the assistance cell as well."""
    request, code = await issue(required)
    await required.request(securityCode=paid(request, code))
    await required.work()
    confirm, code = await issue(required, "CONFIRM")
    given = (required.newest_token, camille.identifier)
    refused = await required.confirm(*given, securityCode=code)
    assert refused["code"] == "SECURITY_CODE_PRICE"
    renewed = await required.confirm(*given, securityCode=paid(confirm, code))
    assert renewed["__typename"] == "PasswordRenewed"
    help_, code = await issue(required, "ASSISTANCE")
    form = {"topic": "OTHER", "message": "Help.", "email": camille.email}
    refused = await required.ask(required.ASSIST, input={**form, "securityCode": code})
    assert refused["code"] == "SECURITY_CODE_PRICE"
    asked = await required.ask(required.ASSIST, input={**form, "securityCode": paid(help_, code)})
    assert asked["__typename"] == "AssistanceContacted"


async def test_another_reason_goes_first(required):
    """R27: who answers a code of nobody, or too late, is told that and not to compute."""
    _, code = await issue(required)
    for id_ in ("x", "pow-x"):
        refused = await required.request(securityCode={**code, "id": id_})
        assert refused["code"] == "SECURITY_CODE_UNKNOWN"
    required.clock.advance(required.application.settings.renewal_policy.security_code_lifetime)
    assert (await required.request(securityCode=code))["code"] == "SECURITY_CODE_EXPIRED"


async def test_offered(open_portal):
    """R27: without a proof a document of 0.2.0 goes on working; a wrong one is said to be wrong."""
    portal = await open_portal(security_code_price_bits=8)
    assert (await portal.request())["__typename"] == "RenewalRequested"
    issued, code = await issue(portal)
    refused = await portal.request(securityCode={**code, "proof": "x"})
    assert refused["code"] == "SECURITY_CODE_PRICE"
    answer = await portal.request(securityCode=paid(issued, code))
    assert answer["__typename"] == "RenewalRequested"


async def test_who_does_not_pay_calls_less_often(open_portal):
    """R26, R27: a quarter of the network's limit, told and noted like any other; who pays, and who
    answers by a proof of work or a code of nobody, has the whole."""
    portal = await open_portal(network_limit="8/minute", security_code_price_bits=8)
    codes = [await issue(portal) for _ in range(6)]
    for _, code in codes[:2]:
        assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"
    refused = await portal.request(securityCode=codes[2][1])
    assert refused["__typename"] == "TooManyRequests"
    assert 1 <= refused["retryAfter"] <= 60
    for code in ({"id": "x", "answer": "1"}, {"id": "pow-x", "answer": "x"}):
        assert (await portal.request(securityCode=code))["code"] == "SECURITY_CODE_UNKNOWN"
    for issued, code in codes[2:5]:
        answer = await portal.request(securityCode=paid(issued, code))
        assert answer["__typename"] == "RenewalRequested"
    counts = portal.application.gateway.refusals.counts()
    assert counts["too_many_requests", ""] == 1
    assert (await portal.request(securityCode=paid(*codes[5])))["__typename"] == "TooManyRequests"


@pytest.mark.parametrize("price", ["off", "required"])
async def test_the_quarter_is_for_the_offer(open_portal, price):
    """R27: where nothing is asked nobody is counted apart; where it is required, who does not pay
    is told why, and not to wait."""
    portal = await open_portal(network_limit="4/minute", security_code_price=price)
    _, code = await issue(portal)
    refused = [await portal.request(securityCode={**code, "answer": "x"}) for _ in range(3)]
    told = {"off": ["SECURITY_CODE_WRONG"] + ["SECURITY_CODE_USED"] * 2}
    assert [each["code"] for each in refused] == told.get(price, ["SECURITY_CODE_PRICE"] * 3)


async def test_off(open_portal):
    """R27: nobody looks at a proof."""
    portal = await open_portal(security_code_price="off")
    _, code = await issue(portal)
    answer = await portal.request(securityCode={**code, "proof": "x"})
    assert answer["__typename"] == "RenewalRequested"
