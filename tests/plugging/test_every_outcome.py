"""A whole renewal and every refusal, as a front end behind each router is shown them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from graphql_api.sandbox.process import running_sandbox
from tests.clients.python.operations import ASK, CONFIRM, LOOK
from tests.clients.python.table import play
from tests.plugging.routers import HERE, HIVE, ROUTERS, node_modules

SECRET = "sandbox-router-secret-that-everyone-knows"
VOTER = {"X-Forwarded-For": "203.0.113.7"}
ASK_ROUND = "{ votingRound { id } }"
OUTCOMES = 50
"""And more: each voter's one or two, and nine that any voter may bring about."""
OF_A_PROXY = {
    "apollo": "INTERNAL_SERVER_ERROR",
    "hive": "INTERNAL_SERVER_ERROR",
    "stitch": "RESPONSE_VALIDATION_FAILED",
    "mercurius": "Unexpected end of JSON input",
}
"""The code, or the message where there is none, that a router makes of an answer without a body,
such as a 429 or 503 of a proxy between it and the gateway."""


class Refused(Exception):
    """What a front end finds in `errors`."""


@dataclass
class FrontEnd:
    """One that sends to a router, and knows nothing but the schema."""

    http: httpx.Client
    of_a_proxy: str

    def call(self, document: str, **variables: Any) -> Any:
        answer = self.http.post("/graphql", json={"query": document, "variables": variables}).json()
        if errors := answer.get("errors"):
            raise Refused(errors[0].get("extensions", {}).get("code") or errors[0]["message"])
        (field,) = answer["data"].values()
        return field

    def ask(self, form: Any) -> Any:
        return self.call(ASK, input=form)

    def look(self, token: str) -> Any:
        return self.call(LOOK, token=token)

    def confirm(self, form: Any) -> Any:
        return self.call(CONFIRM, input=form)

    def outcome(self, error: Exception) -> str | None:
        if not isinstance(error, Refused):
            return None
        told = str(error)
        return "HTTP" if told == self.of_a_proxy else told


@pytest.mark.parametrize(
    "router",
    [
        pytest.param("apollo", marks=node_modules()),
        pytest.param("hive", marks=[node_modules(), node_modules(HIVE)]),
        pytest.param("stitch", marks=node_modules(HERE, "@graphql-tools/stitch")),
        pytest.param("mercurius", marks=node_modules(HERE, "@mercuriusjs/gateway")),
    ],
)
async def test_every_outcome(router, tmp_path):
    """R37, R39: type, code and message of each refusal pass each router; so does the code of a
    defect. A proxy's 429 or 503 becomes the router's own error, which page and table name."""
    options = ["--at", "2027-06-05T12:00:00Z", "--no-limits", "--subgraph"]
    with running_sandbox(options) as sandbox:
        async with ROUTERS[router]({"reassort": sandbox.graphql}, tmp_path, SECRET) as address:
            with httpx.Client(base_url=address, timeout=60, headers=VOTER) as http:
                front_end = FrontEnd(http, OF_A_PROXY[router])
                assert await asyncio.to_thread(play, sandbox.url, front_end) >= OUTCOMES


@pytest.mark.parametrize(
    "router",
    [
        pytest.param("stitch", marks=node_modules(HERE, "@graphql-tools/stitch")),
        pytest.param("mercurius", marks=node_modules(HERE, "@mercuriusjs/gateway")),
    ],
)
async def test_refusals_and_mutations_of_routers_that_plan_by_field(router, tmp_path):
    """R38, R39: they send the mutations of an operation one by one, so that each counts for the
    voter's network, and the limit on mutations holds nobody. A refusal by 401 keeps its code."""
    code = '{token: "x", identifier: "K7WPQ2M4XN9B", securityCode: {id: "x", answer: "1"}}'
    fields = " ".join(
        f"a{number}: confirmPasswordRenewal(input: {code}) {{ __typename }}" for number in range(40)
    )
    with running_sandbox(["--at", "2027-06-05T12:00:00Z", "--subgraph"]) as sandbox:
        async with (
            ROUTERS[router]({"reassort": sandbox.graphql}, tmp_path, SECRET) as address,
            httpx.AsyncClient(base_url=address, timeout=60, headers=VOTER) as http,
        ):
            asked = {"query": f"mutation {{ {fields} }}"}
            data = (await http.post("/graphql", json=asked)).json()["data"]
            kinds = [each["__typename"] for each in data.values()]
            assert (len(kinds), kinds.count("TooManyRequests")) == (40, 10)
            bad = {"X-Api-Key": "sandbox-revoked"}
            answer = await http.post("/graphql", json={"query": ASK_ROUND}, headers=bad)
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED"
            assert error["extensions"]["correlationId"]
