"""Connections that stay at hand between two uses, and when they do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from adapters.connections import postgres_at_hand
from adapters.connections.postgres import PostgresPool, PostgresSettings
from adapters.connections.postgres_at_hand import is_well
from tests.servers.postgres import administer

PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def pool_of(postgres_dsn) -> AsyncIterator[Callable[[int], PostgresPool]]:
    pools: list[PostgresPool] = []

    def pool_of(connections: int) -> PostgresPool:
        pools.append(PostgresPool(postgres_dsn, PostgresSettings(connections=connections)))
        return pools[-1]

    yield pool_of
    for pool in pools:
        await pool.close()


async def pid(pool: PostgresPool) -> int:
    return (await pool.fetch(PID))[0][0]


async def test_it_is_the_same_one_again(pool_of):
    """R29: the one that was used last is used next."""
    pool = pool_of(3)
    async with pool.connection(), pool.connection() as second:
        expected = await second.fetchval(PID)
        async with pool.connection():
            pass
    async with pool.connection():
        pass
    assert await pid(pool) != expected
    assert len({await pid(pool) for _ in range(5)}) == 1


async def test_whoever_waits_gets_one(pool_of):
    """R29: fifty who share two connections are all served."""
    pool = pool_of(2)
    assert len(set(await asyncio.gather(*(pid(pool) for _ in range(50))))) == 2


async def test_one_that_the_server_has_ended_is_replaced(pool_of, postgres_dsn):
    """R29: nobody is given a connection that is known to be lost."""
    pool = pool_of(1)
    was = await pid(pool)
    await administer(postgres_dsn, f"SELECT pg_terminate_backend({was})")
    async with asyncio.timeout(5):
        while pool._at_hand._kept and is_well(pool._at_hand._kept[-1][0]):
            await asyncio.sleep(0.01)
    assert await pid(pool) != was


@pytest.mark.parametrize("failure", [ValueError, asyncio.CancelledError])
async def test_one_that_was_left_by_an_exception_is_looked_at(pool_of, failure):
    """R29: asyncpg's pool waits until what still runs on it has ended."""
    pool = pool_of(1)

    async def fail() -> None:
        async with pool.connection():
            raise failure

    with pytest.raises(failure):
        await fail()
    assert not pool._at_hand
    assert await pid(pool)


async def test_what_nobody_asks_for_goes_back(pool_of, monkeypatch):
    """R29: asyncpg's pool closes what has been idle for long."""
    monkeypatch.setattr(postgres_at_hand, "KEPT", 0.05)
    pool = pool_of(3)
    async with pool.connection(), pool.connection():
        pass
    assert len(pool._at_hand) == 2
    async with asyncio.timeout(5):
        while pool._at_hand:
            await asyncio.sleep(0.01)
    assert await pid(pool)


async def test_closing_ends_all(pool_of, postgres_dsn):
    """R29: those at hand, and those in use once they are left."""
    pool = pool_of(3)
    async with pool.connection(), pool.connection():
        pass
    used = pool.connection()
    connection = await used.__aenter__()
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0)
    await used.__aexit__(None, None, None)
    await closing
    assert connection._con is None
    with pytest.raises(asyncpg.InterfaceError):
        await pool.fetch(PID)
    query = """SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'reassort'"""
    async with asyncio.timeout(5):
        while (await administer(postgres_dsn, query))[0][0]:
            await asyncio.sleep(0.01)


async def test_after_so_many_uses_it_goes_back(pool_of, monkeypatch):
    """R29: asyncpg's pool makes connections anew that have served for long: it is to see them."""
    monkeypatch.setattr(postgres_at_hand, "USES", 3)
    pool, at_hand = pool_of(1), []
    for _ in range(7):
        await pid(pool)
        at_hand.append(len(pool._at_hand))
    assert at_hand == [1, 1, 0, 1, 1, 0, 1]
