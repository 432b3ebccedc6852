"""Credential store in an SQLite file, shared by any number of processes of one machine.

Each call is one job in a small pool of threads: the hash, then one statement. Which of two
passwords is the later one is decided by that statement, and nowhere else (R19).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

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

_TABLE = """
CREATE TABLE IF NOT EXISTS credential (
    numic TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    request_id TEXT NOT NULL,
    round_id TEXT NOT NULL,
    issued_at INTEGER NOT NULL  -- microseconds since 1970, UTC
) WITHOUT ROWID
"""
_PUT = """
INSERT INTO credential (numic, hash, request_id, round_id, issued_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (numic) DO UPDATE SET
    hash = excluded.hash,
    request_id = excluded.request_id,
    round_id = excluded.round_id,
    issued_at = excluded.issued_at
WHERE (excluded.issued_at, excluded.request_id) >= (credential.issued_at, credential.request_id)
"""
_HASH = "SELECT hash FROM credential WHERE numic = ?"

BUSY_SECONDS = 5.0
"""How long a write waits for another process's write."""

Result = TypeVar("Result")


class SqliteCredentials:
    """`core.ports.credentials.Credentials` over the file at `path`, made when first needed and then
    for its owner's eyes only.

    `parameters` may be stronger than OWASP's and raise ValueError when weaker. At most `workers`
    hashes are computed at once. Call `aclose` at the end.
    """

    def __init__(
        self,
        path: Path,
        parameters: Argon2Parameters | None = None,
        workers: int = WORKERS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._argon2id = Argon2id((parameters or Argon2Parameters()).require_strong())
        self._threads = HashingThreads(workers)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port."""
        return await self._threads.run(lambda: self._put(numic, password, issuance))

    async def verify(self, numic: Numic, password: str) -> bool:
        """Whether this is the voter's newest password: for the portal's sign-in. Takes as long for
        a voter without one. Raises `CredentialsUnavailable` when it cannot tell."""
        return await self._threads.run(lambda: self._verify(numic, password))

    async def check(self) -> None:
        """Raises `CredentialsUnavailable` when the file cannot be read. Makes none: that is the
        first password's matter."""
        if self._path.exists():
            await self._threads.run(lambda: self._execute(lambda each: each.execute(_HASH, ("",))))

    async def aclose(self) -> None:
        """Ends what has begun, then lets go of the file; later calls find the store unavailable."""
        await self._threads.aclose()
        with self._lock:
            self._disconnect()

    def _put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        hashed = self._argon2id.hash(password.reveal())
        issued_at = to_column(issuance.issued_at)
        row = (numic.value, hashed, issuance.request_id, issuance.round_id, issued_at)
        return self._execute(lambda connection: connection.execute(_PUT, row).rowcount == 1)

    def _verify(self, numic: Numic, password: str) -> bool:
        row = self._execute(lambda each: each.execute(_HASH, (numic.value,)).fetchone())
        try:
            return self._argon2id.verify(row and row[0], password)
        except UnreadableHash:
            raise CredentialsUnavailable("credential store: unreadable hash") from None

    def _execute(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """One statement, committed by itself. After an error the file is opened again."""
        with self._lock:
            try:
                return work(self._connected())
            except sqlite3.Error as error:
                self._disconnect()
                name = getattr(error, "sqlite_errorname", type(error).__name__)
                raise CredentialsUnavailable(f"credential store: {name}") from None
            except OSError as error:
                name = type(error).__name__
                raise CredentialsUnavailable(f"credential store: {name}") from None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_TABLE)
        except BaseException:
            connection.close()
            raise
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
