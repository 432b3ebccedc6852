"""R57: the issuer of a demo: a code flow by the letter, for the demo's own page and nobody else."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from starlette.applications import Starlette

from adapters.trial import SeededRandomness, SetClock
from graphql_api.access.caller import Access, Caller
from graphql_api.access.issuer import Issuer
from graphql_api.access.key_set import KeySet
from graphql_api.access.scopes import DELIVERIES, EVIDENCE, OPERATIONS, OPERATIONS_ACT, SCOPES
from graphql_api.access.tokens import Tokens, TrustedIssuer
from graphql_api.demo_issuer.address import AUDIENCE, CLIENT, Address, of_a_demo
from graphql_api.demo_issuer.issuer import CODE_LIFE, TOKEN_LIFE, DemoIssuer
from graphql_api.demo_issuer.pages import issuer_routes
from graphql_api.demo_issuer.roles import CLAIM, GRANTS, Role

BASE = "http://127.0.0.1:8000"
TODAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": CLIENT,
    "redirect_uri": f"{BASE}/operations",
    "response_type": "code",
    "scope": "openid",
    "state": 'st"<&ate',
    "nonce": "once",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Browser:
    """Goes to the issuer and comes back."""

    def __init__(self) -> None:
        self.clock = SetClock(TODAY)
        self.issuer = DemoIssuer(Address(BASE), self.clock, SeededRandomness())
        app = Starlette(routes=issuer_routes(self.issuer))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    async def open(self, language: str = "en", **given: str | None) -> httpx.Response:
        asked = {name: x for name, x in {**ASKED, **given}.items() if x is not None}
        headers = {"accept-language": language}
        return await self.http.get(f"/demo/issuer/authorize?{urlencode(asked)}", headers=headers)

    async def choose(self, page: httpx.Response, role: str) -> dict[str, str]:
        """What the page comes back with."""
        fields = re.findall(r'name="(\w+)" value="([^"]*)">', page.text)
        hidden = {name: unescape(value) for name, value in fields if name != "role"}
        answer = await self.http.post(page.url, data={**hidden, "role": role})
        assert answer.status_code == 303, answer.text
        there, _, query = answer.headers["location"].partition("?")
        assert there == f"{BASE}/operations"
        return {name: values[0] for name, values in parse_qs(query).items()}

    async def code(self, role: str = "operator") -> str:
        return (await self.choose(await self.open(), role))["code"]

    async def redeem(self, code: str, **given: str) -> httpx.Response:
        grant = {
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "code": code,
            "redirect_uri": ASKED["redirect_uri"],
            "code_verifier": VERIFIER,
        }
        return await self.http.post("/demo/issuer/token", data={**grant, **given})

    def gateway(self) -> Tokens:
        """Who trusts it as the demo's settings say."""
        told = {"scope_claim": CLAIM, "grants": GRANTS, "longest_life": TOKEN_LIFE}
        issuer = Issuer(self.issuer.address.issuer, AUDIENCE, "dashboard", ("ES256",), **told)

        async def fetch() -> bytes:
            return (await self.http.get(self.issuer.address.keys)).content

        keys = KeySet(issuer.issuer, issuer.algorithms, fetch, self.clock)
        return Tokens([TrustedIssuer(issuer, keys)], self.clock)


@pytest.fixture
async def browser():
    opened = Browser()
    yield opened
    await opened.http.aclose()


async def test_it_says_where_everything_is(browser):
    """Discovery names addresses beneath itself; the key set holds no private half."""
    told = (await browser.http.get("/demo/issuer/.well-known/openid-configuration")).json()
    assert told["issuer"] == f"{BASE}/demo/issuer"
    assert told["code_challenge_methods_supported"] == ["S256"]
    (key,) = (await browser.http.get(told["jwks_uri"])).json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "This is a demo with made-up data"), ("fr", "Ceci est une démonstration")],
)
async def test_the_page_says_that_it_is_a_demos(browser, language, says):
    """In the browser's language, with each role; nothing runs on it, nothing is kept of it."""
    page = await browser.open(language)
    assert says in page.text
    assert re.findall(r'name="role" value="(\w+)"', page.text) == [each.value for each in Role]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script" not in page.headers["content-security-policy"] + page.text


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("operator", {DELIVERIES, OPERATIONS, OPERATIONS_ACT, EVIDENCE}),
        ("bureau", {EVIDENCE}),
        ("nobody", set()),
    ],
)
async def test_who_signs_in_may_what_the_role_may(browser, role, scopes):
    """The gateway believes the token, by the issuer's own key; state and nonce come back."""
    back = await browser.choose(await browser.open(), role)
    assert (back["state"], back["iss"]) == (ASKED["state"], f"{BASE}/demo/issuer")
    told = (await browser.redeem(back["code"])).json()
    caller = await browser.gateway().recognize(told["access_token"])
    assert caller == Caller(Access.DASHBOARD, f"demo-{role}", frozenset(scopes))
    identity = jwt.decode(told["id_token"], options={"verify_signature": False})
    assert (identity["aud"], identity["nonce"]) == (CLIENT, "once")
    assert not isinstance(await browser.gateway().recognize(told["id_token"]), Caller)


def test_roles_are_granted_scopes_that_there_are():
    assert {scope for scopes in GRANTS.values() for scope in scopes} <= set(SCOPES)


async def test_tokens_are_short_lived_and_renewed(browser):
    """A token ends; what renews it does so once."""
    told = (await browser.redeem(await browser.code())).json()
    gateway = browser.gateway()
    browser.clock.advance(TOKEN_LIFE + timedelta(minutes=1))
    assert not isinstance(await gateway.recognize(told["access_token"]), Caller)
    renewing = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    answer = await browser.redeem("", **renewing)
    assert isinstance(await gateway.recognize(answer.json()["access_token"]), Caller)
    again = await browser.redeem("", **renewing)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_is_good_once(browser):
    code = await browser.code()
    assert (await browser.redeem(code)).status_code == 200
    assert (await browser.redeem(code)).status_code == 400


async def test_a_code_is_good_for_a_minute(browser):
    code = await browser.code()
    browser.clock.advance(CODE_LIFE)
    assert (await browser.redeem(code)).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": "http://127.0.0.1:8000/"},
        {"client_id": "another"},
        {"grant_type": "password"},
        {"grant_type": "refresh_token"},
    ],
)
async def test_a_code_is_good_for_who_asked_for_it(browser, wrong):
    """PKCE (RFC 7636); and whatever was shown is used up."""
    code = await browser.code()
    refused = await browser.redeem(code, **wrong)
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})
    if wrong.get("grant_type") is None:
        assert (await browser.redeem(code)).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "http://127.0.0.1:8000/operations/"},
        {"redirect_uri": "http://127.0.0.1:8001/operations"},
        {"redirect_uri": "https://evil.example.org/operations"},
        {"redirect_uri": "http://127.0.0.1:8000@evil.example.org/operations"},
        {"redirect_uri": None},
    ],
)
async def test_nobody_is_sent_elsewhere(browser, wrong):
    """Neither when the page is opened, nor when a role is chosen."""
    page = await browser.open(**wrong)
    assert (page.status_code, "location" in page.headers) == (400, False)
    given = {name: x for name, x in {**ASKED, **wrong, "role": "operator"}.items() if x}
    chosen = await browser.http.post("/demo/issuer/authorize", data=given)
    assert (chosen.status_code, "location" in chosen.headers) == (400, False)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_the_page_hears_what_it_asked_wrongly(browser, wrong, problem):
    answer = await browser.open(**wrong)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (back["error"], back["state"]) == ([problem], [ASKED["state"]])
    assert "code" not in back


async def test_a_role_that_there_is_not(browser):
    refused = await browser.http.post("/demo/issuer/authorize", data={**ASKED, "role": "king"})
    assert refused.status_code == 400


async def test_what_is_no_form_is_refused(browser):
    """Neither endpoint fails on it."""
    for path in ("authorize", "token"):
        for body in (b"\xff\x00", b"a=1&" * 100):
            answer = await browser.http.post(f"/demo/issuer/{path}", content=body)
            assert answer.status_code == 400


async def test_only_so_many_codes_are_kept(browser, monkeypatch):
    """Whoever opens the page without end fills no memory."""
    monkeypatch.setattr("graphql_api.demo_issuer.grants.MOST", 2)
    codes = [await browser.code() for _ in range(3)]
    assert [(await browser.redeem(each)).status_code for each in codes] == [400, 200, 200]


def test_issuers_of_a_demo_are_known_by_their_address():
    demo = Address("http://[::1]:8000").issuer
    assert of_a_demo([demo, "https://sso.example.org/realms/vote", f"{demo}/"]) == [
        demo,
        f"{demo}/",
    ]
