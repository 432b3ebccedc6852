"""The embedded engine: one SQLite file, any number of processes on one machine.

Units of work that wait while a commit is being written to disk share the next commit: durability
costs one `fsync` a batch, not one a request. Statements take microseconds and run in the event
loop; what can wait (the write lock of another process, the disk) does not block it.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

from adapters.store.deployment import belong_to
from adapters.store.intake import UnitIntake
from adapters.store.migrations import refuse_another
from adapters.store.sql import Row
from adapters.store.unit import SqlUnit
from core.errors import StoreUnavailable
from core.keys import Keyring

from .sqlite_jobs import JobTable


class SqliteStore:
    """Units of work on one file. `open` before use, `close` after; both may be repeated."""

    def __init__(self, path: Path, lock_timeout: float = 5.0) -> None:
        """`lock_timeout`: seconds to wait for another process's write before `StoreUnavailable`."""
        self._path = path
        self._lock_timeout = lock_timeout
        self._writer: _Connection | None = None
        self._reader: _Connection | None = None
        self._disk = ThreadPoolExecutor(1, "reassort-store")
        self._turn = asyncio.Lock()
        self._batch: asyncio.Future[None] | None = None
        self.intake = UnitIntake(self.begin)

    async def open(self) -> None:
        """Connect, and refuse a file whose schema is not this version's."""
        if self._writer is not None:
            return
        try:
            self._writer = _Connection(self._path)
            self._reader = _Connection(self._path, reading=True)
            refuse_another(self._writer.version())
        except StoreUnavailable:
            await self.close()
            raise

    async def belong_to(self, keyring: Keyring, claim: bool = True) -> None:
        """See `deployment.belong_to`."""
        async with self.begin() if claim else self.read() as unit:
            await belong_to(unit.sql, keyring, claim)

    async def checkpoint(self) -> None:
        """Write the log back and empty it, so that what was wiped is not left there (R20). Does
        nothing while readers of other processes hold it back."""
        async with self._turn:
            if self._batch is None or self._batch.done():
                connection = self._connected(self._writer)
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._disk, connection.checkpoint)

    async def close(self) -> None:
        """Finish the batch that is being written and let the file go."""
        while self._batch is not None and not self._batch.done():
            await asyncio.wait([self._batch])
        async with self._turn:
            for connection in (self._writer, self._reader):
                if connection is not None:
                    connection.close()
            self._writer = self._reader = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnit[JobTable]]:
        """A unit that sees what is committed and takes no lock. Writing to it fails."""
        connection = self._connected(self._reader)
        yield SqlUnit(connection, JobTable(connection))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnit[JobTable]]:
        """A unit that commits, durably, when left."""
        deadline = asyncio.get_running_loop().time() + self._lock_timeout
        async with self._turn:
            connection = self._connected(self._writer)
            batch = await self._join_batch(connection, deadline)
            connection.run("SAVEPOINT unit")
            try:
                yield SqlUnit(connection, JobTable(connection))
            except BaseException:
                self._undo(connection, batch)
                raise
            connection.run("RELEASE unit")
        await asyncio.shield(batch)

    def _connected(self, connection: _Connection | None) -> _Connection:
        if connection is None:
            raise StoreUnavailable("the store is closed")
        return connection

    async def _join_batch(self, connection: _Connection, deadline: float) -> asyncio.Future[None]:
        """The batch that is open, else a new one. The lock is fair: whoever waits for its turn now
        comes before the commit that is queued here, and so shares it."""
        if self._batch is None or self._batch.done():
            await self._take_write_lock(connection, deadline)
            self._batch = asyncio.get_running_loop().create_future()
            self._flushing = asyncio.create_task(self._flush(connection, self._batch))
        return self._batch

    async def _take_write_lock(self, connection: _Connection, deadline: float) -> None:
        """Wait no longer than until `deadline`, counted from when the unit was asked for: those
        who queue behind a waiting unit wait at the same time, not after it."""
        while not connection.begin():
            if asyncio.get_running_loop().time() > deadline:
                raise StoreUnavailable("another process holds the database")
            await asyncio.sleep(random.uniform(0.0005, 0.003))  # noqa: S311 - spreads waiters out

    async def _flush(self, connection: _Connection, batch: asyncio.Future[None]) -> None:
        async with self._turn:
            if batch.done():
                return
            self._batch = None
            loop = asyncio.get_running_loop()
            try:
                await loop.run_in_executor(self._disk, connection.commit)
            except StoreUnavailable as failure:
                self._fail(batch, failure)
            except Exception as failure:  # nobody may wait for ever for a commit that never comes
                self._fail(batch, StoreUnavailable(type(failure).__name__))
            else:
                batch.set_result(None)

    def _undo(self, connection: _Connection, batch: asyncio.Future[None]) -> None:
        """Roll one unit back. When the engine has rolled back everything (disk full), every unit
        of the batch must hear of it."""
        if connection.in_transaction:
            connection.run("ROLLBACK TO unit")
            connection.run("RELEASE unit")
        else:
            self._fail(batch, StoreUnavailable("the database rolled back"))

    def _fail(self, batch: asyncio.Future[None], failure: StoreUnavailable) -> None:
        batch.set_exception(failure)
        batch.exception()  # retrieved: a batch whose units were all cancelled is no news


class _Connection:
    """One SQLite connection as the port `Sql`, errors translated."""

    def __init__(self, path: Path, reading: bool = False) -> None:
        try:
            self._connection = sqlite3.connect(
                path.absolute().as_uri() + "?mode=rw",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
                timeout=0 if not reading else 5,
            )
        except sqlite3.Error as error:
            raise StoreUnavailable(
                f"cannot open the database ({_named(error)}): run `reassort migrate`"
            ) from None
        try:
            self.run("PRAGMA journal_mode = WAL" if not reading else "PRAGMA query_only = ON")
            self.run("PRAGMA synchronous = FULL")
            self.run("PRAGMA secure_delete = ON")  # a seed that was wiped is gone from the file
        except StoreUnavailable:
            self.close()
            raise

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        return self._cursor(query, values).fetchall()

    async def execute(self, query: str, *values: object) -> int:
        return self._cursor(query, values).rowcount

    async def hold(self, *names: str) -> None:
        """Writing units come one after the other anyway."""

    def run(self, statement: str) -> None:
        self._cursor(statement, ())

    def begin(self) -> bool:
        """True when this connection now holds the write lock, False when another has it."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise StoreUnavailable(_named(error)) from None
        return True

    def commit(self) -> None:
        """Returns when the disk has it. After `StoreUnavailable` nothing of it is stored."""
        try:
            if not self.in_transaction:
                raise StoreUnavailable("the database rolled back")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise StoreUnavailable(_named(error)) from None

    def checkpoint(self) -> None:
        self._cursor("PRAGMA wal_checkpoint(TRUNCATE)", ()).fetchall()

    def version(self) -> int:
        return self._cursor("PRAGMA user_version", ()).fetchone()[0]

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()

    def _cursor(self, query: str, values: Sequence[object]) -> sqlite3.Cursor:
        try:
            parameters = dict(zip(_names(len(values)), values, strict=True))
            return self._connection.execute(query, parameters)
        except sqlite3.Error as error:
            raise StoreUnavailable(_named(error)) from None


@cache
def _names(count: int) -> tuple[str, ...]:
    return tuple(str(index) for index in range(1, count + 1))


def _named(error: sqlite3.Error) -> str:
    """SQLite's own name for what went wrong: its text could quote a value, the name cannot."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
