"""Who may call a sandbox, from where, and what those are told who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios.settings import ROUTER_SECRET, SandboxOptions
from tests.sandbox.partner import AT, BASE, client_of

PAGE = "http://localhost:5173"
ISSUE = "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"
CONFIRM = """mutation { confirmPasswordRenewal(input: {token: "x", identifier: "K7WPQ2M4XN9B",
  securityCode: {id: "sandbox-confirm-1", answer: "1234"}}) { __typename } }"""
WATCH = "{ votersUnreached { waiting } }"


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = build_sandbox(SandboxOptions(BASE, at=AT, **options))
    async with client_of(app) as client, app.router.lifespan_context(app):
        yield client


async def ask(http: httpx.AsyncClient, document: str, **headers: str) -> tuple[int, Any]:
    """Status, and the code of the first error, or the data."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await http.post("/graphql", json={"query": document}, headers=shown)
    body = answer.json()
    if "errors" not in body:
        return answer.status_code, body["data"]
    extensions = body["errors"][0]["extensions"]
    assert extensions["correlationId"] == answer.headers["x-correlation-id"]
    assert extensions.get("retryAfter", 0) == int(answer.headers.get("retry-after", 0))
    return answer.status_code, extensions["code"]


@pytest.mark.parametrize(
    "shown",
    [
        {"authorization": "Bearer sandbox-expired"},
        {"x_api_key": "sandbox-expired"},
        {"x_api_key": "sandbox-revoked"},
        {"x_api_key": "made-up"},
        {"authorization": "Bearer sandbox-partner", "x_api_key": "sandbox-partner"},
        {"authorization": "sandbox-partner"},
    ],
)
async def test_credentials_that_are_not_accepted(http, shown):
    """R40, R41: 401, the same for every reason, which a partner can try."""
    assert await ask(http, ISSUE, **shown) == (401, "UNAUTHENTICATED")


async def test_who_may_not_have_a_field(http):
    """R40, R41: FORBIDDEN for a partner without the scope, or with another's field; a caller
    without credentials is asked for some."""
    bare = {"authorization": "Bearer sandbox-partner-without-scopes"}
    assert await ask(http, CONFIRM, **bare) == (200, "FORBIDDEN")
    assert (await ask(http, ISSUE, **bare))[1]["issueSecurityCode"]["id"]
    assert await ask(http, WATCH, authorization="Bearer sandbox-partner") == (200, "FORBIDDEN")
    assert await ask(http, WATCH) == (200, "UNAUTHENTICATED")
    known = await ask(http, CONFIRM, x_api_key="sandbox-partner")
    assert known == (200, {"confirmPasswordRenewal": {"__typename": "LinkRejected"}})


async def test_waits_at_the_door():
    """R26, R41: 503 while nobody can tell who calls, 429 after too many bad credentials; both tell
    the wait in the body."""
    async with opened() as http:
        away = {"authorization": "Bearer sandbox-unavailable"}
        assert await ask(http, ISSUE, **away) == (503, "TEMPORARILY_UNAVAILABLE")
        found = [await ask(http, ISSUE, x_api_key="sandbox-revoked") for _ in range(31)]
        assert found[29:] == [(401, "UNAUTHENTICATED"), (429, "TOO_MANY_REQUESTS")]


async def preflight(http: httpx.AsyncClient, origin: str) -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": "POST"}
    return await http.options("/graphql", headers=asked)


async def test_pages_of_a_named_origin_may_ask():
    """R36, R41: a development server's; their rooms as well. No other origin, and none unless one
    is named."""
    async with opened(origins=(PAGE, "http://localhost:3000")) as http:
        answer = await preflight(http, PAGE)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "x-sandbox" in answer.headers["access-control-allow-headers"].split(", ")
        assert (await preflight(http, "http://localhost:3000")).status_code == 204
        assert (await preflight(http, "http://localhost:4000")).status_code == 405
        inbox = await http.get("/dev/inbox.json", headers={"origin": PAGE})
        assert "access-control-allow-origin" not in inbox.headers
    async with opened() as http:
        assert (await preflight(http, PAGE)).status_code == 405


async def test_a_subgraph():
    """R39, R41: `_service` for the router on this machine, whose correlation id is taken; for
    others, and in a sandbox that is none, the field does not exist."""
    router = {"router-authorization": ROUTER_SECRET, "x-correlation-id": "partners-trace-1"}
    asked = {"json": {"query": "{ _service { sdl } }"}}
    async with opened(subgraph=True) as http:
        answer = await http.post("/graphql", headers=router, **asked)
        assert "@key" in answer.json()["data"]["_service"]["sdl"]
        assert answer.headers["x-correlation-id"] == "partners-trace-1"
        assert await ask(http, "{ _service { sdl } }") == (200, "BAD_REQUEST")
        assert (await ask(http, ISSUE))[1]["issueSecurityCode"]["id"]
    async with opened() as http:
        assert "errors" in (await http.post("/graphql", headers=router, **asked)).json()
