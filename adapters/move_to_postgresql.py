"""From the embedded database to PostgreSQL, in one go: all of it arrives, or nothing does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import asyncpg

from adapters.connections.postgres import POSTGRES_ERRORS, connect_for_long, error_name
from adapters.credentials.postgres import prepare
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.migrations import SCHEMA_VERSION
from adapters.store.pgqueuer_names import TABLE as QUEUE
from adapters.store.sql import moment
from core.errors import CannotProceed

_BATCH = 5000
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_JOBS = "SELECT kind, subject, due_at, attempts, dead_at, reason FROM job ORDER BY id"
_SIGNS_OF_LIFE = "heartbeat"
_COUNTED = ("attempt", "delivery", "mail_attempt", "message_change", "recovery_request")
_QUEUE_COLUMNS = (
    "priority", "entrypoint", "dedupe_key", "payload", "execute_after", "status", "attempts",
    "headers", "updated",
)  # fmt: skip
_SERIALS = """
SELECT column_name, pg_get_serial_sequence($1, column_name) FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = $1
    AND pg_get_serial_sequence($1, column_name) IS NOT NULL
"""


class MoveFailed(CannotProceed):
    """Nothing was moved; the text says why in a sentence, and names no voter."""


async def move_to_postgres(store: Path, credentials: Path, dsn: str) -> dict[str, int]:
    """Copies every row of the files `store` and `credentials` (which may be missing, when no
    password was issued yet) into the database at `dsn`; tells how many rows of each table.

    The database is brought to this version's schema first, and must hold no row. No other process
    may have the files open, and none can write to them until the end. Raises `MoveFailed`, and
    `StoreUnavailable` from the migration.
    """
    try:
        with ExitStack() as stack:
            sources = _sources(stack, store, credentials)
            await migrate_postgres(dsn)
            return await _move(sources, dsn)
    except POSTGRES_ERRORS as error:
        raise MoveFailed(f"PostgreSQL: {error_name(error)}") from None
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise MoveFailed(f"a database file cannot be read: {name}") from None


def _sources(stack: ExitStack, store: Path, credentials: Path) -> list[sqlite3.Connection]:
    sources = [_held(stack, store, SCHEMA_VERSION)]
    if credentials.exists():
        sources.append(_held(stack, credentials, 0))
    return sources


def _held(stack: ExitStack, path: Path, version: int) -> sqlite3.Connection:
    """The file, ours alone. It can leave the mode of the write-ahead log only when no other
    process has it open: a gateway that is merely idle would go on writing to it afterwards."""
    if not path.exists():
        raise MoveFailed(f"there is no {path.name}")
    uri = path.absolute().as_uri() + "?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0)
    stack.enter_context(closing(connection))
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        raise MoveFailed(f"{path.name} is in use: stop every gateway and worker first") from None
    if connection.execute("PRAGMA user_version").fetchone()[0] != version:
        raise MoveFailed(f"{path.name} is of another version: run `reassort migrate` first")
    return connection


async def _move(sources: list[sqlite3.Connection], dsn: str) -> dict[str, int]:
    connection = await connect_for_long(dsn)
    try:
        await prepare(connection)
        async with connection.transaction():
            moved: dict[str, int] = {}
            await _counting(connection, "DISABLE")
            for source in sources:
                for table in _tables(source):
                    moved[table] = await _move_table(source, table, connection)
            await _counting(connection, "ENABLE")
            return moved
    finally:
        await connection.close(timeout=5)


def _tables(source: sqlite3.Connection) -> list[str]:
    """All but the signs of life of processes, none of which runs."""
    return [name for (name,) in source.execute(_TABLES) if name != _SIGNS_OF_LIFE]


async def _counting(connection: asyncpg.Connection, whether: str) -> None:
    """Figures and changes are moved like all else: rows that arrive add nothing to them."""
    for table in _COUNTED:
        await connection.execute(f"ALTER TABLE {table} {whether} TRIGGER USER")


async def _move_table(
    source: sqlite3.Connection, table: str, connection: asyncpg.Connection
) -> int:
    """Returns how many rows; raises `MoveFailed` when the target had some, or has not got all."""
    target = QUEUE if table == "job" else table
    if await connection.fetchval("SELECT to_regclass($1)", target) is None:
        raise MoveFailed(f"PostgreSQL has no table {target}")
    await connection.execute(f"LOCK TABLE {target} IN EXCLUSIVE MODE")
    if await _count(connection, target):
        raise MoveFailed(f"the table {target} in PostgreSQL is not empty")
    columns, batches = _jobs(source) if table == "job" else _rows(source, table)
    for batch in batches:
        await connection.copy_records_to_table(target, columns=columns, records=batch)
    expected = source.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    if await _count(connection, target) != expected:
        raise MoveFailed(f"the table {target} did not arrive whole")
    if table != "job":
        await _count_on(connection, table)
    return expected


def _rows(source: sqlite3.Connection, table: str) -> tuple[tuple[str, ...], Iterator[list[Any]]]:
    """All columns as they are: both engines keep moments as integers."""
    cursor = source.execute(f"SELECT * FROM {table}")
    return tuple(column[0] for column in cursor.description), _batches(cursor)


def _jobs(source: sqlite3.Connection) -> tuple[tuple[str, ...], Iterator[list[Any]]]:
    """Jobs as PgQueuer keeps them. One that a worker held is due when its lease ends."""
    batches = _batches(source.execute(_JOBS))
    return _QUEUE_COLUMNS, ([_queued(*job) for job in batch] for batch in batches)


def _queued(
    kind: str, subject: str, due_at: int, attempts: int, dead_at: int | None, reason: str | None
) -> tuple[Any, ...]:
    due, key, payload = moment(due_at), f"{kind}:{subject}", subject.encode()
    if dead_at is None:
        return 0, kind, key, payload, due, "queued", attempts, None, due
    headers = json.dumps({"reason": reason})
    return 0, kind, key, payload, due, "failed", attempts, headers, moment(dead_at)


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    while batch := cursor.fetchmany(_BATCH):
        yield batch


async def _count(connection: asyncpg.Connection, table: str) -> int:
    (row,) = await connection.fetch(f"SELECT count(*) FROM {table}")
    return row[0]


async def _count_on(connection: asyncpg.Connection, table: str) -> None:
    """Numbers that the table gives by itself go on after the greatest that was moved."""
    for column, sequence in await connection.fetch(_SERIALS, table):
        greatest = await connection.fetchval(f"SELECT max({column}) FROM {table}")
        if greatest is not None:
            await connection.execute("SELECT setval($1::text::regclass, $2)", sequence, greatest)
