"""The reverse proxy of the deployment page: its own text, run by nginx before the gateway."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import trustme

from graphql_api.app import build_app
from tests.graphql_api.conftest import Portal
from tests.plugging.serving import serving
from tests.servers.nginx import free_port, needs_nginx, nginx

pytestmark = needs_nginx
PAGE = Path(__file__).parents[2] / "docs/how-to/deploy-on-one-machine.md"
MONITORING, PROVIDER, VOTER, ANOTHER = (f"127.0.0.{n}" for n in (2, 3, 4, 5))
ISSUE = "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"
ASK = {"query": "{ votingRound { id } }"}


def configuration(folder: Path, gateway: str, plain: int, secure: int) -> str:
    """The page's text, with places of this test in the place of those that it names."""
    (text,) = re.findall(r"^```nginx\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    places = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "server 127.0.0.1:8000;": f"server {gateway.removeprefix('http://')};",
        "/etc/ssl/vote.example.org.pem": f"{folder}/cert.pem",
        "/etc/ssl/vote.example.org.key": f"{folder}/key.pem",
        "/var/log/nginx/vote.log": f"{folder}/vote.log",
        "allow 192.0.2.0/24;": f"allow {MONITORING};",
        "allow 198.51.100.0/24;": f"allow {PROVIDER};",
    }
    for told, here in places.items():
        assert told in text, told
        text = text.replace(told, here)
    return text


@dataclass
class Proxied:
    """The gateway behind nginx, and who calls it from which address of loopback."""

    portal: Portal
    plain: str
    secure: str
    folder: Path
    trusted: ssl.SSLContext
    open: AsyncExitStack
    callers: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def caller(self, address: str) -> httpx.AsyncClient:
        if address not in self.callers:
            transport = httpx.AsyncHTTPTransport(verify=self.trusted, local_address=address)
            self.callers[address] = httpx.AsyncClient(
                transport=transport, base_url=self.secure, timeout=30
            )
            self.open.push_async_callback(self.callers[address].aclose)
        return self.callers[address]

    async def code_of(self, address: str, forwarded: str) -> str | None:
        """The code of what a security code is refused with, None where one is issued."""
        headers = {"X-Forwarded-For": forwarded}
        answer = await self.caller(address).post("/graphql", json={"query": ISSUE}, headers=headers)
        errors = answer.json().get("errors", [])
        return errors[0]["extensions"]["code"] if errors else None


@pytest.fixture
async def proxied(open_portal, tmp_path) -> AsyncIterator[Proxied]:
    """As the page has it, with one use of a field a minute and network."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "vote.example.org")
    (tmp_path / "cert.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
    (tmp_path / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    settings = {"trusted_proxies": "127.0.0.1", "network_limit": "1/minute", "portal": True}
    portal = await open_portal(**settings)
    plain, secure = free_port(), free_port()
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(serving(build_app(portal.application)))
        inner = configuration(tmp_path, gateway, plain, secure)
        stack.enter_context(nginx(inner, tmp_path, secure))
        addresses = (f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}")
        yield Proxied(portal, *addresses, tmp_path, trusted, stack)


async def test_whose_network_counts(proxied):
    """R26, R36: the voter's own, whatever the caller writes; each has a limit of its own."""
    assert await proxied.code_of(VOTER, "203.0.113.7") is None
    assert await proxied.code_of(VOTER, "203.0.113.8") == "TOO_MANY_REQUESTS"
    assert await proxied.code_of(ANOTHER, "203.0.113.7") is None


async def test_which_id_a_request_has(proxied, logged):
    """R37, R42: that of the proxy, in the answer and in our log; one from outside is nowhere."""
    sent = {"X-Correlation-Id": "from-outside-0001"}
    proxied.portal.application.gateway.calendar.__dict__["rounds"] = "a secret defect"
    answer = await proxied.caller(VOTER).post("/graphql", json=ASK, headers=sent)
    id = answer.headers["x-correlation-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", id)
    assert answer.json()["errors"][0]["extensions"]["correlationId"] == id
    assert id in logged.getvalue()
    assert "from-outside" not in logged.getvalue()


async def test_what_reaches_whom(proxied):
    """R20, R36, R43: figures for the monitoring, receipts from providers, the inbox for nobody."""
    voter = proxied.caller(VOTER)
    for path, who, status in (
        ("/healthz", MONITORING, 200),
        ("/readyz", MONITORING, 200),
        ("/receipts/nobody", PROVIDER, 404),
    ):
        assert (await voter.get(path)).status_code == 403, path
        answer = await proxied.caller(who).get(path)
        assert (answer.status_code, "x-correlation-id" in answer.headers) == (status, True), path
    assert (await voter.get("/metrics")).status_code == 403
    inbox = await voter.get("/dev/inbox")
    assert (inbox.status_code, "x-correlation-id" in inbox.headers) == (404, False)
    assert (await proxied.portal.http.get("/dev/inbox.json")).status_code == 200


async def test_bodies_end_where_the_gateway_ends_them(proxied):
    """R36: 64 KiB pass to the gateway, and are refused by it for what they are; one byte more does
    not pass."""
    headers = {"content-type": "application/json"}
    voter = proxied.caller(VOTER)
    at_bound = await voter.post("/graphql", content=b" " * 65_536, headers=headers)
    assert (at_bound.status_code, at_bound.json()["errors"][0]["extensions"]["code"]) == (
        400,
        "BAD_REQUEST",
    )
    beyond = await voter.post("/graphql", content=b" " * 65_537, headers=headers)
    assert (beyond.status_code, "x-correlation-id" in beyond.headers) == (413, False)


async def test_a_network_is_held_back_before_the_gateway(proxied):
    """R26, R36: 20 calls at once and the first of the minute; the next is nginx's own 429."""
    answers = [await proxied.caller(VOTER).post("/graphql", json=ASK) for _ in range(24)]
    statuses = [each.status_code for each in answers]
    assert set(statuses[:21]) == {200}
    refused = next(each for each in answers if each.status_code == 429)
    assert "x-correlation-id" not in refused.headers
    assert (await proxied.caller(ANOTHER).post("/graphql", json=ASK)).status_code == 200


async def test_a_link_goes_over_tls_and_into_no_log(proxied):
    """R20: the plain address leads on; the page is told once to stay with TLS; a token that a
    scanner has moved into path or query is in no file that nginx writes."""
    async with httpx.AsyncClient(base_url=proxied.plain) as plain:
        for spoilt in ("/renouveler%23token=a-live-token", "/renouveler?token=a-live-token"):
            moved = await plain.get(spoilt)
            assert moved.status_code == 301
            assert moved.headers["location"] == f"https://vote.example.org{spoilt}"
            shown = await proxied.caller(VOTER).get(spoilt, headers={"accept": "text/html"})
            assert shown.status_code == 200
            assert shown.headers.get_list("strict-transport-security") == ["max-age=31536000"]
    written = [file for file in proxied.folder.glob("*.log") if "/renouveler" in file.read_text()]
    assert written == [proxied.folder / "vote.log"]
    assert not any("a-live-token" in file.read_text() for file in proxied.folder.glob("*.log"))
