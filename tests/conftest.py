"""What all suites share: no network but loopback, a set clock, seeded chance, every store."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest

from adapters.store.diskless import DisklessStore
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.pgqueuer_jobs import PgQueuerJobs
from adapters.store.postgres import PostgresStore
from adapters.store.sqlite import SqliteStore
from adapters.store.stored_jobs import StoredJobs
from adapters.trial import SeededRandomness, SetClock
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.one_time_link import NONCE_BYTES, OneTimeLink
from core.recovery_request import RecoveryRequest, State
from core.voter import EmailAddress, Numic
from tests.costs import _certificates_are_read_once, hashes_cost_little
from tests.isolation import (
    _as_before,
    _no_signal_to_the_suite,
    signals,
)
from tests.servers.commands import Nursery
from tests.servers.postgres import Databases, PostgresServer, empty, given_server, one_server
from tests.servers.sqlite import new_database

__all__ = [
    "_as_before",
    "_certificates_are_read_once",
    "_no_signal_to_the_suite",
    "hashes_cost_little",
    "signals",
]

TESTS = Path(__file__).parent
LONG = {"browser", "end_to_end", "plugging", "simulation"}

# What this process and those that it starts have compiled, the next ones find.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

hypothesis.settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=100
)
hypothesis.settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Connect to loopback and Unix sockets only, unless the command line says otherwise."""
    if config.option.allow_hosts is None:
        config.option.allow_hosts = "127.0.0.0/8,::1,localhost"
        config.option.allow_unix_socket = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shuffle", metavar="SEED", help="Modules in another order, and tests within each."
    )
    parser.addoption(
        "--at-length",
        action="store_true",
        help="Days of requests with as many as the requirements name, not a quarter of them.",
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """12,000 tests stay until the end: the collector would look through them every few seconds,
    which takes a twentieth of the run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(5_000, 20, 20)
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The same order in every worker: a module's tests stay together, for what they share. Folders
    of long modules come first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in LONG)
    if seed := config.getoption("shuffle"):
        chance = random.Random(seed)
        modules = {item.path: chance.random() for item in items}
        items.sort(key=lambda item: (modules[item.path], chance.random()))


@pytest.fixture
def sparser(request: pytest.FixtureRequest) -> int:
    """How many times fewer requests a day of them has than the requirements name. What holds a
    voter's caps does not depend on it: they are met within the first few."""
    return 1 if request.config.getoption("at_length") else 4


@pytest.fixture
def noon() -> datetime:
    """When the tests take place: a moment within the sample voting round."""
    return datetime(2027, 6, 5, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def clock(noon: datetime) -> SetClock:
    return SetClock(noon)


@pytest.fixture
def randomness() -> SeededRandomness:
    return SeededRandomness()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring((SecretKey("2027", b"n" * 32), SecretKey("2026", b"o" * 32)))


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """A database file of this version."""
    path = tmp_path / "reassort.sqlite3"
    new_database(path)
    return path


@pytest.fixture
async def sqlite_store(sqlite_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(sqlite_path)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def diskless_store() -> AsyncIterator[DisklessStore]:
    store = DisklessStore()
    await store.open()
    yield store
    await store.close()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all parallel workers of a run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where commands are forked."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path) -> Iterator[str]:
    """The DSN of a server, started when the first test of any worker asks for it."""
    given = given_server()
    if given:
        yield given
        return
    with one_server(shared_folder) as dsn:
        yield dsn


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that no other test uses meanwhile: it may be killed, and its files searched."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def databases(postgres_server: str) -> Iterator[Databases]:
    """New databases of this version's schema."""
    databases = Databases(postgres_server, migrate_postgres)
    yield databases
    if given_server():  # ours goes with all that it has
        databases.drop_all()


@pytest.fixture(scope="session")
def shared_dsn(databases: Databases) -> str:
    return databases.create()


@pytest.fixture
async def postgres_dsn(shared_dsn: str) -> str:
    """A database of this version without a row in it."""
    await empty(shared_dsn)
    return shared_dsn


@pytest.fixture
async def postgres_store(postgres_dsn: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_dsn)
    await store.open()
    yield store
    await store.close()


@pytest.fixture(params=["diskless", "sqlite", "postgres"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[DisklessStore | SqliteStore | PostgresStore]:
    """Each engine that a unit of work can be had from."""
    if request.param == "diskless":
        engine = DisklessStore()
    elif request.param == "sqlite":
        new_database(tmp_path / "contract.sqlite3")
        engine = SqliteStore(tmp_path / "contract.sqlite3")
    else:
        dsn = request.getfixturevalue("shared_dsn")
        await empty(dsn)
        engine = PostgresStore(dsn)
    await engine.open()
    yield engine
    await engine.close()


@pytest.fixture
def jobs(
    store: DisklessStore | SqliteStore | PostgresStore,
) -> StoredJobs | PgQueuerJobs:
    """The queue of that engine, as workers and operators see it."""
    if isinstance(store, PostgresStore):
        return PgQueuerJobs(store.statements)
    return StoredJobs(store.begin, store.read)


@pytest.fixture
def received(noon: datetime) -> Callable[..., RecoveryRequest]:
    """Makes a request that was just received; fields may be given."""

    def make(id: str = "r1", **fields: object) -> RecoveryRequest:
        request = RecoveryRequest(
            id=id,
            number=Numic("00012345"),
            typed_email=EmailAddress("camille.martin@example.org"),
            pair="pair",
            locale=Locale.FR,
            received_at=noon,
        )
        return replace(request, **fields)

    return make


@pytest.fixture
def link_sent(
    received: Callable[..., RecoveryRequest], noon: datetime, keyring: Keyring
) -> Callable[..., RecoveryRequest]:
    """Makes a request whose link is good for an hour and five attempts; fields may be given."""

    def make(id: str = "r1", **fields: object) -> RecoveryRequest:
        nonce = id.encode().ljust(NONCE_BYTES, b".")
        link = OneTimeLink.issue(keyring, id, nonce, noon + timedelta(hours=1), 5)
        request = received(id).with_link(link, noon, "voter", "2027-1")
        assert request.state is State.LINK_SENT
        return replace(request, **fields)

    return make
