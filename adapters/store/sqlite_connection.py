"""One SQLite connection: what the repositories ask of an engine, with its errors translated."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, lru_cache

from adapters.store.sql import Row, ValueRefused
from core.errors import StoreUnavailable

_NAMED = re.compile(r"\$(\d+)")


class SqliteConnection:
    """One SQLite connection as the port `Sql`, errors translated."""

    server_time: str | None = None

    def __init__(self, address: str, *settings: str, timeout: float = 0) -> None:
        """`address`: a URI of SQLite. `settings`: pragmas. `timeout`: seconds to wait for the lock
        of another process. Raises `StoreUnavailable`."""
        try:
            self._connection = sqlite3.connect(
                address,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
                timeout=timeout,
            )
        except sqlite3.Error as error:
            raise StoreUnavailable(
                f"cannot open the database ({_named(error)}): run `reassort migrate`"
            ) from None
        try:
            for setting in settings:
                self.run(setting)
        except StoreUnavailable:
            self.close()
            raise

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        return self.rows(query, *values)

    async def execute(self, query: str, *values: object) -> int:
        return self._cursor(query, values).rowcount

    async def change(
        self,
        query: str,
        *values: object,
        otherwise: Exception | None = None,
        only: str | None = None,
        but: str | None = None,
    ) -> None:
        """At once: a statement waits for nothing."""
        if not self._cursor(query, values).rowcount and otherwise is not None:
            raise otherwise

    def among(self, query: str) -> str:
        return f"IN ({query})"

    async def hold(self, *names: str) -> None:
        """Writing units come one after the other anyway."""

    def rows(self, query: str, *values: object) -> Sequence[Row]:
        """As `fetch`: a statement waits for nothing."""
        return self._cursor(query, values).fetchall()

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

    def fill_from(self, source: sqlite3.Connection) -> None:
        """Copy another database into this one, whatever was in it."""
        source.backup(self._connection)

    def checkpoint(self) -> None:
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def version(self) -> int:
        return self.rows("PRAGMA user_version")[0][0]

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()

    def _cursor(self, query: str, values: Sequence[object]) -> sqlite3.Cursor:
        in_order = _in_order(query)
        try:
            if in_order is not None:
                return self._connection.execute(in_order, values)
            parameters = dict(zip(_names(len(values)), values, strict=True))
            return self._connection.execute(query, parameters)
        except (sqlite3.IntegrityError, ValueError, OverflowError) as error:
            raise ValueRefused(_named(error)) from None
        except sqlite3.Error as error:
            raise StoreUnavailable(_named(error)) from None


@lru_cache(1024)
def _in_order(query: str) -> str | None:
    """With values by their place, which costs less than by name; None where one is named twice, or
    before another that comes first."""
    numbers = list(map(int, _NAMED.findall(query)))
    return _NAMED.sub("?", query) if numbers == [*range(1, len(numbers) + 1)] else None


@cache
def _names(count: int) -> tuple[str, ...]:
    return tuple(str(index) for index in range(1, count + 1))


def _named(error: Exception) -> str:
    """SQLite's own name for what went wrong: its text could quote a value, the name cannot."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
