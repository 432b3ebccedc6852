"""The register as an SQLite file: filled beside the old one, sealed, compared, put in its place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters.register import schema
from adapters.register.import_csv.destination import Changes
from adapters.register.import_csv.exclusive import alone, work_file
from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.parsing import Row
from core.keys import Keyring

_INSERT = "INSERT INTO voter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CACHE_KIB = 16 * 1024
_COMPARE = """
SELECT count(*), coalesce(sum(
    new.numel IS old.numel AND new.email IS old.email AND new.phone IS old.phone
    AND new.phone_kind IS old.phone_kind
    AND new.identifier_renewed_in IS old.identifier_renewed_in
    AND new.constituency IS {constituency} AND new.post IS {post}
    AND (:key_changed OR new.identifier = old.identifier)
), 0)
FROM voter AS new JOIN before.voter AS old ON old.numic = new.numic
"""
_BEFORE = {
    schema.WITHOUT_PLACES: {"constituency": "NULL", "post": "NULL"},
    schema.SCHEMA_VERSION: {"constituency": "old.constituency", "post": "old.post"},
}


class SqliteDestination:
    """`Destination` over the file at `register`, whose folder must exist."""

    def __init__(self, register: Path) -> None:
        self._register = register

    @contextmanager
    def begin(self) -> Iterator[SqliteNewRegister]:
        """See `Destination`; raises OSError as well."""
        try:
            with (
                alone(self._register),
                work_file(self._register) as staged,
                new_register(staged, self._register) as new,
            ):
                yield new
        except sqlite3.Error as error:
            raise ImportFailed(f"the new register cannot be written: {error}") from error


class SqliteNewRegister:
    """`NewRegister` in the file `staged`. Needs no journal: until it is sealed nobody reads it."""

    def __init__(self, connection: sqlite3.Connection, staged: Path, register: Path) -> None:
        self._connection = connection
        self._staged = staged
        self._register = register

    def add(self, rows: list[Row]) -> None:
        """See `NewRegister`."""
        self._connection.executemany(_INSERT, rows)

    def seal(self, keyring: Keyring) -> None:
        """See `NewRegister`: from here on the file is a register."""
        self._connection.execute("COMMIT")
        self._connection.executescript(schema.INDEXES)
        schema.seal(self._connection, keyring, keyring.newest)

    def phones_by_kind(self) -> dict[str, int]:
        """See `NewRegister`."""
        query = "SELECT phone_kind, count(*) FROM voter WHERE phone_kind IS NOT NULL GROUP BY 1"
        return dict(self._connection.execute(query))

    def changes(self, key_id: str) -> Changes:
        """See `NewRegister`."""
        total = self._count("voter")
        try:
            self._connection.execute("ATTACH ? AS before", (schema.read_only_uri(self._register),))
            key_changed = schema.key_id_of(self._connection, "before") != key_id
            compare = _COMPARE.format(**_BEFORE[schema.version_of(self._connection, "before")])
        except (sqlite3.Error, schema.NotARegister):
            return Changes(total, 0, 0, 0)
        common, unchanged = self._connection.execute(
            compare, {"key_changed": key_changed}
        ).fetchone()
        removed = self._count("before.voter") - common
        return Changes(total - common, common - unchanged, unchanged, removed, key_changed)

    def put_in_place(self, summary: str) -> None:
        """The new file, safe on disk, takes the old one's name and permissions in one step."""
        self._connection.execute("INSERT INTO meta VALUES (?, ?)", (schema.SUMMARY, summary))
        self._connection.close()
        if self._register.exists():
            self._staged.chmod(self._register.stat().st_mode & 0o777)
        _sync(self._staged)
        os.replace(self._staged, self._register)
        _sync(self._register.parent)

    def _count(self, table: str) -> int:
        return self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


@contextmanager
def new_register(staged: Path, register: Path) -> Iterator[SqliteNewRegister]:
    """Creates the file `staged`, readable by its owner alone; raises OSError, sqlite3.Error."""
    os.close(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    uri = staged.absolute().as_uri()
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.executescript(schema.TABLES)
        connection.execute("BEGIN")
        yield SqliteNewRegister(connection, staged, register)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
