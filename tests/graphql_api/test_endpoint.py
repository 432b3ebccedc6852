"""The endpoint as an ASGI app: what it takes besides the body, what it does not speak, and what its
errors hold."""

from __future__ import annotations

import json

import pytest
from graphql import GraphQLError

from graphql_api.app import build_app
from graphql_api.over_http.presentation import present
from graphql_api.over_http.upgrades import RefusedUpgrade

CANARY = "CANARY7HIDDEN"
BODY = {"query": "{__typename}"}


@pytest.mark.parametrize(
    "headers",
    [
        [("content-type", "application/json"), ("content-type", "text/plain")],
        [("content-type", "application/json; charset=latin-1")],
        [("content-type", "application/json; a=b; charset=utf-16")],
        [("content-type", "application/json"), ("content-encoding", "gzip")],
    ],
)
async def test_bodies_of_another_kind(portal, headers):
    """R36: JSON, once, in UTF-8 and as it is; anything else is 415."""
    response = await portal.http.post("/graphql", content=json.dumps(BODY), headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize(
    "kind", ["application/json;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_charset_by_name(portal, kind):
    """R36: UTF-8 may be named."""
    headers = {"content-type": kind, "content-encoding": "identity"}
    response = await portal.http.post("/graphql", content=json.dumps(BODY), headers=headers)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_batch_is_told_so(portal):
    """R38: no batching, and the message says it."""
    response = await portal.http.post("/graphql", json=[BODY, BODY])
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"].startswith("Batches are not taken")


@pytest.mark.parametrize(
    "query",
    ["query=%7Ba%7D&query=%7Bb%7D", "query=%ff", "&" * 30],
)
async def test_urls_that_can_be_read_twice(portal, query):
    """R36: a parameter twice, more than twenty, or what is not UTF-8 is 400."""
    assert (await portal.http.get(f"/graphql?{query}")).status_code == 400


async def test_persisted_queries_without_a_hash(portal):
    """R36: Apollo's extension without its hash is no request."""
    for persisted in (5, [], {}, {"sha256Hash": None}, {"sha256Hash": {"$gt": ""}}):
        body = {**BODY, "extensions": {"persistedQuery": persisted}}
        assert (await portal.http.post("/graphql", json=body)).status_code == 400


async def test_websocket_by_http(portal):
    """R38: a handshake that a server passes on as a request is refused, and the connection ends."""
    headers = {"connection": "Upgrade", "upgrade": "WebSocket"}
    response = await portal.http.get("/graphql?query={__typename}", headers=headers)
    assert response.status_code == 400
    assert response.headers["connection"] == "close"
    assert response.json()["errors"][0]["extensions"]["code"] == "WEBSOCKET_NOT_SERVED"


async def test_websocket_by_scope(portal):
    """R38: under a server that speaks WebSocket the handshake is refused before it is accepted."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    protocols = ["graphql-transport-ws"]
    scope = {"type": "websocket", "path": "/graphql", "headers": [], "subprotocols": protocols}
    await build_app(portal.application)({**scope, "query_string": b""}, receive, send)
    assert sent == ["websocket.close"]


def test_what_uvicorn_hands_over():
    """R38: uvicorn's way of handing a connection over ends in the same answer, and frames behind
    it are read by nobody."""

    class Transport:
        written, closed = b"", False

        def write(self, data):
            self.written += data

        def close(self):
            self.closed = True

    transport, protocol = Transport(), RefusedUpgrade(config=None, server_state=None, app_state={})
    protocol.connection_made(transport)
    protocol.data_received(b"GET / HTTP/1.1\r\n\r\n")
    assert transport.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"WEBSOCKET_NOT_SERVED" in transport.written.partition(b"\r\n\r\n")[2]
    assert transport.closed


@pytest.mark.parametrize(
    "document",
    [
        f'{{ renewalLink(token: ["{CANARY}"]) {{ usable }} }}',
        f"{{ renewalLink(token: {CANARY}) {{ usable }} }}",
        f'{{ renewalLink(token: "a" "{CANARY}") {{ usable }} }}',
        f'{{ renewalLink(token: "\\"" "\\"{CANARY}") {{ usable }} }}',
        f'{{ renewalLink(token: "\\q{CANARY}") {{ usable }} }}',
        f'{{ renewalLink(token: "\\u{{{CANARY}}}") {{ usable }} }}',
        f'{{ renewalLink(token: "{CANARY}) {{ usable }} }}',
        f'{{ "{CANARY}" }}',
        f"{{ {CANARY} }}",
        f"{{ {CANARY}: nope }}",
        f"{{ renewalLink({CANARY}: 1) {{ usable }} }}",
        f"{{ __typename @{CANARY} }}",
        f"{{ ...{CANARY} }}",
        f"{{ ...on {CANARY} {{ a }} }}",
        f"query (${CANARY}: Int) {{ __typename }}",
        f"query ($a: {CANARY}) {{ __typename }}",
        f"query {CANARY} {{ a }} query {CANARY} {{ b }}",
        f"fragment {CANARY} on Query {{ __typename }} {{ __typename }}",
        f"mutation {{ issueSecurityCode(input: {{step: {CANARY}}}) {{ id }} }}",
        f'mutation {{ issueSecurityCode(input: {{step: "{CANARY}"}}) {{ id }} }}',
        f"mutation {{ issueSecurityCode(input: {{{CANARY}: 1}}) {{ id }} }}",
        f"mutation {{ issueSecurityCode(input: {{step: REQUEST, step: {CANARY}}}) {{ id }} }}",
        f"{{ {CANARY}: votingRound {{ id }} {CANARY}: __typename }}",
    ],
)
async def test_documents_are_not_repeated(portal, logged, document):
    """R20: no word of a document that is not a name of the schema comes back or is logged."""
    name = {"operationName": CANARY} if "query CANARY" in document else {}
    response = await portal.send(document, **name)
    assert response.json()["errors"]
    assert CANARY not in response.text + logged.getvalue()


@pytest.mark.parametrize(
    "message",
    [
        f'Syntax Error: Unexpected String "a" {CANARY} "b".',
        f"Syntax Error: Invalid character: '{CANARY}'.",
        f"Value '{CANARY}' does not exist in 'Locale' enum.",
        f"Int cannot represent non-integer value: {CANARY} 'Locale'",
        f"Unknown type '[{CANARY}!]', did you mean 'Locale'?",
    ],
)
def test_messages_are_not_trusted(message):
    """R20: what graphql-core writes holds nothing of the caller's, quotation marks within what it
    quotes included."""
    shown = present(GraphQLError(message), "", {"Locale"})
    assert CANARY not in shown["message"]
    assert shown["extensions"]["code"]


async def test_names_of_the_schema_are_told(portal):
    """R36: what the schema's own names say helps the caller, and gives nothing away."""
    (error,) = (await portal.send("{ votingRound { nope } }")).json()["errors"]
    assert error["message"] == "Cannot query field '…' on type 'VotingRound'."
    assert error["locations"] == [{"line": 1, "column": 17}]


@pytest.mark.parametrize(
    "document",
    [
        "{ votingRoun { id } }",
        '{ renewalLink(tokn: "x") { usable } }',
        "{ ...on Qery { __typename } }",
        "mutation { issueSecurityCode(input: {step: REQUES}) { id } }",
        "mutation { issueSecurityCode(input: {stp: REQUEST}) { id } }",
        "{ __typename @skp(if: true) }",
        "{ renewalLink(token: .5) { usable } }",
        "{ .. }",
        "{ renewalLink(token: 'x') { usable } }",
    ],
)
async def test_no_suggestions(portal, document):
    """R38: nothing that is almost right is put right."""
    text = (await portal.send(document)).text
    assert "errors" in text
    assert "id you mean" not in text


async def test_no_suggestions_for_variables(portal):
    """R38: nor in variables."""
    for variables in ({"input": {"step": "REQUES"}}, {"input": {"stp": "REQUEST"}}):
        text = (await portal.send(portal.ISSUE, variables)).text
        assert "INVALID_VARIABLES" in text
        assert "id you mean" not in text


async def test_introspection_is_a_setting(open_portal):
    """R38: off as delivered, on where it is switched on."""
    question = "{ __schema { queryType { name } } }"
    portal = await open_portal()
    (error,) = (await portal.send(question)).json()["errors"]
    assert error["extensions"]["code"] == "INTROSPECTION_OFF"
    portal = await open_portal(introspection=True)
    answer = (await portal.send(question)).json()
    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


async def test_limits_are_settings(open_portal):
    """R38: every limit may be set, and the error says which it was."""
    portal = await open_portal(deepest_document=1)
    answer = await portal.send("{ votingRound { id } }")
    (error,) = answer.json()["errors"]
    assert error == {
        "message": "depth: 2 of at most 1",
        "locations": [{"line": 1, "column": 1}],
        "extensions": {
            "code": "DOCUMENT_TOO_DEEP",
            "correlationId": answer.headers["x-correlation-id"],
        },
    }
