"""R61: A2: one voter behind a partner's server has a share of what the partner may use."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from core.errors import TooManyRequests
from graphql_api.access.caller import ANONYMOUS, Access, Caller
from graphql_api.access.limits import EdgeLimits
from graphql_api.access.voter_address import VoterAddressUnreadable, on_behalf
from graphql_api.compose.limits import build_limits
from tests.servers.valkey import ValkeyServer, needs_valkey

CONSULAT = Caller(Access.PARTNER, "consulat")
SERVER, VOTER, OTHER = "203.0.113.1", "198.51.100.7", "198.51.100.8"
ISSUE = """mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"""
ASK = """mutation ($input: RequestPasswordRenewalInput!) { requestPasswordRenewal(input: $input) {
  __typename ... on TooManyRequests { code message retryAfter } } }"""


@pytest.mark.parametrize(
    ("caller", "told", "address"),
    [
        (CONSULAT, [b"198.51.100.7"], VOTER),
        (CONSULAT, [b" 198.51.100.7 "], VOTER),
        (CONSULAT, [b"[2001:db8::7]:4711"], "2001:db8::7"),
        (CONSULAT, [b"::ffff:198.51.100.7"], VOTER),
        (CONSULAT, [], None),
        (ANONYMOUS, [b"198.51.100.7"], None),
        (ANONYMOUS, [b"nowhere"], None),
        (Caller(Access.DASHBOARD, "u-1"), [b"198.51.100.7"], None),
        (CONSULAT, [b""], VoterAddressUnreadable),
        (CONSULAT, [b"unknown"], VoterAddressUnreadable),
        (CONSULAT, [b"198.51.100.7, 203.0.113.1"], VoterAddressUnreadable),
        (CONSULAT, [b"198.51.100.7", b"198.51.100.8"], VoterAddressUnreadable),
        (CONSULAT, ["é".encode()], VoterAddressUnreadable),
    ],
)
def test_whom_a_partner_calls_for(caller, told, address):
    """R61: one address, from a partner alone: a browser could say what it likes."""
    headers = [(b"accept", b"*/*"), *((b"voter-address", each) for each in told)]
    if address is VoterAddressUnreadable:
        with pytest.raises(VoterAddressUnreadable, match="Voter-Address"):
            on_behalf(caller, headers)
    else:
        assert on_behalf(caller, headers).voter_address == address


async def uses(edge: EdgeLimits, voter: str | None, most: int = 1000) -> int:
    """How often the consulate may use a field for a voter until it is refused."""
    for number in range(most):
        try:
            await edge.count("field", SERVER, "consulat", voter)
        except TooManyRequests as refusal:
            return number if 1 <= refusal.retry_after <= 60 else -1
    return most


@pytest.mark.parametrize(
    ("limits", "first", "then"),
    [
        ({"partners": {"consulat": "100/minute"}}, 10, 10),
        ({"partners": {"consulat": "600/minute"}}, 30, 30),
        ({"partners": {"consulat": ""}, "overall": "400/minute"}, 20, 20),
        ({"partners": {"consulat": ""}}, 1000, 1000),
        ({"partners": {"consulat": "600/minute"}, "caller_share": 0.5}, 300, 300),
    ],
)
async def test_one_voter_leaves_the_rest_to_others(limits, first, then):
    """R61: A2: a share of the partner's own limit, or of everyone's; others have the same."""
    edge = EdgeLimits(**limits)
    assert await uses(edge, VOTER) == first
    assert await uses(edge, OTHER) == then


async def test_what_a_share_refuses_uses_up_nothing_of_the_partners():
    """R61: A2: a thousand calls for one voter cost the partner ten of its hundred."""
    edge = EdgeLimits(partners={"consulat": "100/minute"})
    for _ in range(1000):
        await uses(edge, VOTER, 1)
    assert await uses(edge, None) == 90


async def test_networks_of_many_voters():
    """R61: A2: a /64 has one share, a /56 four, a /48 sixteen and never more than half."""
    edge = EdgeLimits(partners={"consulat": "600/minute"})
    assert await uses(edge, "2001:db8:7::1") == 30
    assert await uses(edge, "2001:db8:7::2") == 0
    narrow = [await uses(edge, f"2001:db8:7:{each:x}::1") for each in range(1, 5)]
    assert narrow == [30, 30, 30, 0]
    wide = [await uses(edge, f"2001:db8:7:{each:x}00::1") for each in range(1, 8)]
    assert 120 + sum(wide) == 300
    assert await uses(edge, VOTER) == 30


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    yield server
    server.stop()


@needs_valkey
async def test_shares_that_processes_count_together(valkey: ValkeyServer, make_settings, clock):
    """R61: A2: two processes give one voter one share."""
    settings = make_settings(limits_url=valkey.url, partner_limits={"consulat": "100/minute"})
    first, second = build_limits(settings, clock), build_limits(settings, clock)
    assert await uses(first, VOTER) + await uses(second, VOTER) == 10
    assert await uses(second, OTHER) == 10
    await first.aclose()
    await second.aclose()


@pytest.fixture
async def send(open_guarded, issuer):
    """Sends a document as the consulate, which may use each field twenty times a minute."""
    portal = await open_guarded(partner_limits={"consulat": "20/minute"})

    async def send(document, voter=None, **form) -> httpx.Response:
        headers = {"authorization": f"Bearer {issuer.partner()}"}
        if voter is not None:
            headers["voter-address"] = voter
        body = {"query": document, "variables": {"input": form}}
        return await portal.http.post("/graphql", json=body, headers=headers)

    return send


async def test_over_http(send, camille, logged):
    """R26, R61: A2: the refusal is a member of the union, in the voter's language and with the
    wait; another voter, and the partner itself, go on. The voter's address stays out of the log."""
    form = {"numic": camille.numic, "email": camille.email}
    form["securityCode"] = {"id": "x", "answer": "1234"}
    for _ in range(10):
        await send(ASK, VOTER, **form, locale="FR")
    for locale, word in (("FR", "secondes"), ("EN", "seconds")):
        answer = (await send(ASK, VOTER, **form, locale=locale)).json()
        refused = answer["data"]["requestPasswordRenewal"]
        assert (refused["__typename"], refused["code"]) == ("TooManyRequests", "TOO_MANY_REQUESTS")
        assert 1 <= refused["retryAfter"] <= 60
        assert word in refused["message"]
    for voter in (OTHER, None):
        answer = (await send(ASK, voter, **form)).json()
        assert answer["data"]["requestPasswordRenewal"]["__typename"] == "SecurityCodeRejected"
    assert "errors" not in (await send(ISSUE, VOTER)).json()
    assert '"partner":"consulat"' in logged.getvalue()
    assert VOTER not in logged.getvalue()


async def test_an_address_that_is_none(send):
    """R61: 400 that names the header and repeats nothing of it; nothing was run."""
    answer = await send(ISSUE, "the-voter")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert "Voter-Address" in error["message"]
    assert "the-voter" not in answer.text
