"""The verification that a portal copies from the page takes the gateway's calls, and no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
import respx

from adapters.credentials.http import HttpCredentials, HttpCredentialsSettings
from adapters.credentials.signature import SigningKey
from adapters.trial import SetClock
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic

URL = "https://portal.example.org/internal/passwords"
NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)


@pytest.fixture
def is_genuine(read_page) -> Callable[..., bool]:
    """The page's function."""
    (example,) = (
        block.text
        for block in read_page("docs/how-to/connect-credentials.md").blocks
        if block.language == "python"
    )
    portal: dict = {"__name__": "portal"}
    exec(compile(example, "portal.py", "exec"), portal)
    return portal["is_genuine"]


@pytest.fixture
async def sent() -> httpx.Request:
    """A call as the gateway makes it."""
    key = SigningKey("2027", bytes.fromhex("6e" * 32))
    settings = HttpCredentialsSettings(URL, key, send="password")
    with respx.mock() as router:
        router.put(URL).respond(204)
        async with httpx.AsyncClient() as client:
            store = HttpCredentials(client, settings, SetClock(NOW))
            issuance = Issuance("r1", "2027-1", NOW)
            assert await store.put(Numic("00012345"), Password("MLKJHGFEDCBA"), issuance)
        return router.calls.last.request


def given(request: httpx.Request, **changed: object) -> dict:
    """The function's arguments."""
    return {
        "method": request.method,
        "path": request.url.path,
        "headers": {key.lower(): value for key, value in request.headers.items()},
        "body": request.content,
        "now": NOW.timestamp(),
        **changed,
    }


async def test_the_gateways_call_is_genuine(is_genuine, sent: httpx.Request) -> None:
    """R42: as it was sent, within five minutes either way."""
    for late in (-300, 0, 300):
        assert is_genuine(**given(sent, now=NOW.timestamp() + late))


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "POST"},
        {"path": "/internal/other"},
        {"body": b"{}"},
        {"now": NOW.timestamp() + 301},
        {"now": NOW.timestamp() - 301},
        {"headers": {}},
    ],
)
async def test_what_was_changed_is_not(is_genuine, sent: httpx.Request, changed: dict) -> None:
    """R42: whatever it is that was changed."""
    assert not is_genuine(**given(sent, **changed))


@pytest.mark.parametrize(
    ("header", "old", "new"),
    [
        ("idempotency-key", "r1", "r2"),
        ("reassort-signature", "kid=2027", "kid=2028"),
        ("reassort-signature", "v1=", "v1=0"),
        ("reassort-signature", "v1=", "v1=é"),
        ("reassort-signature", "t=1", "t=one"),
        ("reassort-signature", ",", ";"),
    ],
)
async def test_headers_that_were_changed_are_not(
    is_genuine, sent: httpx.Request, header: str, old: str, new: str
) -> None:
    """R42: nor does a header that cannot be read raise anything."""
    headers = given(sent)["headers"]
    assert old in headers[header]
    headers[header] = headers[header].replace(old, new)
    assert not is_genuine(**given(sent, headers=headers))
