"""What is done to a deployment leaves a trace, with a name (R42)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.resources import files

import pytest

from core.intervention import Act
from graphql_api.cli import main, processes
from graphql_api.compose import compose_on_demand, prepare_database
from graphql_api.settings import read_settings
from tests.graphql_api.conftest import keys_text

SAMPLE = str(files("graphql_api").joinpath("sample_register.csv"))


@pytest.fixture(params=["sqlite", "postgres"])
def deployment(request, monkeypatch, tmp_path, keyring):
    """One that the environment names; its database is not made yet."""
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_EMAIL", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REASSORT_OPERATOR", "ada")
    if request.param == "postgres":
        dsn = request.getfixturevalue("databases").create("template0")
        monkeypatch.setenv("DATABASE_URL", dsn)


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    async def work(*_):
        pass

    monkeypatch.setattr(processes, "work", work)
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["reassort", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out + printed.err

    return command


async def noted():
    """Who did what, from the first to the last; without what processes were started with."""
    application = compose_on_demand(read_settings())
    await application.open()
    found = await application.note_interventions.latest(100)
    await application.stop()
    return [(each.by, each.act, each.detail) for each in reversed(found)]


COMMANDS = [
    (["migrate"], Act.DATABASE_MIGRATED, "by release "),
    (["import-register", SAMPLE], Act.REGISTER_IMPORTED, "4 accepted, 0 rejected, 0 removed"),
    (["import-register", SAMPLE, "--force"], Act.REGISTER_FORCED, "4 accepted"),
    (["partner", "add", "annuaire", "--origin", "https://a.example.org"], Act.PARTNER_ADDED, "a"),
    (["partner", "signing-secret", "annuaire"], Act.SIGNING_SECRET_SHOWN, "annuaire rsk_"),
    (["partner", "rotate", "annuaire"], Act.PARTNER_ROTATED, "annuaire overlap 24 h"),
    (["partner", "revoke", "annuaire"], Act.PARTNER_REVOKED, "annuaire 2 keys"),
    (["jobs", "requeue", "7", "9"], Act.JOBS_REQUEUED, "0 of 7 9"),
    (["adopt-password-key"], Act.PASSWORD_KEYS_ADOPTED, ""),
]


def test_each_command_leaves_a_trace(deployment, run):
    """R42: with the operator's name, in the database and as an event; listed the latest first."""
    for arguments, act, _ in COMMANDS:
        code, printed = run(*arguments)
        assert code == (arguments[0] == "jobs"), printed
        assert f'"act": "{act}"' in printed or f'"act":"{act}"' in printed, printed
    found = asyncio.run(noted())
    assert [(by, act) for by, act, _ in found] == [("ada", act) for _, act, _ in COMMANDS]
    for (_, _, wanted), (_, _, detail) in zip(COMMANDS, found, strict=True):
        assert detail.startswith(wanted)
    listed = run("interventions", "--limit", "2")[1].splitlines()
    assert [each.split(" ")[3:5] for each in listed] == [
        ["ada:", "password_keys_adopted"],
        ["ada:", "jobs_requeued"],
    ]
    assert run("partner", "rotate", "annuaire", "--by", "grace")[0] == 0
    assert asyncio.run(noted())[-1][0] == "grace"


def test_what_was_not_done_leaves_none(deployment, run):
    """R42: nothing changed, or nothing was there to be changed."""
    run("migrate")
    before = asyncio.run(noted())
    assert run("migrate")[0] == 0
    assert run("partner", "rotate", "nobody")[0] == 1
    assert run("partner", "revoke", "nobody")[0] == 1
    assert asyncio.run(noted()) == before


def test_other_keys_and_routes_are_noted_at_the_start(deployment, run, monkeypatch, keyring):
    """R42: once each, by the ids of the keys and the names of the routes, without a secret."""
    prepare_database(read_settings())
    for _ in range(2):
        assert run("worker")[0] == 0
    newest = keyring.keys[0].id
    first = asyncio.run(noted())
    assert [act for _, act, _ in first] == [Act.KEYS_CHANGED, Act.ROUTES_CHANGED]
    assert first[0][2].split(", ")[0] == newest
    assert "inbox=inbox; mail inbox" in first[1][2]
    monkeypatch.setenv("REASSORT_SMS_DESTINATIONS", json.dumps({"FR": ["inbox"]}))
    monkeypatch.setenv("REASSORT_OPERATOR", "grace")
    assert run("worker")[0] == 0
    by, act, detail = asyncio.run(noted())[-1]
    assert (by, act) == ("grace", Act.ROUTES_CHANGED)
    assert detail != first[1][2]
    assert len(asyncio.run(noted())) == 3


def test_an_import_without_a_database_is_told_all_the_same(deployment, run):
    """R42: the register may be made before the recovery store is."""
    code, printed = run("import-register", SAMPLE, "--by", "grace")
    if code == 0:
        assert "operator_acted" in printed
        assert "grace" in printed
    else:  # PostgreSQL's register wants the database
        assert "run `reassort migrate`" in printed


def test_an_account_without_a_name_is_told_by_its_number(deployment, run, monkeypatch):
    """R42: in a container nobody has a login; processes start there, and commands do their work."""

    def nameless():
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.delenv("REASSORT_OPERATOR")
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr("getpass.getuser", nameless)
    assert run("migrate")[0] == 0
    assert run("worker")[0] == 0
    assert {by for by, _, _ in asyncio.run(noted())} == {f"uid {os.getuid()}"}
