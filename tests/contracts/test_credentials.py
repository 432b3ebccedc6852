"""The contract of `core.ports.credentials.Credentials`, over every implementation."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from adapters.connections.postgres import PostgresPool, connect_for_long
from adapters.credentials.hashing import Argon2Parameters
from adapters.credentials.memory import MemoryCredentials
from adapters.credentials.postgres import PostgresCredentials, prepare
from adapters.credentials.sqlite import SqliteCredentials
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.foreign_credentials import (
    Foreign,
    behind_http,
    in_a_directory,
    in_keycloak,
    slapd,
)
from tests.servers.postgres import Databases
from tests.servers.slapd import Slapd, why_not

NUMIC = Numic("00012345")
NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
OLD, NEW = Password("ABCDEFGHJKLM"), Password("MLKJHGFEDCBA")


def issuance(seconds: float = 0, request: str = "r1") -> Issuance:
    return Issuance(request, "2026-leg-1", NOON + timedelta(seconds=seconds))


Store = MemoryCredentials | SqliteCredentials | PostgresCredentials | Foreign


@pytest.fixture(scope="module")
def credentials_dsn(databases: Databases) -> str:
    return databases.create("template0")


async def _emptied(dsn: str) -> PostgresPool:
    connection = await connect_for_long(dsn)
    await prepare(connection)
    await connection.execute("DELETE FROM credential")
    await connection.close()
    return PostgresPool(dsn)


@pytest.fixture(scope="module")
def credentials_slapd() -> Iterator[Slapd]:
    if reason := why_not():
        pytest.skip(reason)
    server = slapd()
    yield server
    server.close()


FOREIGN = ["http-hash", "http-password", "keycloak", "ldap-hash", "ldap-password"]


@pytest.fixture(params=["memory", "sqlite", "postgres", *FOREIGN])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    kind, _, send = request.param.partition("-")
    if kind == "http":
        async with behind_http(send) as store:
            yield store
        return
    if kind == "keycloak":
        async with in_keycloak() as store:
            yield store
        return
    if kind == "ldap":
        async with in_a_directory(request.getfixturevalue("credentials_slapd"), send) as store:
            yield store
        return
    if request.param == "postgres":
        pool = await _emptied(request.getfixturevalue("credentials_dsn"))
        store = PostgresCredentials(pool)
        yield store
        await store.aclose()
        await pool.close()
        return
    if request.param == "memory":
        store = MemoryCredentials(Argon2Parameters(memory_kib=8, time_cost=1))
    else:
        store = SqliteCredentials(tmp_path / "credentials.sqlite3")
    yield store
    await store.aclose()


async def test_a_password_is_in_force_once_put(store: Store):
    """R19: it works; another does not; other voters are not concerned."""
    assert await store.put(NUMIC, NEW, issuance())
    assert await store.verify(NUMIC, NEW.reveal())
    assert not await store.verify(NUMIC, OLD.reveal())
    assert not await store.verify(Numic("00054321"), NEW.reveal())


@pytest.mark.parametrize("typed", ["", "mlkjhgfedcba", "MLKJHGFEDCBA ", "\udcff", "é" * 5000])
async def test_only_the_password_itself_opens(store: Store, typed: str):
    """R19: nothing that resembles it, and nothing that cannot even be encoded."""
    await store.put(NUMIC, NEW, issuance())
    assert not await store.verify(NUMIC, typed)


async def test_nobody_signs_in_without_a_password(store: Store):
    """R19, R24: a voter who was issued none is refused like any other, by the same work."""
    assert not await store.verify(NUMIC, "nobody's password")
    assert not await store.verify(NUMIC, "")


async def test_the_later_issuance_replaces_the_earlier(store: Store):
    """R19: the newest password works, the older fails."""
    assert await store.put(NUMIC, OLD, issuance(0))
    assert await store.put(NUMIC, NEW, issuance(0.000001))
    assert await store.verify(NUMIC, NEW.reveal())
    assert not await store.verify(NUMIC, OLD.reveal())


async def test_the_earlier_issuance_changes_nothing_after_the_later(store: Store):
    """R19: a slow worker cannot bring an old password back; the answer says so."""
    assert await store.put(NUMIC, NEW, issuance(1, "r1"))
    assert not await store.put(NUMIC, OLD, issuance(0, "r2"))
    assert await store.verify(NUMIC, NEW.reveal())
    assert not await store.verify(NUMIC, OLD.reveal())


async def test_of_two_at_one_instant_the_larger_id_wins(store: Store):
    """R19: whichever comes first."""
    assert await store.put(NUMIC, OLD, issuance(0, "r1"))
    assert await store.put(NUMIC, NEW, issuance(0, "r2"))
    assert not await store.put(NUMIC, OLD, issuance(0, "r1"))
    assert await store.verify(NUMIC, NEW.reveal())


async def test_ids_are_compared_by_their_characters_codes(store: Store):
    """R19: every store breaks the tie alike, whatever language a database sorts by."""
    assert await store.put(NUMIC, OLD, issuance(0, "Z9"))
    assert await store.put(NUMIC, NEW, issuance(0, "a1"))
    assert not await store.put(NUMIC, OLD, issuance(0, "Z9"))


async def test_an_instant_is_the_same_in_every_zone(store: Store):
    """R19: issuances are compared as instants, not as they are written."""
    await store.put(NUMIC, NEW, issuance(1))
    zoned = NOON.astimezone(datetime.strptime("+1400", "%z").tzinfo)
    assert not await store.put(NUMIC, OLD, Issuance("r9", "2026-leg-1", zoned))


async def test_repeating_an_issuance_does_no_harm(store: Store):
    """R20, R29: a job that was killed is run again, and finds its password in force."""
    assert await store.put(NUMIC, NEW, issuance())
    assert await store.put(NUMIC, NEW, issuance())
    assert await store.verify(NUMIC, NEW.reveal())


async def test_any_order_ends_with_the_latest(store: Store):
    """R19: every order of three issuances ends the same."""
    passwords = [Password(symbol * 12) for symbol in "ABC"]
    for place, order in enumerate(permutations(range(3))):
        numic = Numic(f"{place:08d}")
        for each in order:
            await store.put(numic, passwords[each], issuance(each))
        assert await store.verify(numic, "C" * 12)


async def test_many_at_once_end_with_the_latest(store: Store):
    """R13, R19: concurrent issuances of one voter: the last one is in force, and was told so."""
    passwords = [Password(f"{place:012d}") for place in range(24)]
    answers = await asyncio.gather(
        *(store.put(NUMIC, each, issuance(place)) for place, each in enumerate(passwords))
    )
    assert answers[-1]
    assert await store.verify(NUMIC, passwords[-1].reveal())
    assert not await store.verify(NUMIC, passwords[-2].reveal())


async def test_no_store_shows_or_ships_a_plaintext(store: Store):
    """R20: neither the store's attributes nor a password's pickle give it away."""
    await store.put(NUMIC, NEW, issuance())
    assert NEW.reveal() not in repr(vars(store))
    with pytest.raises(TypeError):
        pickle.dumps(NEW)
