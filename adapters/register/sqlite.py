"""Register read from the SQLite file that `import_register` makes.

A lookup takes tens of microseconds from the page cache, less than a hop to a thread would, so it
runs in the event loop. Each one first asks the file system whether an import has put a new file in
the old one's place, and then opens that.
"""

from __future__ import annotations

import hmac
import json
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.register.schema import (
    NOBODY,
    SCHEMA_VERSION,
    SUMMARY,
    WITHOUT_PLACES,
    LostKey,
    NotARegister,
    check_key,
    identifier_mac,
    key_id_of,
    read_only_uri,
    version_of,
    voter_of,
)
from core.census import Places
from core.errors import RegisterUnavailable
from core.keys import Keyring
from core.voter import ElectoralNumber, Identifier, Numic, Voter

_VOTER = (
    "SELECT numic, numel, email, phone, phone_kind, identifier_renewed_in, {places} FROM voter "
)
_MANY = f"{_VOTER}WHERE numic IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own
_PLACES = {WITHOUT_PLACES: "NULL, NULL", SCHEMA_VERSION: "constituency, post"}
_IDENTIFIER = "SELECT identifier FROM voter WHERE numic = ?"

_SUMMARY = "SELECT value FROM meta WHERE name = ?"


@dataclass(frozen=True)
class _Opened:
    """One file, as long as it is the one at the path. While it is open its inode is not reused."""

    identity: tuple[int, int]
    connection: sqlite3.Connection
    key_id: str
    version: int

    def query(self, number: ElectoralNumber) -> str:
        """For a voter by this kind of number."""
        column = "numic" if isinstance(number, Numic) else "numel"
        return _VOTER.format(places=_PLACES[self.version]) + f"WHERE {column} = ?"


class SqliteRegister:
    """`core.ports.register.Register` over the file at `path`; no file is opened before a lookup.

    `keyring` must still hold the key under which the file was imported. A file that is missing,
    half made or unreadable raises `RegisterUnavailable` at the lookup, and so does a lost key.
    """

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self._keyring = keyring
        self._opened: _Opened | None = None

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        row = self._one(lambda opened: opened.query(number), int(number.value))
        return None if row is None else voter_of(row)

    async def find_many(self, numics: Collection[Numic]) -> Mapping[Numic, Voter]:
        """See `core.ports.register.FindsMany`."""
        try:
            opened = self._current()
            query = _MANY.format(places=_PLACES[opened.version])
            listed = json.dumps([int(each.value) for each in numics])
            voters = map(voter_of, opened.connection.execute(query, (listed,)))
            return {each.numic: each for each in voters}
        except (OSError, sqlite3.Error, NotARegister) as error:
            self.close()
            raise RegisterUnavailable(_unusable(error)) from None

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port. Does the same work for a voter whom the register does not know."""
        row = self._one(lambda _: _IDENTIFIER, int(numic.value))
        stored: bytes = NOBODY if row is None else row[0]
        given = self._mac(numic, identifier)
        return hmac.compare_digest(stored, given) and row is not None

    async def rounds(self) -> list[str]:
        """The voting rounds in which an identifier was renewed, as the imported file names them: a
        misspelt one would let identifier and password both be renewed (R8)."""
        query = "SELECT DISTINCT identifier_renewed_in FROM voter WHERE identifier_renewed_in > ''"
        try:
            return sorted(row[0] for row in self._current().connection.execute(query))
        except (OSError, sqlite3.Error, NotARegister) as error:
            raise RegisterUnavailable(_unusable(error)) from None

    async def voters_by_place(self) -> Places:
        """See `core.ports.register.CountsVoters`. Reads every voter."""
        try:
            opened = self._current()
            places = _PLACES[opened.version]
            query = f"SELECT {places}, count(*) FROM voter GROUP BY 1, 2"  # noqa: S608 - our own
            return {tuple(row[:2]): row[2] for row in opened.connection.execute(query)}
        except (OSError, sqlite3.Error, NotARegister) as error:
            raise RegisterUnavailable(_unusable(error)) from None

    async def last_import(self) -> str | None:
        """See `core.ports.register.TellsLastImport`."""
        try:
            row = self._current().connection.execute(_SUMMARY, (SUMMARY,)).fetchone()
        except (OSError, sqlite3.Error, NotARegister) as error:
            raise RegisterUnavailable(_unusable(error)) from None
        return row and row[0]

    async def aclose(self) -> None:
        """Let go of the file; a later lookup opens it again."""
        self.close()

    def close(self) -> None:
        """The same, where no event loop runs."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.connection.close()

    def _one(self, query: Callable[[_Opened], str], number: int) -> Any:
        try:
            opened = self._current()
            return opened.connection.execute(query(opened), (number,)).fetchone()
        except (OSError, sqlite3.Error, NotARegister) as error:
            self.close()
            raise RegisterUnavailable(_unusable(error)) from None

    def _mac(self, numic: Numic, identifier: Identifier) -> bytes:
        return identifier_mac(self._keyring, numic, identifier, self._current().key_id)

    def _current(self) -> _Opened:
        status = os.stat(self._path)
        identity = (status.st_dev, status.st_ino)
        if self._opened is None or self._opened.identity != identity:
            self.close()
            self._opened = self._open(identity)
        return self._opened

    def _open(self, identity: tuple[int, int]) -> _Opened:
        uri = read_only_uri(self._path)
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        try:
            connection.execute("PRAGMA query_only = ON")
            version = version_of(connection)
            opened = _Opened(identity, connection, key_id_of(connection), version)
            check_key(connection, self._keyring, opened.key_id)
            return opened
        except BaseException:
            connection.close()
            raise


def _unusable(error: Exception) -> str:
    if isinstance(error, LostKey):
        return str(error)
    return f"register file unusable ({_kind(error)}): run `reassort import-register`"


def _kind(error: Exception) -> str:
    """What went wrong, without the texts of SQLite and the system, which may quote anything."""
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else "input/output error"
    return str(error) if isinstance(error, NotARegister) else type(error).__name__
