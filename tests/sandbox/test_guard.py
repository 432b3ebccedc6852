"""A sandbox obeys this machine, not every page that a browser opens."""

from __future__ import annotations

import httpx
import pytest

from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios.settings import SandboxOptions

BASE = "http://127.0.0.1:8000"
LINK = "https://front.example.org/#token={token}"


async def status_of(headers: dict[str, str], base: str = BASE, path: str = "/dev/reset") -> int:
    app = build_sandbox(SandboxOptions(base, link_template=LINK))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=base) as client,
    ):
        method = "POST" if path == "/dev/reset" else "GET"
        answer = await client.request(method, path, headers=headers)
    if answer.status_code == 403:
        assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    return answer.status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example.org"},
        {"Origin": "http://127.0.0.1.example.org:8000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_page_from_elsewhere_steers_nothing(headers: dict[str, str]):
    """R61: A12: neither a form nor a script of another site."""
    assert await status_of(headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": BASE, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://shop.localhost:5173"},
        {"Host": "localhost:8000"},
        {"Host": "[::1]:8000"},
    ],
)
async def test_programs_and_pages_of_this_machine_steer_it(headers: dict[str, str]):
    """R41: partners' tests, and their pages in a browser."""
    assert await status_of(headers) == 200


@pytest.mark.parametrize("path", ["/dev/inbox.json", "/dev/reset", "/healthz"])
@pytest.mark.parametrize("host", ["rebound.example.org:8000", "127.0.0.1.example.org", ""])
async def test_it_answers_to_no_other_name(path: str, host: str):
    """R61: A12: a name that was made to lead here reads nothing."""
    assert await status_of({"Host": host}, path=path) == 403


async def test_one_for_other_machines_answers_to_any_name():
    """R41: as a service in continuous integration; other sites' pages are refused there, too."""
    served = "http://192.0.2.10:8000"
    assert await status_of({"Host": "sandbox:8000"}, served) == 200
    assert await status_of({"Host": "sandbox:8000", "Origin": "http://sandbox:8000"}, served) == 200
    assert await status_of({"Host": "sandbox:8000", "Origin": "https://x.example"}, served) == 403
