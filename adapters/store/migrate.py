"""Bring the embedded database to this version's schema."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from adapters.store.migrations import SCHEMA_VERSION, statements
from core.errors import StoreUnavailable

PATIENCE = 30.0
"""Seconds to wait for another process that migrates the same file."""


def migrate(path: Path) -> bool:
    """Create or upgrade the file at `path`; True when something was changed.

    Safe to run from several processes at once: one does it, the others wait and find it done. The
    file is readable by its owner alone. Raises `StoreUnavailable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(f"cannot open {path}: {type(error).__name__}") from None
    try:
        _use_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        return upgrade(connection)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"cannot migrate {path}: {error.sqlite_errorname}") from None
    finally:
        connection.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Changing the journal's mode does not wait for other processes by itself."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def upgrade(connection: sqlite3.Connection) -> bool:
    """All the versions that are missing, in the open transaction, which ends; True when there were
    any."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreUnavailable(f"the database is of a later version ({version})")
    for missing in range(version + 1, SCHEMA_VERSION + 1):
        for statement in statements("sqlite", missing):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {missing}")
    connection.execute("COMMIT")
    return version < SCHEMA_VERSION
