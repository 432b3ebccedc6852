"""Register read from our own copy in PostgreSQL, which `import_register` fills.

One statement a lookup. It reads the register's marks along with the voter: a statement sees one
state of the database, taken once it holds its tables, so voter and key are always of one import.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from adapters.connections.postgres import PostgresPool, told_as
from adapters.connections.postgres_tables import PATIENCE, plain_name, prepare_tables
from adapters.register.schema import (
    NOBODY,
    READABLE,
    NotARegister,
    compare_key,
    identifier_mac,
    voter_of,
)
from core.census import Places
from core.errors import RegisterUnavailable
from core.keys import Keyring
from core.voter import ElectoralNumber, Identifier, Numic, Voter

_MARKS = "meta.version, meta.identifier_key, meta.identifier_key_check"
_VOTER = (
    "voter.numic, voter.numel, voter.email, voter.phone, voter.phone_kind, "
    "voter.identifier_renewed_in, voter.constituency, voter.post"
)


@dataclass(frozen=True)
class RegisterTables:
    """The copy's tables, all in one schema."""

    schema: str = "public"

    def __post_init__(self) -> None:
        plain_name(self.schema)

    @property
    def voter(self) -> str:
        return f"{self.schema}.register_voter"

    @property
    def meta(self) -> str:
        return f"{self.schema}.register_meta"


async def prepare(
    connection: asyncpg.Connection,
    tables: RegisterTables | None = None,
    patience: float = PATIENCE,
) -> None:
    """Makes the tables, empty, where they are missing: for the migration. Any number of processes
    may do so at once. Raises `TablesHeld` after `patience` seconds."""
    schema = (tables or RegisterTables()).schema
    await prepare_tables(connection, "adapters.register", schema, patience)


class PostgresRegister:
    """`core.ports.register.Register` over the imported copy. The pool is the host's to close.

    `keyring` must still hold the key under which the register was imported. A register that was
    never imported, cannot be reached or whose key is lost raises `RegisterUnavailable`.
    """

    def __init__(
        self, pool: PostgresPool, keyring: Keyring, tables: RegisterTables | None = None
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._tables = tables or RegisterTables()

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        column = "numic" if isinstance(number, Numic) else "numel"
        _, stored = await self._one(_VOTER, column, number)
        numic, *others = stored
        return None if numic is None else voter_of((numic, *others))

    async def find_many(self, numics: Collection[Numic]) -> Mapping[Numic, Voter]:
        """See `core.ports.register.FindsMany`."""
        tables = self._tables
        query = (
            f"SELECT {_MARKS}, {_VOTER} FROM {tables.meta} AS meta "  # noqa: S608 - our own names
            f"LEFT JOIN {tables.voter} AS voter ON voter.numic = ANY($1::integer[])"
        )
        rows = await self._rows(query, [int(each.value) for each in numics])
        self._check(rows[:1])
        voters = (voter_of(tuple(row[3:])) for row in rows if row[3] is not None)
        return {each.numic: each for each in voters}

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port. Does the same work for a voter whom the register does not know."""
        key_id, (known,) = await self._one("voter.identifier", "numic", numic)
        stored: bytes = NOBODY if known is None else known
        given = identifier_mac(self._keyring, numic, identifier, key_id)
        return hmac.compare_digest(stored, given) and known is not None

    async def rounds(self) -> list[str]:
        """The voting rounds in which an identifier was renewed, as the imported file names them: a
        misspelt one would let identifier and password both be renewed (R8). Reads every voter."""
        await self._one("voter.line", "numic", Numic("00000000"))
        rows = await self._rows(
            f"SELECT DISTINCT identifier_renewed_in FROM {self._tables.voter} "  # noqa: S608
            "WHERE identifier_renewed_in > ''"
        )
        return sorted(row[0] for row in rows)

    async def voters_by_place(self) -> Places:
        """See `core.ports.register.CountsVoters`. Reads every voter."""
        await self._one("voter.line", "numic", Numic("00000000"))
        rows = await self._rows(
            f"SELECT constituency, post, count(*) FROM {self._tables.voter} "  # noqa: S608
            "GROUP BY 1, 2"
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def last_import(self) -> str | None:
        """See `core.ports.register.TellsLastImport`."""
        rows = await self._rows(
            f"SELECT to_jsonb(meta) ->> 'summary' FROM {self._tables.meta} AS meta"  # noqa: S608
        )
        return rows[0][0] if rows else None

    async def _one(
        self, columns: str, column: str, number: ElectoralNumber
    ) -> tuple[str, Sequence[Any]]:
        """The register's key, and these columns of the voter: all None when there is none."""
        tables = self._tables
        query = (
            f"SELECT {_MARKS}, {columns} FROM {tables.meta} AS meta "  # noqa: S608 - our own names
            f"LEFT JOIN {tables.voter} AS voter ON voter.{column} = $1"
        )
        rows = await self._rows(query, int(number.value))
        return self._check(rows), rows[0][3:]

    def _check(self, rows: Sequence[Any]) -> str:
        """The key of the register that these rows tell of, if it can be read."""
        try:
            if len(rows) != 1 or rows[0][0] not in READABLE:
                raise NotARegister("no register of this version: run `reassort import-register`")
            _, key_id, check, *_ = rows[0]
            compare_key(self._keyring, key_id, check)
        except NotARegister as error:
            raise RegisterUnavailable(str(error)) from None
        return key_id

    async def _rows(self, query: str, *values: object) -> list[Any]:
        with told_as(RegisterUnavailable, "register"):
            return await self._pool.fetch(query, *values)
