"""What a gateway is measured by: a bare Starlette route that reads JSON and inserts one row."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CONNECTIONS = 10
"""As many as the gateway has for writing."""
TABLE = "CREATE TABLE IF NOT EXISTS bare_row (id TEXT PRIMARY KEY, until BIGINT)"


def in_a_thread(path: Path) -> Starlette:
    """SQLite as it comes: each commit in a thread, for itself (WAL, synchronous=FULL)."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(TABLE + " WITHOUT ROWID")
    turn = threading.Lock()

    def insert(id: str) -> None:
        with turn:
            connection.execute("INSERT INTO bare_row VALUES (?, ?)", (id, 1))

    return _app(lambda id: asyncio.to_thread(insert, id))


def in_postgres(dsn: str) -> Starlette:
    """PostgreSQL by asyncpg: a statement that commits by itself, on a pool as it comes."""
    pools: list[asyncpg.Pool] = []

    async def insert(id: str) -> None:
        await pools[0].execute("INSERT INTO bare_row VALUES ($1, $2)", id, 1)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
            await pool.execute(TABLE)
            pools.append(pool)
            yield

    return _app(insert, lifespan)


def _app(insert: Callable[[str], Awaitable[None]], lifespan=None) -> Starlette:
    async def endpoint(request: Request) -> Response:
        form = orjson.loads(await request.body())
        await insert(form["id"])
        return JSONResponse({"ok": True})

    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])], lifespan=lifespan)
