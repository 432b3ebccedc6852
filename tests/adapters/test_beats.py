"""A worker that shares its file with a gateway takes it at fixed moments, with or without news."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from adapters.store import beats
from adapters.store.beats import Beats
from adapters.store.sqlite import SqliteStore
from adapters.store.stored_jobs import StoredJobs
from core.errors import StoreUnavailable
from core.jobs import Job, JobKind

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(beats, "EVERY", 0.01)
    monkeypatch.setattr(beats, "HELD", 0.002)
    monkeypatch.setattr(beats, "FULL", 60.0)
    monkeypatch.setattr(beats, "LATELY", 0.4)


class Watched:
    """What a store has said to its file, and the beats that it has taken."""

    def __init__(self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        self.beats = 0
        store._writer._connection.set_trace_callback(self.said.append)
        take = Beats.next

        async def taken(beat: Beats) -> None:
            self.beats += 1
            await take(beat)

        monkeypatch.setattr(Beats, "next", taken)

    @property
    def commits(self) -> int:
        return self.said.count("COMMIT")


@pytest.fixture
def watched(sqlite_store, monkeypatch):
    sqlite_store.keep_to_beats()
    return Watched(sqlite_store, monkeypatch)


async def settled(store):
    while not store._beating._task.done():
        await asyncio.sleep(0.01)


@pytest.fixture
def put(sqlite_store, received):
    """Writes a request of that name."""

    async def write(name: str) -> None:
        async with sqlite_store.begin() as unit:
            await unit.requests.add(received(name))

    return write


async def test_every_commit_has_a_beat_of_its_own(watched, put):
    """R24: none between two, whatever there is to write; who comes while one is held shares it."""
    await asyncio.gather(*(put(f"at once {number}") for number in range(20)))
    assert (watched.commits, watched.beats) == (1, 1)
    for number in range(5):
        await put(f"later {number}")
    assert (watched.commits, watched.beats) == (6, 6)


async def test_a_beat_is_full_some_time(watched, put, monkeypatch):
    """R61: much to write is written in several beats, so that nobody waits for all of it; in each
    one unit at least has its turn."""
    monkeypatch.setattr(beats, "FULL", 0.0)
    await asyncio.gather(*(put(f"much {number}") for number in range(5)))
    assert (watched.commits, watched.beats) == (5, 5)


async def test_who_waits_for_room_has_the_next_beat_when_one_fails(
    sqlite_store, watched, put, monkeypatch
):
    """R29: only those who had joined the one that failed are told so."""
    monkeypatch.setattr(beats, "FULL", 0.0)
    fail = sqlite_store._writer.commit

    def once() -> None:
        monkeypatch.setattr(sqlite_store._writer, "commit", fail)
        sqlite_store._writer.run("ROLLBACK")
        raise StoreUnavailable("rehearsed outage")

    monkeypatch.setattr(sqlite_store._writer, "commit", once)
    found = await asyncio.gather(*(put(f"some {n}") for n in range(3)), return_exceptions=True)
    assert [type(each) for each in found] == [StoreUnavailable, type(None), type(None)]


async def test_two_workers_of_one_file_take_turns(sqlite_store, sqlite_path, watched, received):
    """R29: they have the beats of one clock; who finds the file taken waits, and loses nothing."""
    second = SqliteStore(sqlite_path)
    await second.open()
    second.keep_to_beats()

    async def write(store: SqliteStore, name: str) -> None:
        async with store.begin() as unit:
            await unit.requests.add(received(name))

    for again in range(5):
        at_once = [(store, f"{n} {again}") for n, store in enumerate((sqlite_store, second))]
        await asyncio.gather(*(write(*each) for each in at_once))
    await second.close()
    with closing(sqlite3.connect(sqlite_path)) as other:
        (found,) = other.execute("SELECT count(*) FROM recovery_request").fetchone()
    assert (found, watched.beats) == (10, 10)


async def test_beats_go_on_without_anything_to_write(sqlite_store, sqlite_path, watched, received):
    """R24: once a request has come others wait as often and as long, whatever is written for it,
    until its work must be done; a file at rest is left alone."""
    with closing(sqlite3.connect(sqlite_path)) as other:
        version = "PRAGMA data_version"
        (before,) = other.execute(version).fetchone()
        await asyncio.sleep(0.05)
        assert watched.beats == 0
        sqlite_store.note_arrival()
        await settled(sqlite_store)
        assert watched.commits == watched.beats > 5
        (after,) = other.execute(version).fetchone()
        assert after > before, "what is written is written to the file"
        (mark,) = other.execute("PRAGMA application_id").fetchone()
        assert mark == 0
    commits = watched.commits
    await asyncio.sleep(0.05)
    assert watched.commits == commits


async def test_what_is_claimed_tells_the_store(sqlite_store, watched, clock):
    """R24: a request that nobody has decided on, and no other job: those are a voter's alone."""
    jobs = StoredJobs(sqlite_store.begin, sqlite_store.read, sqlite_store.note_arrival)
    lease = timedelta(seconds=60)
    for kind, goes_on in ((JobKind.DELIVER_EMAIL, False), (JobKind.SEND_LINK, True)):
        async with sqlite_store.begin() as unit:
            await unit.jobs.enqueue(Job(kind, "r1"), at=clock.now())
        assert len(await jobs.claim({kind: 1}, clock.now(), lease)) == 1
        assert (sqlite_store._beating._task is not None) is goes_on


async def test_a_store_that_fails_is_left_alone(sqlite_store, watched, monkeypatch):
    """R29: until the next request comes, and nobody hears of it."""

    def fail() -> bool:
        raise StoreUnavailable("rehearsed outage")

    monkeypatch.setattr(sqlite_store._writer, "begin", fail)
    sqlite_store.note_arrival()
    await settled(sqlite_store)
    assert watched.beats == 1
    monkeypatch.undo()
    sqlite_store.keep_to_beats()
    sqlite_store.note_arrival()
    await asyncio.sleep(0.1)
    assert watched.commits


async def test_a_store_that_is_closed_ends_its_beats(sqlite_store, watched):
    """R29: whatever moment they have come to."""
    sqlite_store.note_arrival()
    await asyncio.sleep(0.03)
    await sqlite_store.close()
    assert sqlite_store._beating._task.done()


@pytest.mark.parametrize(("commit", "apart"), [(0.0, 2), (0.002, 3), (0.05, 32)])
async def test_a_slow_disk_has_fewer_beats(commit, apart, monkeypatch):
    """R24: most of the time is left to others; what one commit takes does not matter."""
    found = Beats()
    found._commit = commit
    await found.next()
    first = found._last
    monkeypatch.setattr(asyncio, "sleep", _at_once)
    found.committed(commit)
    await found.next()
    assert found._last - first == apart


async def _at_once(_: float) -> None:
    """Waits for nothing."""
