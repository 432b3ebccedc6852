"""From version 6 of the schema to version 7, while the release before writes: what counts then."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.store.evidence_recount import EvidenceRecount
from adapters.store.migrate import migrate
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from adapters.store.sqlite import SqliteStore
from core.evidence import Axis, Line, Tally
from core.use_cases.fold_evidence import FoldEvidence

NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
CONFIRMED = """
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, round_id, round_voter,
    confirmed_at)
VALUES ('r1', 'numic:00012345', 'p', 'fr', 60000000, 'confirmed', '2027-1', 'v1', 60000000)
"""
HELD = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass"
WAITING = [Line("", Tally(1), Tally(1))]


@pytest.fixture
def sqlite_before(tmp_path, monkeypatch):
    """A database of version 6, in which somebody has confirmed."""
    path = tmp_path / "before.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr("adapters.store.migrate.SCHEMA_VERSION", 6)
        migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(CONFIRMED)
    return path


@pytest.fixture
async def postgres_before(databases, monkeypatch):
    """A database of version 6, in which nobody has."""
    dsn = databases.create("template0")
    with monkeypatch.context() as patch:
        patch.setattr("adapters.store.migrate_postgres.SCHEMA_VERSION", 6)
        await migrate_postgres(dsn)
    return dsn


async def told(store):
    async with store.read() as unit:
        first = await unit.evidence.lines("2027-1", NOON, [Axis.COUNTRY])
        anew = await EvidenceRecount(unit.sql).lines("2027-1", NOON, [Axis.COUNTRY])
    assert first == anew
    await FoldEvidence(store.begin)()
    async with store.read() as unit:
        assert await unit.evidence.lines("2027-1", NOON, [Axis.COUNTRY]) == first
    return first[Axis.COUNTRY]


async def test_whoever_confirmed_before_counts(sqlite_before):
    """R49: nobody has kept what became of her password, so it is waited for."""
    migrate(sqlite_before)
    store = SqliteStore(sqlite_before)
    await store.open()
    try:
        assert await told(store) == WAITING
    finally:
        await store.close()


async def test_who_confirms_at_that_moment_counts(postgres_before):
    """R49: what is committed while the migration waits for the table."""
    dsn = postgres_before
    writer, watcher = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        async with writer.transaction():
            await writer.execute(CONFIRMED)
            migrating = asyncio.create_task(migrate_postgres(dsn))
            while not await watcher.fetchval(HELD, "recovery_request"):
                assert not migrating.done()
                await asyncio.sleep(0.002)
        assert await migrating is True
    finally:
        await writer.close()
        await watcher.close()
    store = PostgresStore(dsn)
    await store.open()
    try:
        assert await told(store) == WAITING
    finally:
        await store.close()
