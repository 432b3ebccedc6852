"""Making an adapter's own tables: in the migration, however many start it at the same time."""

from __future__ import annotations

import asyncio
import hashlib
import re
from importlib.resources import files

import asyncpg

PATIENCE, LOCK_WAIT, PAUSE = 60.0, 0.2, 0.5
"""Seconds for all tries, for one, and between two."""


class TablesHeld(Exception):
    """A long query holds a table that is to be changed: the same again later."""


_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


async def prepare_tables(
    connection: asyncpg.Connection, package: str, schema: str, patience: float = PATIENCE
) -> None:
    """Runs the `postgres.sql` of `package` in `schema`. Repeating it changes nothing.

    What waits for a table's lock holds up every look-up behind it: it waits for `LOCK_WAIT` only,
    lets them pass and is tried again, for `patience` seconds. Raises `TablesHeld` then.
    """
    statements = files(package).joinpath("postgres.sql").read_text("utf-8")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        try:
            return await _prepare(connection, package, schema, statements)
        except asyncpg.LockNotAvailableError:
            if loop.time() > deadline:
                raise TablesHeld from None
        await asyncio.sleep(PAUSE)


async def _prepare(
    connection: asyncpg.Connection, package: str, schema: str, statements: str
) -> None:
    async with connection.transaction():
        # CREATE ... IF NOT EXISTS fails when two run it at once: one at a time
        await connection.execute(
            "SELECT pg_advisory_xact_lock($1)", advisory_key("prepare", package, schema)
        )
        await connection.execute(f"SET LOCAL search_path TO {plain_name(schema)}")
        await connection.execute(f"SET LOCAL lock_timeout TO {round(LOCK_WAIT * 1000)}")
        await connection.execute(statements)


def plain_name(name: str) -> str:
    """A name that needs no quotes in SQL; raises ValueError on any other."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r}: lower-case letters, digits and underscores only")
    return name


def advisory_key(*parts: str) -> int:
    """The number under which all processes lock the same thing."""
    digest = hashlib.blake2b("/".join(("reassort", *parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
