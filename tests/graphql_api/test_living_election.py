"""A simulated election as it goes on: what is seen of it, and what it never does."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.trial import SetClock
from core.delivery_figures import Grouping
from core.errors import CannotProceed
from core.voter import Numic
from graphql_api.compose import LivingElection, live, prepare_database, read_election
from graphql_api.running.living import Spec, begin_anew, living_settings, look_at

BASE = "http://127.0.0.1:8000"
TODAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PATIENCE = timedelta(minutes=30)
HOUR = timedelta(hours=1)


def made(
    folder: Path, name: str = "argentina-2022", speed: float = 60
) -> tuple[LivingElection, SetClock]:
    recorded, real = read_election(name), SetClock(TODAY)
    begin_anew(folder)
    settings = living_settings(folder, BASE, recorded.heading)
    prepare_database(settings)
    return live(settings, recorded, speed, real=real), real


@asynccontextmanager
async def started(
    folder: Path, name: str = "argentina-2022"
) -> AsyncIterator[tuple[LivingElection, SetClock]]:
    election, real = made(folder, name)
    await election.start()
    try:
        yield election, real
    finally:
        await election.stop()


async def rate_to(election: LivingElection, country: str):
    report = await election.report_deliveries(HOUR, PATIENCE)
    rates = {each.group: each for each in report.rates(Grouping.DESTINATION)}
    return rates[country]


async def verdicts(election: LivingElection) -> dict[tuple[str, str], tuple[str, datetime]]:
    async with election.ports.store.read() as unit:
        standing = await unit.routes.verdicts()
    return {(each.route, each.country): (each.health.value, each.since) for each in standing}


async def test_what_has_happened_is_there_from_the_start(tmp_path):
    """Argentina is in trouble, since when a route fell: judged by the product's own rule on what
    came in, while the others are well."""
    async with started(tmp_path) as (election, _):
        heading = election.recorded.heading
        assert election.clock.now() == heading.starts_at
        ((place, (health, since)),) = (await verdicts(election)).items()
        assert (place, health) == (("A", "AR"), "failing")
        assert heading.opens_at < since < heading.starts_at
        assert (await rate_to(election, "AR")).rate < 0.6
        assert (await rate_to(election, "DE")).rate > 0.9
        with closing(sqlite3.connect(tmp_path / "recovery.sqlite3")) as connection:
            (left,) = connection.execute("SELECT count(*) FROM figure_difference").fetchone()
        assert left == 0  # all of it is folded, as a worker keeps it


async def test_it_goes_on_as_fast_as_it_was_told_to(tmp_path):
    """A minute later an hour has passed: other routes have taken over."""
    async with started(tmp_path) as (election, real):
        before = (await rate_to(election, "AR")).rate
        election.clock.run()
        real.advance(60 * SECOND)
        await election._beat()
        assert election.clock.now() == election.recorded.heading.starts_at + HOUR
        assert (await rate_to(election, "AR")).rate > before + 0.3


async def test_voters_are_known_under_the_demos_own_keys(tmp_path):
    """What a help desk is told of one voter's NUMIC is found, whoever made the keys."""
    async with started(tmp_path) as (election, _):
        change = next(iter(election.recorded.changes()))
        numic = Numic(f"{change.values['number']:08}")
        known = election.settings.keyring.pseudonyms(numic.value)
        with closing(sqlite3.connect(tmp_path / "recovery.sqlite3")) as connection:
            rows = connection.execute(
                "SELECT voter, round_voter, link_key FROM recovery_request WHERE number = ?",
                (f"numic:{numic.value}",),
            ).fetchall()
            voters = connection.execute(
                "SELECT count(DISTINCT number), count(DISTINCT round_voter) FROM recovery_request "
                "WHERE voter IS NOT NULL"
            ).fetchone()
        assert rows[0][0] == known[0]
        assert rows[0][2] == election.settings.keyring.newest
        assert voters[0] == voters[1] > 30


async def test_nothing_is_sent_and_no_job_is_left(tmp_path):
    """It writes what was recorded, and nobody is written to: no job is queued, and nobody would
    take one."""
    async with started(tmp_path) as (election, real):
        async with election.working():
            real.advance(30 * SECOND)
            await election._beat()
        assert await election.jobs.list(10) == []
        assert (await election.jobs.backlog(election.clock.now())).waiting == 0
        assert "email" not in vars(election.ports)
        assert "sms" not in vars(election.ports)
        assert not (tmp_path / "inbox.jsonl").exists()


async def test_whoever_has_no_token_may_ask_for_nothing(tmp_path):
    """Nobody can ask for a renewal in an election that is over before it is shown."""
    election, _ = made(tmp_path)
    assert not election.settings.public
    assert not election.settings.portal
    await election.stop()


async def test_who_calls_is_told_by_the_real_clock(tmp_path):
    """R57: a token of ten minutes lasts ten minutes, and not ten seconds."""
    election, _ = made(tmp_path)
    assert abs(election.here.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert election.here.store is election.ports.store
    await election.stop()


async def test_a_defect_is_told_and_the_election_goes_on(tmp_path, monkeypatch):
    """What was not written when something was wrong is written the next time."""
    monkeypatch.setattr("graphql_api.compose.living.BEAT", 0.001)
    async with started(tmp_path) as (election, real):
        before, catch_up, failures = requests(tmp_path), election.replay.catch_up, [OSError("once")]

        async def sometimes() -> int:
            if failures:
                raise failures.pop()
            return await catch_up()

        monkeypatch.setattr(election.replay, "catch_up", sometimes)
        with capture_logs() as told:
            async with election.working():
                real.advance(20 * SECOND)
                while requests(tmp_path) == before:
                    await asyncio.sleep(0.001)
        assert [each["event"] for each in told if each["log_level"] == "error"] == [
            "worker_step_failed"
        ]


def requests(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "recovery.sqlite3")) as connection:
        return connection.execute("SELECT count(*) FROM recovery_request").fetchone()[0]


async def test_another_process_looks_at_it_by_the_same_clock(tmp_path):
    """`reassort deliveries --demo` finds folder, keys, and what time it is there."""
    async with started(tmp_path) as (election, _):
        election.clock.run()
        assert election.clock.began is not None
        Spec("argentina-2022", 60, election.clock.began).keep(tmp_path)
        other = look_at(tmp_path)
        assert other.settings.keyring == election.settings.keyring
        assert other.clock.began == TODAY
        ahead = other.clock.now() - other.recorded.heading.starts_at
        passed = datetime.now(UTC) - TODAY
        assert abs(ahead - 60 * passed) < HOUR


def test_an_election_has_a_database_of_its_own(tmp_path, monkeypatch):
    """Made-up data gets into no database that is there already, whatever the environment says; nor
    does anything else of a deployment's hold here."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://reassort@db.example.org/reassort")
    monkeypatch.setenv("REASSORT_PASSWORD_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("REASSORT_PUBLIC", "true")
    election, _ = made(tmp_path)
    assert election.settings.password_key_file is None
    assert not election.settings.public
    assert election.settings.engine == "sqlite"
    assert election.settings.database.parent == tmp_path
    with pytest.raises(CannotProceed, match="wants a new folder"):
        begin_anew(tmp_path)


async def test_an_election_begins_anew_in_its_own_folder(tmp_path):
    """Whoever gives the same command again sees the same again."""
    async with started(tmp_path) as (_, _):
        once = requests(tmp_path)
    Spec("argentina-2022", 60, TODAY).keep(tmp_path)
    async with started(tmp_path) as (_, _):
        assert requests(tmp_path) == once > 0


def test_an_election_that_has_not_begun(tmp_path):
    """Another process that looks too early is told so."""
    Spec("argentina-2022", 60).keep(tmp_path)
    with pytest.raises(CannotProceed, match="has not begun yet"):
        look_at(tmp_path)


def test_a_folder_without_an_election(tmp_path):
    with pytest.raises(CannotProceed, match="holds no simulated election"):
        look_at(tmp_path)
