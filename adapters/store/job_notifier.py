"""Waking idle workers over PostgreSQL's NOTIFY: a hint, never a promise. Who misses it polls.

PgQueuer notifies by a trigger, in the commit that queues the job; such commits come one after the
other over the whole server. So its trigger is off, and the same channel is rung after the commit,
once for all the jobs that were queued meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

from adapters.connections.postgres import POSTGRES_ERRORS, PostgresSettings, connect_once
from adapters.store.sql import Sql
from core.background import Background
from core.errors import StoreUnavailable

from .pgqueuer_names import CHANNEL

PAUSE = 0.05
"""Seconds between two rings of one process: a ring costs as much as accepting a request."""

RETRY = 1.0
"""Seconds before a lost connection is made again."""

_RING = "SELECT pg_notify($1, '')"


class JobNotifier:
    """Rung by anyone who queued jobs, after the commit."""

    def __init__(self, statements: Callable[[], AbstractAsyncContextManager[Sql]]) -> None:
        self._statements = statements
        self._wanted = False
        self._ringing = Background(self._ring_while_wanted)

    def ring(self) -> None:
        """Returns at once; the first ring goes out now, later ones after a pause."""
        self._wanted = True
        self._ringing.begin()

    async def close(self) -> None:
        """Ring no more."""
        await self._ringing.aclose()

    async def _ring_while_wanted(self) -> None:
        while self._wanted:
            self._wanted = False
            with suppress(StoreUnavailable):
                async with self._statements() as sql:
                    await sql.fetch(_RING, CHANNEL)
            await asyncio.sleep(PAUSE)


class JobListener:
    """Heard by a worker, over a connection of its own. The port of `waking.Waking`."""

    def __init__(self, dsn: str, settings: PostgresSettings | None = None) -> None:
        """`dsn` must lead to the server itself: a pooler between forgets who listens."""
        self._dsn = dsn
        self._settings = replace(settings or PostgresSettings(), read_only=True)
        self._rung = asyncio.Event()
        self._connected = False

    @property
    def is_listening(self) -> bool:
        return self._connected

    async def rung(self) -> None:
        """Returns when the bell has rung since the last time."""
        await self._rung.wait()
        self._rung.clear()

    def heard(self) -> None:
        self._rung.clear()

    async def listen(self) -> None:
        """Until cancelled: connects, and connects again whenever the connection is lost."""
        while True:
            with suppress(*POSTGRES_ERRORS):
                await self._listen_once()
            await asyncio.sleep(RETRY)

    async def _listen_once(self) -> None:
        lost = asyncio.Event()
        connection = await connect_once(self._dsn, self._settings)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await AsyncpgDriver(connection).add_listener(CHANNEL, lambda _: self._rung.set())
            self._connected = True
            self._rung.set()  # who knows what was queued before
            await lost.wait()
        finally:
            self._connected = False
            connection.terminate()
