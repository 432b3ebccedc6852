"""The engine for any number of machines: PostgreSQL, with the jobs in PgQueuer's tables.

Units of work run side by side under READ COMMITTED. What must have one winner is one statement
(`redeem`, `consume`); what is counted before it is written is held by name (`Sql.hold`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from adapters.connections.postgres import PostgresSettings
from adapters.store.deployment import Deployed
from adapters.store.migrations import refuse_another
from adapters.store.postgres_connection import PostgresSql, SqlPool
from adapters.store.postgres_intake import PostgresIntake
from adapters.store.postgres_unit import PostgresUnit
from adapters.store.sql import Sql
from adapters.store.unit import SqlUnit
from core.errors import StoreUnavailable

from .job_notifier import JobNotifier
from .postgres_jobs import PgQueuerTable

READERS = 4
_CONNECTIONS = """
SELECT current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
"""
_IS_STANDBY = "SELECT pg_is_in_recovery()"
_HAS_VERSION = "SELECT to_regclass('reassort_schema') IS NOT NULL"
_VERSION = "SELECT coalesce(max(version), 0) FROM reassort_schema"


class PostgresStore(Deployed):
    """Units of work on one database. `open` before use, `close` after; both may be repeated."""

    def __init__(
        self, dsn: str, settings: PostgresSettings | None = None, readers: int = READERS
    ) -> None:
        """`dsn`: as of `PostgresPool`. A process takes up to the settings' connections for writing,
        `readers` for reading, and a worker one more."""
        self._dsn = dsn
        self._settings = settings or PostgresSettings()
        self._reading_settings = replace(self._settings, connections=readers, read_only=True)
        self._writers: SqlPool | None = None
        self._readers: SqlPool | None = None
        self._bell = JobNotifier(self._reading)
        self.intake = PostgresIntake(self.statements, self._wake_workers)

    async def open(self) -> None:
        """Connect, and refuse a database whose schema is not this version's."""
        if self._writers is not None:
            return
        try:
            self._writers = SqlPool(self._dsn, self._settings)
            self._readers = SqlPool(self._dsn, self._reading_settings)
            for connected in (self.statements, self._reading):
                async with connected() as sql:
                    refuse_another(await schema_version(sql))
        except BaseException:
            await self.close()
            raise

    async def check(self) -> None:
        """A standby answers everything but writes, and so is no database to work on."""
        async with self.statements() as sql:
            ((standby,),) = await sql.fetch(_IS_STANDBY)
        if standby:
            raise StoreUnavailable("the server takes no writes: it is a standby")
        async with self._reading() as sql:
            await sql.fetch(_HAS_VERSION)

    async def connections_allowed(self) -> int | None:
        """As the server is configured."""
        async with self._reading() as sql:
            ((allowed,),) = await sql.fetch(_CONNECTIONS)
        return allowed

    async def checkpoint(self) -> None:
        """Nothing to do: the server writes back and reuses what was wiped by itself (R20). Until
        its vacuum comes by, a wiped seed is still in the table's file, worthless without its key.
        """

    async def close(self) -> None:
        """Let the units that run end, and every connection go."""
        await self._bell.close()
        pools = (self._writers, self._readers)
        self._writers = self._readers = None
        for pool in pools:
            if pool is not None:
                await pool.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnit[PgQueuerTable]]:
        """A unit that sees what is committed and takes no lock. Writing to it fails."""
        async with _connected(self._readers).connection() as connection:
            yield _unit(PostgresSql(connection))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnit[PgQueuerTable]]:
        """A unit that commits, durably, when left."""
        async with _connected(self._writers).connection() as connection:
            transaction = PostgresUnit(connection)
            unit = _unit(transaction)
            try:
                yield unit
                await transaction.commit()
            except BaseException:
                await transaction.roll_back()
                raise
        if unit.jobs.has_news:
            self._wake_workers()

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[PostgresSql]:
        """For what is one statement, and so a commit, of its own."""
        async with _connected(self._writers).statements() as sql:
            yield sql

    def _wake_workers(self) -> None:
        if self._readers is not None:
            self._bell.ring()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[PostgresSql]:
        async with _connected(self._readers).statements() as sql:
            yield sql


async def schema_version(sql: Sql) -> int:
    """The version that the database is at; 0 when it has none of our tables."""
    ((known,),) = await sql.fetch(_HAS_VERSION)
    if not known:
        return 0
    ((version,),) = await sql.fetch(_VERSION)
    return version


def _connected(pool: SqlPool | None) -> SqlPool:
    if pool is None:
        raise StoreUnavailable("the store is closed")
    return pool


def _unit(sql: PostgresSql) -> SqlUnit[PgQueuerTable]:
    return SqlUnit(sql, PgQueuerTable(sql))
