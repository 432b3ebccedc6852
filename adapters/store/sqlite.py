"""The embedded engine: one SQLite file, any number of processes on one machine.

Units of work that wait while a commit is being written to disk share the next commit: durability
costs one `fsync` a batch, not one a request. Statements take microseconds and run in the event
loop; what can wait (the write lock of another process, the disk) does not block it.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from adapters.store.beats import Beats
from adapters.store.deployment import Deployed
from adapters.store.migrations import refuse_another
from adapters.store.sqlite_connection import SqliteConnection
from adapters.store.sqlite_intake import SqliteIntake
from adapters.store.unit import SqlUnit
from core.background import Background
from core.errors import StoreUnavailable

from .sqlite_jobs import JobTable

ROOM = 1 << 20
"""Bytes that the disk must have left for a store that is called ready."""

_EITHER = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",  # a seed that was wiped is gone from the file
)
_WRITING = (
    "PRAGMA journal_mode = WAL",
    *_EITHER,
    "PRAGMA busy_timeout = 0",
    "PRAGMA temp_store = MEMORY",
)
"""Opened, it waits in turns that leave the event loop alone: see `_take_write_lock`. What a
statement or a unit has to put aside, to be undone by itself, is written to no file: that took a
quarter of what an accepted request costs, and seeds to the disk (R20)."""
_NOTHING = "PRAGMA application_id = 0"
"""It is 0, and the page that has it is written all the same."""
_READING = ("PRAGMA query_only = ON", *_EITHER)


class SqliteStore(Deployed):
    """Units of work on one file. `open` before use, `close` after; both may be repeated."""

    def __init__(self, path: Path, lock_timeout: float = 5.0) -> None:
        """`lock_timeout`: seconds to wait for another process's write before `StoreUnavailable`."""
        self._path = path
        self._lock_timeout = lock_timeout
        self._writer: SqliteConnection | None = None
        self._reader: SqliteConnection | None = None
        self._disk = ThreadPoolExecutor(1, "reassort-store")
        self._turn = asyncio.Lock()
        self._room = asyncio.Condition(self._turn)
        self._batch: asyncio.Future[None] | None = None
        self._beats: Beats | None = None
        self._beating = Background(self._keep_beating)
        self.intake = SqliteIntake(self.begin)

    async def open(self) -> None:
        """Connect, and refuse a file whose schema is not this version's. Waits for another process
        that has the file to itself, as the first one does after a crash."""
        if self._writer is not None:
            return
        try:
            address = self._path.absolute().as_uri() + "?mode=rw"
            self._writer = SqliteConnection(address, *_WRITING, timeout=self._lock_timeout)
            self._reader = SqliteConnection(address, *_READING, timeout=5)
            refuse_another(self._writer.version())
        except StoreUnavailable:
            await self.close()
            raise

    def keep_to_beats(self) -> None:
        """From now on others may have the file between beats alone: for a process that works, and
        answers nobody (`beats`)."""
        self._beats = Beats()

    def note_arrival(self) -> None:
        """A request has come that was not known of."""
        if self._beats is not None:
            self._beats.note_arrival()
            self._beating.begin()

    async def check(self) -> None:
        """The disk is asked, not the engine, whose write lock may be another's."""
        self._connected(self._writer)
        if not os.access(self._path, os.W_OK):
            raise StoreUnavailable("the file cannot be written")
        if shutil.disk_usage(self._path).free < ROOM:
            raise StoreUnavailable("the disk is full")

    async def connections_allowed(self) -> int | None:
        """There is no server."""
        return None

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
        await self._beating.aclose()
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
            await self._room.wait_for(self._is_room)
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

    def _connected(self, connection: SqliteConnection | None) -> SqliteConnection:
        if connection is None:
            raise StoreUnavailable("the store is closed")
        return connection

    def _is_room(self) -> bool:
        """Whether what is written now has a batch: not in one whose beat is over."""
        is_open = self._batch is not None and not self._batch.done()
        return not (is_open and self._beats is not None and self._beats.is_over)

    async def _join_batch(
        self, connection: SqliteConnection, deadline: float
    ) -> asyncio.Future[None]:
        """The batch that is open, else a new one. The lock is fair: whoever waits for its turn now
        comes before the commit that is queued here, and so shares it."""
        if self._batch is None or self._batch.done():
            if self._beats is not None:
                await self._beats.next()
            await self._take_write_lock(connection, deadline)
            self._batch = asyncio.get_running_loop().create_future()
            self._flushing = asyncio.create_task(self._flush(connection, self._batch))
        return self._batch

    async def _take_write_lock(self, connection: SqliteConnection, deadline: float) -> None:
        """Wait no longer than until `deadline`, counted from when the unit was asked for: those
        who queue behind a waiting unit wait at the same time, not after it."""
        while not connection.begin():
            if asyncio.get_running_loop().time() > deadline:
                raise StoreUnavailable("another process holds the database")
            await asyncio.sleep(random.uniform(0.0005, 0.003))  # noqa: S311 - spreads waiters out

    async def _keep_beating(self) -> None:
        """What is written is what stands there: all that others notice is that it takes as long."""
        with suppress(StoreUnavailable):  # until the next request comes
            while self._beats is not None and self._beats.are_wanted:
                async with self.begin() as unit:
                    await unit.sql.execute(_NOTHING)

    async def _flush(self, connection: SqliteConnection, batch: asyncio.Future[None]) -> None:
        if self._beats is not None:
            await self._beats.hold()
        async with self._turn:
            if not batch.done():
                await self._commit(connection, batch)
            self._room.notify_all()

    async def _commit(self, connection: SqliteConnection, batch: asyncio.Future[None]) -> None:
        self._batch = None
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await loop.run_in_executor(self._disk, connection.commit)
        except StoreUnavailable as failure:
            self._fail(batch, failure)
        except Exception as failure:  # nobody may wait for ever for a commit that never comes
            self._fail(batch, StoreUnavailable(type(failure).__name__))
        else:
            batch.set_result(None)
            if self._beats is not None:
                self._beats.committed(loop.time() - began)

    def _undo(self, connection: SqliteConnection, batch: asyncio.Future[None]) -> None:
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
