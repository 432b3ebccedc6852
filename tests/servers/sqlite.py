"""New SQLite databases of this version's schema: copies of one that was migrated, which takes a
hundredth of migrating each."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from adapters.store.migrate import migrate


def new_database(path: Path) -> None:
    """As `migrate` leaves it: in write-ahead mode, for its owner alone. One that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(_migrated())


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        migrate(Path(folder, "template.sqlite3"))
        return Path(folder, "template.sqlite3").read_bytes()
