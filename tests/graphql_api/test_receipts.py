"""`/receipts/{route}`: what providers are answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from core.delivery import DeliveryState
from core.errors import StoreUnavailable
from core.receipt_refusals import ReceiptForged, ReceiptMalformed, ReceiptUnproven
from core.receipts import Receipt
from graphql_api.over_http.arrival import Arrivals
from graphql_api.over_http.envelope import Envelope
from graphql_api.over_http.receipts import LONGEST_BODY, receipt_routes

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
RECEIPT = Receipt("sms", DeliveryState.DELIVERED, NOW, attempt="r1.password.1")


@dataclass
class Provider:
    """A way of writing receipts, and the store behind; both say no when told to."""

    refusal: Exception | None = None
    outage: Exception | None = None
    asked: list[tuple] = field(default_factory=list)
    taken: list[Receipt] = field(default_factory=list)

    def parse(self, method, query, headers, body) -> Receipt:
        self.asked.append((method, dict(query), headers.get("authorization"), body))
        if self.refusal:
            raise self.refusal
        return RECEIPT

    async def take(self, receipt: Receipt) -> None:
        if self.outage:
            raise self.outage
        self.taken.append(receipt)


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
async def http(provider):
    inner = Starlette(routes=receipt_routes({"sms": provider}, provider.take))
    app = Envelope(inner, Arrivals(100_000))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


def code(answer):
    [error] = answer.json()["errors"]
    return error["extensions"]["code"]


async def test_a_process_that_is_stopped_takes_none(provider):
    """R29, R30: its clock is wrong: nothing is read, the provider reports again, others answer."""
    stopped = True
    app = Starlette(routes=receipt_routes({"sms": provider}, provider.take, lambda: stopped))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        refused = await http.post("/receipts/sms", content=b"x")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
        assert (code(refused), provider.asked) == ("TEMPORARILY_UNAVAILABLE", [])
        stopped = False
        assert (await http.post("/receipts/sms", content=b"x")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_recorded(http, provider, method):
    """R30: 200, which every provider takes for a yes, once the receipt is stored."""
    answer = await http.request(method, "/receipts/sms?id=r1")
    assert (answer.status_code, answer.json()) == (200, {"status": "recorded"})
    assert provider.taken == [RECEIPT]


async def test_the_parser_sees_the_request_as_it_came(http, provider):
    """R30: what a signature may be over: method, query, headers in lower case, the exact bytes."""
    body, headers = b'{"a" : 1}\xff', {"Authorization": "Bearer x"}
    await http.post("/receipts/sms?a=1&b=%C3%A9+", content=body, headers=headers)
    assert provider.asked == [("POST", {"a": "1", "b": "é "}, "Bearer x", body)]


async def test_the_tag_may_stand_in_the_path(http, provider):
    """R30: for providers that put a query of their own behind the address; the path counts."""
    answer = await http.get("/receipts/sms/0123abcd?id=7&mac=other")
    assert answer.status_code == 200
    assert provider.asked == [("GET", {"id": "7", "mac": "0123abcd"}, None, b"")]


@pytest.mark.parametrize("path", ["/receipts/other", "/receipts/other/x", "/receipts/SMS"])
async def test_unknown_route(http, provider, path):
    """R30: a route that does not report here is not found."""
    answer = await http.get(path)
    assert (answer.status_code, code(answer)) == (404, "UNKNOWN_ROUTE")
    assert provider.asked == []


@pytest.mark.parametrize(
    ("refusal", "status", "name"),
    [
        (ReceiptMalformed("no id"), 400, "RECEIPT_MALFORMED"),
        (ReceiptForged("wrong tag"), 401, "RECEIPT_FORGED"),
        (ReceiptUnproven("unsigned"), 503, "TEMPORARILY_UNAVAILABLE"),
    ],
)
async def test_refused(http, provider, refusal, status, name):
    """R30: malformed and forged receipts are refused for good; one that may yet be signed is asked
    for again. Nothing is stored."""
    provider.refusal = refusal
    answer = await http.get("/receipts/sms")
    assert (answer.status_code, code(answer)) == (status, name)
    assert provider.taken == []
    assert ("retry-after" in answer.headers) is (status == 503)
    assert ("www-authenticate" in answer.headers) is (status == 401)


async def test_the_provider_repeats_while_the_store_is_down(http, provider):
    """R29, R30: 503 with a time, so that no receipt is lost; then it is taken."""
    provider.outage = StoreUnavailable("locked")
    answer = await http.get("/receipts/sms")
    assert (answer.status_code, code(answer)) == (503, "TEMPORARILY_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    provider.outage = None
    assert (await http.get("/receipts/sms")).status_code == 200


async def test_long_bodies_are_not_looked_at(http, provider):
    """R30: receipts are short."""
    answer = await http.post("/receipts/sms", content=b"x" * (LONGEST_BODY + 1))
    assert (answer.status_code, code(answer)) == (413, "BODY_TOO_LARGE")
    assert provider.asked == []
    assert (await http.post("/receipts/sms", content=b"x" * LONGEST_BODY)).status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
async def test_other_methods(http, provider, method):
    """R30: looking at the address reports nothing."""
    assert (await http.request(method, "/receipts/sms")).status_code == 405
    assert provider.asked == []


@pytest.mark.parametrize(
    "trouble",
    [{"refusal": ReceiptForged("wrong tag")}, {"outage": StoreUnavailable("CANARY")}, {}],
)
async def test_nothing_of_a_receipt_is_logged(http, provider, logged, trouble):
    """R42: the route and a reason of ours, never the query, the body or an exception's text."""
    for name, value in trouble.items():
        setattr(provider, name, value)
    await http.post("/receipts/sms?id=CANARY", content=b"CANARY")
    assert "CANARY" not in logged.getvalue()
    ours = [json.loads(line) for line in logged.getvalue().splitlines() if "reassort.rec" in line]
    told = [(line["route"], line["reason"]) for line in ours]
    assert told == ([("sms", "wrong tag" if "refusal" in trouble else "store")] if trouble else [])


async def test_nobody_reports_to_a_portal_without_parsers(provider):
    """R30: without a route that has receipts the address does not exist."""
    assert receipt_routes({}, provider.take) == []
