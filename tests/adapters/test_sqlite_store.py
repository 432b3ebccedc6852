"""The embedded engine: shared commits, other processes, full disks, schema versions."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.store.migrate import migrate
from adapters.store.migrations import SCHEMA_VERSION
from adapters.store.sqlite import SqliteStore
from core.errors import StoreUnavailable
from core.jobs import Job, JobKind
from core.keys import Keyring, SecretKey
from core.recovery_request import State

PRELUDE = """
import asyncio, json, os, resource, sqlite3, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from adapters.store.migrate import migrate
from adapters.store.sqlite import SqliteStore
from core.errors import StoreUnavailable
from core.locale import Locale
from core.recovery_request import RecoveryRequest
from core.voter import Numic

PATH = Path(sys.argv[1])

def received(name, weight=1):
    now = datetime(2027, 6, 5, 12, tzinfo=UTC)
    return RecoveryRequest(name, Numic("00012345"), None, "p" * weight, Locale.FR, now)

async def put(store, request):
    async with store.begin() as unit:
        await unit.requests.add(request)
"""


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts another process with the same code; it answers on its standard output."""
    started: list[subprocess.Popen] = []

    def start(script: str, path: Path, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, str(path), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            process.communicate()


def outcome(process: subprocess.Popen) -> list:
    answer, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(answer)


def job_of(request_id: str) -> Job:
    return Job(JobKind.SEND_LINK, request_id)


async def put(store, *requests):
    for request in requests:
        async with store.begin() as unit:
            await unit.requests.add(request)


def ids_in(path: Path) -> set[str]:
    """What another connection sees."""
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM recovery_request")}


class TestCommits:
    async def test_units_that_wait_share_a_commit(self, sqlite_store, sqlite_path, received):
        """R29: a hundred units at once are durable after a few commits, not after a hundred."""
        statements = []
        sqlite_store._writer._connection.set_trace_callback(statements.append)
        requests = [received(f"r{number}") for number in range(100)]
        await asyncio.gather(*[put(sqlite_store, each) for each in requests])
        assert 1 <= statements.count("COMMIT") <= 5
        assert ids_in(sqlite_path) == {each.id for each in requests}

    async def test_demands_that_wait_share_their_statements(self, sqlite_store, received):
        """R29: codes, requests and jobs of all of them are a statement each; of a code that was
        used there is neither request nor job."""
        accept, statements = sqlite_store.intake.accept, []
        until = received().received_at + timedelta(minutes=10)
        assert await accept("used", until, received("first"), job_of("first"))
        sqlite_store._writer._connection.set_trace_callback(statements.append)
        codes = [f"c{number}" for number in range(30)]
        taken = await asyncio.gather(
            *[accept(each, until, received(each), job_of(each)) for each in codes],
            accept("used", until, received("twice"), job_of("twice")),
            accept("unasked", None, received("unasked"), job_of("unasked")),
        )
        assert taken == [*[True] * 30, False, True]
        said = " ".join(dict.fromkeys(statements))  # one that has triggers is told for each row
        assert re.findall(r"INSERT INTO (\w+)", said) == [
            "consumed_code",
            "recovery_request",
            "job",
        ]

    async def test_what_a_unit_puts_aside_is_written_to_no_file(self, sqlite_store):
        """R20: so that it can be undone by itself it keeps the pages of before, seeds and all."""
        connection = sqlite_store._writer._connection
        assert connection.execute("PRAGMA temp_store").fetchone() == (2,)

    async def test_a_unit_that_is_alone_commits_at_once(self, sqlite_store, received):
        """Nobody waits for company: units one after the other have a commit each."""
        statements = []
        sqlite_store._writer._connection.set_trace_callback(statements.append)
        await put(sqlite_store, received("a"), received("b"))
        assert statements.count("COMMIT") == 2

    async def test_a_commit_is_durable(self, sqlite_store):
        """R29: every commit waits for the disk."""
        connection = sqlite_store._writer._connection
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    async def test_what_was_left_is_seen_by_others(self, sqlite_store, sqlite_path, received):
        """R29: on leaving the unit, not later, another connection sees what it changed."""
        async with sqlite_store.begin() as unit:
            await unit.requests.add(received())
            assert ids_in(sqlite_path) == set()
        assert ids_in(sqlite_path) == {"r1"}

    def test_a_killed_process_keeps_what_it_committed(self, start, sqlite_path):
        """R29: kill -9 in the middle of a unit loses that unit alone."""
        process = start(
            """
async def main():
    store = SqliteStore(PATH)
    await store.open()
    await put(store, received("kept"))
    async with store.begin() as unit:
        await unit.requests.add(received("lost"))
        os.kill(os.getpid(), 9)
asyncio.run(main())
""",
            sqlite_path,
        )
        process.communicate(timeout=120)
        assert process.returncode == -9
        assert ids_in(sqlite_path) == {"kept"}

    async def test_moments_are_kept_to_the_microsecond_in_utc(self, sqlite_store, received):
        """A moment given in another zone comes back as the same moment, in UTC."""
        paris = datetime.fromisoformat("2027-06-05T14:00:00.000001+02:00")
        await put(sqlite_store, received(received_at=paris))
        async with sqlite_store.read() as unit:
            read = await unit.requests.get("r1")
        assert read.received_at == paris
        assert read.received_at.tzinfo is UTC


class TestCancellation:
    async def test_a_caller_that_leaves_during_the_commit(self, sqlite_store, received):
        """R29: the unit was left, so it is committed, and so are its neighbours'."""
        tasks = [
            asyncio.create_task(put(sqlite_store, received(f"r{number}"))) for number in range(3)
        ]
        await asyncio.sleep(0)
        tasks[1].cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ended] == [type(None), asyncio.CancelledError, type(None)]
        await put(sqlite_store, received("next"))
        async with sqlite_store.read() as unit:
            stored = [bool(await unit.requests.get(f"r{number}")) for number in range(3)]
        assert stored == [True, True, True]

    async def test_a_caller_that_leaves_while_waiting_for_the_lock(
        self, sqlite_store, sqlite_path, received
    ):
        """A cancelled wait takes nothing with it: the next unit gets its turn."""
        with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(put(sqlite_store, received("gone")))
            await asyncio.sleep(0.02)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            other.execute("ROLLBACK")
        await put(sqlite_store, received("next"))
        assert ids_in(sqlite_path) == {"next"}

    async def test_closing_waits_for_the_commit(self, sqlite_store, sqlite_path, received):
        """R29: a store that is closed at once has still written what was left to it."""
        task = asyncio.create_task(put(sqlite_store, received()))
        await asyncio.sleep(0)
        await sqlite_store.close()
        await task
        assert ids_in(sqlite_path) == {"r1"}


class TestOtherProcesses:
    HOLD = """
connection = sqlite3.connect(PATH, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("COMMIT")
"""

    async def test_a_unit_waits_for_another_process(
        self, start, sqlite_store, sqlite_path, received
    ):
        """R29: another process's write delays a unit without failing it or stopping the loop."""
        other = start(self.HOLD, sqlite_path)
        assert other.stdout.readline() == "held\n"
        waiting = asyncio.create_task(put(sqlite_store, received()))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        other.communicate()
        await waiting
        assert ids_in(sqlite_path) == {"r1"}

    async def test_a_unit_does_not_wait_for_ever(self, start, sqlite_path, received):
        """R29: after the time limit the unit fails, nothing is stored, and later units work."""
        store = SqliteStore(sqlite_path, lock_timeout=0.1)
        await store.open()
        other = start(self.HOLD, sqlite_path)
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreUnavailable):
            await put(store, received("late"))
        async with store.read() as unit:
            assert await unit.requests.get("late") is None
        other.communicate()
        await put(store, received("next"))
        await store.close()
        assert ids_in(sqlite_path) == {"next"}

    async def test_units_wait_side_by_side(self, sqlite_path, received):
        """R29: ten units that wait for another process fail after one time limit, not after ten."""
        store = SqliteStore(sqlite_path, lock_timeout=0.5)
        await store.open()
        with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            units = [put(store, received(f"r{number}")) for number in range(10)]
            ended = await asyncio.gather(*units, return_exceptions=True)
            took = time.monotonic() - started
        await store.close()
        assert [type(end) for end in ended] == [StoreUnavailable] * 10
        assert 0.5 <= took < 4  # one after the other: five

    def test_one_link_two_processes_one_winner(self, start, sqlite_path, link_sent):
        """R13: of 100 confirmations of one link, fifty in each of two processes, one succeeds."""
        request = link_sent()

        async def prepare():
            store = SqliteStore(sqlite_path)
            await store.open()
            await put(store, request)
            await store.close()

        asyncio.run(prepare())
        script = """
DIGEST, NOW = bytes.fromhex(sys.argv[2]), datetime.fromisoformat(sys.argv[3])

async def attempt(store, number):
    async with store.begin() as unit:
        found = await unit.links.find(DIGEST)
        await asyncio.sleep(0)
        assert found is not None
        seed = os.getpid().to_bytes(4) + bytes([number]) * 28
        won = await unit.links.redeem(DIGEST, NOW, seed, "2027")
        return won and won.seed.hex()

async def main():
    store = SqliteStore(PATH, lock_timeout=20)
    await store.open()
    print("ready", flush=True)
    sys.stdin.readline()
    ended = await asyncio.gather(*[attempt(store, number) for number in range(50)])
    await store.close()
    print(json.dumps([seed for seed in ended if seed]))

asyncio.run(main())
"""
        arguments = (request.link.digest.hex(), request.received_at.isoformat())
        racers = [start(script, sqlite_path, *arguments) for _ in range(2)]
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        won = [seed for racer in racers for seed in outcome(racer)]
        assert len(won) == 1
        with closing(sqlite3.connect(sqlite_path)) as connection:
            rows = connection.execute("SELECT state, lower(hex(seed)) FROM recovery_request")
            assert rows.fetchall() == [(State.CONFIRMED, won[0])]


class TestFullDisk:
    async def test_nothing_is_stored_and_the_store_recovers(
        self, sqlite_store, sqlite_path, received
    ):
        """R29: when the file cannot grow, whoever was told so finds nothing stored, whoever was
        not finds everything; with room again, units work again."""
        await put(sqlite_store, received("before"))
        writer = sqlite_store._writer._connection
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count = {pages + 12}")
        requests = [received(f"r{number}", pair="p" * 9000) for number in range(12)]
        units = [put(sqlite_store, each) for each in requests]
        ended = await asyncio.gather(*units, return_exceptions=True)
        assert {type(end) for end in ended} <= {type(None), StoreUnavailable}
        told = {each.id for each, end in zip(requests, ended, strict=True) if end is None}
        assert len(told) < len(requests)
        assert ids_in(sqlite_path) == {"before", *told}
        writer.execute("PRAGMA max_page_count = 1000000")
        await put(sqlite_store, received("after"))
        assert ids_in(sqlite_path) == {"before", "after", *told}

    async def test_a_rollback_of_everything_is_told_to_everyone(
        self, sqlite_store, sqlite_path, received
    ):
        """R29: when the engine rolls the whole batch back, no unit of it believes in its commit."""

        async def lose_everything():
            async with sqlite_store.begin() as unit:
                await unit.requests.add(received("own"))
                sqlite_store._writer.run("ROLLBACK")

        units = [put(sqlite_store, received("neighbour")), lose_everything()]
        ended = await asyncio.gather(*units, return_exceptions=True)
        assert [type(end) for end in ended] == [StoreUnavailable, StoreUnavailable]
        await put(sqlite_store, received("next"))
        assert ids_in(sqlite_path) == {"next"}

    def test_a_disk_that_fills_up_while_committing(self, start, tmp_path):
        """R29: a write that the system refuses ends the same way: told and stored agree."""
        path = tmp_path / "full.sqlite3"
        process = start(
            """
LIMIT = 300_000

async def main():
    migrate(PATH)
    store = SqliteStore(PATH)
    await store.open()
    await put(store, received("before"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))
    requests = [received(f"r{number}", 3000) for number in range(200)]
    told = ["before"]
    for start in range(0, 200, 20):
        batch = requests[start : start + 20]
        ended = await asyncio.gather(
            *[put(store, each) for each in batch], return_exceptions=True
        )
        assert all(end is None or isinstance(end, StoreUnavailable) for end in ended), ended
        told += [each.id for each, end in zip(batch, ended) if end is None]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    await put(store, received("after"))
    await store.close()
    print(json.dumps([*told, "after"]))

asyncio.run(main())
""",
            path,
        )
        told = outcome(process)
        assert 2 < len(told) < 202
        assert ids_in(path) == set(told)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class TestOpening:
    async def test_open_and_close_may_be_repeated(self, sqlite_path, received):
        """Opening an open store changes nothing; a closed one refuses until it is opened again."""
        store = SqliteStore(sqlite_path)
        await store.open()
        await store.open()
        await put(store, received())
        await store.close()
        await store.close()
        with pytest.raises(StoreUnavailable):
            await put(store, received("closed"))
        with pytest.raises(StoreUnavailable):
            async with store.read():
                pass
        await store.open()
        async with store.read() as unit:
            assert await unit.requests.get("r1") == received()
        await store.close()

    async def test_another_schema_is_refused(self, tmp_path):
        """A file of another version is not touched, and says how to be brought up."""
        path = tmp_path / "old.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 0")
        store = SqliteStore(path)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="reassort migrate"):
                await store.open()
        migrate(path)
        await store.open()
        await store.close()

    async def test_a_later_version_is_refused(self, tmp_path):
        """A file of a later version is named as that: to migrate it would not help."""
        path = tmp_path / "new.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(StoreUnavailable, match="later version"):
            await SqliteStore(path).open()

    @pytest.mark.parametrize("content", [None, b"no database" * 1000])
    async def test_no_database_is_refused(self, tmp_path, content):
        """A file that is missing or something else is refused, and not created."""
        path = tmp_path / "none.sqlite3"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StoreUnavailable):
            await SqliteStore(path).open()
        assert path.exists() is (content is not None)

    async def test_a_file_that_breaks_later_is_a_failure_of_the_store(
        self, sqlite_store, sqlite_path, received
    ):
        """R29: what the engine reports becomes `StoreUnavailable`, with no value in its text."""
        with closing(sqlite3.connect(sqlite_path)) as connection:
            connection.execute("DROP TABLE recovery_request")
        with pytest.raises(StoreUnavailable, match=r"^SQLITE_\w+$"):
            await put(sqlite_store, received())
        with pytest.raises(StoreUnavailable, match=r"^SQLITE_\w+$"):
            async with sqlite_store.read() as unit:
                await unit.requests.get("r1")

    async def test_a_connection_that_is_gone_is_a_failure_of_the_store(
        self, sqlite_store, received
    ):
        """R29: a unit cannot begin on a connection that was lost."""
        sqlite_store._writer.close()
        with pytest.raises(StoreUnavailable):
            await put(sqlite_store, received())

    async def test_a_commit_that_cannot_be_made_is_a_failure_of_the_store(
        self, sqlite_path, received
    ):
        """R29: whatever keeps a commit from being made, nobody waits for it for ever."""
        for prevent in (
            lambda store: store._writer.close(),
            lambda store: store._disk.shutdown(),
        ):
            store = SqliteStore(sqlite_path)
            await store.open()
            unit = asyncio.create_task(put(store, received()))
            await asyncio.sleep(0)
            prevent(store)
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(unit, 5)
            await store.close()
        assert ids_in(sqlite_path) == set()


class TestKeys:
    OLD, NEW = SecretKey("2027", b"o" * 32), SecretKey("2028", b"n" * 32)
    FORGED = SecretKey("2027", b"f" * 32)

    async def test_the_first_keys_make_it_theirs(self, sqlite_store):
        """R29: other keys are refused, also when they go by the same name."""
        await sqlite_store.belong_to(Keyring((self.OLD,)))
        await sqlite_store.belong_to(Keyring((self.OLD,)))
        for stranger in ((self.NEW,), (self.FORGED,), (self.NEW, self.FORGED)):
            with pytest.raises(StoreUnavailable, match="belongs to other keys"):
                await sqlite_store.belong_to(Keyring(stranger))
        await sqlite_store.belong_to(Keyring((self.OLD,)))

    async def test_keys_rotate(self, sqlite_store):
        """R14: a new key that comes beside an old one is let in, and may then do without it."""
        await sqlite_store.belong_to(Keyring((self.OLD,)))
        await sqlite_store.belong_to(Keyring((self.NEW, self.OLD)))
        await sqlite_store.belong_to(Keyring((self.NEW,)))
        with pytest.raises(StoreUnavailable):
            await sqlite_store.belong_to(Keyring((self.FORGED,)))

    async def test_who_only_looks_claims_nothing(self, sqlite_store):
        """A look with the wrong keys at a new database does not keep the right ones out; at one
        that is in use it is refused, and a newer key is not let in by it."""
        await sqlite_store.belong_to(Keyring((self.NEW,)), claim=False)
        await sqlite_store.belong_to(Keyring((self.OLD,)))
        with pytest.raises(StoreUnavailable, match="belongs to other keys"):
            await sqlite_store.belong_to(Keyring((self.NEW,)), claim=False)
        await sqlite_store.belong_to(Keyring((self.NEW, self.OLD)), claim=False)
        with pytest.raises(StoreUnavailable):
            await sqlite_store.belong_to(Keyring((self.NEW,)))

    async def test_several_processes_at_once(self, sqlite_path):
        """R29: of two deployments that open a new database at once, one gets it."""
        stores = [SqliteStore(sqlite_path) for _ in range(2)]
        for each in stores:
            await each.open()
        rings = (Keyring((self.OLD,)), Keyring((self.NEW,)))
        calls = [each.belong_to(ring) for each, ring in zip(stores, rings, strict=True)]
        ended = await asyncio.gather(*calls, return_exceptions=True)
        for each in stores:
            await each.close()
        assert sorted(type(end).__name__ for end in ended) == ["NoneType", "StoreUnavailable"]


class TestCheckpoint:
    SEED = bytes(range(200, 232))

    def files_with_the_seed(self, path):
        files = path.parent.glob(path.name + "*")
        return {each.name for each in files if self.SEED in each.read_bytes()}

    async def redeem_and_wipe(self, store, path, link_sent, noon):
        request = link_sent()
        await put(store, request)
        async with store.begin() as unit:
            confirmed = await unit.links.redeem(request.link.digest, noon, self.SEED, "2027")
        assert self.files_with_the_seed(path), "the search sees nothing"
        async with store.begin() as unit:
            await unit.requests.save(confirmed.password_handed_over(noon), was=confirmed)

    async def test_a_wiped_seed_is_in_no_file(self, sqlite_store, sqlite_path, link_sent, noon):
        """R20: after a checkpoint neither the database nor its log holds a seed that has served."""
        await self.redeem_and_wipe(sqlite_store, sqlite_path, link_sent, noon)
        assert self.files_with_the_seed(sqlite_path) == {sqlite_path.name + "-wal"}
        await sqlite_store.checkpoint()
        assert self.files_with_the_seed(sqlite_path) == set()
        assert sqlite_path.with_name(sqlite_path.name + "-wal").stat().st_size == 0
        assert ids_in(sqlite_path) == {"r1"}

    async def test_a_seed_that_reached_the_file_is_overwritten(
        self, sqlite_store, sqlite_path, link_sent, noon
    ):
        """R20: a seed that a checkpoint brought into the database goes from there, too."""
        request = link_sent(state=State.CONFIRMED, seed=self.SEED)
        await put(sqlite_store, request)
        await sqlite_store.checkpoint()
        assert self.files_with_the_seed(sqlite_path) == {sqlite_path.name}
        async with sqlite_store.begin() as unit:
            await unit.requests.save(request.password_handed_over(noon), was=request)
        await sqlite_store.checkpoint()
        assert self.files_with_the_seed(sqlite_path) == set()

    async def test_a_reader_holds_it_back(self, sqlite_store, sqlite_path, link_sent, noon):
        """R29: a checkpoint that another process's reader is in the way of fails nobody; the next
        one makes up for it."""
        with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM recovery_request").fetchall()
            await self.redeem_and_wipe(sqlite_store, sqlite_path, link_sent, noon)
            await sqlite_store.checkpoint()
            assert self.files_with_the_seed(sqlite_path)
            other.execute("ROLLBACK")
        await sqlite_store.checkpoint()
        assert self.files_with_the_seed(sqlite_path) == set()

    async def test_it_leaves_units_alone(self, sqlite_store, sqlite_path, received):
        """R29: amid units that commit, a checkpoint loses and fails none of them."""
        units = [put(sqlite_store, received(f"r{number}")) for number in range(50)]
        checkpoints = [sqlite_store.checkpoint() for _ in range(5)]
        await asyncio.gather(*units[:25], *checkpoints, *units[25:])
        assert len(ids_in(sqlite_path)) == 50

    async def test_a_closed_store_has_none(self, sqlite_path):
        """A store that is not open says so."""
        with pytest.raises(StoreUnavailable):
            await SqliteStore(sqlite_path).checkpoint()


class TestMigrate:
    def test_once_is_enough(self, tmp_path):
        """The first run creates the file, with its folder; the second finds nothing to do."""
        path = tmp_path / "a" / "b" / "reassort.sqlite3"
        assert migrate(path) is True
        assert migrate(path) is False

    def test_the_file_is_its_owners_alone(self, tmp_path):
        """R44: nobody else on the machine reads the file or its log."""
        path = tmp_path / "reassort.sqlite3"
        before = os.umask(0)
        try:
            migrate(path)

            async def write():
                store = SqliteStore(path)
                await store.open()
                modes = [stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()]
                await store.close()
                return modes

            assert asyncio.run(write()) == [0o600] * 3
        finally:
            os.umask(before)

    def test_several_processes_at_once(self, start, tmp_path):
        """Four processes that start together: one migrates, the others find it done."""
        for turn in range(2):
            path = tmp_path / f"{turn}.sqlite3"
            script = """
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([migrate(PATH)]))
"""
            processes = [start(script, path) for _ in range(4)]
            for each in processes:
                assert each.stdout.readline() == "ready\n"
            for each in processes:
                each.stdin.write("go\n")
                each.stdin.flush()
            assert sorted(outcome(each)[0] for each in processes) == [False, False, False, True]
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)

    def test_it_waits_for_whoever_holds_the_file(self, tmp_path, start):
        """A file in which another process still reads is waited for."""
        path = tmp_path / "held.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE other (id)")
        other = start(
            """
connection = sqlite3.connect(PATH, isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT * FROM other").fetchall()
print("held", flush=True)
sys.stdin.readline()
import time
time.sleep(0.1)
connection.execute("ROLLBACK")
""",
            path,
        )
        assert other.stdout.readline() == "held\n"
        other.stdin.write("let go\n")
        other.stdin.flush()
        assert migrate(path) is True
        other.communicate()

    def test_it_does_not_wait_for_ever(self, tmp_path, monkeypatch):
        """R29: a file that stays locked is a failure of the store, told after the time limit."""
        monkeypatch.setattr("adapters.store.migrate.PATIENCE", 0.05)
        path = tmp_path / "held.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
                migrate(path)

    def test_a_later_version_is_refused(self, tmp_path):
        """An older program does not touch a newer file."""
        path = tmp_path / "new.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(StoreUnavailable, match="later version"):
            migrate(path)

    @pytest.mark.parametrize("content", [None, b"no database" * 1000])
    def test_what_is_no_database_is_refused(self, tmp_path, content):
        """A folder, or a file of something else, is refused and left as it is."""
        path = tmp_path / "thing"
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
        with pytest.raises(StoreUnavailable):
            migrate(path)
        assert content is None or path.read_bytes() == content


async def test_opened_while_another_process_has_the_file(sqlite_path):
    """R29: after a crash the first process that opens the file has it to itself for a moment; the
    others, which are started at the same time, wait for it."""
    store = SqliteStore(sqlite_path, lock_timeout=60)
    alone = sqlite3.connect(sqlite_path, isolation_level=None, check_same_thread=False)
    with closing(alone):
        alone.execute("PRAGMA locking_mode = EXCLUSIVE")
        alone.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            await SqliteStore(sqlite_path, lock_timeout=0).open()
        leaving = threading.Timer(0.2, alone.close)
        leaving.start()
        await store.open()
        leaving.join()
    await store.close()


async def test_ready_means_writable(tmp_path, monkeypatch):
    """R29: a store whose disk is full, or whose file has gone, is not called ready."""
    path = tmp_path / "recovery.sqlite3"
    migrate(path)
    store = SqliteStore(path)
    await store.open()
    try:
        await store.check()
        with monkeypatch.context() as full:
            full.setattr("adapters.store.sqlite.ROOM", 1 << 80)
            with pytest.raises(StoreUnavailable, match="the disk is full"):
                await store.check()
        path.rename(tmp_path / "elsewhere")
        with pytest.raises(StoreUnavailable, match="cannot be written"):
            await store.check()
    finally:
        await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.check()
