"""The embedded engine without its disk: the real tables and statements, in memory.

`SqliteStore` hands each commit to a thread and waits for the disk, which takes a hundred times
longer than the statements do. Here one connection to `:memory:` commits at once. One unit of work
is open at a time; a use case that breaks this is found out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from adapters.store.migrations import SCHEMA_VERSION, statements
from adapters.store.sql import Row, to_datetime
from adapters.store.sqlite_jobs import JobTable
from adapters.store.unit import SqlUnit
from core.jobs import JobKind

_OF_KIND = "SELECT min(due_at) AS due FROM job WHERE kind = '{}' AND dead_at IS NULL"
_NEXT_DUE = f"SELECT min(due) FROM ({' UNION ALL '.join(map(_OF_KIND.format, JobKind))})"


class DisklessStore:
    """Units of work over one connection."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._is_writing = False
        for version in range(1, SCHEMA_VERSION + 1):
            for statement in statements("sqlite", version):
                self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnit[JobTable]]:
        yield self._unit()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnit[JobTable]]:
        if self._is_writing:
            raise RuntimeError("a unit of work within another one")
        self._is_writing = True
        self._connection.execute("BEGIN")
        try:
            yield self._unit()
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._is_writing = False

    def next_due(self) -> datetime | None:
        """When the next job is due."""
        return to_datetime(self.rows(_NEXT_DUE)[0][0])

    def rows(self, query: str, *values: object) -> Sequence[Row]:
        named = {str(index): value for index, value in enumerate(values, 1)}
        return self._connection.execute(query, named).fetchall()

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        return self.rows(query, *values)

    async def execute(self, query: str, *values: object) -> int:
        named = {str(index): value for index, value in enumerate(values, 1)}
        return self._connection.execute(query, named).rowcount

    async def hold(self, *names: str) -> None:
        """There is only one unit of work at a time."""

    def _unit(self) -> SqlUnit[JobTable]:
        return SqlUnit(self, JobTable(self))
