"""F-9: `doctor` asks what leaves the machine unencrypted, and whether things agree."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from adapters.system import SystemClock
from graphql_api.compose import compose, ports, prepare_database
from graphql_api.running.agreement import connections_wanted, on_this_machine, with_neighbours
from graphql_api.running.finding import Grade
from graphql_api.running.in_clear import in_clear
from graphql_api.running.keys_lost import keys_lost
from graphql_api.running.last_import import last_import

HOUR = timedelta(hours=1)
KANNEL = {"sms": "kannel", "kannel_username": "u", "kannel_password": "p"}
SMTP = {"email": "smtp", "smtp_host": "mail.example.org"}
ROUTES = {"far": {"options": {"smtp_host": "mail.example.org", "smtp_security": "plain"}}}
SERVER = "postgresql://u:p@db.example.org/reassort"
HERE = "postgresql://u:p@127.0.0.1"
LIBPQ = "postgresql://u@/reassort?host="
IN_CLEAR = [
    ({**KANNEL, "kannel_url": "http://sms.example.org:13013"}, Grade.BAD, "route kannel"),
    ({**SMTP, "smtp_security": "plain"}, Grade.BAD, "relay smtp"),
    ({"email": "smtp", "mail_routes": ROUTES}, Grade.BAD, "relay far"),
    ({"database_url": SERVER}, Grade.BAD, "DATABASE_URL: sslmode=prefer, may be in clear"),
    ({"database_url": f"{SERVER}?sslmode=disable"}, Grade.BAD, "sslmode=disable, may be"),
    ({"database_url": f"{SERVER}?sslmode=require"}, Grade.WARNING, "can be the server"),
    ({"database_url": f"{HERE}:5432,db.example.org:5432/reassort"}, Grade.BAD, "DATABASE_URL"),
    ({"database_url": f"{LIBPQ}/run/a,db.example.org"}, Grade.BAD, "DATABASE_URL"),
    ({"register_view_url": SERVER}, Grade.BAD, "REASSORT_REGISTER_VIEW_URL"),
    ({"limits_url": "valkey://limits.example.org/0"}, Grade.WARNING, "REASSORT_LIMITS_URL"),
]
WELL = [
    {**KANNEL, "kannel_url": "http://127.0.0.1:13013"},
    {**KANNEL, "kannel_url": "https://sms.example.org"},
    {**SMTP, "smtp_security": "starttls"},
    {"email": "smtp", "smtp_host": "127.0.0.1", "smtp_security": "plain"},
    {"database_url": f"{SERVER}?sslmode=verify-full"},
    {"database_url": f"{LIBPQ}/run/postgresql"},
    {"database_url": "postgresql://u@%2Frun%2Fpostgresql/reassort"},
    {"database_url": f"{HERE}/reassort"},
    {"database_url": f"{HERE}:5432,[::1]:5433,localhost/reassort"},
    {"limits_url": "valkeys://limits.example.org/0"},
    {},
]


@pytest.mark.parametrize(("given", "grade", "told"), IN_CLEAR)
def test_what_leaves_in_clear_is_said(make_settings, given, grade, told):
    """A11, R42: passwords, links and the register's rows; which line, and what to write."""
    (finding,) = in_clear(make_settings(**given))
    assert (finding.verdict, told in finding.text) == (grade, True), finding
    assert "u:p" not in finding.text


@pytest.mark.parametrize("given", WELL)
def test_what_stays_here_or_is_encrypted_is_well(make_settings, given):
    """A11: also to a socket or a port of this very machine."""
    (finding,) = in_clear(make_settings(**given))
    assert finding.verdict is Grade.GOOD, finding


def subjects(findings):
    return {each.subject: each for each in findings}


@pytest.mark.parametrize(
    ("mode", "file_mode", "grade"),
    [
        (0o700, 0o600, Grade.GOOD),
        (0o777, 0o600, Grade.BAD),
        (0o700, 0o620, Grade.BAD),
        (0o755, 0o644, Grade.WARNING),
        (0o700, 0o644, Grade.GOOD),
    ],
)
def test_modes(make_settings, mode, file_mode, grade):
    """R42: nobody else may write what is kept here, nor read it."""
    settings = make_settings()
    settings.data_dir.mkdir()
    file = settings.data_dir / "recovery.sqlite3"
    file.touch()
    file.chmod(file_mode)
    settings.data_dir.chmod(mode)
    assert subjects(on_this_machine(settings))["modes"].verdict is grade


def test_what_is_said_of_modes_is_true(make_settings):
    """R42: of a folder that is not there, of one that others may list, and of one that is shut."""
    settings = make_settings()

    def said():
        return subjects(on_this_machine(settings))["modes"]

    assert said().verdict is Grade.WARNING
    assert said().text.startswith("there is no data folder")
    settings.data_dir.mkdir()
    settings.data_dir.chmod(0o755)
    assert said().text.startswith("others may look into")
    settings.data_dir.chmod(0o700)
    assert said().text.endswith("owner's alone")


@pytest.mark.parametrize(
    ("given", "is_said"),
    [
        ({}, True),
        ({"trusted_proxies": "127.0.0.1"}, False),
        ({"public": False}, False),
        ({"link_template": "http://127.0.0.1:8000/#token={token}"}, False),
    ],
)
def test_a_proxy_that_is_not_named(make_settings, given, is_said):
    """R26: all voters would be one network."""
    assert ("proxies" in subjects(on_this_machine(make_settings(**given)))) is is_said


class Register:
    """What an import has left."""

    def __init__(self, accepted):
        self._accepted = accepted

    async def last_import(self):
        kept = {"at": "", "accepted": self._accepted, "rejected": 0, "unusable_phones": 0}
        return json.dumps({**kept, "findings": {}})


@pytest.mark.parametrize(("accepted", "grade"), [(0, Grade.BAD), (1, Grade.GOOD)])
async def test_an_empty_register(accepted, grade):
    """R32: an import that was forced with no voter left."""
    (finding,) = await last_import(Register(accepted))
    assert finding.verdict is grade


class TestWithNeighbours:
    @pytest.fixture(params=["sqlite", "postgres"])
    async def application(self, request, make_settings, monkeypatch):
        self.later = timedelta(0)

        off = SimpleNamespace(now=lambda: SystemClock().now() + self.later)
        monkeypatch.setitem(ports._MAKERS, "clock", lambda _: off)
        where = {}
        if request.param == "postgres":
            where = {"database_url": request.getfixturevalue("databases").create()}
        settings = make_settings(**where)
        if not where:
            prepare_database(settings)
        made = compose(settings)
        await made.open()
        yield made
        await made.stop()

    async def test_all_is_well(self, application):
        """R29: clock, restore and connections."""
        found = await with_neighbours(application)
        assert {each.verdict for each in found} == {Grade.GOOD}
        is_server = application.settings.engine == "postgres"
        assert ("connections" in subjects(found)) is is_server

    async def test_a_wrong_clock(self, application):
        """F-1: R29: told with the sentence that a process would be refused with."""
        await application.watch_clock()
        self.later = -2 * HOUR
        found = subjects(await with_neighbours(application))["clock"]
        assert found.verdict is Grade.BAD
        assert "set it right" in found.text

    async def test_a_restored_database(self, application):
        """F-3: R29: before any process is started over it."""
        for _ in range(2):
            await application.watch_lineage()
        async with application.ports.store.begin() as unit:
            await unit.sql.execute("UPDATE lineage SET looks = 1")
        found = subjects(await with_neighbours(application))["restore"]
        assert found.verdict is Grade.BAD
        assert "after-restore" in found.text

    async def test_keys_that_open_requests_need(self, application, link_sent):
        """R14, R42: the newest, an older one, one that has left; an end makes it needless."""
        keyring = application.settings.keyring
        end = application.ports.clock.now() + HOUR
        for key_id, grade, told in (
            (keyring.newest, Grade.GOOD, "the newest alone"),
            (keyring.keys[1].id, Grade.GOOD, "1 open requests need a key that is not the newest"),
            ("2019", Grade.BAD, "1 open requests are of keys that are not in REASSORT_KEYS (2019)"),
        ):
            sent = link_sent(key_id)
            link = replace(sent.link, key_id=key_id, expires_at=end)
            async with application.ports.store.begin() as unit:
                await unit.requests.add(replace(sent, link=link))
            (finding,) = await keys_lost(application)
            assert (finding.verdict, told in finding.text) == (grade, True), finding
        self.later = HOUR
        (finding,) = await keys_lost(application)
        assert (finding.verdict, "newest alone" in finding.text) == (Grade.GOOD, True)

    async def test_more_connections_than_the_server_takes(self, application):
        """R31: the last processes would find none."""
        if application.settings.engine == "sqlite":
            assert await application.ports.store.connections_allowed() is None
            return
        many = application.settings.model_copy(update={"processes": 64})
        allowed = await application.ports.store.connections_allowed()
        assert connections_wanted(application.settings) <= allowed < connections_wanted(many)
        object.__setattr__(application, "settings", many)
        found = subjects(await with_neighbours(application))["connections"]
        assert found.verdict is Grade.BAD


def test_every_pool_counts(make_settings):
    """R31: also the one by which a worker sets passwords; a directory has none."""
    pools = {"database_connections": 4, "database_readers": 2, "register_connections": 3}
    given = {"database_url": SERVER, "password_threads": 5, "processes": 2, **pools}
    assert connections_wanted(make_settings(**given)) == 3 * (4 + 2 + 3) + 5 + 1
    elsewhere = {"register_kind": "ldap", "credentials": "keycloak"}
    assert connections_wanted(make_settings(**given, **elsewhere)) == 3 * (4 + 2) + 1


def test_a_database_file_is_made_for_its_owner(make_settings):
    """R42: what `migrate` makes is well by itself."""
    settings = make_settings()
    prepare_database(settings)
    with closing(sqlite3.connect(settings.database)):
        assert subjects(on_this_machine(settings))["modes"].verdict is Grade.GOOD
