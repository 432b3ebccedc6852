"""What a caller behind a router is told of a refusal that has a status, and how mutations come."""

from __future__ import annotations

from typing import Any

from graphql_api.access.refusal import AccessRefusal, Reason
from tests.plugging.test_behind_routers import VOTER, Graph, open_graph

__all__ = ["open_graph"]

ASK = "{ votingRound { id } }"
LONG = "query ($t: String!) { renewalLink(token: $t) { usable } }"
CODE = '{token: "x", identifier: "K7WPQ2M4XN9B", securityCode: {id: "x", answer: "1"}}'
MANY = 6


async def extensions(graph: Graph, document: str, headers: dict[str, str], **given: str) -> Any:
    """Those of the only error, and those that the subgraph gave, where the router keeps them in a
    place of its own."""
    answer = await graph.ask(document, {**VOTER, **headers}, **given)
    (error,) = answer["errors"]
    kept = error["extensions"]
    body = kept.get("response", {}).get("body")
    return kept, body["errors"][0]["extensions"] if body else kept


async def test_what_is_left_of_a_refusal_by_its_status(open_graph, request, monkeypatch):
    """R37, R39: 401, 413, 429 and 503 of the subgraph keep code, wait and correlation id behind
    each router, in the place that the page names."""
    limits = {"network_limit": "1000/minute", "bad_credentials_limit": "1/minute"}
    graph = await open_graph(longest_body=3000, **limits)
    authentication = graph.portal.application.authentication
    bad = {"X-Api-Key": "rsk_0000000000_" + "A" * 43, "X-Correlation-Id": "a-partners-trace"}
    found = {401: await extensions(graph, ASK, bad), 429: await extensions(graph, ASK, bad)}
    found[413] = await extensions(graph, LONG, {}, t="x" * 4000)

    async def away(_: Any) -> AccessRefusal:
        return AccessRefusal(Reason.KEYS_UNAVAILABLE)

    monkeypatch.setattr(authentication, "authenticate", away)
    found[503] = await extensions(graph, ASK, {})
    inner = {status: told["code"] for status, (_, told) in found.items()}
    assert inner == {
        401: "UNAUTHENTICATED",
        413: "BODY_TOO_LARGE",
        429: "TOO_MANY_REQUESTS",
        503: "TEMPORARILY_UNAVAILABLE",
    }
    assert all(told["correlationId"] for _, told in found.values())
    assert found[401][1]["correlationId"] == "a-partners-trace"
    assert {s: "retryAfter" in told for s, (_, told) in found.items() if s > 413} == {
        429: True,
        503: True,
    }
    outer = {status: kept["code"] for status, (kept, _) in found.items()}
    if request.node.callspec.params["open_graph"] == "apollo":
        inner = dict.fromkeys(inner, "INTERNAL_SERVER_ERROR") | {401: "UNAUTHENTICATED"}
    assert outer == inner


async def test_how_many_mutations_come_at_once(open_graph, request):
    """R38, R39: Apollo sends an operation as it is, so that our limit on mutations holds; Hive
    sends its mutations one by one, so that it is Hive's to limit, and each counts for the
    voter's network."""
    graph = await open_graph(network_limit=f"{MANY - 2}/minute")
    fields = " ".join(
        f"a{n}: confirmPasswordRenewal(input: {CODE}) {{ __typename }}" for n in range(MANY)
    )
    answer = await graph.ask(f"mutation {{ {fields} }}")
    if request.node.callspec.params["open_graph"] == "apollo":
        assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY_MUTATIONS"
        assert len(graph.subgraph.requests) == 1
        return
    assert len(graph.subgraph.requests) == MANY
    kinds = [each["__typename"] for each in answer["data"].values()]
    assert kinds.count("TooManyRequests") == 2
    assert "TOO_MANY_MUTATIONS" not in str(answer)
