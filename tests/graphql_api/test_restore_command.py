"""F-3: `serve`, `worker` and `after-restore` over a backup that was put back, on SQLite."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing

import httpx
import pytest

from core.errors import DatabaseRestored
from graphql_api.app import build_app
from graphql_api.cli import main, processes
from graphql_api.compose import compose, prepare_database
from graphql_api.running.serving import work
from graphql_api.settings import read_settings
from tests.graphql_api.conftest import keys_text

ROUND = {
    "id": "2027-1",
    "opens_at": "2027-05-28T12:00+02:00",
    "closes_at": "2027-06-09T12:00+02:00",
}
ISSUE = "mutation { issueSecurityCode(input: {step: REQUEST}) { __typename } }"


@pytest.fixture
def settings(monkeypatch, tmp_path, keyring):
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_EMAIL", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REASSORT_VOTING_ROUNDS", json.dumps([ROUND]))
    prepare_database(read_settings())
    return read_settings()


@pytest.fixture
def run(monkeypatch, capsys):
    async def begun(*_):
        print("begun")

    monkeypatch.setattr(processes, "work", begun)
    monkeypatch.setattr(processes, "serve_app", lambda *_: print("begun"))

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["reassort", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out + printed.err

    return command


def loses(settings, looks):
    """As if a backup were put back, which was looked at so often; no process has lived of late."""
    with closing(sqlite3.connect(settings.database)) as connection, connection:
        connection.execute("UPDATE lineage SET looks = ?", (looks,))
        connection.execute("DELETE FROM heartbeat")


async def look(settings, times=3):
    application = compose(settings, work=False, watches_clock=True)
    await application.open()
    for _ in range(times):
        await application.watch_lineage()
    await application.stop()


def test_the_start_is_refused_until_somebody_has_seen_to_it(settings, run):
    """R13, R29: in a sentence, before anything listens or works."""
    asyncio.run(look(settings))
    run("round", "hold", "2027-1", "--why", "the council decides", "--by", "ada")
    loses(settings, 1)
    for command in (["serve", "--port", "0"], ["worker"]):
        code, printed = run(*command)
        assert (code, "begun" in printed) == (1, False)
        assert "run `reassort after-restore`" in printed
    code, printed = run("after-restore", "--by", "ada")
    assert code == 0
    assert "0 links ended" in printed
    assert "What was ordered since the backup is lost" in printed
    assert "Of the voting rounds the backup says:\n2027-1: 0 requests, held since" in printed
    assert "by ada: the council decides" in printed
    code, printed = run("worker")
    assert (code, printed.splitlines()[0]) == (0, "begun")
    with closing(sqlite3.connect(settings.database)) as connection:
        assert connection.execute("SELECT begun_by FROM lineage ORDER BY id").fetchall() == [
            (None,),
            ("ada",),
        ]


async def test_a_worker_stops_over_a_restored_database(settings):
    """R13, R29: it takes no more jobs, and ends with the sentence."""
    await look(settings)
    loses(settings, 1)
    with pytest.raises(DatabaseRestored, match="older than the one last seen"):
        await asyncio.wait_for(work(compose(settings, watches_clock=True), lambda: None), 30)


async def test_a_gateway_changes_nothing_over_a_restored_database(settings):
    """R13, R29: not ready, and mutations get 503."""
    await look(settings)
    application = compose(settings, work=False, watches_clock=True)
    transport = httpx.ASGITransport(build_app(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        await application.start()
        try:
            assert (await http.get("/readyz")).status_code == 200
            loses(settings, 1)
            with pytest.raises(DatabaseRestored):
                await application.watch_lineage()
            ready = await http.get("/readyz")
            assert ready.status_code == 503
            assert ready.json() == {"status": "database was put back from a backup"}
            assert (await http.post("/graphql", json={"query": ISSUE})).status_code == 503
        finally:
            await application.stop()
