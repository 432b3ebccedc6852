"""The register as a table of PostgreSQL: filled by COPY beside the old one, then renamed.

The new table is logged from its first row: an UNLOGGED one would load a little faster, but is
emptied by a crash of the server, and making it logged afterwards writes it a second time under a
lock. Each COPY commits by itself, without waiting for the disk, so that no long transaction holds
back the cleaning of other tables; the commit that renames waits, and takes all before it along.

The import holds its lock as long as its session lives: connect to PostgreSQL itself, or to a pooler
in session mode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncpg

from adapters.connections.postgres_tables import TablesHeld, advisory_key
from adapters.register.import_csv.destination import Changes
from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.parsing import Row
from adapters.register.import_csv.postgres_session import ImportSession
from adapters.register.import_csv.postgres_statements import (
    COLUMNS,
    STAGED,
    ImportStatements,
)
from adapters.register.postgres import RegisterTables, prepare
from adapters.register.schema import READABLE, SCHEMA_VERSION, key_check
from core.keys import Keyring

_HELD = "a long query holds the register's table: import again later"


@dataclass(frozen=True)
class PostgresDestination:
    """`Destination` over the database at `dsn`. Durations are in seconds."""

    dsn: str = field(repr=False)
    tables: RegisterTables = field(default_factory=RegisterTables)
    lock_wait: float = 0.03
    """How long the renaming waits for readers, and new readers behind it, at each try."""
    pause: float = 0.25
    """Between two tries."""
    patience: float = 120.0
    """For all tries: a long query (a dump, say) keeps the old table from being renamed."""

    @contextmanager
    def begin(self) -> Iterator[PostgresNewRegister]:
        """See `Destination`."""
        session = ImportSession(self.dsn)
        new = PostgresNewRegister(session, self)
        try:
            new.start()
            yield new
        finally:
            session.end(new.last)


class PostgresNewRegister:
    """`NewRegister` in a table of its own until it is put in place."""

    def __init__(self, session: ImportSession, destination: PostgresDestination) -> None:
        self._session = session
        self._destination = destination
        self._tables = destination.tables
        self._marks = ("", "", "")
        self._statements = ImportStatements(destination.tables)
        self.last = "SELECT"
        """To be run at the end: sweeps up, once there is something of our own."""

    def start(self) -> None:
        """Alone, with an empty table; raises `ImportFailed`."""
        session = self._session
        lock = advisory_key("import", self._tables.schema)
        (alone,) = session.row(f"SELECT pg_try_advisory_lock({lock})")
        if not alone:
            raise ImportFailed("another import into this register is running")
        session.run(self._prepare())
        self.last = self._statements.drop
        session.execute(self._statements.drop)
        session.execute(self._statements.create)
        session.execute("SET synchronous_commit TO off")

    async def _prepare(self) -> None:
        try:
            await prepare(self._session.connection, self._tables, self._destination.patience)
        except TablesHeld:
            raise ImportFailed(_HELD) from None

    def add(self, rows: list[Row]) -> None:
        """See `NewRegister`."""
        session = self._session
        session.send(
            session.connection.copy_records_to_table(
                STAGED, schema_name=self._tables.schema, columns=COLUMNS, records=rows
            )
        )

    def seal(self, keyring: Keyring) -> None:
        """See `NewRegister`. The marks are written by the commit that renames."""
        for statement in self._statements.finish:
            self._session.execute(statement)
        for (grant,) in self._session.rows(self._statements.grants):
            self._session.execute(grant)
        self._marks = (keyring.newest, key_check(keyring, keyring.newest), "")

    def phones_by_kind(self) -> dict[str, int]:
        """See `NewRegister`."""
        return dict(self._session.rows(self._statements.phones))

    def changes(self, key_id: str) -> Changes:
        """See `NewRegister`."""
        (total,) = self._session.row(self._statements.count_new)
        marks = self._session.row(self._statements.marks)
        if marks is None or marks[0] not in READABLE:
            return Changes(total, 0, 0, 0)
        key_changed = marks[1] != key_id
        common, unchanged = self._session.row(self._statements.compare(key_changed))
        (before,) = self._session.row(self._statements.count_old)
        return Changes(total - common, common - unchanged, unchanged, before - common, key_changed)

    def put_in_place(self, summary: str) -> None:
        """The table takes the old one's name, together with its marks, in one commit that lasts
        milliseconds. Readers wait for `lock_wait` at most, then go before it."""
        self._marks = (*self._marks[:2], summary)
        self._session.execute("SET synchronous_commit TO on")
        self._session.run(self._rename_patiently())

    async def _rename_patiently(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._destination.patience
        while not await self._renamed():
            if loop.time() > deadline:
                raise ImportFailed(_HELD)
            await asyncio.sleep(self._destination.pause)

    async def _renamed(self) -> bool:
        """False when readers hold the old table."""
        connection = self._session.connection
        milliseconds = max(1, round(self._destination.lock_wait * 1000))
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout TO {milliseconds}")
                await connection.execute(self._statements.mark, SCHEMA_VERSION, *self._marks)
                await connection.execute(self._statements.rename)
        except asyncpg.LockNotAvailableError:
            return False
        return True
