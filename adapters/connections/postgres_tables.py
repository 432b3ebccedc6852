"""Making an adapter's own tables: in the migration, however many start it at the same time."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import asyncpg

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


async def prepare_tables(connection: asyncpg.Connection, package: str, schema: str) -> None:
    """Runs the `postgres.sql` of `package` in `schema`. Repeating it changes nothing."""
    statements = files(package).joinpath("postgres.sql").read_text("utf-8")
    async with connection.transaction():
        # CREATE ... IF NOT EXISTS fails when two run it at once: one at a time
        await connection.execute(
            "SELECT pg_advisory_xact_lock($1)", advisory_key("prepare", package, schema)
        )
        await connection.execute(f"SET LOCAL search_path TO {plain_name(schema)}")
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
