"""A partner's contract, with pact-python: what is sent on screen 5, and what is read of answers."""

import httpx
import pytest
from pact import Pact, generate, match
from pact.match.matcher import GenericMatcher

CONFIRM = """mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) {
    __typename
    ... on PasswordRenewed { message }
    ... on Problem { code message }
  }
}"""
TOKEN = "0" * 43


def confirm(base, token):
    """The partner's own code, here a few lines: what the page shows."""
    code = {"id": "sandbox-confirm-state", "answer": "1234"}
    form = {"token": token, "identifier": "K7WPQ2M4XN9B", "securityCode": code, "locale": "EN"}
    body = {"query": CONFIRM, "variables": {"input": form}}
    member = httpx.post(f"{base}/graphql", json=body).json()["data"]["confirmPasswordRenewal"]
    return member.get("code", "DONE"), member["message"]


@pytest.fixture
def pact():
    """One for each test: all write into the same file."""
    made = Pact("consulat", "reassort").with_specification("V3")
    yield made
    made.write_file("pacts")


def interaction(pact, description, state, member):
    """When this is sent in that state, the answer is this member, its message whatever it is."""
    token = GenericMatcher("type", TOKEN, generate.provider_state("${token}"))
    code = {"id": "sandbox-confirm-state", "answer": "1234"}
    form = {"token": token, "identifier": "K7WPQ2M4XN9B", "securityCode": code, "locale": "EN"}
    answer = {"data": {"confirmPasswordRenewal": {**member, "message": match.like("a sentence")}}}
    (
        pact.upon_receiving(description)
        .given(state)
        .with_request("POST", "/graphql")
        .with_body({"query": CONFIRM, "variables": {"input": form}}, "application/json")
        .will_respond_with(200)
        .with_body(answer, "application/json")
    )


def test_screen_6(pact):
    interaction(pact, "screen 5", "a link was sent", {"__typename": "PasswordRenewed"})
    with pact.serve() as server:
        assert confirm(server.url, TOKEN) == ("DONE", "a sentence")


def test_a_used_link(pact):
    used = {"__typename": "LinkRejected", "code": "LINK_USED"}
    interaction(pact, "screen 5 with a used link", "a link was used", used)
    with pact.serve() as server:
        assert confirm(server.url, TOKEN) == ("LINK_USED", "a sentence")
