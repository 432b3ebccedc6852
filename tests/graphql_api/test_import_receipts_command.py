"""R59: `reassort import-receipts`, as operators type it, on each engine."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from graphql_api.compose import compose

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
REGISTER = "numic,identifier,email,phone,constituency,post\n" + "".join(
    f"{number:08},K7WPQ2M4XN9B,voter{number}@example.org,+33 6 39 98 {number // 100:02} "
    f"{number % 100:02},2,Lima\n"
    for number in range(1, 41)
)


def report(*states):
    lines = (
        f"{number:08};{(NOW - DAY).isoformat()};{state};Movistar;north\n"
        for number, state in enumerate(states, 1)
    )
    return "numic;time;state;operator;route\n" + "".join(lines)


@pytest.fixture
def held(two_engines, monkeypatch, tmp_path, typed):
    """A deployment with a register of forty voters, and a round."""
    rounds = [{"id": "2027-1", "opens_at": str(NOW - DAY), "closes_at": str(NOW + DAY)}]
    monkeypatch.setenv("REASSORT_VOTING_ROUNDS", json.dumps(rounds))
    register = tmp_path / "register.csv"
    register.write_text(REGISTER)
    code, told = typed("import-register", register, "--report", tmp_path / "register-report.csv")
    assert code == 0, told

    def take(content, *options):
        file = tmp_path / "report.csv"
        file.write_text(content)
        where = "--report", tmp_path / "refused.csv"
        return typed("import-receipts", file, "--round", "2027-1", *where, *options)

    return take, two_engines, tmp_path


def test_a_report(held, typed):
    """R35, R59: counts in are counts out; the refused line is named; the report on the round shows
    the share, and no NUMIC is anywhere."""
    take, settings, folder = held
    code, told = take(report(*["DELIVRD"] * 30, "UNDELIV", *["ENROUTE"] * 8) + "00000040;half\n")
    assert code == 0, told
    for name, lines in (("lines", 40), ("accepted", 39), ("refused", 1), ("added", 39)):
        assert f"│ {name} │ {lines} │" in told
    refused = folder / "refused.csv"
    assert refused.read_text().splitlines() == ["line,code", "41,WRONG_COLUMN_COUNT"]
    assert refused.stat().st_mode & 0o777 == 0o600
    html, table = folder / "round.html", folder / "round.csv"
    code, told = typed("report", "--round", "2027-1", "--html", html, "--csv", table)
    assert code == 0, told
    assert "39 voters; 30 delivered (76.9%), 1 failed, 8 unknown" in told
    assert "Premier envoi, à tous les électeurs" in html.read_text("utf-8")
    assert "\r\nfirst;" in table.read_bytes().decode()
    assert ";constituency;2;39;30;1;8;30;1;8\r\n" in table.read_bytes().decode()
    code, traced = typed("interventions")
    assert "first_sending_imported round 2027-1: 40 lines, 39 accepted" in traced
    assert "00000001" not in told + traced
    assert asyncio.run(stored(settings)) == 0


async def stored(settings):
    """How many rows of the receipts hold something of a NUMIC."""
    application = compose(settings)
    await application.open()
    async with application.ports.store.read() as unit:
        rows = await unit.sql.fetch("SELECT * FROM first_sending")
    await application.stop()
    assert len(rows) == 39
    return sum("000000" in f"{row[1]}" for row in rows)


def test_what_is_not_taken(held):
    """R59: a bad file changes nothing, and says why; a zone makes times of it."""
    take, _, folder = held
    bad = report(*["perhaps"] * 5, *["remis"] * 5)
    code, told = take(bad)
    assert code == 1
    assert "STATE_UNKNOWN" in told
    assert "5 of 10 lines are no receipts" in told
    assert len((folder / "refused.csv").read_text().splitlines()) == 6
    local = report("remis").replace("+00:00", "")
    code, told = take(local)
    assert (code, "TIME_WITHOUT_ZONE" in told) == (1, True)
    assert take(local, "--zone", "Europe/Paris")[0] == 0
    assert take(local, "--zone", "Mars/Olympus")[0] == 2
    code, told = take("voter;state\n")
    assert (code, "lacks the columns: numic, time" in told) == (1, True)
