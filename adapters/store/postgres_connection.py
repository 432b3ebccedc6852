"""asyncpg as the port `Sql`: units of work on a bounded pool, errors translated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any

from adapters.connections.postgres import (
    POSTGRES_ERRORS,
    PostgresPool,
    PostgresSettings,
    error_name,
    sqlstate,
)
from adapters.connections.postgres_tables import advisory_key
from adapters.store.sql import Row
from core.errors import ConcurrentChange, StoreUnavailable


class PostgresSql:
    """One connection as the port `Sql`."""

    server_time: str | None = "SELECT clock_timestamp()"

    def __init__(self, connection: Any, writing: bool = True) -> None:
        self._connection = connection
        self._writing = writing

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        with translated():
            return await self._connection.fetch(query, *values)

    async def execute(self, query: str, *values: object) -> int:
        with translated():
            status = await self._connection.execute(query, *values)
        return int(status.rpartition(" ")[2])

    def among(self, query: str) -> str:
        """The planner takes an array that it does not know for a short one."""
        return f"= ANY (ARRAY({query}))"

    async def hold(self, *names: str) -> None:
        """In one order, so that two units that hold the same names do not wait for each other.
        A reading unit holds nothing up."""
        if self._writing:
            keys = sorted({advisory_key("hold", name) for name in names})
            await self.fetch(
                "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) key", keys
            )


class SqlPool:
    """Statements and transactions on connections of one kind."""

    def __init__(self, dsn: str, settings: PostgresSettings) -> None:
        self._pool = PostgresPool(dsn, settings)
        self._writing = not settings.read_only

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[PostgresSql]:
        """Each statement is a transaction of its own."""
        async with self._connection() as connection:
            yield PostgresSql(connection, self._writing)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresSql]:
        """Commits when left; rolls back when left by an exception."""
        async with self._connection() as connection:
            with translated():
                await connection.execute("BEGIN")
            try:
                yield PostgresSql(connection)
            except BaseException:
                await _roll_back(connection)
                raise
            with translated():
                if await connection.execute("COMMIT") != "COMMIT":
                    raise StoreUnavailable("the database rolled back")

    async def close(self) -> None:
        """See `PostgresPool.close`."""
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        async with AsyncExitStack() as left:
            with translated():
                connection = await left.enter_async_context(self._pool.connection())
            yield connection


OVERTAKEN = ("40P01", "40001")
"""Deadlock detected, serialization failure: nothing was stored, and running again is safe."""


class Overtaken(StoreUnavailable, ConcurrentChange):
    """Someone else was first: anyone who knows how to run again does so at once, others later."""


class ValueRefused(StoreUnavailable):
    """No column takes a value, or a row of that key is there already. Nothing was stored, and the
    connection serves on."""


@contextmanager
def translated() -> Iterator[None]:
    """Every failure becomes `StoreUnavailable`, but for a deadlock, which is someone else's being
    first. Only its name is told: its text could quote a value."""
    try:
        yield
    except POSTGRES_ERRORS as error:
        if sqlstate(error) in OVERTAKEN:
            raise Overtaken(error_name(error)) from None
        refused = isinstance(error, ValueError) or sqlstate(error).startswith(("22", "23"))
        raise (ValueRefused if refused else StoreUnavailable)(error_name(error)) from None


async def _roll_back(connection: Any) -> None:
    """A connection that is lost has rolled back by itself; one that cannot is not used again."""
    try:
        await connection.execute("ROLLBACK")
    except POSTGRES_ERRORS:
        with suppress(*POSTGRES_ERRORS):  # asyncpg may have taken it away already
            connection.terminate()
