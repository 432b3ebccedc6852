"""The credential store in PostgreSQL: strength, several processes, the server gone and back."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adapters.connections.postgres import PostgresPool, PostgresSettings
from adapters.credentials.hashing import Argon2Parameters
from adapters.credentials.postgres import PostgresCredentials, prepare
from core.errors import CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.postgres import Databases, PostgresServer, administer

NUMIC = Numic("00012345")
CANARY = Password("CANARYCANARY")
NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
ISSUANCE = Issuance("r1", "2026-leg-1", NOON)


async def _prepared(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    await prepare(connection)
    await connection.execute("DELETE FROM credential")
    await connection.close()
    return dsn


@pytest.fixture(scope="module")
def shared(databases: Databases) -> str:
    return databases.create("template0")


@pytest.fixture
async def dsn(shared: str) -> str:
    return await _prepared(shared)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[PostgresPool]:
    pool = PostgresPool(dsn)
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: PostgresPool) -> AsyncIterator[PostgresCredentials]:
    store = PostgresCredentials(pool)
    yield store
    await store.aclose()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


async def test_argon2id_with_its_parameters_is_stored(store: PostgresCredentials, dsn: str):
    """R20, R21: 19 MiB, 2 passes, 1 lane, the issuance beside it, and no plaintext."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    (row,) = await administer(dsn, "SELECT * FROM credential")
    assert row["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (row["numic"], row["request_id"], row["round_id"]) == ("00012345", "r1", "2026-leg-1")
    assert row["issued_at"] == int(NOON.timestamp()) * 1_000_000
    assert CANARY.reveal() not in str(dict(row))


async def test_ids_are_ordered_by_bytes(dsn: str):
    """R19: a tie is broken as in every store, whatever language the database sorts by."""
    query = "SELECT collation_name FROM information_schema.columns WHERE column_name = 'request_id'"
    assert [row[0] for row in await administer(dsn, query)] == ["C"]


@pytest.mark.parametrize("weak", [Argon2Parameters(19455), Argon2Parameters(time_cost=1)])
async def test_weaker_parameters_are_refused(pool: PostgresPool, weak: Argon2Parameters):
    """R21: by name, before anything is hashed."""
    with pytest.raises(ValueError, match="argon2id"):
        PostgresCredentials(pool, weak)


async def test_several_stores_end_with_the_latest(dsn: str):
    """R13, R19: of issuances interleaved over several machines the latest is in force."""
    pools = [PostgresPool(dsn) for _ in range(3)]
    stores = [PostgresCredentials(pool) for pool in pools]

    async def put(number: int) -> bool:
        issuance = Issuance(f"r{number}", "round", NOON + timedelta(seconds=number))
        return await stores[number % 3].put(NUMIC, Password(f"{number:012d}"), issuance)

    answers = await asyncio.gather(*(put(number) for number in range(18)))
    assert answers[-1]
    assert await stores[0].verify(NUMIC, f"{17:012d}")
    for store, pool in zip(stores, pools, strict=True):
        await store.aclose()
        await pool.close()


async def test_hashes_at_once_are_bounded(pool: PostgresPool):
    """R21: a flood of sign-ins takes two threads' worth of memory, not the machine's."""
    store = PostgresCredentials(pool, workers=2)
    await asyncio.gather(*(store.verify(NUMIC, "x") for _ in range(12)))
    threads = [each for each in threading.enumerate() if each.name.startswith("credentials")]
    assert len(threads) <= 2
    await store.aclose()


async def test_unknown_voters_cost_as_much_as_known_ones(store: PostgresCredentials):
    """R24: the time of a refusal does not tell whether the voter has a password. CPU time: what
    others do on the machine is not counted."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    await store.verify(NUMIC, "x")
    times: dict[str, list[float]] = {"00012345": [], "99999999": []}
    for _ in range(8):
        for numic, taken in times.items():
            started = time.process_time()
            await store.verify(Numic(numic), "wrong")
            taken.append(time.process_time() - started)
    known, unknown = (min(taken) for taken in times.values())
    assert 0.5 < unknown / known < 2


async def test_a_server_that_dies_is_unavailable_until_it_is_back(own_server: PostgresServer):
    """R19, R29, R42: told without values; then, without a restart of ours, what was in force is."""
    pool = PostgresPool(await _prepared(own_server.dsn()))
    store = PostgresCredentials(pool)
    await store.put(NUMIC, CANARY, ISSUANCE)
    own_server.kill()
    for _ in range(2):
        with pytest.raises(CredentialsUnavailable) as failure:
            await store.put(NUMIC, Password("A" * 12), Issuance("r2", "round", NOON))
        assert not {"A" * 12, NUMIC.value, own_server.dsn()} & set(str(failure.value).split())
    own_server.start()
    assert await store.verify(NUMIC, CANARY.reveal())
    assert await store.put(NUMIC, CANARY, Issuance("r3", "round", NOON + timedelta(1)))
    await store.aclose()
    await pool.close()


async def test_a_locked_row_is_unavailable_and_recovers(dsn: str):
    """R29: another's long transaction makes the call fail in time, not hang."""
    pool = PostgresPool(dsn, PostgresSettings(statement_timeout=0.3))
    store = PostgresCredentials(pool)
    await store.put(NUMIC, CANARY, ISSUANCE)
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("SELECT * FROM credential FOR UPDATE")
        with pytest.raises(CredentialsUnavailable, match=r"TimeoutError|QueryCanceledError"):
            await store.put(NUMIC, CANARY, ISSUANCE)
    await other.close()
    assert await store.put(NUMIC, CANARY, ISSUANCE)
    await store.aclose()
    await pool.close()


async def test_a_missing_table_or_broken_hash_is_unavailable(store: PostgresCredentials, dsn: str):
    """R19: "cannot tell" is not "wrong password"."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    await administer(dsn, "UPDATE credential SET hash = 'nonsense'")
    with pytest.raises(CredentialsUnavailable, match="unreadable"):
        await store.verify(NUMIC, CANARY.reveal())
    await administer(dsn, "DROP TABLE credential")
    with pytest.raises(CredentialsUnavailable, match="UndefinedTableError"):
        await store.verify(NUMIC, CANARY.reveal())


async def test_a_closed_store_is_unavailable(pool: PostgresPool):
    """R29: a job that comes too late is tried again by another worker."""
    store = PostgresCredentials(pool)
    await store.aclose()
    with pytest.raises(CredentialsUnavailable, match="closed"):
        await store.put(NUMIC, CANARY, ISSUANCE)
    await pool.close()
    with pytest.raises(CredentialsUnavailable, match="InterfaceError"):
        await store.verify(NUMIC, "x")


def test_settings_without_time_or_connections_are_refused():
    """R29: nothing waits for ever."""
    for name, value in {"connections": 0, "connect_timeout": 0, "statement_timeout": -1}.items():
        with pytest.raises(ValueError, match="PostgreSQL"):
            replace(PostgresSettings(), **{name: value})


async def test_a_check_reads_the_table(store: PostgresCredentials, dsn: str):
    """What only looks says whether the table can be read, and leaves it as it is."""
    await store.check()
    assert await administer(dsn, "SELECT * FROM credential") == []
    await administer(dsn, "DROP TABLE credential")
    with pytest.raises(CredentialsUnavailable, match="UndefinedTableError"):
        await store.check()
