"""From version 5 of the schema to version 6 on PostgreSQL, while the release before writes."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from adapters.store.migrate_postgres import migrate_postgres

ATTEMPT = """
INSERT INTO attempt (delivery, number, route, country, cost, begun_at, state)
VALUES ('r1.password', 1, 'north', 'AR', 70000, 60000000, 'accepted')
"""
EMAIL = """
INSERT INTO delivery (id, kind, subject, locale, queued_at, state, attempts)
VALUES ('r1.link', 'link', 'r1', 'fr', 60000000, 'accepted', 1)
"""
COUNTED = """
SELECT state, sum(messages)::int FROM figure_difference
GROUP BY state HAVING sum(messages) <> 0 ORDER BY state
"""
HELD = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass"


@pytest.fixture
async def before(databases, monkeypatch):
    """A database of version 5."""
    dsn = databases.create("template0")
    with monkeypatch.context() as patch:
        patch.setattr("adapters.store.migrate_postgres.SCHEMA_VERSION", 5)
        await migrate_postgres(dsn)
    return dsn


@pytest.mark.parametrize(("table", "insert"), [("attempt", ATTEMPT), ("delivery", EMAIL)])
async def test_what_is_written_at_that_moment_is_counted(before, table, insert):
    """R48: a message that is committed while the migration waits for its table counts, and its end
    later takes away what was counted, and no more."""
    writer, watcher = await asyncpg.connect(before), await asyncpg.connect(before)
    try:
        async with writer.transaction():
            await writer.execute(insert)
            migrating = asyncio.create_task(migrate_postgres(before))
            while not await watcher.fetchval(HELD, table):
                assert not migrating.done()
                await asyncio.sleep(0.002)
        assert await migrating is True
        assert [tuple(row) for row in await watcher.fetch(COUNTED)] == [("accepted", 1)]
        await writer.execute(f"UPDATE {table} SET state = 'delivered'")
        assert [tuple(row) for row in await watcher.fetch(COUNTED)] == [("delivered", 1)]
    finally:
        await writer.close()
        await watcher.close()
