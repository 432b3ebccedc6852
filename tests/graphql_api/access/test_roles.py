"""R57: what operators may follows from their roles at the issuer, whatever it calls them."""

from __future__ import annotations

import pytest

from graphql_api.access.scopes import DELIVERIES, EVIDENCE, OPERATIONS

from .conftest import DASHBOARDS

FIGURES = "{ votersUnreached { waiting } }"
LIST = "{ recoveryRequests { edges { cursor } } }"
SHARES = '{ deliveryEvidence(roundId: "demo") { suppressed } }'
GRANTS = {
    "vote-watcher": [DELIVERIES],
    "vote-operator": [DELIVERIES, OPERATIONS],
    "bureau": [EVIDENCE],
}
ALL = {FIGURES, LIST, SHARES}


@pytest.fixture
def opened(open_guarded, trust, issuer):
    """Which of the three queries a token with these claims opens."""

    async def opened(claim, **claims):
        dashboard = {"kind": "dashboard", "audience": DASHBOARDS}
        entry = trust(**dashboard, scope_claim=claim, grants=GRANTS)
        guarded = await open_guarded(issuers=[entry])
        headers = {"authorization": f"Bearer {issuer.dashboard(**claims)}"}
        found = set()
        for query in sorted(ALL):
            answer = await guarded.http.post("/graphql", json={"query": query}, headers=headers)
            told = answer.json()
            if "errors" not in told:
                found.add(query)
            else:
                assert {each["extensions"]["code"] for each in told["errors"]} == {"FORBIDDEN"}
        return found

    return opened


@pytest.mark.parametrize(
    ("claim", "given"),
    [
        ("roles", {"roles": ["vote-operator"]}),
        ("groups", {"groups": ["vote-operator", "everyone"]}),
        ("roles", {"roles": "vote-operator other"}),
        ("realm_access.roles", {"realm_access": {"roles": ["vote-operator"]}}),
        ("https://example.org/roles", {"https://example.org/roles": ["vote-operator"]}),
    ],
)
async def test_a_role_opens_what_it_is_granted(opened, claim, given):
    """R57: by the claim that the issuer's entry names, in every shape that issuers write it."""
    assert await opened(claim, **given) == {FIGURES, LIST}


async def test_roles_add_up(opened):
    """R57: who has two roles may what each of them may."""
    assert await opened("roles", roles=["vote-watcher", "bureau"]) == {FIGURES, SHARES}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"roles": None},
        {"roles": []},
        {"roles": ["unknown"]},
        {"roles": [["vote-operator"]]},
        {"roles": {"vote-operator": True}},
        {"roles": [1, None, True]},
        {"roles": ["VOTE-OPERATOR"]},
        {"roles": ["vote-operator,bureau"]},
        {"groups": ["vote-operator"]},
        {"realm_access": {"roles": ["vote-operator"]}},
        {"scope": f"{DELIVERIES} {OPERATIONS} {EVIDENCE}"},
        {"roles": [OPERATIONS]},
    ],
)
async def test_nothing_else_opens_anything(opened, given):
    """R57: no other claim, no other spelling, and no scope of ours that a token names by itself."""
    assert await opened("roles", **given) == set()
