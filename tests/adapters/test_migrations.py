"""The schema's versions, over both engines: from nothing, from the version before, all at once."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries

from adapters.store import migrations
from adapters.store.migrate import migrate
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.migrations import SCHEMA_VERSION
from adapters.store.pgqueuer_names import pgqueuer_settings
from core.errors import StoreUnavailable
from tests.servers.postgres import administer

NEXT = SCHEMA_VERSION + 1
MODULES = ("migrations", "migrate", "migrate_postgres")


class Engine:
    """One engine's database, as the migrations see it."""

    def __init__(self, place: str | Path) -> None:
        self.place = place

    async def migrate(self) -> bool:
        if isinstance(self.place, Path):
            return await asyncio.to_thread(migrate, self.place)
        return await migrate_postgres(self.place)

    async def rows(self, *statements: str) -> list[tuple]:
        if isinstance(self.place, str):
            return [tuple(row) for row in await administer(self.place, *statements)]
        with closing(sqlite3.connect(self.place, isolation_level=None)) as connection:
            return [connection.execute(each).fetchall() for each in statements][-1]

    async def version(self) -> int:
        query = "SELECT max(version) FROM reassort_schema"
        query = "PRAGMA user_version" if isinstance(self.place, Path) else query
        return (await self.rows(query))[0][0]

    async def set_version(self, version: int) -> None:
        query = f"INSERT INTO reassort_schema (version) VALUES ({version})"
        query = f"PRAGMA user_version = {version}" if isinstance(self.place, Path) else query
        await self.rows(query)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request, tmp_path):
    """A database with nothing in it."""
    if request.param == "sqlite":
        return Engine(tmp_path / "reassort.sqlite3")
    return Engine(request.getfixturevalue("databases").create("template0"))


@pytest.fixture
def release(tmp_path, monkeypatch):
    """Makes a later release, whose next version is this text."""

    def release(text, suffix="sql"):
        folder = tmp_path / "migrations"
        folder.mkdir(exist_ok=True)
        for file in Path(str(migrations.folder())).glob("*.sql"):
            (folder / file.name).write_bytes(file.read_bytes())
        (folder / f"{NEXT:04}_next.{suffix}").write_text(text, "utf-8")
        monkeypatch.setattr("adapters.store.migrations.folder", lambda: folder)
        for module in MODULES:
            monkeypatch.setattr(f"adapters.store.{module}.SCHEMA_VERSION", NEXT)

    return release


def test_the_version_is_that_of_the_newest_file():
    """Every version up to ours has its files, and no file is of a later one."""
    numbers = {int(file.name[:4]) for file in migrations.folder().iterdir() if file.name[0] == "0"}
    assert numbers == set(range(1, SCHEMA_VERSION + 1))


async def test_from_nothing(engine):
    """The first run brings the database to our version; the second finds nothing to do."""
    assert await engine.migrate() is True
    assert await engine.version() == SCHEMA_VERSION
    assert await engine.rows("SELECT id FROM recovery_request") == []
    assert await engine.migrate() is False


async def test_from_the_version_before(engine, release):
    """R29: the next version finds the rows of the one before, and is run once."""
    await engine.migrate()
    await engine.rows("INSERT INTO consumed_code (id, until) VALUES ('kept', 1)")
    release("ALTER TABLE consumed_code ADD COLUMN digest {bytes}; -- for both engines;\n")
    assert await engine.migrate() is True
    assert await engine.version() == NEXT
    assert await engine.rows("SELECT id, digest FROM consumed_code") == [("kept", None)]
    assert await engine.migrate() is False


async def test_from_nothing_over_every_version(engine, release):
    """A new database takes all the steps that an old one took."""
    release("CREATE TABLE added (id TEXT PRIMARY KEY){clustered};")
    assert await engine.migrate() is True
    assert await engine.version() == NEXT
    assert await engine.rows("SELECT id FROM added") == []


@pytest.mark.parametrize("suffix", ["sqlite.sql", "postgres.sql"])
async def test_a_file_for_one_engine(engine, release, suffix):
    """What is for one engine leaves the other alone."""
    release("ALTER TABLE consumed_code ADD COLUMN own TEXT", suffix)
    await engine.migrate()
    known = "sqlite" in suffix if isinstance(engine.place, Path) else "postgres" in suffix
    if known:
        assert await engine.rows("SELECT own FROM consumed_code") == []
    else:
        with pytest.raises((sqlite3.OperationalError, asyncpg.UndefinedColumnError)):
            await engine.rows("SELECT own FROM consumed_code")


async def test_a_version_that_fails_leaves_nothing(engine, release):
    """R29: what broke in the middle was never begun."""
    await engine.migrate()
    release("CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(StoreUnavailable):
        await engine.migrate()
    assert await engine.version() == SCHEMA_VERSION
    with pytest.raises((sqlite3.OperationalError, asyncpg.UndefinedTableError)):
        await engine.rows("SELECT id FROM half")


async def test_a_later_version_is_refused(engine):
    """An older program does not touch a newer database."""
    await engine.migrate()
    await engine.set_version(NEXT)
    with pytest.raises(StoreUnavailable, match="later version"):
        await engine.migrate()


def test_eight_processes_at_once(databases):
    """Eight processes that start together: one migrates, the others wait and find it done."""
    dsn = databases.create("template0")
    script = """
import asyncio, json, sys
from adapters.store.migrate_postgres import migrate_postgres
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps(asyncio.run(migrate_postgres(sys.argv[1]))))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, dsn],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(8)
    ]
    for each in processes:
        assert each.stdout.readline() == "ready\n"
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [json.loads(each.communicate(timeout=120)[0]) for each in processes]
    assert sorted(answers) == [False] * 7 + [True]


async def test_pgqueuer_finds_its_tables_as_it_left_them(databases):
    """What we add to PgQueuer's tables is nothing that its own upgrade would undo."""
    connection = await asyncpg.connect(databases.create())
    try:
        environment = QueryBuilderEnvironment(pgqueuer_settings())
        plan = await Queries(AsyncpgDriver(connection), qbe=environment).plan_upgrade()
    finally:
        await connection.close()
    assert list(plan.statements) == []


async def test_a_missing_part_of_pgqueuer_is_put_back(databases):
    """An older PgQueuer's tables are brought to the release that is installed."""
    dsn = databases.create()
    await administer(dsn, "DROP INDEX reassort_pgqueuer_ep_ea_idx")
    assert await migrate_postgres(dsn) is True
    assert await migrate_postgres(dsn) is False


async def test_a_server_that_cannot_be_reached(tmp_path):
    """R29: no server is a failure of the store, which names neither host nor password."""
    with pytest.raises(StoreUnavailable, match=r"^\w+$"):
        await migrate_postgres(f"postgresql://u:secret@/nowhere?host={tmp_path}")


class TestUnderLoad:
    CHANGE = "ALTER TABLE consumed_code ADD COLUMN digest {bytes};"

    async def test_requests_go_before_a_migration_that_waits(self, databases, release):
        """R29: a table that somebody reads for long makes the migration wait, not the requests that
        come after it; once it is free, the migration goes through."""
        dsn = databases.create()
        release(self.CHANGE, "postgres.sql")
        reader = await asyncpg.connect(dsn)
        try:
            async with reader.transaction():
                await reader.execute("SELECT FROM consumed_code")
                migrating = asyncio.create_task(migrate_postgres(dsn))
                for number in range(10):
                    insert = f"INSERT INTO consumed_code (id, until) VALUES ('{number}', 1)"
                    await administer(dsn, "SET lock_timeout TO '2s'", insert)
                    await asyncio.sleep(0.1)
                assert not migrating.done()
            assert await migrating is True
        finally:
            await reader.close()

    async def test_it_gives_up_when_a_table_is_never_free(self, databases, release, monkeypatch):
        """R29: nothing was begun, and the text says what to do."""
        for name, seconds in {"PATIENCE": 1.5, "LOCK_WAIT": 0.05, "PAUSE": 0.1}.items():
            monkeypatch.setattr(f"adapters.store.migrate_postgres.{name}", seconds)
        dsn = databases.create()
        release(self.CHANGE, "postgres.sql")
        reader = await asyncpg.connect(dsn)
        try:
            async with reader.transaction():
                await reader.execute("SELECT FROM consumed_code")
                with pytest.raises(StoreUnavailable, match="migrate again later"):
                    await migrate_postgres(dsn)
        finally:
            await reader.close()
        assert await migrate_postgres(dsn) is True
