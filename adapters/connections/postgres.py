"""PostgreSQL for the adapters: bounded pools, every wait limited, errors told without values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from adapters.connections.postgres_at_hand import AtHand
from adapters.connections.postgres_hosts import PostgresHosts
from adapters.connections.postgres_session import PoolerBetween, TakesNoWrites
from core.errors import DependencyFailure

APPLICATION = "reassort"
POSTGRES_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    PoolerBetween,
    TakesNoWrites,
    OSError,
    ValueError,
)
"""All that a call to PostgreSQL can end with: the server's refusals, the client's, the network's
(time limits among them), and values that no column takes."""


@dataclass(frozen=True)
class PostgresSettings:
    """How many connections at most, and how long to wait. Times in seconds.

    `statement_timeout` bounds one statement, `lock_timeout` its wait for another's rows,
    `idle_timeout` a transaction that does nothing. `acquire_timeout` bounds the wait for a
    connection, `connect_timeout` the making of one.
    """

    connections: int = 10
    connect_timeout: float = 5.0
    acquire_timeout: float = 5.0
    statement_timeout: float = 5.0
    lock_timeout: float = 3.0
    idle_timeout: float = 10.0
    read_only: bool = False

    def __post_init__(self) -> None:
        waits = (self.connect_timeout, self.acquire_timeout, self.statement_timeout)
        if self.connections < 1 or min(*waits, self.lock_timeout, self.idle_timeout) <= 0:
            raise ValueError("PostgreSQL needs at least one connection, and time for it")

    @property
    def command_timeout(self) -> float:
        """The client's own limit, for a server that no longer answers: the server's ends first."""
        return self.statement_timeout + 2.0

    def connecting(self) -> dict[str, Any]:
        """Arguments of `PostgresHosts.connect`."""
        return {
            "session": self.session(),
            "patience": self.connect_timeout,
            "command_timeout": self.command_timeout,
            "server_settings": {"application_name": APPLICATION},
        }

    def session(self) -> dict[str, str]:
        """What each session is set to once it is there: the same whatever the role, the database
        or a pooler say."""
        return {
            "synchronous_commit": "on",
            "default_transaction_isolation": "read committed",
            "default_transaction_read_only": "on" if self.read_only else "off",
            "statement_timeout": milliseconds(self.statement_timeout),
            "lock_timeout": milliseconds(self.lock_timeout),
            "idle_in_transaction_session_timeout": milliseconds(self.idle_timeout),
        }


class PostgresPool:
    """Connections made when first needed, and made again after the server was away.

    Calls raise `POSTGRES_ERRORS`: turn them into the adapter's failure, by `told_as` for example.
    Belongs to one event loop; `close` at the end.
    """

    def __init__(
        self, dsn: str, settings: PostgresSettings | None = None, writable: bool = True
    ) -> None:
        """`dsn`: `postgresql://user:password@host:5432/database?sslmode=verify-full`, with several
        hosts if there are; `writable`: as `PostgresHosts` has it."""
        self._hosts = PostgresHosts(dsn, writable)
        self._settings = settings or PostgresSettings()
        self._pool: asyncpg.Pool | None = None
        self._closed = False
        self._at_hand = AtHand(self._give_back)
        self._waiting = 0

    async def fetch(self, query: str, *values: object) -> list[Any]:
        """All rows of the answer. One statement, which commits by itself."""
        async with self.connection() as connection:
            return await connection.fetch(query, *values)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One that is the caller's until left. Leaving raises nothing: what was committed stays
        committed, also when the connection is lost."""
        connection = await self.take()
        is_done = False
        try:
            yield connection
            is_done = True
        except asyncpg.ReadOnlySQLTransactionError:
            if not self._settings.read_only:  # no primary any more: the next one asks the hosts
                connection.terminate()
            raise
        finally:
            await self.leave(connection, is_done)

    async def take(self) -> Any:
        """As `connection`, for a caller who will `leave` it."""
        pool = await self._opened()
        return self._at_hand.take() or await self._acquired(pool)

    async def leave(self, connection: Any, is_done: bool) -> None:
        """`is_done`: all went well, so that the next one may have it as it is."""
        is_free = is_done and not (self._waiting or self._closed)
        if is_free and self._at_hand.wants(connection):
            self._at_hand.keep(connection)
        else:
            await self._give_back(connection)

    async def close(self) -> None:
        """Lets every connection go; whatever still runs is given `command_timeout` to end. Later
        calls fail."""
        self._closed = True
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(self._settings.command_timeout):
                await self._at_hand.aclose()
                await self._pool.close()
        except POSTGRES_ERRORS:
            self._pool.terminate()

    async def _acquired(self, pool: asyncpg.Pool) -> Any:
        self._waiting += 1
        try:
            return await pool.acquire(timeout=self._settings.acquire_timeout)
        finally:
            self._waiting -= 1

    async def _give_back(self, connection: Any) -> None:
        if self._pool is not None:
            with suppress(*POSTGRES_ERRORS):
                await self._pool.release(connection, timeout=self._settings.command_timeout)

    async def _opened(self) -> asyncpg.Pool:
        if self._closed:
            raise asyncpg.InterfaceError("closed")
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                min_size=0,  # without a floor that asyncpg would keep up in the background
                max_size=self._settings.connections,
                max_cached_statement_lifetime=0,
                connect=self._connect,
                reset=_leave_as_it_is,
            )
        return await self._pool  # a pool is initialised once, however many wait for it

    async def _connect(self, *_: object, **arguments: Any) -> asyncpg.Connection:
        """`arguments`: what asyncpg's pool asks of its connections, beside ours."""
        return await self._hosts.connect(**self._settings.connecting(), **arguments)


async def connect_once(dsn: str, settings: PostgresSettings) -> asyncpg.Connection:
    """A connection of one's own, set up as those of a pool."""
    return await PostgresHosts(dsn).connect(**settings.connecting())


async def connect_for_long(
    dsn: str, connect_timeout: float = 5.0, command_timeout: float | None = None
) -> asyncpg.Connection:
    """A connection of one's own, on which statements may take as long as they need, or for
    `command_timeout` seconds, whatever the role or the database say."""
    return await PostgresHosts(dsn).connect(
        {"statement_timeout": "0"},
        connect_timeout,
        command_timeout=command_timeout,
        server_settings={"application_name": APPLICATION},
    )


@contextmanager
def told_as(failure: type[DependencyFailure], who: str) -> Iterator[None]:
    """Turns `POSTGRES_ERRORS` into `failure`, with `who` and the error's name for a text."""
    try:
        yield
    except POSTGRES_ERRORS as error:
        raise failure(f"{who}: {error_name(error)}") from None


_SAID = {
    "ConnectionRefusedError": "nothing listens there",
    "gaierror": "no host has this name",
    "TakesNoWrites": "no server of the URL takes writes",
    "PoolerBetween": "a pooler that is not in session mode is between",
    "08P01": "a pooler refuses, and its log says why",
    "25006": "the server takes no writes: it is a standby",
    "26000": "a pooler that is not in session mode is between",
    "42P05": "a pooler that is not in session mode is between",
    "53300": "the server has no connection left",
}
"""In words, by SQLSTATE or class: what people who run several servers or a pooler meet."""


def error_name(error: BaseException) -> str:
    """The class of an error, with its SQLSTATE when it is the server's, and what that means where
    the name does not tell. Texts and details quote values and host names; these do not."""
    name, state = type(error).__name__, sqlstate(error)
    said = _SAID.get(state) or _SAID.get(name)
    return (f"{name} ({state})" if state else name) + (f": {said}" if said else "")


def sqlstate(error: BaseException) -> str:
    """ "" for errors that are not the server's."""
    return getattr(error, "sqlstate", None) or ""


def milliseconds(seconds: float) -> str:
    """As PostgreSQL's settings take it; never "0", which is no limit."""
    return str(max(1, round(seconds * 1000)))


async def _leave_as_it_is(_: object) -> None:
    """Nothing here changes a setting of its connection: the usual reset would be a round trip
    each."""
