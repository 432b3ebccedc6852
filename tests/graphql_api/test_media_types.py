"""Which media type answers, and with which status: GraphQL over HTTP's two."""

from __future__ import annotations

import pytest

from graphql_api.over_http.media_types import GRAPHQL, JSON, negotiate


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (GRAPHQL.upper(), GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f'{GRAPHQL}; charset="UTF-8"', GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL};q=0.5, */*;q=0.1", GRAPHQL),
        (f"{GRAPHQL};q=nonsense, {JSON}", JSON),
        (f"{JSON};q=0, */*", None),
        (f"{JSON};q=0, {GRAPHQL}", GRAPHQL),
        ("text/html, */*;q=0.8", JSON),
        ("text/html", None),
        ("application/json;charset=utf-16", None),
        ("application/graphql+json", None),
        (f"{'a/b,' * 40}{JSON}", None),
    ],
)
def test_negotiation(accept, chosen):
    """R36: the newer type for those who ask for it, JSON for those who do not say; a type that is
    refused by weight is not sent; the header is read to a bound."""
    assert negotiate(accept) == chosen


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": "{ nope }"},
        {"query": "query ($t: String!) { renewalLink(token: $t) { usable } }"},
        {"query": "{ __schema { queryType { name } } }"},
        {"query": "{" + "a{" * 20 + "b" + "}" * 21},
    ],
)
async def test_errors_of_the_request(portal, body):
    """R36: what cannot be run is 400 in the newer type and 200 in the older one, and neither has a
    `data`."""
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = await portal.http.post("/graphql", json=body, headers={"accept": accept})
        assert response.status_code == status
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert response.json().keys() == {"errors"}


async def test_errors_of_fields(portal):
    """R36: what was run is 200 in either type, with its `data`, even when that is null."""
    await portal.application.ports.store.close()
    body = {"query": portal.LINK, "variables": {"token": "x"}}
    for accept in (GRAPHQL, JSON):
        response = await portal.http.post("/graphql", json=body, headers={"accept": accept})
        assert response.status_code == 200
        assert response.json()["data"] is None


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    ("method", "path", "content", "kind", "status"),
    [
        ("POST", "/graphql", "{}", "text/plain", 415),
        ("POST", "/graphql", "{", "application/json", 400),
        ("POST", "/graphql", " " * 70_000, "application/json", 413),
        ("PUT", "/graphql", "{}", "application/json", 405),
        ("GET", "/graphql?query=" + "a" * 20_000, "", "text/plain", 414),
        ("GET", "/nope", "", "text/plain", 404),
    ],
)
async def test_refusals(portal, accept, method, path, content, kind, status):
    """R36: every refusal is JSON in the type that the caller reads."""
    headers = {"accept": accept, "content-type": kind}
    response = await portal.http.request(method, path, content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.json()["errors"][0]["extensions"]["code"]


async def test_nothing_is_run_for_a_reader_of_neither(portal):
    """R36: 406, in JSON, before a security code is issued."""
    headers = {"accept": "image/png"}
    body = {"query": portal.ISSUE, "variables": {"input": {"step": "REQUEST"}}}
    response = await portal.http.post("/graphql", json=body, headers=headers)
    assert response.status_code == 406
    extensions = response.json()["errors"][0]["extensions"]
    assert extensions["code"] == "NOT_ACCEPTABLE"
    assert extensions["correlationId"] == response.headers["x-correlation-id"]
    assert portal.inbox["securityCodes"] == {}
