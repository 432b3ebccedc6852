"""Passwords in Keycloak: which calls are made, in which order, and what each answer means."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from adapters.connections.http import http_client
from adapters.credentials.keycloak import ISSUED_AT, REQUEST_ID, KeycloakCredentials
from adapters.credentials.keycloak_api import KeycloakSettings
from adapters.trial import SetClock
from core.errors import CredentialsProblem, CredentialsRefused, CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.keycloak import CLIENT, REALM, SECRET, URL, Keycloak, User

NUMIC = Numic("00012345")
NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
AT_NOON = "2027-06-05T12:00:00.000000Z"
OLD, NEW = Password("ABCDEFGHJKLM"), Password("MLKJHGFEDCBA")
Open = Callable[..., KeycloakCredentials]


def issuance(seconds: float = 0, request: str = "r1") -> Issuance:
    return Issuance(request, "2027-1", NOON + timedelta(seconds=seconds))


@pytest.fixture
def camille() -> User:
    return User("u1", "00012345", {"locale": ["fr"], "numic": ["00012345"]})


@pytest.fixture
def keycloak(camille: User) -> Keycloak:
    return Keycloak([camille, User("u2", "00012345-x"), User("u3", "00054321")])


@pytest.fixture
async def open_store(keycloak: Keycloak, clock: SetClock) -> AsyncIterator[Open]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        router.route().mock(side_effect=keycloak.answer)
        async with http_client() as client:

            def make(**given: Any) -> KeycloakCredentials:
                settings = {"realm": REALM, "client_id": CLIENT, "client_secret": SECRET, **given}
                return KeycloakCredentials(client, KeycloakSettings(URL, **settings), clock)

            yield make


@pytest.fixture
def store(open_store: Open) -> KeycloakCredentials:
    return open_store()


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """R20, R42: whatever a test does, no log line has a number, a password, a secret or a token."""
    with caplog.at_level(logging.DEBUG):
        yield
    lines = "\n".join(each.getMessage() for each in caplog.get_records("call"))
    for secret in ("12345", OLD.reveal(), NEW.reveal(), SECRET, "t0ken"):
        assert secret not in lines


def calls(keycloak: Keycloak) -> list[str]:
    """Methods and ends of paths, without the token's."""
    made = [(each.method, each.url.path.split("/")[-1]) for each in keycloak.requests]
    return [f"{method} {end}" for method, end in made if end != "token"]


async def test_a_disabled_user_is_refused(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User
):
    """L2, R29: an answer about one voter: nothing is set, and nothing marked."""
    camille.enabled, before = False, dict(camille.attributes)
    with pytest.raises(CredentialsRefused, match="the account is disabled"):
        await store.put(NUMIC, NEW, issuance())
    assert (camille.password, camille.attributes) == (None, before)


async def test_a_password_is_set_between_two_marks(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User
):
    """R19: not temporary; attributes of others stay; two of ours are added."""
    assert await store.put(NUMIC, NEW, issuance())
    assert camille.password == NEW.reveal()
    assert camille.attributes == {
        "locale": ["fr"],
        "numic": ["00012345"],
        ISSUED_AT: [AT_NOON],
        REQUEST_ID: ["r1"],
    }
    assert calls(keycloak) == [
        "GET users",
        "GET u1",
        "PUT u1",
        "GET u1",
        "PUT reset-password",
        "GET u1",
        "PUT u1",
    ]
    assert (camille.sessions, camille.failures) == (1, 3)


async def test_a_users_name_is_taken_whole(store: KeycloakCredentials, keycloak: Keycloak):
    """R19: 00012345-x is somebody else; and what a search finds is compared again."""
    searched: list[Any] = [{"id": "u2", "username": "00012345-x"}, "u2"]
    keycloak.replies["GET", "users"] = [httpx.Response(200, json=searched)]
    with pytest.raises(CredentialsUnavailable, match="no such user"):
        await store.put(NUMIC, NEW, issuance())
    params = next(each for each in keycloak.requests if each.method == "GET").url.params
    assert params["exact"] == "true"


async def test_a_user_may_be_found_by_an_attribute(
    open_store: Open, keycloak: Keycloak, camille: User
):
    """R19: by its whole value; of two users with one number neither gets the password."""
    camille.username = "camille"
    store = open_store(find_by="numic")
    assert await store.put(NUMIC, NEW, issuance())
    keycloak.users[1].attributes["numic"] = ["00012345"]
    with pytest.raises(CredentialsUnavailable, match="several users"):
        await store.put(NUMIC, NEW, issuance(1))
    with pytest.raises(CredentialsUnavailable, match="no such user"):
        await store.put(Numic("99999999"), NEW, issuance())


async def test_sessions_end_and_failures_are_forgotten_when_asked_for(
    open_store: Open, camille: User
):
    """R19: whoever was locked out by guesses gets in with the new password; others get out."""
    assert await open_store(logout=True, clear_lockout=True).put(NUMIC, NEW, issuance())
    assert (camille.sessions, camille.failures) == (0, 0)


async def test_a_token_serves_until_it_expires(
    store: KeycloakCredentials, keycloak: Keycloak, clock: SetClock
):
    """R29: one for many calls; a new one before the old one's end."""
    for second in range(3):
        assert await store.put(NUMIC, NEW, issuance(second))
    assert keycloak.issued == 1
    clock.advance(timedelta(seconds=50))
    assert await store.put(NUMIC, NEW, issuance(9))
    assert keycloak.issued == 2


async def test_a_token_that_is_refused_is_renewed_once(
    store: KeycloakCredentials, keycloak: Keycloak
):
    """R29: Keycloak was restarted, or its keys were changed."""
    assert await store.put(NUMIC, NEW, issuance())
    keycloak.tokens.clear()
    assert await store.put(NUMIC, NEW, issuance(1))
    assert keycloak.issued == 2
    keycloak.replies["GET", "users"] = [httpx.Response(401)] * 2
    with pytest.raises(CredentialsUnavailable, match="401"):
        await store.put(NUMIC, NEW, issuance(2))


@pytest.mark.parametrize(
    ("lifetime", "answer"),
    [
        (60, httpx.Response(401, json={"error": "unauthorized_client"})),
        (60, httpx.Response(200, text="<html>")),
        (60, httpx.Response(200, json=["t0ken"])),
        ("soon", None),
    ],
)
async def test_without_a_token_nothing_is_known(
    store: KeycloakCredentials,
    keycloak: Keycloak,
    lifetime: Any,
    answer: httpx.Response | None,
):
    """R29."""
    keycloak.lifetime = lifetime
    keycloak.replies["POST", "token"] = [answer] if answer else []
    with pytest.raises(CredentialsUnavailable):
        await store.put(NUMIC, NEW, issuance())


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("invalidPasswordMinLengthMessage", "too short"),
        ("invalidPasswordMinSpecialCharsMessage", "special characters"),
        ("invalidPasswordBlacklistedMessage", "refused by the realm"),
    ],
)
async def test_a_policy_that_refuses_is_named(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User, code: str, reason: str
):
    """L2, R20, R42: an answer about one voter, by our table; Keycloak's text, which may quote the
    password, is not repeated. The next renewal need not wait for the lease of this one."""
    keycloak.refusal, before = code, dict(camille.attributes)
    with pytest.raises(CredentialsRefused, match=reason) as failure:
        await store.put(NUMIC, NEW, issuance())
    assert failure.value.why is CredentialsProblem.UNFIT
    assert NEW.reveal() not in str(failure.value)
    assert (camille.password, camille.attributes) == (None, before)
    keycloak.refusal = None
    assert await store.put(NUMIC, OLD, issuance(1, "r2"))


async def test_a_mark_that_a_refusal_takes_back_is_the_one_before(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User
):
    """R19: of the password that is still in force, so that no earlier one comes after it."""
    assert await store.put(NUMIC, OLD, issuance(1, "r2"))
    keycloak.refusal = "invalidPasswordMinLengthMessage"
    with pytest.raises(CredentialsRefused):
        await store.put(NUMIC, NEW, issuance(2, "r3"))
    assert camille.attributes[REQUEST_ID] == ["r2"]
    assert not await store.put(NUMIC, NEW, issuance())


PROFILE = {"field": "lastName", "errorMessage": "error-user-attribute-required", "params": ["x"]}


@pytest.mark.parametrize(
    ("call", "answer", "reason"),
    [
        (
            "reset-password",
            httpx.Response(400, json={"error": "Can't reset password as account is read only"}),
            "read-only",
        ),
        ("u1", httpx.Response(400, json={"errorMessage": "User is read only!"}), "read-only"),
        ("u1", httpx.Response(400, json=PROFILE), "user profile"),
        ("u1", httpx.Response(400, json={"errors": [PROFILE, PROFILE]}), "user profile"),
        (
            "u1",
            httpx.Response(409, json={"errorMessage": "User exists with same username or email"}),
            "another user",
        ),
    ],
)
async def test_a_user_whom_keycloak_will_not_change(
    store: KeycloakCredentials, keycloak: Keycloak, call: str, answer: httpx.Response, reason: str
):
    """L2, R29: an answer about one voter ends at once. Shapes of Keycloak 26's `UserResource`."""
    keycloak.replies["PUT", call] = [answer]
    with pytest.raises(CredentialsRefused, match=reason) as failure:
        await store.put(NUMIC, NEW, issuance())
    assert failure.value.why is CredentialsProblem.NOT_ALLOWED
    assert "lastName" not in str(failure.value)


@pytest.mark.parametrize(
    ("call", "answer", "reason"),
    [
        (("POST", "token"), httpx.Response(401, json={"error": "invalid_client"}), "its secret"),
        (("POST", "token"), httpx.Response(404, json={"error": "Realm does not exist"}), "realm"),
        (
            ("GET", "users"),
            httpx.Response(404, json={"error": "Realm not found."}),
            "no such realm",
        ),
        (("GET", "users"), httpx.Response(404, text="<html>"), "no such realm"),
        (("PUT", "u1"), httpx.Response(403, json={"error": "HTTP 403 Forbidden"}), "manage-users"),
        (("GET", "u1"), httpx.Response(404, json={"error": "User not found"}), "404$"),
        (
            ("PUT", "u1"),
            httpx.Response(400, json={"errorMessage": "Could not update user!"}),
            "400$",
        ),
        (("PUT", "u1"), httpx.Response(408), "408$"),
        (("PUT", "u1"), httpx.Response(499), "499$"),
        (
            ("PUT", "reset-password"),
            httpx.Response(400, json={"error": "invalidPasswordHistoryMessage"}),
            "used before",
        ),
    ],
)
async def test_what_has_to_be_mended_is_told(
    store: KeycloakCredentials,
    keycloak: Keycloak,
    call: tuple[str, str],
    answer: httpx.Response,
    reason: str,
):
    """R29, R31: settings that are wrong concern every voter, and are tried again; so is a database
    of Keycloak's that is down, and a password that another attempt has set."""
    keycloak.replies[call] = [answer]
    with pytest.raises(CredentialsUnavailable, match=reason):
        await store.put(NUMIC, NEW, issuance())


async def test_what_a_cut_off_attempt_has_set_already_is_in_force(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User
):
    """R20, R29: though a policy refuses to set the same password again."""
    keycloak.history = True
    keycloak.replies["PUT", "reset-password"] = []
    reset = keycloak._reset

    def cut_off(user: User, body: dict[str, Any]) -> httpx.Response:
        reset(user, body)
        raise httpx.ReadError("cut off")

    keycloak._reset = cut_off  # type: ignore[method-assign]
    with pytest.raises(CredentialsUnavailable, match="ReadError"):
        await store.put(NUMIC, NEW, issuance())
    keycloak._reset = reset  # type: ignore[method-assign]
    assert camille.attributes[REQUEST_ID][0].startswith("r1 pending ")
    assert await store.put(NUMIC, NEW, issuance())
    assert camille.password == NEW.reveal()
    assert camille.attributes[REQUEST_ID] == ["r1"]


async def test_a_profile_that_drops_our_attributes_is_told_apart(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User
):
    """R19: without marks there is no order, hence no password."""
    keycloak.keeps = False
    with pytest.raises(CredentialsUnavailable, match="unmanagedAttributePolicy"):
        await store.put(NUMIC, NEW, issuance())
    assert camille.password is None


async def test_an_earlier_password_that_is_being_set_is_waited_for(
    store: KeycloakCredentials, camille: User, clock: SetClock
):
    """R19: for as long as its lease."""
    camille.attributes[ISSUED_AT] = ["2027-06-05T11:00:00.000000Z"]
    camille.attributes[REQUEST_ID] = ["r0 pending 2027-06-05T12:01:00.000000Z"]
    with pytest.raises(CredentialsUnavailable, match="is being set"):
        await store.put(NUMIC, NEW, issuance())
    clock.advance(timedelta(seconds=60))
    assert await store.put(NUMIC, NEW, issuance())


@pytest.mark.parametrize("call", [2, 3])
async def test_whoever_is_overtaken_says_so(
    store: KeycloakCredentials, keycloak: Keycloak, camille: User, call: int
):
    """R19: before the password is set nothing happens; afterwards it is no success."""
    admin, read = keycloak._admin, 0

    def overtaken(method: str, path: list[str], request: httpx.Request) -> httpx.Response:
        nonlocal read
        read += (method, path[-1]) == ("GET", "u1")
        if read == call:
            camille.attributes[REQUEST_ID] = ["r2"]
            camille.attributes[ISSUED_AT] = ["2027-06-05T13:00:00.000000Z"]
        return admin(method, path, request)

    keycloak._admin = overtaken  # type: ignore[method-assign]
    with pytest.raises(CredentialsUnavailable, match="at the same time"):
        await store.put(NUMIC, OLD, issuance())
    assert camille.password == (None if call == 2 else OLD.reveal())
    assert not await store.put(NUMIC, OLD, issuance())


async def test_attributes_that_are_not_ours_stop_us(store: KeycloakCredentials, camille: User):
    """R19: nothing is guessed of an order."""
    camille.attributes |= {ISSUED_AT: ["yesterday"], REQUEST_ID: ["r0"]}
    with pytest.raises(CredentialsUnavailable, match="unreadable mark"):
        await store.put(NUMIC, NEW, issuance())


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (("GET", "users"), httpx.Response(403)),
        (("GET", "users"), httpx.Response(200, json={"id": "u1"})),
        (("GET", "u1"), httpx.Response(200, json={"id": "u1", "attributes": ["numic"]})),
        (("GET", "u1"), httpx.Response(200, text="<html>")),
        (("GET", "u1"), httpx.Response(302, headers={"Location": "https://elsewhere.example.org"})),
        (("PUT", "u1"), httpx.Response(400, json={"errorMessage": "camille"})),
        (("PUT", "u1"), httpx.Response(503)),
        (("PUT", "u1"), httpx.ReadTimeout("late")),
        (("PUT", "reset-password"), httpx.Response(400, text="00012345")),
        (("PUT", "reset-password"), httpx.Response(403)),
    ],
)
async def test_nothing_else_is_a_success(
    store: KeycloakCredentials,
    keycloak: Keycloak,
    camille: User,
    call: tuple[str, str],
    answer: httpx.Response | Exception,
):
    """R19, R29: the password is not said to be in force; what was begun is finished later."""
    keycloak.replies[call] = [answer]
    with pytest.raises(CredentialsUnavailable) as failure:
        await store.put(NUMIC, NEW, issuance())
    assert "camille" not in str(failure.value)
    assert camille.password is None
    assert await store.put(NUMIC, NEW, issuance())
    assert camille.password == NEW.reveal()


async def test_an_update_leaves_out_what_it_must_not_touch(
    store: KeycloakCredentials, keycloak: Keycloak
):
    """R19: a user who is disabled meanwhile stays so; the e-mail address is not cleared."""
    assert await store.put(NUMIC, NEW, issuance())
    bodies = [
        json.loads(each.content)
        for each in keycloak.requests
        if each.url.path.endswith("/u1") and each.method == "PUT"
    ]
    assert [set(each) for each in bodies] == [{"username", "email", "attributes"}] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://sso.example.org"},
        {"realm": ""},
        {"client_secret": ""},
        {"lease_seconds": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]):
    """R29, R42: at start-up; the secret is not shown."""
    right = {"url": URL, "realm": REALM, "client_id": CLIENT, "client_secret": SECRET}
    with pytest.raises(ValueError, match=r"Keycloak|https"):
        KeycloakSettings(**{**right, **wrong})
    assert SECRET not in repr(KeycloakSettings(**right))


async def test_a_check_searches_and_changes_nothing(keycloak: Keycloak, store: KeycloakCredentials):
    """What only looks asks for a token and for nobody; a refusal is told."""
    await store.check()
    assert [each.method for each in keycloak.requests] == ["POST", "GET"]
    keycloak.replies["GET", "users"] = [httpx.Response(403)]
    with pytest.raises(CredentialsUnavailable, match="reading: status 403"):
        await store.check()
