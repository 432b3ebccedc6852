"""The credential store in SQLite: strength, durability, several processes, failures."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.credentials.hashing import Argon2Parameters
from adapters.credentials.sqlite import SqliteCredentials
from core.errors import CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic

NUMIC = Numic("00012345")
CANARY = Password("CANARYCANARY")
NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
ISSUANCE = Issuance("r1", "2026-leg-1", NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "credentials.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteCredentials]:
    store = SqliteCredentials(path)
    yield store
    await store.aclose()


def _row(path: Path) -> tuple[str, ...]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM credential").fetchone()


async def test_argon2id_with_its_parameters_is_stored(store: SqliteCredentials, path: Path):
    """R21: 19 MiB, 2 passes, 1 lane, written with the hash; the issuance beside it."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    numic, hashed, request, round_id, issued_at = _row(path)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (numic, request, round_id) == ("00012345", "r1", "2026-leg-1")
    assert issued_at == int(NOON.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    "weak",
    [Argon2Parameters(19455), Argon2Parameters(time_cost=1), Argon2Parameters(parallelism=0)],
)
def test_weaker_parameters_are_refused(path: Path, weak: Argon2Parameters):
    """R21: by name, before anything is hashed."""
    with pytest.raises(ValueError, match="argon2id"):
        SqliteCredentials(path, weak)


async def test_stronger_parameters_verify_older_hashes(store: SqliteCredentials, path: Path):
    """R21: the parameters are in the hash, so raising them locks nobody out."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    stronger = SqliteCredentials(path, Argon2Parameters(time_cost=3))
    assert await stronger.verify(NUMIC, CANARY.reveal())
    await stronger.put(NUMIC, CANARY, ISSUANCE)
    assert "t=3" in _row(path)[1]
    await stronger.aclose()


async def test_no_plaintext_is_in_any_file(store: SqliteCredentials, tmp_path: Path):
    """R20: the canary is in neither the database nor its write-ahead log."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    files = [each for each in tmp_path.iterdir() if each.is_file()]
    assert files
    assert not any(CANARY.reveal().encode() in each.read_bytes() for each in files)


async def test_hashing_leaves_the_event_loop_free(store: SqliteCredentials):
    """R21: while eight hashes are made, the loop still turns every few milliseconds."""
    longest, last = 0.0, time.perf_counter()

    async def watch() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    watcher = asyncio.create_task(watch())
    started = time.perf_counter()
    await asyncio.gather(*(store.put(NUMIC, CANARY, ISSUANCE) for _ in range(8)))
    took = time.perf_counter() - started
    watcher.cancel()
    assert longest < took / 2


async def test_hashes_at_once_are_bounded(path: Path):
    """R21: a flood of sign-ins takes two threads' worth of memory, not the machine's."""
    store = SqliteCredentials(path, workers=2)
    await asyncio.gather(*(store.verify(NUMIC, "x") for _ in range(12)))
    threads = [each for each in threading.enumerate() if each.name.startswith("credentials")]
    assert len(threads) <= 2
    await store.aclose()


async def test_unknown_voters_cost_as_much_as_known_ones(store: SqliteCredentials):
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


_ANOTHER_PROCESS = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from adapters.credentials.sqlite import SqliteCredentials
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic

async def main():
    store = SqliteCredentials(Path(sys.argv[1]))
    noon = datetime(2026, 5, 29, 12, tzinfo=UTC)
    for number in range(int(sys.argv[2]), 16, 2):
        issuance = Issuance(f"r{number}", "round", noon + timedelta(seconds=number))
        await store.put(Numic("00012345"), Password(f"{number:012d}"), issuance)
    await store.aclose()

asyncio.run(main())
"""


async def test_two_processes_end_with_the_latest(store: SqliteCredentials, path: Path):
    """R13, R19: of issuances interleaved over two processes the latest is in force."""
    await store.verify(NUMIC, "x")  # makes the file: two that make it at once may be put off
    processes = [
        subprocess.Popen([sys.executable, "-c", _ANOTHER_PROCESS, str(path), start])
        for start in ("0", "1")
    ]
    assert [each.wait(60) for each in processes] == [0, 0]
    assert await store.verify(NUMIC, f"{15:012d}")
    assert not await store.put(NUMIC, CANARY, Issuance("r", "r", NOON + timedelta(seconds=14)))


async def test_a_locked_store_is_unavailable_and_recovers(path: Path):
    """R29: another's long write makes the call fail, not hang; afterwards it succeeds."""
    store = SqliteCredentials(path, busy_seconds=0.05)
    await store.verify(NUMIC, "x")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CredentialsUnavailable, match="SQLITE_BUSY"):
            await store.put(NUMIC, CANARY, ISSUANCE)
        other.execute("ROLLBACK")
    assert await store.put(NUMIC, CANARY, ISSUANCE)
    await store.aclose()


async def test_a_full_disk_is_unavailable_and_keeps_the_old_password(
    store: SqliteCredentials, path: Path
):
    """R19: what could not be written is not in force, and what was stays in force."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    store._connected().execute("PRAGMA max_page_count = 1")
    later = Issuance("r" * 9000, "round", NOON + timedelta(1))
    with pytest.raises(CredentialsUnavailable, match="SQLITE_FULL") as failure:
        await store.put(NUMIC, Password("A" * 12), later)
    assert "A" * 12 not in str(failure.value)
    assert await store.verify(NUMIC, CANARY.reveal())


async def test_a_file_that_is_no_database_is_unavailable(path: Path):
    """R42: the text names the kind of failure, neither the path nor the voter."""
    path.write_bytes(b"not a database at all" * 100)
    store = SqliteCredentials(path)
    with pytest.raises(CredentialsUnavailable, match="SQLITE_NOTADB") as failure:
        await store.verify(NUMIC, "x")
    assert str(path) not in str(failure.value)
    await store.aclose()


async def test_a_corrupt_hash_is_unavailable_not_wrong(store: SqliteCredentials, path: Path):
    """R19: "cannot tell" is not "wrong password"."""
    await store.put(NUMIC, CANARY, ISSUANCE)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE credential SET hash = 'nonsense'")
    with pytest.raises(CredentialsUnavailable, match="unreadable"):
        await store.verify(NUMIC, CANARY.reveal())


async def test_a_closed_store_is_unavailable(path: Path):
    """R29: a job that comes too late is tried again by another worker."""
    store = SqliteCredentials(path)
    await store.aclose()
    with pytest.raises(CredentialsUnavailable, match="closed"):
        await store.put(NUMIC, CANARY, ISSUANCE)


async def test_a_check_makes_no_file(path: Path, store: SqliteCredentials):
    """What only looks changes nothing; a file that is none of ours is told."""
    await store.check()
    assert not path.exists()
    await store.put(NUMIC, CANARY, ISSUANCE)
    await store.check()
    await store.aclose()
    path.write_bytes(b"not a database at all" * 100)
    other = SqliteCredentials(path)
    with pytest.raises(CredentialsUnavailable, match="SQLITE_NOTADB"):
        await other.check()
    await other.aclose()
