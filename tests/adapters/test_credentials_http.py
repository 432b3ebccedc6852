"""Passwords by a signed call to the portal: what is sent, and what each answer means."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from adapters.connections.guarded_http import GuardSettings
from adapters.connections.http import http_client
from adapters.credentials.hashing import Argon2id, Argon2Parameters
from adapters.credentials.http import HttpCredentials, HttpCredentialsSettings
from adapters.credentials.signature import SigningKey
from adapters.trial import SetClock
from core.circuit import CircuitSettings
from core.errors import CredentialsRefused, CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.portal import KEY, KEY_ID, URL, Portal

NUMIC = Numic("00012345")
NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
NEW = Password("MLKJHGFEDCBA")
SIGNING = SigningKey(KEY_ID, KEY)
Open = Callable[..., HttpCredentials]


def issuance(seconds: float = 0, request: str = "r1") -> Issuance:
    return Issuance(request, "2027-1", NOON + timedelta(seconds=seconds))


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
async def router() -> AsyncIterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def open_store(clock: SetClock, router: respx.MockRouter) -> AsyncIterator[Open]:
    async with http_client() as client:

        def make(**given: Any) -> HttpCredentials:
            settings = HttpCredentialsSettings(URL, SIGNING, **given)
            return HttpCredentials(client, settings, clock)

        yield make


async def test_a_hash_is_sent_and_no_password(
    router: respx.MockRouter, portal: Portal, open_store: Open
):
    """R20, R21: argon2id as strong as it must be; the address names nobody."""
    router.put(URL).mock(side_effect=portal.answer)
    assert await open_store().put(NUMIC, NEW, issuance())
    said = json.loads(portal.bodies[0])
    hashed = said.pop("password_hash")
    assert said == {
        "numic": "00012345",
        "request_id": "r1",
        "round_id": "2027-1",
        "issued_at": "2027-06-05T12:00:00.000000Z",
    }
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert Argon2id(Argon2Parameters()).verify(hashed, NEW.reveal())
    sent = router.calls.last.request
    assert NEW.reveal().encode() not in sent.content
    assert "12345" not in str(sent.url) + str(sent.headers)


async def test_the_password_itself_goes_only_when_asked_for(
    router: respx.MockRouter, portal: Portal, open_store: Open
):
    """R20: for a portal that hashes by itself."""
    router.put(URL).mock(side_effect=portal.answer)
    assert await open_store(send="password").put(NUMIC, NEW, issuance())
    assert json.loads(portal.bodies[0])["password"] == NEW.reveal()
    assert b"hash" not in portal.bodies[0]


async def test_a_repeated_call_has_the_same_body(
    router: respx.MockRouter, portal: Portal, open_store: Open
):
    """R29: whoever compares bodies under an Idempotency-Key finds no difference; other requests
    have other salts."""
    router.put(URL).mock(side_effect=portal.answer)
    for request in ("r1", "r1", "r2"):
        assert await open_store().put(NUMIC, NEW, issuance(0, request))
    first, again, other = portal.bodies
    assert first == again
    salts = [json.loads(each)["password_hash"].split("$")[4] for each in (first, other)]
    assert salts[0] != salts[1]


@pytest.mark.parametrize(("status", "said"), [(200, True), (201, True), (204, True), (409, False)])
async def test_what_the_portal_knows(
    router: respx.MockRouter, open_store: Open, status: int, said: bool
):
    """R19: in force, or a later one is."""
    router.put(URL).respond(status)
    assert await open_store().put(NUMIC, NEW, issuance()) is said


@pytest.mark.parametrize(
    ("status", "reason"), [(423, "the account is locked"), (410, "there is no such account")]
)
async def test_an_account_that_no_password_opens(
    router: respx.MockRouter, open_store: Open, status: int, reason: str
):
    """L2, R29: an answer about one voter, which no repetition changes."""
    router.put(URL).respond(status)
    with pytest.raises(CredentialsRefused, match=reason) as failure:
        await open_store().put(NUMIC, NEW, issuance())
    assert not failure.value.is_by_policy


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("said", "until"),
    [
        ({"refused": "unfit"}, None),
        ({"refused": "not_allowed"}, None),
        ({"refused": "too_young"}, None),
        ({"refused": "too_young", "until": "2027-06-05T14:00:00+02:00"}, NOON),
    ],
)
async def test_a_rule_of_the_portal(
    router: respx.MockRouter,
    open_store: Open,
    status: int,
    said: dict[str, str],
    until: datetime | None,
):
    """L2, R29: told by its word, as a directory's policy is; until when, where it is known."""
    router.put(URL).respond(status, json=said)
    with pytest.raises(CredentialsRefused, match=said["refused"]) as failure:
        await open_store().put(NUMIC, NEW, issuance())
    assert (failure.value.why, failure.value.until) == (said["refused"], until)
    assert failure.value.is_by_policy


async def test_refusals_leave_the_portal_open_to_others(router: respx.MockRouter, open_store: Open):
    """L2, R29: however many voters a rule refuses, the next one is asked for."""
    refusals = [httpx.Response(422, json={"refused": "unfit"})] * 3
    router.put(URL).mock(side_effect=[*refusals, httpx.Response(204)])
    guard = GuardSettings(circuit=CircuitSettings(failures_to_open=2, open_seconds=10))
    store = open_store(guard=guard, send="password")
    for _ in refusals:
        with pytest.raises(CredentialsRefused):
            await store.put(NUMIC, NEW, issuance())
    assert await store.put(NUMIC, NEW, issuance())


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "signature"), (403, "gateway"), (404, "CREDENTIALS_HTTP_URL")]
)
async def test_what_has_to_be_mended_is_told(
    router: respx.MockRouter, open_store: Open, status: int, reason: str
):
    """R31: settings that are wrong concern every voter, and are tried again."""
    router.put(URL).respond(status, json={"refused": "unfit"})
    with pytest.raises(CredentialsUnavailable, match=reason):
        await open_store().put(NUMIC, NEW, issuance())


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (202, 206, 302, 400, 405, 408, 422, 425, 429, 500)),
        httpx.Response(422, json={"detail": [{"loc": ["body"], "type": "missing"}]}),
        httpx.Response(422, json={"refused": "because"}),
        httpx.Response(422, json={"refused": "too_young", "until": "2027-06-05T12:00:00"}),
        httpx.Response(422, json=["unfit"]),
        httpx.Response(400, text="<html>"),
        httpx.Response(503, headers={"Retry-After": "5"}),
        httpx.ReadTimeout("00012345"),
        httpx.ConnectError("MLKJHGFEDCBA"),
        httpx.RemoteProtocolError("garbled"),
    ],
)
async def test_everything_else_is_not_known(
    router: respx.MockRouter, open_store: Open, answer: httpx.Response | Exception
):
    """R19, R42: sent once, never repeated by itself; nobody and nothing is named."""
    route = router.put(URL).mock(side_effect=[answer])
    with pytest.raises(CredentialsUnavailable) as failure:
        await open_store().put(NUMIC, NEW, issuance())
    assert route.call_count == 1
    for secret in ("12345", NEW.reveal()):
        assert secret not in str(failure.value)


async def test_a_portal_that_is_down_is_left_alone(
    router: respx.MockRouter, open_store: Open, clock: SetClock
):
    """R29: and asked again after a while."""
    route = router.put(URL).mock(side_effect=[*[httpx.Response(500)] * 2, httpx.Response(204)])
    guard = GuardSettings(circuit=CircuitSettings(failures_to_open=2, open_seconds=10))
    store = open_store(guard=guard, send="password")
    for _ in range(3):
        with pytest.raises(CredentialsUnavailable):
            await store.put(NUMIC, NEW, issuance())
    assert route.call_count == 2
    clock.advance(timedelta(seconds=10))
    assert await store.put(NUMIC, NEW, issuance())


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://portal.example.org"},
        {"url": "https://portal.example.org/?numic=1"},
        {"argon2id": Argon2Parameters(memory_kib=8)},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]):
    """R20, R21: at start-up."""
    with pytest.raises(ValueError, match=r"neighbour|argon2id"):
        HttpCredentialsSettings(**{"url": URL, "key": SIGNING, **wrong})


@pytest.mark.parametrize(("id", "secret"), [("", KEY), ("a,b", KEY), ("2027", KEY[:31])])
def test_keys_that_are_none_are_refused(id: str, secret: bytes):
    """R42: an id that would break the header, a secret that could be guessed."""
    with pytest.raises(ValueError, match="signing key"):
        SigningKey(id, secret)


def test_the_key_is_not_shown():
    """R42."""
    assert repr(SIGNING) == "SigningKey(id='2027')"
