"""A portal that trusts an issuer on loopback: one audience for partners, one for dashboards."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.connections.http import http_client
from adapters.trial import SetClock
from graphql_api.access.scopes import DELIVERIES, RENEWALS
from tests.servers.issuer import IssuerServer, SigningKey

ISSUER = "https://login.example.org/realms/vote"
PARTNERS, DASHBOARDS = "reassort-partners", "reassort-dashboards"
CLIENTS = {name: name for name in ("consulat", "third", "other")}
"""The issuer's ids for clients, and our names."""
LINK = '{ renewalLink(token: "x") { usable } }'
WATCH = "{ votersUnreached { waiting lost } }"


@dataclass
class Issuer:
    """Makes tokens as the issuer does, or as someone who would like to be."""

    server: IssuerServer
    key: SigningKey
    clock: SetClock

    def claims(self, **given: Any) -> dict[str, Any]:
        """Those of a partner; None leaves one out."""
        now = int(self.clock.now().timestamp())
        usual = {
            "iss": ISSUER,
            "aud": PARTNERS,
            "iat": now,
            "exp": now + 300,
            "client_id": "consulat",
            "scope": RENEWALS,
        }
        return {name: value for name, value in (usual | given).items() if value is not None}

    def partner(self, **given: Any) -> str:
        return self.key.sign(self.claims(**given), typ="at+jwt")

    def dashboard(self, **given: Any) -> str:
        mine = {"aud": DASHBOARDS, "sub": "u-1", "client_id": None, "scope": DELIVERIES}
        return self.partner(**(mine | given))


@pytest.fixture
async def issuer(clock) -> AsyncIterator[Issuer]:
    server = IssuerServer()
    key = SigningKey("first")
    server.keys = [key.jwk]
    await server.start()
    yield Issuer(server, key, clock)
    await server.stop()


@pytest.fixture
def trust(issuer) -> Callable[..., dict[str, Any]]:
    """The settings of an issuer; any may be given."""

    def trust(**given: Any) -> dict[str, Any]:
        usual = {"issuer": ISSUER, "audience": PARTNERS, "jwks_uri": issuer.server.url}
        named = {} if given.get("kind") == "dashboard" else {"partners": CLIENTS}
        return {**usual, "kind": "partner", **named, **given}

    return trust


@pytest.fixture
async def open_guarded(open_portal, trust) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Opens a portal with a client that reaches loopback."""
    clients: list[httpx.AsyncClient] = []

    async def make(**given: Any) -> Any:
        clients.append(http_client())
        issuers = [trust(), trust(audience=DASHBOARDS, kind="dashboard")]
        return await open_portal(
            lambda ports: replace(ports, http=clients[-1]), **{"issuers": issuers, **given}
        )

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def guarded(open_guarded) -> Any:
    return await open_guarded()


@pytest.fixture
def ask(guarded) -> Callable[..., Awaitable[httpx.Response]]:
    """Asks for one field with this bearer token, or with these headers."""

    async def ask(token: str | None = None, document: str = LINK, headers: Any = None):
        shown = headers or ({"authorization": f"Bearer {token}"} if token else {})
        return await guarded.http.post("/graphql", json={"query": document}, headers=shown)

    return ask


@pytest.fixture
def refused(logged) -> Callable[[httpx.Response, str, str], None]:
    """Checks that an answer is the neutral refusal, and that the log, not the answer, has why."""

    def refused(answer: httpx.Response, reason: str, token: str) -> None:
        correlation_id = answer.headers["x-correlation-id"]
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == CHALLENGE
        assert answer.content == NEUTRAL.replace(b"@", correlation_id.encode())
        lines = logged.getvalue().splitlines()
        (line,) = [each for each in lines if "caller_refused" in each and correlation_id in each]
        assert f'"reason":"{reason}"' in line
        for part in (token, *token.split(".")):
            assert len(part) < 10 or part not in logged.getvalue()

    return refused


@pytest.fixture
def put_off(logged) -> Callable[[httpx.Response, str, str], None]:
    """Checks that an answer says that it is our fault, and that the log has which."""

    def put_off(answer: httpx.Response, reason: str, token: str) -> None:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "www-authenticate" not in answer.headers
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "TEMPORARILY_UNAVAILABLE"
        assert error["extensions"]["retryAfter"] == 10
        assert f'"reason":"{reason}"' in logged.getvalue()
        assert token not in logged.getvalue() + answer.text

    return put_off


CHALLENGE = 'Bearer realm="reassort", error="invalid_token"'
NEUTRAL = re.sub(
    rb"\n\s*",
    b"",
    b"""{"errors":[{"message":"The credentials are not accepted. Quote @ to the operators.",
    "extensions":{"code":"UNAUTHENTICATED","correlationId":"@"}}]}""",
)
MINUTE = timedelta(minutes=1)
