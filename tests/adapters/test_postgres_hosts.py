"""Several servers behind one URL, and what stands between: standbys, silent machines, poolers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import asyncpg
import pytest

from adapters.connections.postgres import (
    POSTGRES_ERRORS,
    PostgresPool,
    PostgresSettings,
    connect_for_long,
    connect_once,
    error_name,
)
from adapters.connections.postgres_hosts import PostgresHosts, hosts_of
from adapters.connections.postgres_session import PoolerBetween, set_up
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from core.errors import StoreUnavailable
from tests.servers.postgres import PostgresServer


@pytest.fixture(scope="module")
def primary() -> Iterator[PostgresServer]:
    server = PostgresServer()
    asyncio.run(migrate_postgres(server.dsn()))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def standby() -> Iterator[PostgresServer]:
    server = PostgresServer(standby=True)
    yield server
    server.stop()


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a machine that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def both(first: PostgresServer, second: PostgresServer) -> str:
    return f"postgresql://postgres@/postgres?host={first.folder},{second.folder}"


@pytest.mark.parametrize(
    ("dsn", "hosts"),
    [
        ("postgresql://u:p@db1.example.org/r", [("db1.example.org", 5432)]),
        (
            "postgresql://u:p%40@db1.example.org,db2.example.org:5433/r?sslmode=verify-full",
            [("db1.example.org", 5432), ("db2.example.org", 5433)],
        ),
        (
            "postgresql://u@[2001:db8::1]:5433,[2001:db8::2]/r",
            [("2001:db8::1", 5433), ("2001:db8::2", 5432)],
        ),
        ("postgresql://u@%2Frun%2Fpg/r", [("/run/pg", 5432)]),
        ("postgresql:///r?host=/run/a,/run/b&port=5433", [("/run/a", 5433), ("/run/b", 5433)]),
        ("postgresql:///r?host=a,b&port=1,2", [("a", 1), ("b", 2)]),
        ("postgresql:///r", []),
    ],
)
def test_hosts(dsn, hosts):
    """R29: every host of a URL is asked, in its order, however the URL is written."""
    assert hosts_of(dsn) == hosts


@pytest.mark.parametrize("attributes", ["", "&target_session_attrs=read-write"])
async def test_the_one_that_takes_writes(primary, standby, attributes):
    """R29: a standby that is named first, as after a failover, is passed over by every pool; also
    by those that only read, which a URL's `read-write` would have refused."""
    store = PostgresStore(both(standby, primary) + attributes)
    await store.open()
    try:
        await store.check()
        for connected in (store.statements, store._reading):
            async with connected() as sql:
                assert await sql.fetch("SELECT pg_is_in_recovery()") == [(False,)]
    finally:
        await store.close()
    for one in (
        connect_for_long(both(standby, primary)),
        connect_once(both(standby, primary), PostgresSettings(read_only=True)),
    ):
        connection = await one
        assert not await connection.fetchval("SELECT pg_is_in_recovery()")
        await connection.close()


async def test_a_standby_alone(standby):
    """R29: a standby is no database to work on, and is told in words."""
    for dsn in (standby.dsn(), both(standby, standby)):
        with pytest.raises(StoreUnavailable, match="no server of the URL takes writes"):
            await PostgresStore(dsn).open()


async def test_a_standby_behind_the_same_address(primary, monkeypatch):
    """R29: ready means writable, also when a server becomes a standby behind a pooler's address."""
    store = PostgresStore(primary.dsn())
    await store.open()
    try:
        await store.check()
        monkeypatch.setattr("adapters.store.postgres._IS_STANDBY", "SELECT true")
        with pytest.raises(StoreUnavailable, match="standby"):
            await store.check()
    finally:
        await store.close()


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, float]]:
    """The hosts that are asked, each with the seconds it has."""
    asked, connect = [], PostgresHosts._connect_to

    async def noted(self, where, session, patience, arguments):
        asked.append((where["host"], patience))
        return await connect(self, where, session, patience, arguments)

    monkeypatch.setattr(PostgresHosts, "_connect_to", noted)
    return asked


async def test_a_silent_machine(primary, silent, asked):
    """R29: a machine that is silent takes its share of the time to connect and not the next one's;
    after that the one that answered comes first."""
    dsn = f"postgresql://postgres@/postgres?host=127.0.0.1,{primary.folder}&port={silent},5432"
    pool = PostgresPool(dsn, PostgresSettings(connect_timeout=1.0, acquire_timeout=60))
    try:
        async with pool.connection() as one, pool.connection() as another:
            assert await one.fetchval("SELECT 1") == await another.fetchval("SELECT 1") == 1
    finally:
        await pool.close()
    there = (str(primary.folder), 0.5)
    assert asked == [("127.0.0.1", 0.5), there, there]


async def test_asked_in_haste(primary, silent, asked):
    """R29: who gives up before the silent machine's time is over, as /readyz does, spares the next
    one the same wait."""
    dsn = f"postgresql://postgres@/postgres?host=127.0.0.1,{primary.folder}&port={silent},5432"
    hosts = PostgresHosts(dsn)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await hosts.connect({}, 240)
    await (await hosts.connect({}, 240)).close()
    assert [host for host, _ in asked] == ["127.0.0.1", str(primary.folder)]


async def test_nobody_there(silent, asked):
    """R29: when no host answers, the time to connect is as configured, for all together."""
    dsn = f"postgresql://u@127.0.0.1:{silent},localhost:{silent}/r"
    pool = PostgresPool(dsn, PostgresSettings(connect_timeout=0.2))
    with pytest.raises(POSTGRES_ERRORS):
        await pool.fetch("SELECT 1")
    await pool.close()
    assert asked == [("127.0.0.1", 0.1), ("localhost", 0.1)]


async def test_a_server_that_takes_no_more_writes(primary):
    """R29: a connection on which a write is refused because the server only reads is not used
    again; one that was made to read is."""
    for read_only, same in ((False, False), (True, True)):
        pool = PostgresPool(primary.dsn(), PostgresSettings(connections=1, read_only=read_only))
        try:
            async with pool.connection() as connection:
                pid = connection.get_server_pid()
                await connection.execute("SET default_transaction_read_only TO on")
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await pool.fetch("DELETE FROM deployment")
            async with pool.connection() as connection:
                assert (connection.get_server_pid() == pid) is same
        finally:
            await pool.close()


async def test_nothing_but_a_name_at_start_up(silent):
    """R29: a pooler refuses or drops what it does not know at start-up: PgBouncer 1.18 knows the
    application's name, and no time limit."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # the question for TLS
        writer.write(b"N")
        length = int.from_bytes(await reader.readexactly(4))
        heard.append(await reader.readexactly(length - 4))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        pool = PostgresPool(f"postgresql://u@127.0.0.1:{port}/r")
        with suppress(*POSTGRES_ERRORS):
            await pool.fetch("SELECT 1")
        await pool.close()
    names = heard[0][4:].split(b"\0")[::2]
    assert {name for name in names if name} == {
        b"user",
        b"database",
        b"client_encoding",
        b"application_name",
    }


async def test_the_session_is_checked(primary):
    """R29: time limits hold in every session; a pooler that gives each statement another one, and
    so loses them, is refused with a sentence."""
    settings = PostgresSettings(statement_timeout=7)
    pool, alone = PostgresPool(primary.dsn(), settings), await connect_once(primary.dsn(), settings)
    async with pool.connection() as pooled:
        for connection in (pooled, alone):
            assert await connection.fetchval("SHOW statement_timeout") == "7s"
    await pool.close()
    await alone.close()

    async def nothing(*_: object) -> None: ...

    async def unknown(*_: object) -> tuple[None, bool]:
        return None, False

    elsewhere = SimpleNamespace(execute=nothing, fetchrow=unknown)
    with pytest.raises(PoolerBetween) as refused:
        await set_up(elsewhere, {"statement_timeout": "7000"}, writable=True)
    assert "not in session mode" in error_name(refused.value)


@pytest.mark.parametrize(
    "error", [asyncpg.ProtocolViolationError, asyncpg.DuplicatePreparedStatementError]
)
def test_said_in_words(error):
    """R29: what a pooler ends a connection with is a number; operators read a sentence."""
    assert "pooler" in error_name(error("quotes host and value"))
    assert "quotes" not in error_name(error("quotes host and value"))
