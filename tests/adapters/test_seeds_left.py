"""R20, A6: where a wiped seed is left, byte by byte, as the page on security says.

These tests hold the page to what engines do. Why such a seed gives no password once its day is over
is in `tests/graphql_api/test_shredding.py`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from core.recovery_request import State

SEED = bytes(range(100, 132))


@pytest.fixture
def serve_seed(link_sent):
    """Stores a request with the seed, then wipes it as the hand-over of its SMS does."""

    async def serve_seed(store):
        asked = link_sent()
        confirmed = replace(asked, state=State.CONFIRMED, seed=SEED, password_key="k1")
        async with store.begin() as unit:
            await unit.requests.add(asked)
        async with store.begin() as unit:
            await unit.requests.save(confirmed, was=asked)
        async with store.begin() as unit:
            await unit.requests.save(replace(confirmed, seed=None), was=confirmed)
        async with store.read() as unit:
            found = await unit.requests.get(confirmed.id)
        assert found is not None
        assert found.seed is None

    return serve_seed


def holding(folder: Path) -> set[str]:
    """The first folder below `folder`, or the file in it, of each file that holds the seed."""
    found: set[str] = set()
    for file in folder.rglob("*"):
        try:
            if file.is_file() and SEED in file.read_bytes():
                found.add(file.relative_to(folder).parts[0])
        except FileNotFoundError:
            continue
    return found


async def test_sqlite_keeps_it_in_its_log_until_a_checkpoint(sqlite_store, sqlite_path, serve_seed):
    """R20: `secure_delete` overwrites it in the file, a checkpoint empties the log."""
    await serve_seed(sqlite_store)
    assert holding(sqlite_path.parent) == {f"{sqlite_path.name}-wal"}
    await sqlite_store.checkpoint()
    assert holding(sqlite_path.parent) == set()


async def test_postgresql_keeps_it_in_table_and_log(own_server, serve_seed):
    """A6: the table's file has it until vacuum has gone over it, the log until it is recycled,
    whatever a later vacuum does."""
    await migrate_postgres(own_server.dsn())
    store = PostgresStore(own_server.dsn())
    await store.open()
    server = await asyncpg.connect(own_server.dsn())
    try:
        folder = Path(await server.fetchval("SHOW data_directory"))
        await serve_seed(store)
        await server.execute("CHECKPOINT")
        assert holding(folder) == {"base", "pg_wal"}
        await server.execute("VACUUM FULL recovery_request")
        await server.execute("CHECKPOINT")
        assert "pg_wal" in holding(folder)
    finally:
        await server.close()
        await store.close()
