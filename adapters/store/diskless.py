"""The embedded engine without its disk: the same tables, statements and jobs, in memory.

For tests, sandboxes and simulations. Everything ends with the store. A commit waits for nothing, so
that the same calls in the same order have the same end.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import cache
from itertools import count

from adapters.store.deployment import Deployed
from adapters.store.migrate import upgrade
from adapters.store.sqlite_connection import SqliteConnection
from adapters.store.sqlite_intake import SqliteIntake
from adapters.store.unit import SqlUnit
from core.errors import StoreUnavailable

from .sqlite_jobs import JobTable

_WRITING = (
    "PRAGMA cache_spill = OFF",  # what is not committed stays with its connection
    "PRAGMA temp_store = MEMORY",
)
_READING = "PRAGMA query_only = ON"
_numbers = count(1)


class DisklessStore(Deployed):
    """Units of work, one after the other. `open` before use, `close` after; both may be repeated.
    What was stored is gone with `close`."""

    def __init__(self) -> None:
        self._writer: SqliteConnection | None = None
        self._reader: SqliteConnection | None = None
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[object] | None = None
        self.intake = SqliteIntake(self.begin)

    async def open(self) -> None:
        """Make empty tables of this version's schema."""
        if self._writer is not None:
            return
        address = f"file:/reassort-{next(_numbers)}?vfs=memdb"
        self._writer = SqliteConnection(address, *_WRITING)
        with closing(sqlite3.connect(":memory:")) as template:
            template.deserialize(_template())
            self._writer.fill_from(template)
        # It reads what is committed, beside a unit that is open. No lock is needed for that: both
        # connections are in one thread, and this one never writes.
        self._reader = SqliteConnection(f"{address}&nolock=1", _READING)

    async def check(self) -> None:
        """Nothing but `close` takes the memory away."""
        _connected(self._writer)

    async def connections_allowed(self) -> int | None:
        """There is no server."""
        return None

    async def checkpoint(self) -> None:
        """There is no file in which anything could be left."""

    async def close(self) -> None:
        """Let the unit that runs end, and the memory go."""
        async with self._turn:
            for connection in (self._writer, self._reader):
                if connection is not None:
                    connection.close()
            self._writer = self._reader = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnit[JobTable]]:
        """A unit that sees what is committed and takes no lock. Writing to it fails."""
        connection = _connected(self._reader)
        yield SqlUnit(connection, JobTable(connection))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnit[JobTable]]:
        """A unit that commits when left. Raises `RuntimeError` within another one of the same task,
        which would wait for itself."""
        if self._holder is not None and self._holder is asyncio.current_task():
            raise RuntimeError("a unit of work within another one")
        async with self._turn:
            self._holder = asyncio.current_task()
            try:
                async with _transaction(_connected(self._writer)) as connection:
                    yield SqlUnit(connection, JobTable(connection))
            finally:
                self._holder = None


@asynccontextmanager
async def _transaction(connection: SqliteConnection) -> AsyncIterator[SqliteConnection]:
    connection.run("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.run("ROLLBACK")
        raise
    connection.commit()


def _connected(connection: SqliteConnection | None) -> SqliteConnection:
    if connection is None:
        raise StoreUnavailable("the store is closed")
    return connection


@cache
def _template() -> bytes:
    """A database without a row: to copy one takes a tenth of the time of making one."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        upgrade(connection)
        return connection.serialize()
