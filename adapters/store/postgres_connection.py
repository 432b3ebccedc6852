"""asyncpg as the port `Sql`: units of work on a bounded pool, errors translated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from adapters.connections.postgres import (
    POSTGRES_ERRORS,
    PostgresPool,
    PostgresSettings,
    error_name,
    sqlstate,
)
from adapters.store.sql import Row, ValueRefused
from core.errors import Overtaken, StoreUnavailable


class PostgresSql:
    """One connection as the port `Sql`."""

    server_time: str | None = "SELECT clock_timestamp()"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

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

    async def change(
        self,
        query: str,
        *values: object,
        otherwise: Exception | None = None,
        only: str | None = None,
        but: str | None = None,
    ) -> None:
        if not await PostgresSql.execute(self, query, *values) and otherwise is not None:
            raise otherwise

    async def hold(self, *names: str) -> None:
        """A statement by itself, or a reading unit, holds nothing up."""


class SqlPool:
    """Statements and transactions on connections of one kind."""

    def __init__(self, dsn: str, settings: PostgresSettings) -> None:
        self._pool = PostgresPool(dsn, settings)
        self._is_read_only = settings.read_only

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[PostgresSql]:
        """Each statement is a transaction of its own."""
        async with self.connection() as connection:
            yield PostgresSql(connection)

    async def close(self) -> None:
        """See `PostgresPool.close`."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One of asyncpg's, until left."""
        with translated():
            connection = await self._pool.take()
        is_done = False
        try:
            yield connection
            is_done = True
        except TakesNoWritesNow:
            if not self._is_read_only:  # the next one asks the hosts for the primary
                connection.terminate()
            raise
        finally:
            await self._pool.leave(connection, is_done)


class TakesNoWritesNow(StoreUnavailable):
    """The server was a primary when it was connected to, and is none any more."""


class NothingChanged(ValueRefused):
    """A number was divided by that of the rows that were changed, and it was 0."""


_BY_STATE: Mapping[str, type[StoreUnavailable]] = {
    "22012": NothingChanged,
    "25006": TakesNoWritesNow,
    "40P01": Overtaken,  # deadlock detected
    "40001": Overtaken,  # serialization failure
}


@contextmanager
def translated() -> Iterator[None]:
    """Every failure becomes `StoreUnavailable`, or a kind of it. Only its name is told: its text
    could quote a value."""
    try:
        yield
    except POSTGRES_ERRORS as error:
        raise _failure(error)(error_name(error)) from None


def _failure(error: BaseException) -> type[StoreUnavailable]:
    state = sqlstate(error)
    if state in _BY_STATE:
        return _BY_STATE[state]
    refused = isinstance(error, ValueError) or state.startswith(("22", "23"))
    return ValueRefused if refused else StoreUnavailable
