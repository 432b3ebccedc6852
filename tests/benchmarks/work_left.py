"""Waits, from outside of the product, until its worker has nothing left to do."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg

PATIENCE = 10.0
LOOK_SECONDS = 0.003
SETTLED_SECONDS = 0.005
"""After its last commit: nothing of it falls on what comes next."""
_SQLITE = "SELECT count(*) FROM job WHERE dead_at IS NULL"
_POSTGRES = "SELECT count(*) FROM reassort_pgqueuer WHERE status <> 'failed'"


@contextmanager
def until_idle(folder: Path, dsn: str) -> Iterator[Callable[[], None]]:
    """A function that returns when no job is left. `dsn`: of PostgreSQL; empty for the database in
    `folder`."""
    if not dsn:
        path = folder / "recovery.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            yield lambda: _wait(lambda: connection.execute(_SQLITE).fetchone()[0])
        return
    with asyncio.Runner() as runner:
        connected = runner.run(asyncpg.connect(dsn))
        try:
            yield lambda: _wait(lambda: runner.run(connected.fetchval(_POSTGRES)))
        finally:
            runner.run(connected.close())


def _wait(left: Callable[[], int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while left():
        if time.monotonic() > deadline:
            raise SystemExit(f"the worker has {left()} jobs left after {PATIENCE} s")
        time.sleep(LOOK_SECONDS)
    time.sleep(SETTLED_SECONDS)
