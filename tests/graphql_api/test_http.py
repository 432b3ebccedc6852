"""GraphQL over HTTP: what is taken, what is refused, and that every answer is JSON."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import replace

import httpx
import pytest

from core.errors import SecurityCodesUnavailable, StoreUnavailable
from graphql_api.app import build_app
from graphql_api.over_http.arrival import Arrivals
from graphql_api.over_http.envelope import Envelope

JSON = {"content-type": "application/json"}
TYPENAME = '{"query":"{__typename}"'
ISSUE_IN_URL = "mutation{issueSecurityCode(input:{step:REQUEST}){id}}"
MEDIA_TYPES = {"application/json; charset=utf-8", "application/json"}
SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def codes(response):
    """The codes of the answer's errors, once it is sure to be a JSON answer in its envelope."""
    assert response.headers["content-type"] in MEDIA_TYPES
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["x-correlation-id"])
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]


async def post(portal, content, **headers):
    return await portal.http.post("/graphql", content=content, headers={**JSON, **headers})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"5",
        b'"s"',
        b"[]",
        b'[{"query":"{__typename}"}]',
        b"{}",
        b"{",
        b"\xff\xfe",
        b'{"query":"\xff"}',
        b'{"query":"\\ud800"}',
        b'{"query":null}',
        b'{"query":" "}',
        b'{"query":5}',
        b'{"query":["{__typename}"]}',
        TYPENAME.encode() + b',"operationName":5}',
        TYPENAME.encode() + b',"operationName":"Unknown"}',
        TYPENAME.encode() + b',"variables":[]}',
        TYPENAME.encode() + b',"variables":"{}"}',
        TYPENAME.encode() + b',"variables":{"a":' + b"9" * 5000 + b"}}",
        TYPENAME.encode() + b',"variables":{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}}",
        TYPENAME.encode() + b',"extensions":"x"}',
        b"[" * 65_000,
        b'{"a":' * 13_000,
        b'{"query":"fragment F on Query { __typename }"}',
    ],
    ids=lambda body: body[:40].decode("latin1"),
)
async def test_bodies_that_are_no_request(portal, body):
    """R36: whatever is no GraphQL request is answered 400, with a code."""
    response = await post(portal, body)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "application/json-seq",
    ],
)
async def test_other_content_types(portal, kind):
    """R36: only JSON is taken: a form on another site cannot send a mutation (CSRF)."""
    headers = {"content-type": kind} if kind is not None else None
    response = await portal.http.post("/graphql", content=TYPENAME + "}", headers=headers)
    assert response.status_code == 415
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_content_type_parameters(portal, kind):
    """R36: a charset and the case of the media type make no difference."""
    response = await post(portal, TYPENAME + "}", **{"content-type": kind})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_forms_are_refused(portal):
    """R36: forms, with and without files, are refused, whatever they hold."""
    form = {"query": "{__typename}", "operations": TYPENAME + "}", "map": "{}"}
    for response in (
        await portal.http.post("/graphql", data=form),
        await portal.http.post("/graphql", data=form, files={"0": b"x"}),
    ):
        assert response.status_code == 415


async def test_query_by_get(portal):
    """R36: a query may come by GET, with variables and an operation's name."""
    query = "query A($l: Locale!) { assistance { hours(locale: $l) } } query B { __typename }"
    query = {"query": query, "variables": '{"l": "EN"}', "operationName": "A"}
    response = await portal.http.get("/graphql", params=query)
    assert (response.status_code, codes(response)) == (200, [])
    assert response.json()["data"].keys() == {"assistance"}
    response = await portal.http.get("/graphql", params={**query, "operationName": "B"})
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "field",
    ['renewalLink(token: "x") { usable }', 'securityCode(id: "x") { id }'],
)
async def test_secrets_by_get(portal, field):
    """R20, R36: a link's token and a code's id stand in no URL: 405, wherever the field hides, and
    nothing is run; by POST it is. Another operation of the same document may come by GET."""
    for document in (
        f"{{ {field} }}",
        f"query A {{ ...F }} query B {{ __typename }} fragment F on Query {{ a: {field} }}",
    ):
        asked = {"query": document} | ({"operationName": "A"} if "F" in document else {})
        answer = await portal.http.get("/graphql", params=asked)
        assert (answer.status_code, codes(answer)) == (405, ["SECRET_IN_URL"])
        assert answer.headers["allow"] == "POST"
        assert (await portal.http.post("/graphql", json=asked)).json().keys() == {"data"}
    other = await portal.http.get("/graphql", params=asked | {"operationName": "B"})
    assert other.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": ISSUE_IN_URL},
        {"query": f"query Q {{ __typename }} {ISSUE_IN_URL[:8]} M {ISSUE_IN_URL[8:]}"},
    ],
)
async def test_mutation_by_get(portal, parameters):
    """R36, R15: a mutation never comes by GET, hidden behind a query or not; nothing is issued."""
    if " M " in parameters["query"]:
        parameters = {**parameters, "operationName": "M"}
    response = await portal.http.get("/graphql", params=parameters)
    assert (response.status_code, codes(response)) == (405, ["BAD_REQUEST"])
    assert response.json()["errors"][0]["message"] == "A mutation is not taken by GET."
    assert portal.inbox["securityCodes"] == {}


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml", "application/json", "*/*"])
async def test_address_in_a_browser(portal, accept):
    """R36, R38: whoever opens the address without a query is told in JSON what to send."""
    response = await portal.http.get("/graphql", headers={"accept": accept})
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])
    assert "?query=" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("query A { __typename } query B { __typename }", None),
        ("query A { __typename } query B { __typename }", "C"),
        ("query A { __typename } query A { __typename }", "A"),
        ("query A { __typename }", "a"),
        ("{ __typename }", "A"),
        ("query A { __typename } mutation { nope }", None),
        ("fragment F on Query { __typename }", None),
    ],
)
async def test_unclear_operation(portal, document, name):
    """R36: a document that does not say which operation is meant is answered 400, by POST and by
    GET."""
    url = {"query": document} | ({"operationName": name} if name else {})
    for response in (
        await portal.send(document, operationName=name),
        await portal.http.get("/graphql", params=url),
    ):
        assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    "parameters",
    [
        {"variables": "{}"},
        {"query": ""},
        {"query": "{__typename}", "variables": "{"},
        {"query": "{__typename}", "variables": "[]"},
        {"query": "{__typename}", "variables": "5"},
        {"query": "{__typename}", "variables": "[" * 4_000},
        {"query": "{__typename}", "variables": '{"a":' + "9" * 5000 + "}"},
        {"query": "{__typename}", "extensions": "{"},
        {"query": "{__typename}", "extensions": '"x"'},
        {"query": "{__typename}", "extensions": "[" * 4_000},
        {"query": "{__typename}", "operationName": "Unknown"},
    ],
    ids=lambda parameters: str(parameters)[:60],
)
async def test_urls_that_are_no_request(portal, parameters):
    """R36: a URL that holds no GraphQL request is answered 400, however deep its JSON."""
    headers = {"accept": "application/json"}
    response = await portal.http.get("/graphql", params=parameters, headers=headers)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods(portal, method):
    """R36: 405 with the methods that are taken."""
    response = await portal.http.request(method, "/graphql", content=TYPENAME + "}", headers=JSON)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    assert codes(response) == ["BAD_REQUEST"]


async def test_head(portal):
    """R15: HEAD is answered without a body and runs nothing."""
    response = await portal.http.head("/graphql", params={"query": ISSUE_IN_URL})
    assert (response.status_code, response.content) == (405, b"")
    assert portal.inbox["securityCodes"] == {}


async def test_body_cap(open_portal):
    """R38: a longer body than allowed is answered 413, whether its length is declared or not, and
    is not read to its end."""
    portal = await open_portal(longest_body=2048)
    fits = json.dumps({"query": "{__typename}" + " " * 2000}).ljust(2048)
    assert (await post(portal, fits)).status_code == 200
    response = await post(portal, fits + " ")
    assert (response.status_code, codes(response)) == (413, ["BODY_TOO_LARGE"])
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b" " * 1024

    response = await post(portal, endless())
    assert (response.status_code, read) == (413, 3)


async def test_sender_leaves(portal):
    """R36: a sender who leaves in the midst of the body breaks nothing."""
    app = build_app(portal.application)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    pieces = [{"type": "http.request", "body": b'{"que', "more_body": True}]
    sent = []

    async def receive():
        return pieces.pop() if pieces else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    assert sent == []


@pytest.mark.parametrize(
    "pieces", [[], [{"type": "http.request", "body": b"{", "more_body": True}]]
)
async def test_slow_body(portal, monkeypatch, pieces):
    """R38: a body that does not arrive in time is answered 408, in the envelope, and holds its
    connection no longer."""
    monkeypatch.setattr("graphql_api.over_http.arrival.PATIENCE", 0.05)
    app = build_app(portal.application)
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    scope["headers"] = [(b"content-type", b"application/json")]
    sent = []

    async def receive():
        if pieces:
            return pieces.pop()
        return await asyncio.get_running_loop().create_future()

    async def send(message):
        sent.append(message)

    async with asyncio.timeout(60):
        await app(scope, receive, send)
    start, body = sent
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    response = httpx.Response(start["status"], headers=headers, content=body["body"])
    assert (response.status_code, codes(response)) == (408, ["BODY_TOO_SLOW"])


async def test_a_slash_too_many(portal):
    """R36: the same request is asked for again where the endpoint is, below a mount as well."""
    response = await portal.http.post("/graphql/", json={"query": "{__typename}"})
    assert response.status_code == 307
    assert response.headers["location"].endswith("/graphql")
    again = await portal.http.post(response.headers["location"], json={"query": "{__typename}"})
    assert again.json() == {"data": {"__typename": "Query"}}


async def test_patience_ends_with_the_body(open_portal, monkeypatch):
    """R38: once its body has arrived, an operation may take longer than that."""
    monkeypatch.setattr("graphql_api.over_http.arrival.PATIENCE", 0.05)

    class SlowCaptcha:
        async def issue(self, *_):
            await asyncio.sleep(0.2)
            raise SecurityCodesUnavailable

    portal = await open_portal(lambda ports: replace(ports, captcha=SlowCaptcha()))
    response = await portal.send(portal.ISSUE, {"input": {"step": "REQUEST"}})
    assert response.status_code == 200


async def test_the_body_is_given_out_again():
    """The app within reads the body as it came, and then hears of the caller's leaving."""
    heard = []

    async def app(scope, receive, send):
        heard.extend([await receive(), await receive()])

    pieces = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": b"b"},
        {"type": "http.request", "body": b"a", "more_body": True},
    ]

    async def receive():
        return pieces.pop()

    await Envelope(app, Arrivals(1024))({"type": "http", "headers": []}, receive, None)
    assert heard == [
        {"type": "http.request", "body": b"ab", "more_body": False},
        {"type": "http.disconnect"},
    ]


@pytest.mark.parametrize(
    "document",
    [
        "{ nope",
        "{ nope }",
        "{ votingRoun { id } }",
        "{ votingRound { id(x: 1) } }",
        "query ($t: Strin) { renewalLink(token: $t) { usable } }",
        "subscription { x }",
        "{ __typename @skip }",
        "{ ...F } fragment F on Query { ...F }",
        "mutation { issueSecurityCode(input: {step: REQUES}) { id } }",
        "mutation { issueSecurityCode(input: {stp: REQUEST}) { id } }",
        "{" + "...{" * 250 + "__typename" + "}" * 250 + "}",
    ],
    ids=lambda document: document[:30],
)
async def test_documents_that_are_not_valid(portal, document):
    """R36, R38: syntax and validation errors are answered with their places, fast, without
    suggestions of what else there is."""
    begun = time.process_time()
    response = await portal.send(document)
    assert time.process_time() - begun < 1
    assert set(codes(response)) == {"BAD_REQUEST"}
    assert "data" not in response.json()
    assert "Did you mean" not in response.text


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{" * 20_000, "TOO_MANY_TOKENS"),
        ("{a" * 5_000 + "}" * 5_000, "TOO_MANY_TOKENS"),
        ("{a(b:" + "[" * 20_000 + "]" * 20_000 + ")}", "DOCUMENT_TOO_LONG"),
        ("{" + "...{" * 8_000 + "__typename" + "}" * 8_000 + "}", "DOCUMENT_TOO_LONG"),
        ("{" + "votingRound{id} " * 4_000 + "}", "DOCUMENT_TOO_LONG"),
    ],
    ids=lambda each: each[:30],
)
async def test_documents_beyond_the_limits(portal, document, code):
    """R38: deep and long documents are refused by the limit that they exceed, fast."""
    begun = time.process_time()
    response = await portal.send(document)
    assert time.process_time() - begun < 1
    assert "data" not in response.json()
    assert codes(response) == [code] or codes(response) == ["BAD_REQUEST"]


async def test_unlisted_parts_are_ignored(portal):
    """R36: a client may send members that we do not know."""
    response = await portal.send("{__typename}", {}, documentId="x", extensions={"a": 1})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_variables_are_coerced(portal):
    """R36: a missing or mistyped variable is told by its path."""
    for variables, where in (
        ({}, "Variable '$input' has an invalid value."),
        ({"input": {}}, "Variable '$input' has an invalid value: the field 'step' is required."),
        ({"input": {"step": "X"}}, "Variable '$input' has an invalid value at .step."),
        ({"input": None}, "Variable '$input' has an invalid value."),
    ):
        (error,) = (await portal.send(portal.ISSUE, variables)).json()["errors"]
        assert error["message"] == where


async def test_aliases_are_counted(open_portal):
    """R26: ten aliases of one field count ten times, so they get no further than ten requests."""
    portal = await open_portal(network_limit="4/minute")
    fields = "".join(
        f"a{index}: issueSecurityCode(input: {{step: REQUEST}}) {{ id }}" for index in range(6)
    )
    answer = (await portal.send(f"mutation {{ {fields} }}")).json()
    (error,) = answer["errors"]
    assert error["path"] == ["a4"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= error["extensions"]["retryAfter"] <= 60
    assert len(portal.inbox["securityCodes"]) == 4


@pytest.mark.parametrize(
    "field", ['renewalLink(token: "x") { usable }', 'securityCode(id: "x") { id }']
)
async def test_queries_are_counted(open_portal, field):
    """R26, R38: looking up links and drawing security codes cost work, too: both are limited by
    field, with or without aliases."""
    portal = await open_portal(network_limit="3/minute")
    await portal.send(f"{{ {field} }}")
    aliases = " ".join(f"a{index}: {field}" for index in range(4))
    answer = (await portal.send(f"{{ {aliases} }}")).json()
    # `renewalLink` is never null, so that one refusal takes the whole answer with it.
    places = {(error["path"][0], error["extensions"]["code"]) for error in answer["errors"]}
    assert places <= {("a2", "TOO_MANY_REQUESTS"), ("a3", "TOO_MANY_REQUESTS")}
    assert ("a2", "TOO_MANY_REQUESTS") in places


async def test_edge_limit_is_a_union_member(open_portal):
    """R26, R37: over the limit the form is answered with a typed member and the seconds to wait,
    the same for every voter, and nothing is consumed."""
    portal = await open_portal(network_limit="2/minute")
    code = await portal.code("REQUEST")
    bad = {"id": "x", "answer": "1"}
    for _ in range(2):
        assert (await portal.request(securityCode=bad))["__typename"] == "SecurityCodeRejected"
    answers = [
        await portal.request(numic=numic, securityCode=code) for numic in ("12345", "99999999")
    ]
    assert {answer["__typename"] for answer in answers} == {"TooManyRequests"}
    assert answers[0]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= answers[0]["retryAfter"] <= 60
    assert str(answers[0]["retryAfter"]) in answers[0]["message"]
    elsewhere = await open_portal(client="198.51.100.9")
    answer = await elsewhere.request(securityCode=code)
    assert answer["__typename"] == "RenewalRequested"


async def _takes_no_writes() -> None:
    raise StoreUnavailable("a standby")


async def test_health(portal, monkeypatch):
    """Health: the process is alive, and ready while the database takes writes and jobs can be
    read."""
    alive, ready = await portal.http.get("/healthz"), await portal.http.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    with monkeypatch.context() as standby:
        standby.setattr(portal.application.ports.store, "check", _takes_no_writes)
        assert (await portal.http.get("/readyz")).status_code == 503
    await portal.application.ports.store.close()
    alive, ready = await portal.http.get("/healthz"), await portal.http.get("/readyz")
    assert alive.status_code == 200
    assert (ready.status_code, ready.json()) == (503, {"status": "database unreachable"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nope", 404), ("POST", "/nope", 404), ("POST", "/healthz", 405)],
)
async def test_other_paths(portal, method, path, status):
    """R36: unknown paths and wrong methods are answered in JSON, in the same envelope."""
    response = await portal.http.request(method, path)
    assert (response.status_code, codes(response)) == (status, ["BAD_REQUEST"])


async def test_correlation_ids_differ(portal):
    """R37: each request has an id of its own; one that a caller sends is not taken over."""
    ids = set()
    for _ in range(5):
        response = await portal.http.get("/healthz", headers={"x-correlation-id": "forged"})
        ids.add(response.headers["x-correlation-id"])
    assert len(ids) == 5
    assert "forged" not in ids


async def test_dev_inbox(portal):
    """The demo's inbox: as JSON and as a page, which runs no script and escapes what it shows."""
    await portal.renew()
    form = {"topic": "OTHER", "message": "<script>", "email": "a@example.org"}
    form["securityCode"] = await portal.code("ASSISTANCE")
    await portal.ask(portal.ASSIST, input=form)
    await portal.work()
    contents = (await portal.http.get("/dev/inbox.json")).json()
    assert [len(contents[kind]) for kind in ("emails", "sms")] == [3, 1]
    page = await portal.http.get("/dev/inbox")
    assert portal.newest_password in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_no_dev_inbox_unless_switched_on(open_portal):
    """R20: outside of trials there is no inbox to look into."""
    portal = await open_portal(
        dev_inbox=False, email="smtp", sms="kannel", kannel_username="u", kannel_password="p"
    )
    for path in ("/dev/inbox", "/dev/inbox.json"):
        assert (await portal.http.get(path)).status_code == 404
    assert portal.application.ports.inbox is None


@pytest.mark.parametrize("work", [False, True])
async def test_lifespan(portal, work):
    """The app starts and stops its application with the server, and works off jobs if told to."""
    application = portal.application
    app = build_app(application, work=work)
    await application.stop()
    incoming, outgoing = [{"type": "lifespan.startup"}], []

    async def receive():
        if incoming:
            return incoming.pop()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            outgoing.append((await http.get("/readyz")).status_code)
        return {"type": "lifespan.shutdown"}

    async def send(message):
        outgoing.append(message["type"])

    await app({"type": "lifespan", "state": {}}, receive, send)
    assert outgoing == ["lifespan.startup.complete", 200, "lifespan.shutdown.complete"]
    assert not await application.is_ready()


async def test_documents_that_are_always_new_are_counted(open_portal):
    """R26, R38: reading one costs more than most answers; the same ones again cost nothing."""
    portal = await open_portal(network_limit="1000/minute", documents_limit="3/minute")
    for number in (1, 2, 3, 3, 2, 1):
        answer = await portal.send(f"{{ __typename }} # {number}")
        assert answer.status_code == 200
    for wrong in ("{ __typename } # 4", "{ nope }", "{"):
        answer = await portal.send(wrong)
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {
            "code": "TOO_MANY_REQUESTS",
            "retryAfter": int(answer.headers["retry-after"]),
            "correlationId": answer.headers["x-correlation-id"],
        }
    assert (await portal.send("{ __typename } # 2")).status_code == 200
