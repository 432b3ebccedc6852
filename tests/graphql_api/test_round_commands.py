"""`reassort operator` and `reassort round`, as they are typed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp import TOTP
from typer.testing import CliRunner

from core.voter import Numic
from graphql_api.cli import cli, rounds
from graphql_api.compose import prepare_database
from graphql_api.settings import read_settings

DAY = timedelta(days=1)
NOW = datetime.now(UTC)


@pytest.fixture
def deployment(monkeypatch, tmp_path):
    """A deployment with a round that has closed; gives the database's file."""
    calendar = [
        {"id": "2027-1", "opens_at": str(NOW - 9 * DAY), "closes_at": str(NOW - 5 * DAY)},
        {"id": "2027-2", "opens_at": str(NOW - DAY), "closes_at": str(NOW + DAY)},
    ]
    values = {
        "REASSORT_DATA_DIR": str(tmp_path),
        "REASSORT_KEYS": "2027:" + "bm5u" * 11,
        "REASSORT_VOTING_ROUNDS": json.dumps(calendar),
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
        "REASSORT_RETENTION_DAYS": "0",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    prepare_database(settings)
    with closing(sqlite3.connect(settings.database)) as database, database:
        insert = (
            "INSERT INTO recovery_request (id, number, pair, locale, received_at, state, rounds) "
            "VALUES (?, 'numic:00012345', 'p', 'fr', ?, 'dismissed', ?)"
        )
        rows = [("a", 1, "2027-1"), ("b", 1, "2022-1"), ("c", 1, None)]
        database.executemany(insert, rows)
    database.close()
    return settings


def run(*arguments, code=0, given=None):
    result = CliRunner().invoke(cli, arguments, input=given)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def failure(*arguments, given=None):
    return str(run(*arguments, code=1, given=given).exception)


def phone_of(name):
    address = run("operator", "add", name, "--by", "root").stdout.strip().splitlines()[0]
    assert address.startswith("otpauth://totp/")
    return TOTP(parse_qs(urlsplit(address).query)["secret"][0])


def test_by_two_persons(deployment):
    """R47: two operators, two codes; the list and the record say who and when."""
    assert "Nobody may release" in run("operator", "list").stdout
    jeanne, paul = phone_of("jeanne"), phone_of("paul")
    assert "paul: added" in run("operator", "list").stdout
    code = jeanne.now()
    run("round", "propose-release", "2027-1", "--by", "jeanne", given=code)
    approve = ("round", "approve-release", "2027-1", "--by")
    assert "wrong, or was used before" in failure(*approve, "jeanne", given=code)
    assert "wrong" in failure(*approve, "paul", given=code)
    told = run("round", "list").stdout
    assert "2027-1: 1 requests, kept; release proposed" in told
    assert "2022-1: 1 requests, kept; the calendar does not name it" in told
    assert "of no round that the calendar names: 1 requests" in told
    assert "A worker deletes it from" in run(*approve, "paul", given=paul.now()).stdout
    assert "nothing was destroyed" in failure("round", "verify", "2027-1")


def test_what_is_destroyed_is_told(deployment, monkeypatch):
    """R47: the record verifies from the command line, and fails once it was changed."""
    import asyncio

    from graphql_api.compose import compose_on_demand

    jeanne, paul = phone_of("jeanne"), phone_of("paul")
    run("round", "propose-release", "2027-1", "--by", "jeanne", given=jeanne.now())
    run("round", "approve-release", "2027-1", "--by", "paul", given=paul.now())

    async def tidy():
        application = compose_on_demand(deployment)
        await application.open()
        try:
            await application.worker.catch_up()
        finally:
            await application.stop()

    asyncio.run(tidy())
    told = run("round", "verify", "2027-1").stdout
    assert "1 requests, 0 messages, 0 attempts and 0 changes of them destroyed" in told
    assert "by jeanne" in told
    assert "as it was sealed" in told
    assert "1 requests destroyed" in run("round", "list").stdout
    with closing(sqlite3.connect(deployment.database)) as database, database:
        assert database.execute("SELECT id FROM recovery_request").fetchall() == [("b",), ("c",)]
        database.execute("UPDATE destruction SET requests = 0")
    database.close()
    assert "WRONG: it was changed" in run("round", "verify", "2027-1", code=1).stdout


def test_a_hold(deployment):
    """R47: who and why are told, by `list` and to those who would release."""
    run("round", "hold", "2027-1", "--why", "the council decides", "--by", "maud")
    assert "by maud: the council decides" in run("round", "list").stdout
    jeanne = phone_of("jeanne")
    propose = ("round", "propose-release", "2027-1", "--by", "jeanne")
    assert "held by maud" in failure(*propose, given=jeanne.now())
    run("round", "unhold", "2027-1", "--by", "maud")
    assert "held" not in run("round", "list").stdout


def test_a_code_is_asked_for_at_a_terminal(deployment, monkeypatch):
    """R47: it stands neither in the shell's history nor on the screen."""
    monkeypatch.setattr(rounds, "is_terminal", lambda: True)
    jeanne = phone_of("jeanne")
    result = run("round", "propose-release", "2027-1", "--by", "jeanne", given=jeanne.now() + "\n")
    assert "Code of jeanne" in result.stderr
    assert jeanne.now() not in result.output


def test_removing(deployment):
    """R47: whoever is removed releases nothing, and stays in the list."""
    jeanne = phone_of("jeanne")
    run("operator", "remove", "jeanne", "--by", "root")
    propose = ("round", "propose-release", "2027-1", "--by", "jeanne")
    assert "no operator jeanne" in failure(*propose, given=jeanne.now())
    assert "by root)" in run("operator", "list").stdout


def test_doctor_tells_of_rounds(deployment):
    """R47: a closed round with its age; BAD for rows of a round that the calendar does not name."""
    from graphql_api.running.doctor import Grade, examine

    found = [each for each in examine(deployment) if each.subject == "rounds"]
    grades = [each.verdict for each in found]
    assert grades == [Grade.BAD, Grade.BAD, Grade.WARNING]
    assert "1 requests belong to a round 2022-1" in found[0].text
    assert "2027-1 closed 5 days ago, 1 requests are kept: release it" in found[2].text
    run("round", "hold", "2027-1", "--why", "the council decides", "--by", "maud")
    found = [each for each in examine(deployment) if each.subject == "rounds"]
    assert "held for 0 days by maud" in found[2].text


async def test_whoever_starts_after_a_rotation_seals_the_rounds_keys_anew(deployment, monkeypatch):
    """R48: BAD while one is sealed under a key that may leave the ring, or has left it."""
    from graphql_api.compose import compose
    from graphql_api.running.round_keys_sealed import round_keys_sealed

    old, new = deployment.keys.get_secret_value(), "2028:" + "bmV3" * 11

    async def told(keys, start=False):
        monkeypatch.setenv("REASSORT_KEYS", keys)
        application = compose(read_settings())
        await (application.start() if start else application.ports.store.open())
        if start:
            async with application.ports.store.begin() as unit:
                await application.keep_round_keys.voter_in(unit, "2027-2", Numic("00012345"))
        (finding,) = await round_keys_sealed(application)
        await application.stop()
        return finding.verdict.value, finding.text.partition(":")[0]

    good = ("good", "sealed under the newest key")
    assert await told(old, start=True) == good
    assert await told(f"{new},{old}") == (
        "bad",
        "those of 2027-2 are sealed under older keys of REASSORT_KEYS",
    )
    assert await told(new) == (
        "bad",
        "those of 2027-2 are sealed under keys that are not in REASSORT_KEYS",
    )
    assert await told(f"{new},{old}", start=True) == good
    assert await told(new) == good


def test_doctor_tells_of_keys_that_are_missing(deployment, monkeypatch):
    """R14, R47: an operator whose secret is sealed under a key that is gone proves nothing."""
    from graphql_api.running.doctor import Grade, examine

    phone_of("jeanne")
    phone_of("paul")
    run("operator", "remove", "paul", "--by", "root")
    with closing(sqlite3.connect(deployment.database)) as database, database:
        database.execute("UPDATE round_operator SET key_id = 'gone'")
    database.close()
    bad = [each.text for each in examine(deployment) if each.verdict is Grade.BAD]
    assert any(each.startswith("the codes of jeanne are sealed under keys") for each in bad)
