"""The command `reassort`: what it prints, how it exits, and how its servers start and stop."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import runpy
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from adapters.credentials.sqlite import SqliteCredentials
from core.voter import Numic
from graphql_api.cli import cli, main
from graphql_api.compose import load_register, prepare_database
from graphql_api.demo_issuer.address import AUDIENCE, CLIENT, Address
from graphql_api.running import demo
from graphql_api.running.doctor import collisions, warn
from graphql_api.running.finding import Finding, Grade
from graphql_api.running.serving import CannotListen, address_of, bind, serve
from graphql_api.schema.executable import sdl
from graphql_api.settings import read_settings
from tests.servers.commands import Running, Start, start_python

SAMPLE = Path(str(files("graphql_api").joinpath("sample_register.csv")))
PATIENCE = 120
"""Seconds for anything that a subprocess has to do: the machine may be busy."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended. Line breaks for the width of a screen are taken out of `out`, `err`."""

    code: int
    raw: str
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command in this process, as its entry point does."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["reassort", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        plain = [" ".join(text.split()) for text in captured]
        return Outcome(ended.value.code or 0, captured.out, *plain)

    return run


class Overheard:
    """Standard output, and a thread that begins as soon as a line of it matches."""

    def __init__(self, stream: TextIO, pattern: str, then: Callable[[re.Match[str]], None]) -> None:
        self._stream, self._pattern, self._then = stream, pattern, then
        self._text = ""
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> int:
        self._text += text
        if self._thread is None and (found := re.search(self._pattern, self._text)):
            self._thread = threading.Thread(target=self._then, args=(found,))
            self._thread.start()
        return self._stream.write(text)

    def join(self) -> None:
        assert self._thread is not None, self._text
        self._thread.join(PATIENCE)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@pytest.fixture
def run_until(run, signals, monkeypatch):
    """Runs a command that lasts; once it has printed `pattern`, and `meanwhile` is done, it is told
    to stop."""

    def run_until(pattern: str, meanwhile: Callable[[re.Match[str]], object], *arguments: object):
        def stop(found: re.Match[str]) -> None:
            try:
                meanwhile(found)
            finally:
                signals.deliver(signal.SIGTERM)

        heard = Overheard(sys.stdout, pattern, stop)
        monkeypatch.setattr(sys, "stdout", heard)
        outcome = run(*arguments)
        heard.join()
        return outcome

    return run_until


@pytest.fixture
def deployment(monkeypatch, tmp_path) -> Path:
    """The environment of a trial deployment, with nothing made yet; its data folder."""
    now = datetime.now(UTC)
    closes_at = now + timedelta(days=1)
    rounds = [{"id": "demo", "opens_at": now.isoformat(), "closes_at": closes_at.isoformat()}]
    environment = {
        "REASSORT_KEYS": demo.new_key(),
        "REASSORT_DATA_DIR": str(tmp_path / "data"),
        "REASSORT_VOTING_ROUNDS": json.dumps(rounds),
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_DEV_INBOX": "true",
        "REASSORT_NETWORK_LIMIT": "none",
        "REASSORT_LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "data"


@pytest.fixture
def ready_deployment(deployment) -> Path:
    """A trial deployment with its database and the sample register."""
    settings = read_settings()
    prepare_database(settings)
    load_register(settings, SAMPLE, deployment / "report.csv")
    return deployment


# -- Short commands --


def test_schema(run):
    """R41: `schema` prints the SDL and needs no settings."""
    assert run("schema").raw == sdl()


def test_schema_for_operators(run):
    """R41, R57: what no partner's schema has is printed when it is asked for, and for no router."""
    printed = run("schema", "--operators").raw
    assert "recoveryRequests(" in printed
    assert "recoveryRequests(" not in sdl()
    refused = run("schema", "--operators", "--federated")
    assert (refused.code, "routers are given none of it" in refused.err) == (2, True)


def test_version(run):
    """`--version` prints that of the installed package, and needs no settings."""
    outcome = run("--version")
    assert (outcome.code, outcome.out) == (0, f"reassort {version('reassort')}")


def test_new_key(run, monkeypatch):
    """R14: each `new-key` is different, and good for `REASSORT_KEYS`."""
    first, second = run("new-key").out, run("new-key").out
    assert first != second
    monkeypatch.setenv("REASSORT_KEYS", first)
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    ring = read_settings().keyring
    assert len(ring.keys[0].secret) == 32
    assert ring.newest.startswith(f"{datetime.now(UTC):%Y-%m-%d}")


def test_help():
    """Every command and option says what it does."""
    text = CliRunner().invoke(cli, ["--help"], terminal_width=200).output
    for command in (
        "demo",
        "serve",
        "worker",
        "migrate",
        "import-register",
        "move-to-postgresql",
        "schema",
        "new-key",
        "doctor",
        "jobs",
    ):
        assert re.search(rf"{command} +\w", text), command


@pytest.mark.parametrize("command", ["migrate", "doctor", "serve", "worker"])
def test_wrong_settings(run, monkeypatch, deployment, command):
    """Wrong settings end every command with 2 and a plain text that names them, not their
    values."""
    monkeypatch.setenv("REASSORT_POLICY", "CANARY")
    monkeypatch.setenv("REASSORT_KEYS", "2027:CANARY")
    outcome = run(command)
    assert outcome.code == 2
    assert "REASSORT_POLICY: Input should be" in outcome.err
    assert "REASSORT_KEYS: write `id:secret`" in outcome.err
    assert "CANARY" not in outcome.err + outcome.out
    assert "Traceback" not in outcome.err


def test_migrate(run, deployment):
    """`migrate` makes the database once, readable by its owner only; again it changes nothing."""
    first = run("migrate")
    assert (first.code, first.out) == (0, "The database is made.")
    assert (deployment / "recovery.sqlite3").stat().st_mode & 0o077 == 0
    assert run("migrate").out == "The database is up to date."


def test_migrate_where_nothing_can_be_made(run, deployment, monkeypatch):
    """What an operator can mend is said in a sentence, with exit code 1."""
    deployment.write_text("in the way")
    outcome = run("migrate")
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    assert outcome.err


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_without_database(run, deployment, command):
    """A server without its database says so and ends with 1, before it listens."""
    outcome = run(command, *(["--port", "0"] if command == "serve" else []))
    assert outcome.code == 1
    assert "cannot open the database" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("command", ["serve", "worker", "jobs list", "demo"])
def test_the_database_of_others(run, ready_deployment, monkeypatch, tmp_path, command):
    """R29: a database that was made under other keys is left alone, and that is said in a sentence,
    before anything listens or works; the demo respects `DATABASE_URL`, and so does not harm it."""
    assert run("jobs", "list").code == 0
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{ready_deployment}/recovery.sqlite3")
    monkeypatch.setenv("REASSORT_KEYS", demo.new_key())
    options = {"serve": ["--port", 0], "demo": ["--port", 0, "--data", tmp_path / "demo"]}
    outcome = run(*command.split(), *options.get(command, []))
    assert outcome.code == 1
    assert outcome.err == "the database belongs to other keys than REASSORT_KEYS"
    assert "listening" not in outcome.out


def test_doctor_makes_no_database_its_own(run, ready_deployment, monkeypatch):
    """`doctor` changes nothing: run with the wrong keys on a new database, it does not keep the
    right ones out; on a database that is in use it tells."""
    right = os.environ["REASSORT_KEYS"]
    monkeypatch.setenv("REASSORT_KEYS", demo.new_key())
    assert "ok database:" in run("doctor").out
    monkeypatch.setenv("REASSORT_KEYS", right)
    assert run("jobs", "list").code == 0
    monkeypatch.setenv("REASSORT_KEYS", demo.new_key())
    outcome = run("doctor")
    assert outcome.code == 1
    assert "XX database: the database belongs to other keys" in outcome.out


def test_doctor_good(run, ready_deployment):
    """`doctor` ends with 0 when nothing must be mended, and warns of what is for trials only."""
    outcome = run("doctor")
    assert outcome.code == 0, outcome.out
    assert "ok database: reachable, right schema, no dead letters" in outcome.out
    assert "ok register: answers" in outcome.out
    assert "ok credentials: no file yet" in outcome.out
    assert "!! inbox: messages go to the inbox" in outcome.out
    assert re.search(
        r"ok calendar: round demo is open until [\d-]{10} [\d:]{5} \(Paris\)", outcome.out
    )
    assert "XX" not in outcome.out
    assert "environment" not in outcome.out
    assert "nobody is shown" not in outcome.out


def test_doctor_names_each_round_that_is_open(run, ready_deployment, monkeypatch):
    """R49: of several at once an operator sees when each closes."""
    now = datetime.now(UTC)
    rounds = [
        {
            "id": f"round-{each}",
            "opens_at": (now - timedelta(days=1)).isoformat(),
            "closes_at": (now + timedelta(days=int(each))).isoformat(),
            "constituencies": [each],
        }
        for each in ("1", "2")
    ]
    monkeypatch.setenv("REASSORT_VOTING_ROUNDS", json.dumps(rounds))
    told = "; ".join(rf"round {each['id']} is open until [^;]* \(Paris\)" for each in rounds)
    assert re.search(f"ok calendar: {told}", run("doctor").out)


def test_doctor_says_what_it_has_to_say_to_the_letter(run, ready_deployment, monkeypatch):
    """A12: a hint to install an extra is not taken for the terminal's markup."""
    hint = "install `reassort[valkey]`, see [bold]"
    findings = [Finding("limits", Grade.BAD, hint)]
    monkeypatch.setattr("graphql_api.running.doctor.examine", lambda settings: findings)
    assert f"XX limits: {hint}" in run("doctor").out


@pytest.mark.parametrize(
    ("opens", "closes", "code", "line"),
    [
        (1, 2, 0, r"!! calendar: closed now; round demo opens [\d-]{10} [\d:]{5} \(Paris\)"),
        (-2, -1, 0, r"!! calendar: every round is over: renewal is closed"),
    ],
)
def test_doctor_reads_the_calendar(run, ready_deployment, monkeypatch, opens, closes, code, line):
    """R12: a round that is still to come, or the last one that is over, is a warning."""
    now = datetime.now(UTC)
    opens_at, closes_at = (
        (now + timedelta(days=days)).isoformat(timespec="seconds") for days in (opens, closes)
    )
    rounds = [{"id": "demo", "opens_at": opens_at, "closes_at": closes_at}]
    monkeypatch.setenv("REASSORT_VOTING_ROUNDS", json.dumps(rounds))
    outcome = run("doctor")
    assert outcome.code == code
    assert re.search(line, outcome.out)


def test_doctor_warns_of_what_has_no_effect(run, ready_deployment, monkeypatch):
    """`doctor` names variables that look like settings and are none, and never their values; an
    inbox that nobody is shown."""
    monkeypatch.setenv("REASSORT_NETWORK_LIMITS", "CANARY")
    monkeypatch.setenv("REASSORT_SMTP_HOSTS", "CANARY")
    monkeypatch.setenv("REASSORT_REGISTER", "sqlite")
    monkeypatch.delenv("REASSORT_DEV_INBOX")
    outcome = run("doctor")
    assert outcome.code == 0
    named = "REASSORT_NETWORK_LIMITS, REASSORT_SMTP_HOSTS"
    assert f"!! environment: not a setting, hence without effect: {named}" in outcome.out
    assert "!! inbox: messages go to a file that nobody is shown" in outcome.out
    assert "CANARY" not in outcome.out


def test_doctor_bad(run, deployment, monkeypatch):
    """`doctor` ends with 1 and names all that must be mended."""
    monkeypatch.setenv("REASSORT_VOTING_ROUNDS", "[]")
    monkeypatch.setenv("REASSORT_POLICY", "trial")
    monkeypatch.setenv("REASSORT_LINK_TEMPLATE", "http://127.0.0.1:8000/#token={token}")
    outcome = run("doctor")
    assert outcome.code == 1
    assert "XX calendar: no voting round" in outcome.out
    assert "XX database:" in outcome.out
    assert "SQLITE_CANTOPEN" in outcome.out
    assert "XX register: register file unusable" in outcome.out
    assert "!! policy" in outcome.out
    assert "!! link_template" in outcome.out


def test_doctor_names_a_setting_that_an_adapter_refuses(run, ready_deployment, monkeypatch):
    """`doctor` also says what only the adapters can know."""
    monkeypatch.setenv("REASSORT_LINK_TEMPLATE", "ftp://vote.example.org/#token={token}")
    outcome = run("doctor")
    assert outcome.code == 1
    assert "the link template begins with https://" in outcome.out


def test_doctor_looks_at_the_credential_store(run, ready_deployment, monkeypatch):
    """`doctor` tells of a credential store that cannot be read, and sends none a password."""
    assert "ok credentials: no file yet" in run("doctor").out
    (ready_deployment / "credentials.sqlite3").write_bytes(b"not a database at all" * 100)
    outcome = run("doctor")
    assert outcome.code == 1
    assert "XX credentials: credential store: SQLITE_NOTADB" in outcome.out
    monkeypatch.setenv("REASSORT_CREDENTIALS", "http")
    monkeypatch.setenv("REASSORT_CREDENTIALS_HTTP_URL", "https://portal.example.org/passwords")
    monkeypatch.setenv("REASSORT_CREDENTIALS_HTTP_KEY", "2027:" + "6e" * 32)
    assert "ok credentials: not tried" in run("doctor").out


def test_doctor_tries_each_relay(run, ready_deployment, monkeypatch):
    """R51: `doctor` logs in to each mail relay and names those that take nothing now."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # nobody listens
        port = holder.getsockname()[1]
        monkeypatch.setenv("REASSORT_EMAIL", "smtp")
        monkeypatch.setenv("REASSORT_SMTP_PORT", str(port))
        said = f"XX e-mail: relay smtp: no connection (127.0.0.1:{port})"
        assert said in run("doctor").out
        routes = {"own": {}, "other": {"options": {"smtp_timeout": 5}}}
        monkeypatch.setenv("REASSORT_MAIL_ROUTES", json.dumps(routes))
        outcome = run("doctor")
    assert outcome.code == 1
    for name in routes:
        assert f"XX e-mail: relay {name}: no connection" in outcome.out


def test_a_postgresql_that_is_down_is_named(run, ready_deployment, monkeypatch):
    """R42: by host and port, and by the variable that names it; never with its password."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # nobody listens
        port = holder.getsockname()[1]
        monkeypatch.setenv("DATABASE_URL", f"postgresql://u:CANARY@127.0.0.1:{port}/votes")
        monkeypatch.setenv("REASSORT_REGISTER", "sqlite")
        monkeypatch.setenv("REASSORT_CREDENTIALS", "sqlite")
        said = f"nothing listens there (PostgreSQL of DATABASE_URL: 127.0.0.1:{port})"
        outcome = run("doctor")
        assert re.search(f"XX database: .*{re.escape(said)}", outcome.out)
        assert "CANARY" not in outcome.out + outcome.err
        for command in ("migrate", "worker", "serve"):
            outcome = run(command)
            assert outcome.code == 1
            assert said in outcome.err
            assert "CANARY" not in outcome.out + outcome.err


def test_a_placeholder_is_named_by_its_variable(run, ready_deployment, monkeypatch):
    """R42: before anything starts, with 2 as for every wrong setting."""
    monkeypatch.setenv("REASSORT_SMS", "kannel")
    monkeypatch.setenv("REASSORT_KANNEL_USERNAME", "reassort")
    monkeypatch.setenv("REASSORT_KANNEL_PASSWORD", "…CANARY")
    for command in ("serve", "worker", "doctor", "migrate"):
        outcome = run(command)
        assert outcome.code == 2
        assert "REASSORT_KANNEL_PASSWORD: it goes into a header" in outcome.err
        assert "CANARY" not in outcome.err


def test_what_an_adapter_refuses_is_named_by_its_variable(run, ready_deployment, monkeypatch):
    """R42: with 2 as for every wrong setting; also what stands in a table of routes."""
    monkeypatch.setenv("REASSORT_SMS", "kannel")
    monkeypatch.setenv("REASSORT_KANNEL_USERNAME", "reassort")
    monkeypatch.setenv("REASSORT_KANNEL_PASSWORD", "secret")
    monkeypatch.setenv("REASSORT_KANNEL_URL", "kannel.example.org")
    said = "REASSORT_SMS (kannel): a neighbour's URL begins with"
    outcome = run("worker")
    assert (outcome.code, said in outcome.err) == (2, True)
    assert f"XX settings: {said}" in run("doctor").out
    monkeypatch.setenv("REASSORT_SMS_ROUTES", json.dumps({"a": {"gateway": "kannel"}}))
    assert "REASSORT_SMS_ROUTES (a): a neighbour's URL" in run("worker").err


def test_doctor_counts_dead_letters(run, ready_deployment):
    """`doctor` warns of jobs that were given up."""
    bury(ready_deployment)
    outcome = run("doctor")
    assert outcome.code == 0
    assert "!! database: 1 dead letters" in outcome.out


def test_doctor_compares_the_registers_rounds(run, ready_deployment, monkeypatch):
    """R8: a round that the register names and the calendar does not have may be misspelt; then
    identifier and password could both be renewed."""
    assert "!! register" not in run("doctor").out
    source = ready_deployment / "voters.csv"
    source.write_text(SAMPLE.read_text("utf-8").replace(";demo", ";dmeo"), "utf-8")
    load_register(read_settings(), source, ready_deployment / "report.csv")
    outcome = run("doctor")
    assert outcome.code == 0
    assert (
        "!! register: answers, but names rounds that the calendar does not have: dmeo"
        in outcome.out
    )


def test_what_is_unfit_for_a_vote_is_logged_at_start(ready_deployment, monkeypatch):
    """Placeholders and trial settings are told in the log of whatever starts with them."""
    monkeypatch.setenv("REASSORT_EMAIL", "smtp")
    monkeypatch.setenv("REASSORT_POLICY", "trial")
    with capture_logs() as logged:
        warn(read_settings())
    assert {each["event"] for each in logged} == {"not_fit_for_a_vote"}
    assert {"policy", "addresses"} <= {each["subject"] for each in logged}


def test_a_directory_in_which_nothing_can_be_tried_is_told(ready_deployment, monkeypatch):
    """L1: without an entry for trials it shows at a voter's renewal whether passwords open."""
    for name in ("LDAP_BIND_DN", "LDAP_BIND_PASSWORD", "CREDENTIALS_LDAP_BASE"):
        monkeypatch.setenv(f"REASSORT_{name}", "cn=gateway")
    monkeypatch.setenv("REASSORT_LDAP_URL", "ldaps://ldap.example.org")
    monkeypatch.setenv("REASSORT_CREDENTIALS", "ldap")
    for numic, told in (("", True), ("99999999", False)):
        monkeypatch.setenv("REASSORT_CREDENTIALS_LDAP_TRIAL_NUMIC", numic)
        with capture_logs() as logged:
            warn(read_settings())
        assert ("credentials" in {each["subject"] for each in logged}) is told


def test_doctor_without_room(run, ready_deployment, monkeypatch):
    """`doctor` calls a nearly full disk bad."""
    monkeypatch.setattr("graphql_api.running.doctor.LEAST_FREE", 2**80)
    outcome = run("doctor")
    assert outcome.code == 1
    assert "XX disk:" in outcome.out


def test_no_collisions_here():
    """In the environment of the tests nobody else has our packages' names."""
    (finding,) = collisions()
    assert finding.verdict is Grade.GOOD


def test_collisions(monkeypatch):
    """`doctor` names every distribution that ships a package named like one of ours."""
    owners = {"core": ["reassort", "other-core"], "adapters": ["reassort"], "x": ["y"]}
    monkeypatch.setattr("graphql_api.running.doctor.packages_distributions", lambda: owners)
    (finding,) = collisions()
    assert finding.verdict is Grade.BAD
    assert "`core` is also installed by other-core" in finding.text


# -- The register --


def test_repairs_go_out_and_come_back(run, deployment, tmp_path):
    """R50: proposed by one import, applied by the next one once somebody has said yes."""
    file, proposals = tmp_path / "register.csv", tmp_path / "proposals.csv"
    voter = "12345;K7WPQ2M4XN9B;camille.martin@example.org;+241 07 12 34 56;France"
    file.write_bytes(f"Numic;Identifiant;Courriel;Téléphone;Pays\n{voter}\n".encode("cp1252"))
    report = tmp_path / "report.csv"
    given = ("import-register", file, "--report", report)
    outcome = run(*given)
    assert outcome.code == 1
    assert "--encoding cp1252" in outcome.err
    outcome = run(*given, "--encoding", "cp1252", "--propose-repairs", proposals)
    assert outcome.code == 0, outcome.err
    assert "1 proposed repairs" in outcome.out
    proposals.write_text(proposals.read_text("utf-8").replace("RENUMBERED;", "RENUMBERED;oui"))
    outcome = run(*given, "--encoding", "cp1252", "--repairs", proposals)
    assert outcome.code == 0, outcome.err
    assert "1 of 1 confirmed repairs applied" in outcome.out
    assert "!! last import:" in run("doctor").out


def test_import_register(run, deployment, tmp_path):
    """R35: the counts add up and every rejected line is named, by number, in the report."""
    file = tmp_path / "register.csv"
    lines = SAMPLE.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, "12A;;;nobody;;"]), "utf-8")
    report = tmp_path / ("of an election " * 5) / "[blue] report.csv"
    report.parent.mkdir()
    outcome = run("import-register", file, "--report", report, "--force")
    assert outcome.code == 0, outcome.err
    counts = dict(re.findall(r"│ (\w+) +│ ([\d,]+)", outcome.raw))
    good = str(len(lines) - 1)
    assert (counts["lines"], counts["accepted"], counts["rejected"]) == (str(len(lines)), good, "1")
    assert (counts["added"], counts["updated"], counts["removed"]) == (good, "0", "0")
    assert f": {report}\n" in outcome.raw, "to be copied: in one piece, brackets included"
    assert re.search(rf"^{len(lines) + 1}\D", report.read_text("utf-8"), re.MULTILINE)
    assert (deployment / "register.sqlite3").exists()


def test_import_register_after_a_rotation(run, ready_deployment, monkeypatch, tmp_path):
    """R14: U9: an import that hashes everything anew does not end with "unchanged" alone."""
    given = ("import-register", SAMPLE, "--report", tmp_path / "report.csv")
    assert "hashed anew" not in run(*given).out
    newest = demo.new_key().partition(":")[2]
    monkeypatch.setenv("REASSORT_KEYS", f"later:{newest},{os.environ['REASSORT_KEYS']}")
    outcome = run(*given)
    assert outcome.code == 0, outcome.err
    assert "Every identifier is hashed anew, under the key later:" in outcome.out
    assert "hashed anew" not in run(*given).out


def test_import_register_names_rounds_that_the_calendar_does_not_have(run, deployment, tmp_path):
    """R8: a misspelt round is seen at once; of a column that holds something else ten are named."""
    header, file = "numic;identifier;email;phone;identifier_renewed_in\n", tmp_path / "register.csv"
    voters = [f"{each};K7WPQ2M4XN9B;v{each}@example.org;;dmeo-{each:02}" for each in range(1, 13)]
    for lines, told in ((voters[:1], "dmeo-01."), (voters, "dmeo-10 and 2 more.")):
        file.write_text(header + "\n".join(lines), "utf-8")
        outcome = run("import-register", file, "--report", tmp_path / "report.csv", "--force")
        assert outcome.code == 0, outcome.err
        assert "the calendar does not have the rounds dmeo-01" in outcome.out
        assert f"{told} Past ones do no harm" in outcome.out
    file.write_text(header + voters[0].replace("dmeo-01", "demo"), "utf-8")
    outcome = run("import-register", file, "--report", tmp_path / "report.csv", "--force")
    assert "identifier_renewed_in" not in outcome.out


def test_import_register_refused(run, ready_deployment, tmp_path):
    """R35: a file with too many bad lines is refused, and the register before it stays."""
    before = (ready_deployment / "register.sqlite3").read_bytes()
    file = tmp_path / "register.csv"
    file.write_text(SAMPLE.read_text("utf-8") + "12A;;;nobody;;\n", "utf-8")
    outcome = run("import-register", file, "--report", tmp_path / "report.csv")
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    assert (ready_deployment / "register.sqlite3").read_bytes() == before


def test_import_register_without_header(run, deployment, tmp_path):
    """A file that is no register is refused in a sentence that quotes nothing of it."""
    file = tmp_path / "register.csv"
    file.write_text("CANARY\n1\n")
    outcome = run("import-register", file, "--report", tmp_path / "report.csv")
    assert outcome.code == 1
    assert "CANARY" not in outcome.err


def test_import_register_missing_file(run, deployment):
    """A file that is not there is told by the command line."""
    assert run("import-register", "/nowhere.csv").code == 2


def test_sample_register(deployment):
    """The sample register begins with the three voters of the demo; every line is accepted."""
    report = load_register(read_settings(), SAMPLE, deployment.parent / "report.csv")
    lines = SAMPLE.read_text("utf-8").splitlines()[1:]
    assert (report.lines, report.rejected) == (len(lines), 0)
    assert lines[:3] == [
        "00012345;000000101;K7WPQ2M4XN9B;camille.martin@example.org;+33 6 39 98 00 01;",
        "00054321;000000102;T4RJH8C2VW6D;dominique.bernard@example.org;;",
        "00067890;000000103;M9XK3FQ7ZB5L;claude.petit@example.org;+33 6 39 98 00 02;demo",
    ]


def test_import_register_into_one_that_is_asked(run, deployment, monkeypatch):
    """A register that is asked is not imported into: said in a sentence, as a wrong setting."""
    monkeypatch.setenv("REASSORT_REGISTER", "rest")
    outcome = run("import-register", SAMPLE, "--report", deployment.parent / "report.csv")
    assert outcome.code == 2
    assert "REASSORT_REGISTER: `rest` is asked, and nothing imported into it" in outcome.err


# -- PostgreSQL --


@pytest.fixture
def empty_dsn(databases) -> str:
    return databases.create("template0")


def test_move_to_postgresql(run, ready_deployment, monkeypatch, empty_dsn):
    """`move-to-postgresql` copies everything, tells how many rows, and does so once; then `migrate`
    finds nothing to do, and the register can be imported."""
    bury(ready_deployment)
    monkeypatch.setenv("DATABASE_URL", empty_dsn)
    outcome = run("move-to-postgresql")
    assert outcome.code == 0, outcome.err
    assert "job: 1" in outcome.out
    assert "Moved." in outcome.out
    assert "KeyError" in run("jobs", "list").out
    assert run("migrate").out == "The database is up to date."
    report = ready_deployment / "moved.csv"
    assert run("import-register", SAMPLE, "--report", report).code == 0
    assert "ok register: answers" in run("doctor").out
    again = run("move-to-postgresql")
    assert again.code == 1
    assert "is not empty" in again.err


def test_move_from_another_file(run, ready_deployment, monkeypatch, empty_dsn):
    """`--from` names a file that is not in its usual place."""
    elsewhere = ready_deployment.parent / "elsewhere.sqlite3"
    (ready_deployment / "recovery.sqlite3").rename(elsewhere)
    monkeypatch.setenv("DATABASE_URL", empty_dsn)
    refused = run("move-to-postgresql")
    assert refused.code == 1
    assert "there is no recovery.sqlite3" in refused.err
    assert run("move-to-postgresql", "--from", elsewhere).code == 0


def test_move_to_where(run, ready_deployment):
    """Without PostgreSQL in DATABASE_URL there is nowhere to move to."""
    outcome = run("move-to-postgresql")
    assert outcome.code == 1
    assert outcome.err.startswith("DATABASE_URL is not PostgreSQL's")


def test_the_demo_keeps_voters_in_its_folder(monkeypatch, tmp_path):
    """R20: a demo started in the environment of a deployment touches neither its register nor its
    passwords."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://reassort@db.example.org/vote")
    monkeypatch.setenv("REASSORT_CREDENTIALS", "keycloak")
    settings = demo.demo_settings(tmp_path, "http://127.0.0.1:8000")
    assert (settings.register_choice, settings.credentials_choice) == ("sqlite", "sqlite")


# -- Dead letters --


def bury(folder: Path) -> None:
    """A job that was given up."""
    with closing(sqlite3.connect(folder / "recovery.sqlite3")) as connection, connection:
        connection.execute(
            "INSERT INTO job (key, kind, subject, due_at, attempts, dead_at, reason) "
            "VALUES ('send_link:abc', 'send_link', 'abc', 0, 10, 1, 'KeyError')"
        )


def test_jobs(run, ready_deployment):
    """R29: jobs that were given up are listed with their reason, and can be queued again."""
    assert run("jobs", "list").out == "No dead letters."
    bury(ready_deployment)
    listed = run("jobs", "list").out
    assert listed.startswith("1 send_link:abc 10")
    assert "KeyError" in listed
    outcome = run("jobs", "requeue", 1, 99)
    assert (outcome.code, outcome.out) == (1, "1 of 2 queued again.")
    assert outcome.err.endswith("The others are no dead letters: see `reassort jobs list`.")
    assert run("jobs", "list").out == "No dead letters."
    with closing(sqlite3.connect(ready_deployment / "recovery.sqlite3")) as connection:
        assert connection.execute("SELECT attempts, dead_at FROM job").fetchall() == [(0, None)]


def test_jobs_requeued(run, ready_deployment):
    """R29: when all that were named are queued again, the command ends with 0; when none is, with
    1."""
    bury(ready_deployment)
    outcome = run("jobs", "requeue", 1)
    assert (outcome.code, outcome.out) == (0, "1 of 1 queued again.")
    assert "no dead letters" not in outcome.err
    outcome = run("jobs", "requeue", 1)
    assert (outcome.code, outcome.out) == (1, "0 of 1 queued again.")


# -- Servers --


class Server:
    """A subprocess of the command, and what it has printed."""

    def __init__(self, process: Running, output: TextIO) -> None:
        self.process, self._output = process, output
        self.printed = ""

    def wait_for(self, pattern: str) -> str:
        """The first group of `pattern`, once it was printed."""
        while not (found := re.search(pattern, self.printed)):
            line = self._output.readline()
            assert line, f"ended with {self.process.wait()}: {self.printed}"
            self.printed += line
        return found[1] if found.groups() else found[0]

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def started(*arguments: object, start: Start = start_python) -> Iterator[Server]:
    """The command as a subprocess of its own, ended with the block."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as output, os.fdopen(writing, "wb") as out:
        command = ["-W", "error"] if start is start_python else []
        command += ["-m", "graphql_api", *map(str, arguments)]
        process = start(command, out, out, dict(os.environ))
        out.close()
        alarm = threading.Timer(PATIENCE, process.kill)
        alarm.start()
        try:
            yield Server(process, output)
        finally:
            alarm.cancel()
            process.kill()
            process.wait(PATIENCE)


class FrontEnd:
    """A voter's front end, over the network."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=PATIENCE)

    def ask(self, document: str, sent: Callable[[], None] = lambda: None) -> dict:
        """`sent` is called when the request has gone."""

        def trace(event: str, _: dict) -> None:
            if event == "http11.send_request_body.complete":
                sent()

        body = {"query": document}
        answer = self.http.post("/graphql", json=body, extensions={"trace": trace}).json()
        assert "errors" not in answer, answer
        (field,) = answer["data"].values()
        return field

    def code(self, step: str) -> str:
        issued = self.ask(f"mutation {{ issueSecurityCode(input: {{step: {step}}}) {{ id }} }}")
        answer = self.inbox["securityCodes"][issued["id"]]
        return f'{{id: "{issued["id"]}", answer: "{answer}"}}'

    def request_document(self) -> str:
        return (
            'mutation { requestPasswordRenewal(input: {numic: "12345", email: '
            f'"camille.martin@example.org", securityCode: {self.code("REQUEST")}}}) '
            "{ __typename } }"
        )

    def request(self) -> str:
        """The renewal's first half; the link's token."""
        assert self.ask(self.request_document())["__typename"] == "RenewalRequested"
        return re.search(r"#token=([\w-]{43})", self.eventually("emails", "lien"))[1]

    def confirm(self, token: str) -> str:
        """The second half; the password."""
        answer = self.ask(
            f'mutation {{ confirmPasswordRenewal(input: {{token: "{token}", identifier: '
            f'"K7WPQ2M4XN9B", securityCode: {self.code("CONFIRM")}}}) {{ __typename }} }}'
        )
        assert answer["__typename"] == "PasswordRenewed"
        return self.eventually("sms", "mot de passe").splitlines()[1]

    def eventually(self, kind: str, word: str) -> str:
        """The text of the newest message with `word` in it, once there is one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for message in self.inbox[kind]:
                if word in message["text"]:
                    return message["text"]
            time.sleep(0.02)
        raise AssertionError(f"no {kind} with {word}")

    @property
    def inbox(self) -> dict:
        return self.http.get("/dev/inbox.json").json()

    def __enter__(self) -> FrontEnd:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()


def verifies(folder: Path, password: str) -> bool:
    """Whether the credential store in `folder` takes Camille's password."""

    async def verify() -> bool:
        credentials = SqliteCredentials(folder / "credentials.sqlite3")
        try:
            return await credentials.verify(Numic("00012345"), password)
        finally:
            await credentials.aclose()

    return asyncio.run(verify())


def test_demo(tmp_path, nursery):
    """The demo renews a sample voter's password with nothing but itself; what is in its folder
    survives a restart, keys and half a renewal included; SIGTERM ends it with 0."""
    folder = tmp_path / "demo"
    with started("demo", "--port", 0, "--data", folder) as server:
        base = server.wait_for(r"GraphQL +(http://127\.0\.0\.1:\d+)/graphql")
        with FrontEnd(base) as front_end:
            token = front_end.request()
            assert "/dev/inbox" in front_end.http.get("/dev/inbox").url.path
        assert server.stop() == 0
    keys = (folder / "keys").read_text()
    with started("demo", "--port", 0, "--data", folder, start=nursery.start) as server:
        with FrontEnd(server.wait_for(r"GraphQL +(http://[\d.:]+)/graphql")) as front_end:
            password = front_end.confirm(token)
        assert server.stop() == 0
    assert (folder / "keys").read_text() == keys
    assert (folder / "keys").stat().st_mode & 0o077 == 0
    assert verifies(folder, password)


def test_temporary_demo(tmp_path, monkeypatch, nursery):
    """Without a folder the demo leaves nothing behind: it holds links and passwords in clear."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started("demo", "--port", 0, start=nursery.start) as server:
        server.wait_for("GraphQL")
        assert list(tmp_path.iterdir()) != []
        assert server.stop() == 0
    assert list(tmp_path.iterdir()) == []


def test_serve_and_worker(ready_deployment):
    """Gateway and worker in processes of their own do a renewal; told to stop while a request is
    in flight, the gateway finishes it; SIGTERM ends both with 0."""
    with started("serve", "--port", 0) as gateway, started("worker") as worker:
        base = gateway.wait_for(r"listening on (http://\S+)")
        worker.wait_for("working")
        with FrontEnd(base) as front_end:
            password = front_end.confirm(front_end.request())
            assert verifies(ready_deployment, password)
            assert worker.stop() == 0
            document, answers, sent = front_end.request_document(), [], threading.Event()
            asking = threading.Thread(
                target=lambda: answers.append(front_end.ask(document, sent.set))
            )
            with closing(sqlite3.connect(ready_deployment / "recovery.sqlite3")) as other:
                other.execute("BEGIN IMMEDIATE")
                asking.start()
                assert sent.wait(PATIENCE)
                gateway.process.send_signal(signal.SIGTERM)
                time.sleep(0.3)
                assert gateway.process.poll() is None
                assert answers == []
            asking.join(PATIENCE)
            assert answers == [{"__typename": "RenewalRequested"}]
        assert gateway.process.wait(PATIENCE) == 0
    with closing(sqlite3.connect(ready_deployment / "recovery.sqlite3")) as connection:
        states = connection.execute("SELECT state FROM recovery_request").fetchall()
    assert sorted(states) == [("password_sent",), ("received",)]


def test_serve_in_this_process(run_until, ready_deployment):
    """`serve --with-worker` serves and works in one process until SIGTERM."""
    statuses = []

    def look(found: re.Match[str]) -> None:
        statuses.append(httpx.get(f"{found[1]}/healthz").status_code)

    listening = r"listening on (http://[\d.]+:\d+)\n"
    outcome = run_until(listening, look, "serve", "--port", 0, "--with-worker")
    assert (outcome.code, statuses) == (0, [200])
    assert outcome.out.startswith("listening on http://127.0.0.1:")


def test_closed_terminal(ready_deployment, nursery):
    """A terminal that is closed ends the server like any other way of stopping it, with 0; under
    `nohup` it serves on."""
    for disposition in (signal.SIG_DFL, signal.SIG_IGN):
        before = signal.signal(signal.SIGHUP, disposition)
        try:
            with started("serve", "--port", 0, start=nursery.start) as server:
                base = server.wait_for(r"listening on (http://\S+)")
                server.process.send_signal(signal.SIGHUP)
                if disposition is signal.SIG_IGN:
                    time.sleep(0.3)
                    assert httpx.get(f"{base}/healthz").status_code == 200
                    server.process.send_signal(signal.SIGTERM)
                assert server.process.wait(PATIENCE) == 0
        finally:
            signal.signal(signal.SIGHUP, before)


def test_worker_in_this_process(run_until, ready_deployment):
    """`worker` works until SIGTERM."""
    outcome = run_until("working\n", lambda _: None, "worker")
    assert (outcome.code, outcome.out) == (0, "working")


def test_demo_in_this_process(run_until, tmp_path):
    """`demo` prints commands to copy that are whole lines, then its addresses; the portal's is the
    last of all."""
    listening = ("--port", 0, "--host", "::1", "--data", tmp_path / "demo")
    outcome = run_until(r"Portal +http://\S+\n", lambda _: None, "demo", *listening)
    assert outcome.code == 0
    base = re.search(r"GraphQL +(http://\[::1\]:\d+)/graphql", outcome.raw)[1]
    assert f"  curl -s {base}/dev/inbox.json\n" in outcome.raw
    assert outcome.raw.splitlines()[-1] == f"  Portal   {base}/"


def page(base: str) -> str:
    return f"{base}/operations"


def test_demo_of_an_election(run, run_until, tmp_path, monkeypatch):
    """`demo --election` says when it is there and where to look; `deliveries --demo` shows, from
    another process, which country is in trouble; nothing of the environment's is touched. By
    whatever name of this machine, a browser is led to the page where its sign-in works."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    folder, seen = tmp_path / "election", []

    def look(found: re.Match[str]) -> None:
        command = [sys.executable, "-m", "graphql_api", "deliveries", "--demo", str(folder)]
        seen.append(subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE))
        seen.append(httpx.get(f"{found[1]}/readyz").json())
        port = found[1].rpartition(":")[2]
        for path in ("/", "/operations", "/operations/start.js"):
            answer = httpx.get(f"http://localhost:{port}{path}")
            seen.append((answer.status_code, answer.headers.get("location") == page(found[1])))

    options = ("--port", 0, "--data", folder, "--election", "argentina-2022", "--speed", 1)
    outcome = run_until(r"GraphQL +(http://[\d.:]+)/graphql", look, "demo", *options)
    assert (outcome.code, outcome.err) == (0, "")
    assert "It is 27 May 2027, 13:00 there, in Paris" in outcome.out
    assert f"deliveries --demo {folder}" in outcome.out
    shown, ready, *led = seen
    assert led == [(307, True), (307, True), (200, False)]
    assert "route A in AR: failing, B carries what it would" in shown.stdout
    assert ready == {"status": "ready"}
    (folder / "election.json").unlink()
    again = run("demo", *options)
    assert (again.code, "wants a new folder" in again.err) == (1, True)


WATCHED = """{
  routes { route country health since }
  deliveryRates(by: DESTINATION, minutes: 60) { channel group rate }
  votersUnreached { waiting lost }
  alerts { edges { node { kind value raisedAt } } }
  recoveryRequests(first: 5, states: [DELIVERED]) { edges { node { id country voter } } }
  deliveryEvidence(roundId: "2027-1", by: COUNTRY) { asOf }
}"""


def signed_in(base: str, role: str) -> str:
    """The access token that whoever chooses this role at the demo's issuer gets."""
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": CLIENT,
        "redirect_uri": page(base),
        "response_type": "code",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    chosen = httpx.post(f"{base}/demo/issuer/authorize", data={**asked, "role": role})
    (code,) = parse_qs(urlsplit(chosen.headers["location"]).query)["code"]
    grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, **asked}
    return httpx.post(f"{base}/demo/issuer/token", data=grant).json()["access_token"]


def watched(base: str, role: str) -> dict:
    bearer = {"authorization": f"Bearer {signed_in(base, role)}"}
    return httpx.post(f"{base}/graphql", json={"query": WATCHED}, headers=bearer).json()


def test_operators_of_an_election(run_until):
    """R57: whoever signs in at the demo's own issuer as an operator sees which country is in
    trouble, since when, and who is unreached; the board sees evidence alone, nobody nothing."""
    seen: dict[str, dict] = {}

    def look(found: re.Match[str]) -> None:
        for role in ("operator", "bureau", "nobody"):
            seen[role] = watched(found[1], role)

    options = ("--port", 0, "--election", "argentina-2022", "--speed", 1)
    outcome = run_until(r"GraphQL +(http://[\d.:]+)/graphql", look, "demo", *options)
    assert (outcome.code, outcome.err) == (0, "")
    told = seen["operator"]["data"]
    ((route, country, health, since),) = (tuple(each.values()) for each in told["routes"])
    assert (route, country, health) == ("A", "AR", "FAILING")
    assert since.startswith("2027-05-27T10:5")
    alerts = {tuple(x["node"].values()) for x in told["alerts"]["edges"]}
    assert {"ROUTE_FELL", "DELIVERY_FELL"} <= {x[0] for x in alerts}
    assert {"AR"} == {x[1].rpartition(" ")[2] for x in alerts}  # and nobody else is in trouble
    assert all(x[2].startswith("2027-05-27T10:") for x in alerts)  # when it was, not when shown
    rates = {x["group"]: x["rate"] for x in told["deliveryRates"] if x["channel"] == "SMS"}
    assert rates["AR"] < 0.6 < 0.9 < rates["DE"]
    assert len(told["recoveryRequests"]["edges"]) == 5
    assert told["deliveryEvidence"]["asOf"].startswith("2027-05-27T1")
    refused = {role: {x["path"][0] for x in seen[role]["errors"]} for role in ("bureau", "nobody")}
    assert refused["nobody"] - refused["bureau"] == {"deliveryEvidence"}


def test_serve_has_no_issuer_and_believes_no_demos(run, run_until, ready_deployment, monkeypatch):
    """R57: a deployment at which anybody could be an operator does not start."""
    statuses = []

    def look(found: re.Match[str]) -> None:
        paths = ("/demo/issuer/keys", "/demo/issuer/authorize")
        statuses.extend(httpx.get(found[1] + path).status_code for path in paths)

    listening = r"listening on (http://[\d.]+:\d+)\n"
    assert run_until(listening, look, "serve", "--port", 0, "--with-worker").code == 0
    assert statuses == [404, 404]
    issuer = Address("http://127.0.0.1:8000")
    entry = {"issuer": issuer.issuer, "jwks_uri": issuer.keys, "audience": AUDIENCE}
    monkeypatch.setenv("REASSORT_ISSUERS", json.dumps([{**entry, "kind": "dashboard"}]))
    outcome = run("serve", "--port", 0)
    assert (outcome.code, "only `reassort demo` believes it" in outcome.err) == (1, True)


def test_an_election_is_for_this_machine(run):
    """Where anybody may sign in as an operator, nobody else's machine may ask."""
    outcome = run("demo", "--election", "a-good-day", "--host", "0.0.0.0")
    assert (outcome.code, "on this machine only" in outcome.err) == (1, True)


def test_an_election_that_nobody_knows(run):
    """It is refused with the names of those that there are."""
    outcome = run("demo", "--election", "1789")
    assert (outcome.code, "argentina-2022" in outcome.err) == (2, True)


def test_as_a_module(run, monkeypatch, capsys):
    """`python -m graphql_api` is the same command."""
    monkeypatch.setattr(sys, "argv", ["graphql_api", "schema"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("graphql_api", run_name="__main__")
    assert (ended.value.code, capsys.readouterr().out) == (0, sdl())


def test_app_that_does_not_start(deployment):
    """A server whose app cannot start does not end with 0 and never says that it is ready."""
    told = []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with bind("127.0.0.1", 0) as listening, pytest.raises(SystemExit) as ended:
        serve(app, listening, read_settings(), lambda: told.append("ready"))
    assert ended.value.code
    assert told == []


def test_second_interrupt(deployment, signals):
    """A second Ctrl-C ends the server at once, whatever is still in flight."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            signals.deliver(signal.SIGINT)
            asyncio.get_running_loop().call_later(0.3, signals.deliver, signal.SIGINT)
            await asyncio.sleep(PATIENCE)

    def ask(base: str) -> None:
        with suppress(httpx.HTTPError):
            httpx.get(base, timeout=PATIENCE)

    begun = time.monotonic()
    with bind("127.0.0.1", 0) as listening:
        asking = threading.Thread(target=ask, args=(address_of(listening),))
        serve(app, listening, read_settings(), asking.start)
        asking.join(PATIENCE)
    assert time.monotonic() - begun < PATIENCE / 2


def test_port_in_use(run, ready_deployment):
    """A port that is taken is said in a sentence, with exit code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = run("serve", "--port", port)
    assert outcome.code == 1
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in outcome.err
    assert "--port" in outcome.err


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (OverflowError("bind(): port must be 0-65535."), "there is no such port"),
    ],
)
def test_forbidden_port(monkeypatch, failure, reason):
    """A port that is not ours to take, or is none, is said in a sentence; nothing stays open."""

    class Forbidding(socket.socket):
        def bind(self, address):
            raise failure

    monkeypatch.setattr("socket.socket", Forbidding)
    with pytest.raises(CannotListen, match=rf"^cannot listen on 127\.0\.0\.1:80 \({reason}\)"):
        bind("127.0.0.1", 80)


def test_no_such_port(run, ready_deployment):
    """A port beyond 65535 is refused by the command line."""
    assert run("serve", "--port", 65536).code == 2


def test_connections_at_once(deployment, monkeypatch, signals):
    """R38: who comes when all connections are taken is served: the one that has idled longest is
    let go for it, and its caller connects again. What is being worked for is never let go."""
    monkeypatch.setenv("REASSORT_CONNECTIONS", "2")
    statuses = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

    def ask(base: str) -> None:
        try:
            with httpx.Client(base_url=base) as first, httpx.Client(base_url=base) as second:
                statuses.extend([first.get("/").status_code, second.get("/").status_code])
                idle = first._transport._pool.connections[0]
                statuses.append(httpx.get(base).status_code)
                deadline = time.monotonic() + PATIENCE
                while not idle.has_expired() and time.monotonic() < deadline:
                    time.sleep(0.02)
                statuses.extend([idle.has_expired(), first.get("/").status_code])
        finally:
            signals.deliver(signal.SIGTERM)

    with bind("127.0.0.1", 0) as listening:
        asking = threading.Thread(target=ask, args=(address_of(listening),))
        serve(app, listening, read_settings(), asking.start)
        asking.join(PATIENCE)
    assert statuses == [200, 200, 200, True, 200]
