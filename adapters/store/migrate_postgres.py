"""Bring a PostgreSQL database to this version's schema, PgQueuer's tables included.

Gateways and workers go on meanwhile. What waits for a table's lock holds up every request behind
it: a step waits for `LOCK_WAIT` only, then lets them pass and is tried again, whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries

from adapters.connections.postgres import connect_for_long, milliseconds
from adapters.store.migrations import SCHEMA_VERSION, statements
from adapters.store.postgres import schema_version
from adapters.store.postgres_connection import PostgresSql, translated
from core.errors import StoreUnavailable

from .pgqueuer_names import pgqueuer_settings

PATIENCE = 60.0
"""Seconds to wait for another process that migrates the same database, for one statement, and for
all tries of a step."""

LOCK_WAIT, PAUSE = 0.2, 0.5
"""Seconds that a step waits for a table, and requests behind it; and between two tries. Less than
PostgreSQL takes to find a deadlock: then it is the migration that gives way."""

_LOCK = 0x7265_6173_736F_7274  # "reassort"
_VERSIONS = """
CREATE TABLE IF NOT EXISTS reassort_schema (
    version INTEGER PRIMARY KEY,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""


async def migrate_postgres(dsn: str) -> bool:
    """Create or upgrade the schema; True when something was changed.

    Safe to run from several processes at once: one does it, the others wait and find it done.
    `dsn` must lead to the server itself, not to a pooler: the lock is the connection's. The role
    must be allowed to create tables, types and functions. Raises `StoreUnavailable`.
    """
    with translated():
        connection = await connect_for_long(dsn, 10, PATIENCE)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            await connection.execute(f"SET lock_timeout TO {milliseconds(LOCK_WAIT)}")
            changed = False
            while await _patiently(_take_step, connection):
                changed = True
            return await _patiently(_upgrade_pgqueuer, connection) or changed
        finally:
            await connection.close(timeout=10)


async def _patiently(
    step: Callable[[asyncpg.Connection], Awaitable[bool]], connection: asyncpg.Connection
) -> bool:
    """What `step` returns, once nobody holds a table that it changes."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while True:
        try:
            return await step(connection)
        except asyncpg.LockNotAvailableError:
            if loop.time() > deadline:
                raise StoreUnavailable("a long query holds a table: migrate again later") from None
        await asyncio.sleep(PAUSE)


async def _take_step(connection: asyncpg.Connection) -> bool:
    """From one version to the next, in one transaction; False when there is none to take."""
    async with connection.transaction():
        version = await schema_version(PostgresSql(connection))
        if version > SCHEMA_VERSION:
            raise StoreUnavailable(f"the database is of a later version ({version})")
        if version == SCHEMA_VERSION:
            return False
        if version == 0:
            await connection.execute(_VERSIONS)
            await _queries(connection).install()
        for statement in statements("postgres", version + 1):
            await connection.execute(statement)
        insert = "INSERT INTO reassort_schema (version) VALUES ($1)"
        await connection.execute(insert, version + 1)
        return True


async def _upgrade_pgqueuer(connection: asyncpg.Connection) -> bool:
    """Bring PgQueuer's tables to the release that is installed. Its steps cannot share a
    transaction; it locks them and finds out itself which are left to do."""
    plan = await _queries(connection).apply_upgrade()
    return bool(plan.statements)


def _queries(connection: asyncpg.Connection) -> Queries:
    settings = pgqueuer_settings()
    return Queries(AsyncpgDriver(connection), qbe=QueryBuilderEnvironment(settings))
