"""`reassort unreached`, as it is typed."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp import TOTP
from typer.testing import CliRunner

from graphql_api.cli import cli
from graphql_api.compose import prepare_database
from graphql_api.settings import read_settings

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
CONFIRMED = """
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, rounds, round_id,
    confirmed_at, changed_at, round_voter, cause, post)
VALUES ('a', 'numic:00012345', 'p', 'fr', 1, 'undelivered', '2027-1', '2027-1', 2, 3, 'rv', 'cap',
    'Lima')
"""


@pytest.fixture
def deployment(monkeypatch, tmp_path):
    """One voter has lost the SMS; two operators with their telephones."""
    calendar = [{"id": "2027-1", "opens_at": str(NOW - DAY), "closes_at": str(NOW + DAY)}]
    values = {
        "REASSORT_DATA_DIR": str(tmp_path),
        "REASSORT_KEYS": "2027:" + "bm5u" * 11,
        "REASSORT_VOTING_ROUNDS": json.dumps(calendar),
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    prepare_database(settings)
    with closing(sqlite3.connect(settings.database)) as database, database:
        database.execute(CONFIRMED)
    database.close()
    return settings


def run(*arguments, code=0, given=None):
    result = CliRunner().invoke(cli, arguments, input=given)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def codes(*names):
    """One line for each."""
    lines = []
    for name in names:
        address = run("operator", "add", name, "--by", "root").stdout.strip().splitlines()[0]
        lines.append(TOTP(parse_qs(urlsplit(address).query)["secret"][0]).now())
    return "\n".join(lines) + "\n"


PEOPLE = ("--by", "jeanne", "--with", "paul")


def test_by_two_persons(deployment, tmp_path, capfd):
    """R45, R47: the file is its owner's alone; neither log, answer nor trace holds the NUMIC."""
    file = tmp_path / "lima.csv"
    given = codes("jeanne", "paul")
    told = run("unreached", "2027-1", "--csv", str(file), *PEOPLE, given=given)
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(encoding="utf-8-sig", newline="") as lines:
        (line,) = csv.DictReader(lines, delimiter=";")
    assert (line["numic"], line["post"], line["cause"]) == ("00012345", "Lima", "cap")
    traced = run("interventions")
    assert "jeanne: unreached_named round 2027-1: 1 voters named, with paul" in traced.stdout
    logged = "".join(capfd.readouterr())
    assert "00012345" not in told.output + traced.output + logged


def test_a_place_is_no_formula(deployment, tmp_path):
    """R45: in the spreadsheet of a consulate, whatever the register calls it."""
    with closing(sqlite3.connect(deployment.database)) as database, database:
        database.execute("UPDATE recovery_request SET post = '=1+1'")
    file = tmp_path / "lima.csv"
    run("unreached", "2027-1", "--csv", str(file), *PEOPLE, given=codes("jeanne", "paul"))
    assert ";'=1+1;" in file.read_text("utf-8-sig")


def test_what_is_there_stays(deployment, tmp_path):
    """R45: no list is written over another file, and no code is used up for it."""
    file, given = tmp_path / "lima.csv", codes("jeanne", "paul")
    file.write_text("something else")
    failed = run("unreached", "2027-1", "--csv", str(file), *PEOPLE, code=1, given=given)
    assert "is there already" in str(failed.exception)
    assert file.read_text() == "something else"
    fresh = str(tmp_path / "other.csv")
    run("unreached", "2027-1", "--csv", fresh, "--post", "Quito", *PEOPLE, given=given)


def test_one_person_alone(deployment, tmp_path):
    """R47: nothing is written."""
    file = tmp_path / "lima.csv"
    run("unreached", "2027-1", "--csv", str(file), "--by", "jeanne", code=2)
    given = codes("jeanne").strip() + "\n123456x\n"
    failed = run("unreached", "2027-1", "--csv", str(file), *PEOPLE, code=1, given=given)
    assert "no operator paul" in str(failed.exception)
    assert not file.exists()


def test_how_many(deployment):
    """R45: the count needs no code, and names nobody."""
    told = run("unreached", "2027-1").stdout
    assert "Voters of 2027-1 unreached: 1\n  cap: 1\n" in told
    assert "names no round 2022-1" in str(run("unreached", "2022-1", code=1).exception)
