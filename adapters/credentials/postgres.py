"""Credential store in PostgreSQL, shared by any number of machines.

The hash is computed in a small pool of threads, then one statement is sent. Which of two passwords
is the later one is decided by that statement, and nowhere else (R19).
"""

from __future__ import annotations

from typing import Any

import asyncpg

from adapters.connections.postgres import PostgresPool, told_as
from adapters.connections.postgres_tables import plain_name, prepare_tables
from adapters.credentials.hashing import (
    WORKERS,
    Argon2id,
    Argon2Parameters,
    HashingThreads,
    UnreadableHash,
)
from adapters.store.sql import to_column
from core.errors import CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic

_PUT = """
INSERT INTO {table} AS stored (numic, hash, request_id, round_id, issued_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (numic) DO UPDATE SET
    hash = excluded.hash,
    request_id = excluded.request_id,
    round_id = excluded.round_id,
    issued_at = excluded.issued_at
WHERE (excluded.issued_at, excluded.request_id) >= (stored.issued_at, stored.request_id)
RETURNING numic
"""
_HASH = "SELECT hash FROM {table} WHERE numic = $1"


async def prepare(connection: asyncpg.Connection, schema: str = "public") -> None:
    """Makes the table `credential` where it is missing: for the migration. Any number of processes
    may do so at once."""
    await prepare_tables(connection, "adapters.credentials", schema)


class PostgresCredentials:
    """`core.ports.credentials.Credentials` over the table `credential`.

    `parameters` may be stronger than OWASP's and raise ValueError when weaker. At most `workers`
    hashes are computed at once. Call `aclose` at the end; the pool is the host's to close.
    """

    def __init__(
        self,
        pool: PostgresPool,
        parameters: Argon2Parameters | None = None,
        workers: int = WORKERS,
        schema: str = "public",
    ) -> None:
        table = f"{plain_name(schema)}.credential"
        self._put_statement, self._hash_query = _PUT.format(table=table), _HASH.format(table=table)
        self._pool = pool
        self._argon2id = Argon2id((parameters or Argon2Parameters()).require_strong())
        self._threads = HashingThreads(workers)

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port."""
        hashed = await self._threads.run(lambda: self._argon2id.hash(password.reveal()))
        issued_at = to_column(issuance.issued_at)
        row = (numic.value, hashed, issuance.request_id, issuance.round_id, issued_at)
        return len(await self._rows(self._put_statement, *row)) == 1

    async def verify(self, numic: Numic, password: str) -> bool:
        """Whether this is the voter's newest password: for the portal's sign-in. Takes as long for
        a voter without one. Raises `CredentialsUnavailable` when it cannot tell."""
        rows = await self._rows(self._hash_query, numic.value)
        stored: str | None = rows[0][0] if rows else None
        try:
            return await self._threads.run(lambda: self._argon2id.verify(stored, password))
        except UnreadableHash:
            raise CredentialsUnavailable("credential store: unreadable hash") from None

    async def check(self) -> None:
        """Raises `CredentialsUnavailable` when the table cannot be read; changes nothing."""
        await self._rows(self._hash_query, "")

    async def aclose(self) -> None:
        """Ends what has begun; later calls find the store unavailable."""
        await self._threads.aclose()

    async def _rows(self, query: str, *values: object) -> list[Any]:
        with told_as(CredentialsUnavailable, "credential store"):
            return await self._pool.fetch(query, *values)
