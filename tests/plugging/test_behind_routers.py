"""The subgraph behind real routers, which are processes of their own on loopback (R39).

Apollo Gateway runs wherever `tests/plugging` is installed; Hive Gateway, being heavy, where
`tests/plugging/hive` is, too.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from adapters.connections.http import http_client
from graphql_api.app import build_app
from graphql_api.compose import Ports
from tests.graphql_api.access.conftest import ISSUER, PARTNERS, Issuer
from tests.graphql_api.conftest import Portal
from tests.plugging import appointments
from tests.plugging.routers import HIVE, ROUTERS, SECRET, node_modules
from tests.plugging.serving import serving
from tests.servers.issuer import IssuerServer, SigningKey

VOTER, ANOTHER = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "198.51.100.9"}


@dataclass
class Recorder:
    """An ASGI app that remembers with which headers another one was called."""

    app: Any
    requests: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests.append({k.decode(): v.decode() for k, v in scope["headers"]})
        await self.app(scope, receive, send)


@dataclass
class Graph:
    """A front end before the router, and what the subgraph behind it was sent."""

    portal: Portal
    subgraph: Recorder
    direct: str
    """The subgraph's own address."""

    async def ask(self, document: str, headers: dict[str, str] | None = None, **variables: object):
        body = {"query": document, "variables": variables}
        return (await self.portal.http.post("/graphql", json=body, headers=headers or VOTER)).json()


OpenGraph = Callable[..., Awaitable[Graph]]


@pytest.fixture(
    params=[
        pytest.param("apollo", marks=node_modules()),
        pytest.param("hive", marks=[node_modules(), node_modules(HIVE)]),
    ]
)
async def open_graph(request, open_portal, tmp_path) -> AsyncIterator[OpenGraph]:
    """Opens a graph of two subgraphs behind a router, over settings."""
    router = ROUTERS[request.param]

    async with AsyncExitStack() as stack:

        async def make(
            adapt: Callable[[Ports], Ports] = lambda ports: ports, **given: Any
        ) -> Graph:
            proxies = {"trusted_proxies": "127.0.0.0/8"}
            settings = {"subgraph": True, "router_secrets": SECRET, **proxies, **given}
            portal = await open_portal(adapt, **settings)
            recorder = Recorder(build_app(portal.application))
            ours = await stack.enter_async_context(serving(recorder))
            theirs = await stack.enter_async_context(serving(appointments.app()))
            urls = {"reassort": f"{ours}/graphql", "appointments": theirs}
            address = await stack.enter_async_context(router(urls, tmp_path))
            http = httpx.AsyncClient(base_url=address, timeout=30, headers=VOTER)
            await stack.enter_async_context(http)
            recorder.requests.clear()
            return Graph(replace(portal, http=http), recorder, ours)

        yield make


@pytest.fixture
async def graph(open_graph) -> Graph:
    return await open_graph()


async def test_a_whole_renewal(graph, camille):
    """R39: query, both mutations, unions, interfaces, pictures and enums, through the router."""
    rounds = await graph.ask("{ votingRound { id isOpen } }")
    assert rounds == {"data": {"votingRound": {"id": "demo", "isOpen": True}}}
    issue = """mutation ($input: IssueSecurityCodeInput!) {
        issueSecurityCode(input: $input) { kind image audio expiresAt }
    }"""
    issued = await graph.ask(issue, input={"step": "REQUEST", "locale": "EN"})
    code = issued["data"]["issueSecurityCode"]
    assert code["image"].startswith("data:image/png;base64,")
    assert code["audio"].startswith("data:audio/wav;base64,")
    token = await graph.portal.token(camille)
    assert (await graph.portal.link(token))["usable"] is True
    answer = await graph.portal.confirm(token, camille.identifier)
    assert answer["__typename"] == "PasswordRenewed"
    await graph.portal.work()
    assert await graph.portal.works(graph.portal.newest_password, camille)
    assert (await graph.portal.link(token))["code"] == "LINK_USED"


async def test_refusals_are_the_members_that_they_are(graph):
    """R37, R39: typed problems pass the router as they are."""
    invalid = await graph.portal.request(numic="abc", email="nobody")
    assert invalid["__typename"] == "InvalidFields"
    assert {each["field"] for each in invalid["fields"]} == {"numic", "email"}
    code = {"id": "unknown", "answer": "0000"}
    wrong = await graph.portal.request(securityCode=code)
    assert (wrong["__typename"], wrong["code"]) == (
        "SecurityCodeRejected",
        "SECURITY_CODE_UNKNOWN",
    )


async def test_a_round_is_joined_by_its_id(graph):
    """R39: what another subgraph knows by id is completed here, and a round that is none is null
    without a trace of why."""
    ask = """query ($round: String!) {
        appointments(roundId: $round) { place votingRound { id isOpen opensAt } }
    }"""
    (found,) = (await graph.ask(ask, round="demo"))["data"]["appointments"]
    assert found["votingRound"]["isOpen"] is True
    assert found["votingRound"]["opensAt"].endswith("+02:00")
    unknown = await graph.ask(
        'query { appointments(roundId: "none") { place votingRound { opensAt } } }'
    )
    (found,) = unknown["data"]["appointments"]
    assert found["place"]
    assert found["votingRound"] is None


async def test_headers_arrive(graph):
    """R26, R39, R40: who calls, for whom, in which language, and under which id."""
    sent = {
        "Authorization": "Basic c2FtcGxlOnNhbXBsZQ==",
        "Accept-Language": "en-GB",
        "X-Correlation-Id": "4bf92f3577b34da6",
        **VOTER,
    }
    await graph.ask("{ votingRound { id } }", sent)
    (arrived,) = graph.subgraph.requests
    for name in ("Authorization", "Accept-Language", "X-Correlation-Id"):
        assert arrived[name.lower()] == sent[name]
    assert arrived["x-forwarded-for"].split(",")[0] == "203.0.113.7"
    assert arrived["router-authorization"] == SECRET


@pytest.fixture
async def issuer(clock) -> AsyncIterator[Issuer]:
    server, key = IssuerServer(), SigningKey("first")
    server.keys = [key.jwk]
    await server.start()
    yield Issuer(server, key, clock)
    await server.stop()


@pytest.fixture
async def for_partners(open_graph, issuer) -> AsyncIterator[Graph]:
    """A graph that is for partners alone."""
    async with http_client() as http:
        trusted = {"issuer": ISSUER, "audience": PARTNERS, "jwks_uri": issuer.server.url}
        yield await open_graph(
            lambda ports: replace(ports, http=http),
            public=False,
            issuers=[{**trusted, "kind": "partner", "partners": {"consulat": "consulat"}}],
        )


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **VOTER}


async def test_a_partner_renews_through_the_router(for_partners, issuer, camille):
    """R39, R40: the whole renewal with the partner's token; without one nothing is answered."""
    alone = await for_partners.ask("{ votingRound { id } }")
    assert (alone.get("data") or {"votingRound": None}) == {"votingRound": None}
    assert alone["errors"]
    for_partners.portal.http.headers.update(bearing(issuer.partner()))
    token = await for_partners.portal.token(camille)
    answer = await for_partners.portal.confirm(token, camille.identifier)
    assert answer["__typename"] == "PasswordRenewed"


async def test_other_tokens_are_refused_behind_the_router(for_partners, issuer, logged):
    """R39, R40: each for its reason, which the operators read and the caller does not."""
    now = int(issuer.clock.now().timestamp())
    claims = json.dumps(issuer.claims()).encode()
    unsigned = [b'{"alg":"none","kid":"first"}', claims, b""]
    tokens = {
        "bad_signature": SigningKey("first").sign(issuer.claims(), typ="at+jwt"),
        "expired": issuer.partner(iat=now - 600, exp=now - 300),
        "wrong_audience": issuer.partner(aud="another-service"),
        "forbidden_algorithm": b".".join(
            base64.urlsafe_b64encode(each).rstrip(b"=") for each in unsigned
        ).decode(),
        "unknown_key_id": SigningKey("rotated away").sign(issuer.claims(), typ="at+jwt"),
    }
    good = await for_partners.ask("{ votingRound { id } }", bearing(issuer.partner()))
    assert good["data"]["votingRound"]["id"] == "demo"
    for reason, token in tokens.items():
        answer = await for_partners.ask("{ votingRound { id } }", bearing(token))
        assert (answer.get("data") or {"votingRound": None}) == {"votingRound": None}
        assert answer["errors"]
        assert reason not in json.dumps(answer)
        assert f'"reason":"{reason}"' in logged.getvalue()
        assert token not in logged.getvalue()


async def test_limits_count_for_the_voter_and_not_for_the_router(open_graph):
    """R26, R39: behind a listed router each voter's network has limits of its own; the refusal
    keeps its code and its seconds."""
    graph = await open_graph(network_limit="1/minute")
    issue = "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"
    assert (await graph.ask(issue, VOTER))["data"]["issueSecurityCode"]["id"]
    refused = await graph.ask(issue, VOTER)
    (error,) = refused["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 0 < error["extensions"]["retryAfter"] <= 60
    assert (await graph.ask(issue, ANOTHER))["data"]["issueSecurityCode"]["id"]


async def test_a_defect_is_masked_and_found_again(open_graph, logged):
    """R37, R39: the caller gets the correlation id of the subgraph, and nothing of the defect."""
    graph = await open_graph()
    graph.portal.application.gateway.calendar.__dict__["rounds"] = "a secret defect"
    answer = await graph.ask("{ votingRound { id } }")
    assert answer["data"]["votingRound"] is None
    (error,) = answer["errors"]
    extensions = error["extensions"]
    assert extensions["code"] == "INTERNAL_ERROR"
    assert extensions["correlationId"] in logged.getvalue()
    assert "defect" not in str(answer)
    assert "Traceback" not in str(answer)


async def test_what_is_unknown_is_null(graph):
    """R37, R39: a field that may be null is, through the router as well, and no error."""
    answer = await graph.ask("query ($id: ID!) { securityCode(id: $id) { id } }", id="none")
    assert answer == {"data": {"securityCode": None}}


@pytest.mark.parametrize(
    "field", ["_service { sdl }", "_entities(representations: []) { __typename }"]
)
async def test_nobody_reaches_the_routers_fields(graph, field):
    """R39: neither through the router, nor past it."""
    through = await graph.ask(f"{{ {field} }}")
    assert "Cannot query field" in str(through["errors"]) or through.get("data") is None
    assert "@key" not in str(through)
    async with httpx.AsyncClient() as http:
        past = await http.post(f"{graph.direct}/graphql", json={"query": f"{{ {field} }}"})
    assert "Cannot query field" in past.text
    assert "@key" not in past.text


async def test_routers_send_no_subscriptions(graph):
    """R39: there are none; whoever asks is told so by the router."""
    answer = await graph.ask("subscription { votingRound { id } }")
    assert answer["errors"]
    assert graph.subgraph.requests == []
