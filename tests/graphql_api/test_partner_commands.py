"""R40: `reassort partner`: made, rotated, revoked and listed from the command line."""

from __future__ import annotations

import sys

import pytest

from core.partner import ApiKey
from graphql_api.cli import main
from graphql_api.compose import prepare_database
from graphql_api.settings import read_settings
from tests.graphql_api.conftest import keys_text


@pytest.fixture(autouse=True)
def deployment(monkeypatch, tmp_path, keyring):
    """A migrated database, named by the environment."""
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(tmp_path))
    prepare_database(read_settings())


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command; its exit code and what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["reassort", "partner", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


def test_a_key_is_shown_once(run):
    """R40: alone on standard output, so that it can be piped; the list has its prefix."""
    origin = "https://consulat.example.org"
    code, out, err = run("add", "consulat", "--origin", origin)
    assert code == 0
    key = ApiKey.read(out.strip())
    assert key is not None
    assert "Kept nowhere" in err
    code, out, _ = run("list")
    assert code == 0
    assert f"consulat: assistance:write renewals:write {origin}" in " ".join(out.split())
    assert key.prefix in out
    assert "works" in out
    assert key.reveal() not in out


def test_scopes_are_chosen(run):
    """R40: least privilege."""
    assert run("add", "consulat", "--scope", "renewals:write")[0] == 0
    assert "consulat: renewals:write\n" in run("list")[1]


def test_rotated_and_revoked(run):
    """R40: a list shows which keys there were, and that they have ended."""
    run("add", "consulat")
    assert run("rotate", "consulat", "--overlap", "0")[0] == 0
    assert "ended" in run("list")[1]
    code, out, _ = run("revoke", "consulat")
    assert code == 0
    assert "1 keys end now" in out
    assert "revoked" in run("list")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "consulat"), "already"),
        (("add", "Consulat"), "lower-case"),
        (("add", "other", "--scope", "all:things"), "no such scope"),
        (("add", "other", "--origin", "consulat.example.org"), "https://"),
        (("rotate", "nobody"), "reassort partner list"),
        (("revoke", "nobody"), "reassort partner list"),
        (("signing-secret", "nobody"), "reassort partner list"),
        (("suspend", "nobody", "--reason", "leaked"), "reassort partner list"),
        (("suspend", "consulat", "--reason", ""), "reason has 1 to 200 characters"),
        (("resume", "consulat"), "is not suspended"),
    ],
)
def test_what_cannot_be_done(run, arguments, said):
    """R40: said in a sentence."""
    run("add", "consulat")
    code, out, err = run(*arguments)
    assert code == 1
    assert said in err
    assert "rsk_" not in out


def test_nobody_yet(run):
    """R40: an empty list says so."""
    assert run("list")[1] == "No partners.\n"


def test_suspended_and_resumed(run, monkeypatch):
    """R61, A5: who ordered it is whoever is at the terminal, or said; the list keeps both."""
    monkeypatch.setenv("SUDO_USER", "jeanne")
    run("add", "consulat")
    code, out, err = run("suspend", "consulat", "--reason", "key on a [public] page")
    assert (code, "lead to the portal" in out) == (0, True)
    assert '"by":"jeanne"' in err
    assert "by jeanne: key on a [public] page\n" in run("list")[1]
    assert run("resume", "consulat", "--by", "paul")[0] == 0
    assert "UTC by paul)\n" in run("list")[1]


def test_nobody_is_at_the_terminal(run, monkeypatch):
    """R61: in a container whose user has no name, one is asked for."""

    def nobody():
        raise KeyError("uid not found")

    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr("getpass.getuser", nobody)
    run("add", "consulat")
    assert "--by" in run("suspend", "consulat", "--reason", "leaked")[2]


def test_a_signing_secret(run):
    """R61, A3: of a key that works, alone on standard output."""
    key = ApiKey.read(run("add", "consulat")[1].strip())
    prefix, secret = run("signing-secret", "consulat")[1].split()
    assert (prefix, len(secret)) == (key.prefix, 64)
    run("revoke", "consulat")
    assert run("signing-secret", "consulat")[0] == 1
