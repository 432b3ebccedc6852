"""The composition: each choice builds its adapter from the settings, and names what it lacks."""

from __future__ import annotations

import builtins
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import trustme

from adapters.connections.postgres import PostgresSettings
from adapters.credentials.http import HttpCredentials
from adapters.credentials.keycloak import KeycloakCredentials
from adapters.credentials.postgres import PostgresCredentials
from adapters.credentials.sqlite import SqliteCredentials
from adapters.register.memory import MemoryRegister
from adapters.register.postgres import PostgresRegister
from adapters.register.postgresql_view import PostgresViewRegister
from adapters.register.rest import RestRegister
from adapters.register.sqlite import SqliteRegister
from adapters.store.job_notifier import JobListener
from adapters.store.pgqueuer_jobs import PgQueuerJobs
from adapters.store.postgres import PostgresStore
from adapters.store.sqlite import SqliteStore
from adapters.store.stored_jobs import StoredJobs
from core.circuit import CircuitSettings
from core.errors import CredentialsUnavailable, RegisterUnavailable
from core.jobs import JobKind
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import EmailAddress, Numic, Voter
from graphql_api.compose import Ports, choose_ports, load_register
from graphql_api.compose.jobs import choose_jobs, choose_waking
from graphql_api.compose.worker import concurrency
from graphql_api.settings import Settings, SettingsRefused

POSTGRES = "postgresql://reassort:CANARY@db.example.org/vote"
NOBODY = Numic("00000000")
SIGNING_KEY = "2027:" + "6e" * 32
REST = {
    "register_kind": "rest",
    "register_url": "https://register.example.org",
    "register_token": "CANARY",
}
VIEW = {"register_kind": "postgresql-view", "register_view_url": POSTGRES}
DIRECTORY = {
    "ldap_url": "ldaps://ldap.example.org",
    "ldap_bind_dn": "cn=gateway",
    "ldap_bind_password": "CANARY",
}
LDAP_REGISTER = {**DIRECTORY, "register_kind": "ldap", "register_ldap_base": "ou=voters"}
HTTP = {
    "credentials": "http",
    "credentials_http_url": "https://portal.example.org/passwords",
    "credentials_http_key": SIGNING_KEY,
}
KEYCLOAK = {
    "credentials": "keycloak",
    "keycloak_url": "https://sso.example.org",
    "keycloak_realm": "vote",
    "keycloak_client_id": "reassort",
    "keycloak_client_secret": "CANARY",
}
LDAP_CREDENTIALS = {**DIRECTORY, "credentials": "ldap", "credentials_ldap_base": "ou=voters"}

Choose = Callable[..., Ports]


@pytest.fixture
async def choose(make_settings: Callable[..., Settings]) -> AsyncIterator[Choose]:
    """The ports of these settings; closed at the end."""
    chosen: list[Ports] = []

    def make(**given: object) -> Ports:
        chosen.append(choose_ports(make_settings(**given)))
        return chosen[-1]

    yield make
    for ports in chosen:
        await ports.close()


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, SqliteRegister),
        ({"database_url": POSTGRES}, PostgresRegister),
        ({"database_url": POSTGRES, "register_kind": "sqlite"}, SqliteRegister),
        ({"database_url": POSTGRES, "register_kind": "postgres"}, PostgresRegister),
        (VIEW, PostgresViewRegister),
        (REST, RestRegister),
    ],
)
async def test_the_register_that_is_chosen(choose: Choose, given, kind):
    """REASSORT_REGISTER names the register; nothing said, it is where the store is."""
    assert type(choose(**given).register) is kind


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, SqliteCredentials),
        ({"database_url": POSTGRES}, PostgresCredentials),
        ({"database_url": POSTGRES, "credentials": "sqlite"}, SqliteCredentials),
        ({"database_url": POSTGRES, "credentials": "postgres"}, PostgresCredentials),
        (HTTP, HttpCredentials),
        (KEYCLOAK, KeycloakCredentials),
    ],
)
async def test_the_credential_store_that_is_chosen(choose: Choose, given, kind):
    """REASSORT_CREDENTIALS names the credential store; nothing said, it is where the store is."""
    assert type(choose(**given).credentials) is kind


async def test_whose_the_entry_for_trials_is(make_settings: Callable[..., Settings]):
    """L1: whoever the register knows is a voter; in a directory that is the register too the entry
    for trials is found there, and nothing but its number."""
    bare, known, nobody = Numic("99999999"), Numic("00012345"), Numic("99999998")
    voters = {
        bare: Voter(bare, None, None),
        known: Voter(known, EmailAddress("camille@example.org"), None),
    }
    own = {**LDAP_CREDENTIALS, "credentials_ldap_trial_numic": bare.value}
    for register, are_voters in (
        ({}, [True, True, False]),
        (LDAP_REGISTER, [False, True, False]),
    ):
        settings = make_settings(**{**own, **register})
        ports = choose_ports(settings, register=MemoryRegister(voters, {}))
        asked = ports.credentials._is_a_voter
        assert [await asked(each) for each in (bare, known, nobody)] == are_voters
        await ports.close()


async def test_directories_are_chosen(choose: Choose):
    """`ldap` for both: each has a directory of its own, with its own account if one is given."""
    from adapters.credentials.ldap import LdapCredentials
    from adapters.register.ldap import LdapRegister

    own = {"credentials_ldap_url": "ldaps://other.example.org", "credentials_ldap_deadline": 9.0}
    more = {
        "register_circuit_failures": 7,
        "register_ldap_phones": ("gsm",),
        "register_ldap_default_region": "FR",
        "credentials_ldap_send": "password",
        "credentials_ldap_trial_numic": "99999999",
    }
    ports = choose(**{**LDAP_REGISTER, **LDAP_CREDENTIALS, **own, **more})
    assert isinstance(ports.register, LdapRegister)
    assert isinstance(ports.credentials, LdapCredentials)
    assert ports.register._settings.phones == ("gsm",)
    assert ports.register._settings.default_region == "FR"
    assert ports.credentials._settings.send == "password"
    assert ports.credentials._settings.trial_numic == "99999999"
    register, credentials = (
        each._directory._settings for each in (ports.register, ports.credentials)
    )
    assert (register.host, register.deadline) == ("ldap.example.org", 8)
    assert register.circuit.failures_to_open == 7
    assert (credentials.host, credentials.deadline) == ("other.example.org", 9)
    assert credentials.bind_dn == "cn=gateway"
    assert credentials.bind_password == "CANARY"
    assert credentials.circuit == CircuitSettings()


async def test_settings_reach_the_rest_register(choose: Choose):
    """Bounds and circuit are those of the settings."""
    bounds = {"register_at_once": 3, "register_max_bytes": 2048}
    circuit = {
        "register_circuit_failures": 2,
        "register_circuit_seconds": 4,
        "register_circuit_longest": 8,
        "register_circuit_probes": 3,
    }
    register = choose(**REST, **bounds, **circuit).register
    assert register._settings.at_once == 3
    assert register._settings.max_bytes == 2048
    assert register._settings.circuit == CircuitSettings(2, 4, 8, 3)


async def test_settings_reach_the_view(choose: Choose):
    """Name, schema, region and key are those of the settings; the pool only reads."""
    view = {"register_view": "voters", "register_view_schema": "consulate"}
    key = {"register_view_hash_key": "6e" * 32, "register_view_default_region": "FR"}
    places = {"register_view_constituency": "circo", "register_view_post": "poste"}
    register = choose(**VIEW, **view, **key, **places, register_connections=3).register
    settings = register._settings
    assert (settings.view, settings.schema) == ("voters", "consulate")
    assert (settings.hash_key, settings.default_region) == (b"n" * 32, "FR")
    assert (settings.constituency, settings.post) == ("circo", "poste")
    assert register._pool._hosts._dsn == POSTGRES
    assert register._pool._settings == PostgresSettings(connections=3, read_only=True)


async def test_settings_reach_the_directory(choose: Choose):
    """R49: the attributes of constituency and post are those of the settings."""
    places = {"register_ldap_constituency": "circo", "register_ldap_post": "poste"}
    settings = choose(**LDAP_REGISTER, **places).register._settings
    assert {"circo", "poste"} < set(settings.attributes)
    settings = choose(**LDAP_REGISTER).register._settings
    assert (settings.constituency, settings.post) == (None, None)


@pytest.mark.parametrize(
    ("places", "register", "missing"),
    [
        ({"constituencies": ["2"]}, LDAP_REGISTER, "REASSORT_REGISTER_LDAP_CONSTITUENCY"),
        ({"posts": ["Lima"]}, LDAP_REGISTER, "REASSORT_REGISTER_LDAP_POST"),
        (
            {"constituencies": ["2"], "posts": ["Lima"]},
            VIEW,
            "REASSORT_REGISTER_VIEW_CONSTITUENCY, REASSORT_REGISTER_VIEW_POST",
        ),
    ],
)
def test_a_register_that_does_not_say_whose_a_round_is(make_settings, places, register, missing):
    """R49: else renewal would be closed to everyone, and nobody would know why."""
    everyone = {"id": "a", "opens_at": "2027-06-01T00:00Z", "closes_at": "2027-06-08T00:00Z"}
    assert make_settings(**register, voting_rounds=[everyone]).missing() == []
    with pytest.raises(SettingsRefused, match=f"was chosen: {missing}$"):
        choose_ports(make_settings(**register, voting_rounds=[{**everyone, **places}]))
    settings = make_settings(**register, voting_rounds=[{**everyone, **places}])
    assert settings.missing(given=["register"]) == []


async def test_settings_reach_the_portal_and_keycloak(choose: Choose):
    """The signing key, and how users are found, are those of the settings."""
    http = choose(**HTTP, credentials_http_send="password", credentials_http_deadline=4)
    assert http.credentials._settings.key.secret == b"n" * 32
    assert http.credentials._settings.send == "password"
    assert http.credentials._settings.guard.deadline == 4
    keycloak = choose(**KEYCLOAK, keycloak_find_by="numic", keycloak_logout=True)
    settings = keycloak.credentials._settings
    assert (settings.find_by, settings.logout, settings.clear_lockout) == ("numic", True, False)


@pytest.mark.parametrize(
    ("given", "port", "setting"),
    [
        (REST, "register", "register_ca_file"),
        (HTTP, "credentials", "credentials_http_ca_file"),
        (KEYCLOAK, "credentials", "keycloak_ca_file"),
    ],
)
async def test_a_private_authority_is_for_one_neighbour(choose, ca_file, given, port, setting):
    """A CA file is trusted for its neighbour alone, over a client that is closed with the rest."""

    def client(ports: Ports) -> httpx.AsyncClient:
        adapter = getattr(ports, port)
        return (adapter._api if given is KEYCLOAK else adapter)._http._client

    usual = choose(**given)
    assert client(usual) is usual.http
    own = choose(**given, **{setting: ca_file})
    assert client(own) is not own.http
    assert not client(own).is_closed
    await own.close()
    assert client(own).is_closed


async def test_what_was_opened_is_closed(choose: Choose):
    """Pools and directories are closed with the ports: whoever asks later is told."""
    ports = choose(**LDAP_REGISTER, database_url=POSTGRES)
    await ports.close()
    with pytest.raises(RegisterUnavailable, match="closed"):
        await ports.register.find(NOBODY)
    with pytest.raises(CredentialsUnavailable):
        await ports.credentials.verify(NOBODY, "x")
    view = choose(**VIEW)
    await view.close()
    with pytest.raises(RegisterUnavailable, match="InterfaceError"):
        await view.register.find(NOBODY)


DIRECTORY_NAMES = "REASSORT_LDAP_URL, REASSORT_LDAP_BIND_DN, REASSORT_LDAP_BIND_PASSWORD"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"register_kind": "rest"}, "REASSORT_REGISTER_URL, REASSORT_REGISTER_TOKEN"),
        ({"register_kind": "postgresql-view"}, "REASSORT_REGISTER_VIEW_URL"),
        ({"register_kind": "ldap"}, f"{DIRECTORY_NAMES}, REASSORT_REGISTER_LDAP_BASE"),
        (
            {"credentials": "http"},
            "REASSORT_CREDENTIALS_HTTP_URL, REASSORT_CREDENTIALS_HTTP_KEY",
        ),
        (
            {"credentials": "keycloak"},
            "REASSORT_KEYCLOAK_URL, REASSORT_KEYCLOAK_REALM, REASSORT_KEYCLOAK_CLIENT_ID, "
            "REASSORT_KEYCLOAK_CLIENT_SECRET",
        ),
        ({"credentials": "ldap"}, f"REASSORT_CREDENTIALS_LDAP_BASE, {DIRECTORY_NAMES}"),
        (
            {"credentials": "ldap", "credentials_ldap_url": "ldaps://ldap.example.org"},
            "REASSORT_CREDENTIALS_LDAP_BASE, REASSORT_LDAP_BIND_DN, REASSORT_LDAP_BIND_PASSWORD",
        ),
        (
            {"credentials": "ldap", "register_kind": "ldap"},
            f"{DIRECTORY_NAMES}, REASSORT_REGISTER_LDAP_BASE, REASSORT_CREDENTIALS_LDAP_BASE",
        ),
    ],
)
def test_what_is_missing_is_named(make_settings, given, missing):
    """What a chosen adapter cannot do without is named, once each, before anything is opened."""
    with pytest.raises(SettingsRefused) as refusal:
        choose_ports(make_settings(**given))
    assert str(refusal.value) == f"also needed by what was chosen: {missing}"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {**REST, "register_url": "http://register.example.org"},
            "^REASSORT_REGISTER: .*https://",
        ),
        ({**KEYCLOAK, "keycloak_url": "http://sso.example.org"}, "^REASSORT_CREDENTIALS: .*https:"),
        (
            {"email": "smtp", "smtp_username": "u", "smtp_security": "plain"},
            "^REASSORT_EMAIL: no login over an unprotected",
        ),
        (
            {
                "email": "smtp",
                "mail_routes": {"a": {"options": {"smtp_username": "u", "smtp_security": "plain"}}},
            },
            r"^REASSORT_MAIL_ROUTES \(a\): no login over an unprotected",
        ),
        ({**LDAP_REGISTER, "ldap_url": "http://ldap.example.org"}, "ldaps://host:port"),
        ({**LDAP_REGISTER, "ldap_plain_on_loopback": True}, "to this very machine"),
        ({**VIEW, "register_view_default_region": "XX"}, "no country"),
    ],
)
def test_what_an_adapter_refuses(make_settings, given, reason):
    """R42: no secret goes to a neighbour in the clear, and no value of a secret is repeated."""
    with pytest.raises(SettingsRefused, match=reason) as refusal:
        choose_ports(make_settings(**given))
    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize("given", [LDAP_REGISTER, LDAP_CREDENTIALS])
def test_without_the_extra(make_settings, monkeypatch, given):
    """`ldap` without its extra is refused in a sentence that says what to install."""
    for name in [each for each in sys.modules if each.startswith("adapters.connections.directory")]:
        monkeypatch.delitem(sys.modules, name)
    imported = builtins.__import__

    def without(name: str, *rest: object, **more: object):
        if name.partition(".")[0] == "ldap3":
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SettingsRefused, match=r"install `reassort\[ldap\]`"):
        choose_ports(make_settings(**given))


async def test_the_store_that_is_chosen(choose: Choose, make_settings):
    """DATABASE_URL chooses the store, and with it the queue and what wakes workers."""
    store = choose().store
    assert isinstance(store, SqliteStore)
    assert isinstance(choose_jobs(store), StoredJobs)
    assert choose_waking(make_settings(), store) is None
    given = {"database_url": POSTGRES, "database_connections": 3, "database_lock_timeout": 2}
    store = choose(**given).store
    assert isinstance(store, PostgresStore)
    assert (store._settings.connections, store._reading_settings.connections) == (3, 4)
    assert store._settings.lock_timeout == timedelta(seconds=2).total_seconds()
    assert isinstance(choose_jobs(store), PgQueuerJobs)
    assert isinstance(choose_waking(make_settings(**given), store), JobListener)


@pytest.mark.parametrize("given", [REST, VIEW, LDAP_REGISTER])
def test_nothing_is_imported_into_a_register_that_is_asked(make_settings, tmp_path, given):
    """An import into a register that is not ours is refused, and makes no file."""
    settings = make_settings(**given)
    with pytest.raises(SettingsRefused, match="nothing imported into it"):
        load_register(settings, tmp_path / "voters.csv", tmp_path / "report.csv")
    assert not settings.register_file.exists()


async def test_passwords_reach_the_chosen_store(choose: Choose, noon):
    """What is put into the store that was built is the voter's password."""
    ports = choose()
    password = Password("ABCDEFGHJKLM")
    assert await ports.credentials.put(NOBODY, password, Issuance("r1", "demo", noon))
    assert await ports.credentials.verify(NOBODY, "ABCDEFGHJKLM")


@pytest.mark.parametrize(("most", "to_the_cell"), [(8, 1), (1, 1), (64, 8)])
def test_few_messages_to_the_cell_at_once(most, to_the_cell):
    """R61, A10: relay and register are the voters' first."""
    of_each = concurrency(most)
    assert of_each.pop(JobKind.DELIVER_TO_CELL) == to_the_cell
    assert of_each == {kind: most for kind in JobKind if kind is not JobKind.DELIVER_TO_CELL}
    on_beats = concurrency(most, on_beats=True)
    assert on_beats.pop(JobKind.SEND_LINK) == 4 * most
    assert on_beats == {kind: concurrency(most)[kind] for kind in on_beats}
