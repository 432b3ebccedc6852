"""R61: `reassort voter`: one voter's renewals stopped from the command line, and what `doctor`
says of them."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files

import pytest

from core.keys import Keyring, SecretKey
from graphql_api.cli import main
from graphql_api.compose import compose_on_demand, load_register, prepare_database
from graphql_api.running.doctor import examine
from graphql_api.settings import read_settings
from tests.graphql_api.conftest import keys_text

CAMILLE = "00012345"
WHY = ("--why", "a relative reads the [mailbox]")


@pytest.fixture(params=["sqlite", "postgres"])
def deployment(request, monkeypatch, tmp_path, keyring):
    """A deployment with the sample register, named by the environment, on each engine."""
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SUDO_USER", "jeanne")
    if request.param == "postgres":
        dsn = request.getfixturevalue("databases").create("template0")
        monkeypatch.setenv("DATABASE_URL", dsn)
    prepare_database(read_settings())
    with as_file(files("graphql_api").joinpath("sample_register.csv")) as sample:
        load_register(read_settings(), sample, tmp_path / "report.csv")


@pytest.fixture
def run(monkeypatch, capsys, deployment):
    """Runs the command with this on standard input; its exit code and what it printed."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["reassort", "voter", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


def test_stopped_listed_and_gone_on(run):
    """R61, A1, R44: the NUMIC comes by standard input, and stands neither in the log nor in the
    list; who ordered it does."""
    assert run("list")[1] == "No voter's renewals are stopped.\n"
    code, out, err = run("freeze", *WHY, stdin=f"{CAMILLE}\n")
    assert (code, out) == (0, "This voter's renewals are stopped, in every process.\n")
    assert '"event":"voter_frozen"' in err
    assert '"by":"jeanne"' in err
    assert "relative" not in err
    told = run("list")[1]
    assert "by jeanne: a relative reads the [mailbox]\n" in told
    assert run("unfreeze", CAMILLE, "--by", "paul")[0] == 0
    told = run("list")[1]
    assert "UTC by paul)\n" in told
    assert CAMILLE not in err + told


async def store(request):
    """A request in the deployment's database."""
    application = compose_on_demand(read_settings())
    await application.open()
    async with application.ports.store.begin() as unit:
        await unit.requests.add(request)
    await application.stop()


def test_what_happened_is_told_and_who_looked_is_kept(run, link_sent, keyring):
    """R45, R42, R44: by both clocks; the NUMIC stands nowhere, nor does an address."""
    pseudonym = keyring.pseudonyms(CAMILLE)[0]
    asyncio.run(store(link_sent(voter=pseudonym)))
    code, out, err = run("show", "--by", "paul", stdin=f"{CAMILLE}\n")
    assert (code, out.splitlines()) == (
        0,
        [
            "Request r1: link_sent",
            "  2027-06-05 12:00 UTC, 14:00 Paris: The request is received.",
            "  2027-06-05 12:00 UTC, 14:00 Paris: A link is issued, and its e-mail queued.",
        ],
    )
    assert '"act":"voter_shown","by":"paul"' in err
    assert pseudonym in err
    code, out, again = run("show", "67890")
    assert (code, out) == (0, "No request of this voter is kept.\n")
    assert CAMILLE not in err + again


@pytest.mark.parametrize("deployment", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("freeze", *WHY), "", "a NUMIC is 1 to 8 digits"),
        (("freeze", *WHY), "not a number\n", "a NUMIC is 1 to 8 digits"),
        (("freeze", "123456789", *WHY), "", "a NUMIC is 1 to 8 digits"),
        (("freeze", "00098765", *WHY), "", "no voter with this NUMIC"),
        (("freeze", "--why", ""), CAMILLE, "why has 1 to 200 characters"),
        (("unfreeze",), CAMILLE, "are not stopped"),
    ],
)
def test_what_cannot_be_done(run, arguments, stdin, said):
    """R61: is said in a sentence, without the number that was given."""
    code, out, err = run(*arguments, stdin=stdin)
    assert code == 1
    assert said in err
    assert CAMILLE not in out + err
    assert "123456789" not in out + err


def test_a_prompt(run, monkeypatch):
    """R61: at a terminal the NUMIC is asked for."""
    asked = []
    monkeypatch.setattr("graphql_api.cli.voters.is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text, **_: asked.append(text) or CAMILLE)
    assert run("freeze", *WHY)[0] == 0
    assert asked == ["NUMIC"]


def test_keys_that_leave_the_ring(run, monkeypatch, keyring):
    """R14, R61: `doctor` says when an order would be forgotten with the older keys, the list when
    it is."""
    assert run("freeze", CAMILLE, *WHY)[0] == 0
    assert found()["renewals stopped"] == "of 1 voters"
    newer = SecretKey("2028", b"m" * 32)
    monkeypatch.setenv("REASSORT_KEYS", keys_text(Keyring((newer, *keyring.keys))))
    assert "1 known by older keys only" in found()["renewals stopped"]
    assert "of no effect" not in run("list")[1]
    monkeypatch.setenv("REASSORT_KEYS", keys_text(Keyring((newer,))))
    assert "of no effect" in run("list")[1]


@pytest.mark.parametrize("deployment", ["sqlite"], indirect=True)
def test_an_order_of_an_earlier_round(run, monkeypatch):
    """R61: it holds in the next one, too; `doctor` says so while that is open."""
    assert run("freeze", CAMILLE, *WHY)[0] == 0
    later = datetime.now(UTC) + timedelta(days=300)
    for opens_at, said in ((later, "of 1 voters"), (None, "1 since before the round opened")):
        opens_at = opens_at or datetime.now(UTC)
        closes_at = opens_at + timedelta(days=9)
        voting_round = {"id": "2027-9", "opens_at": str(opens_at), "closes_at": str(closes_at)}
        monkeypatch.setenv("REASSORT_VOTING_ROUNDS", json.dumps([voting_round]))
        assert said in found()["renewals stopped"]


def found():
    return {each.subject: each.text for each in examine(read_settings())}
