"""The engine for many machines: lost servers, time limits, and what parallel units may not do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.connections.postgres import PostgresSettings
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.migrations import SCHEMA_VERSION
from adapters.store.postgres import READERS, PostgresStore
from core.errors import ConcurrentChange, Overtaken, StoreUnavailable
from core.jobs import Job, JobKind
from core.keys import Keyring, SecretKey
from core.reasons import Dismissal
from core.recovery_request import State
from tests.servers.postgres import administer

HOUR = timedelta(hours=1)
PRELUDE = """
import asyncio, json, os, sys
from datetime import UTC, datetime
from adapters.store.postgres import READERS, PostgresStore
from core.locale import Locale
from core.recovery_request import RecoveryRequest
from core.voter import Numic

DSN = sys.argv[1]
"""


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts another process with the same code; it answers on its standard output."""
    started: list[subprocess.Popen] = []

    def start(script: str, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, *arguments],
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


@pytest.fixture
async def opened(postgres_dsn) -> AsyncIterator[Callable]:
    """Opens stores with settings of their own, and closes them."""
    stores: list[PostgresStore] = []

    async def opened(readers: int = READERS, **settings) -> PostgresStore:
        store = PostgresStore(postgres_dsn, PostgresSettings(**settings), readers)
        await store.open()
        stores.append(store)
        return store

    yield opened
    for store in stores:
        await store.close()


async def put(store, *requests):
    async with store.begin() as unit:
        for request in requests:
            await unit.requests.add(request)


async def attempt(store, *steps):
    """A unit of these steps, one after the other."""
    async with store.begin() as unit:
        for step in steps:
            await step(unit)


async def ids_in(dsn) -> set[str]:
    """What another connection sees."""
    return {row[0] for row in await administer(dsn, "SELECT id FROM recovery_request")}


class TestConnections:
    @pytest.mark.parametrize("kind", ["begin", "read", "statements"])
    async def test_what_every_connection_is_set_to(self, opened, postgres_dsn, kind):
        """R29: every commit waits for the disk, and nothing waits for ever, whatever the database
        says."""
        (row,) = await administer(postgres_dsn, "SELECT current_database()")
        await administer(postgres_dsn, f"ALTER DATABASE {row[0]} SET synchronous_commit = off")
        store = await opened(statement_timeout=1.5, lock_timeout=0.25, idle_timeout=7)
        wanted = {
            "synchronous_commit": "on",
            "transaction_isolation": "read committed",
            "transaction_read_only": "on" if kind == "read" else "off",
            "statement_timeout": "1500ms",
            "lock_timeout": "250ms",
            "idle_in_transaction_session_timeout": "7s",
        }
        async with getattr(store, kind)() as entered:
            sql = entered if kind == "statements" else entered.sql
            is_set = {name: (await sql.fetch(f"SHOW {name}"))[0][0] for name in wanted}
        await administer(postgres_dsn, f"ALTER DATABASE {row[0]} RESET synchronous_commit")
        assert is_set == wanted

    async def test_no_more_connections_than_allowed(self, opened, postgres_dsn, received):
        """R29: a hundred units at once share the connections there are."""
        store = await opened(connections=3, readers=2)
        await asyncio.gather(*[put(store, received(f"r{n}")) for n in range(100)])

        async def look(number):
            async with store.read() as unit:
                return await unit.requests.get(f"r{number}")

        assert all(await asyncio.gather(*map(look, range(100))))
        query = """SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'reassort'"""
        ((count,),) = await administer(postgres_dsn, query)
        assert 2 <= count <= 5

    async def test_a_full_pool_is_told_in_time(self, opened, received):
        """R29: who finds every connection busy is told so after the time limit, and nobody waits
        in a line behind them."""
        store = await opened(connections=1, acquire_timeout=0.5)
        async with store.begin():
            began = time.monotonic()
            units = [put(store, received(f"r{number}")) for number in range(5)]
            ended = await asyncio.gather(*units, return_exceptions=True)
            took = time.monotonic() - began
        assert [str(end) for end in ended] == ["TimeoutError"] * 5
        assert 0.5 <= took < 2  # one after the other: 2.5
        await put(store, received())


class TestLimits:
    async def test_a_statement_that_takes_too_long(self, opened):
        """R29: a slow statement fails in time, and its connection serves on."""
        store = await opened(statement_timeout=0.1)
        with pytest.raises(StoreUnavailable, match="57014"):
            async with store.begin() as unit:
                await unit.sql.fetch("SELECT pg_sleep(5)")
        async with store.begin() as unit:
            assert await unit.requests.get("r1") is None

    async def test_a_row_that_another_holds(self, opened, received, noon):
        """R29: the wait for another unit's row is bounded; nothing of the waiting unit is kept."""
        store = await opened(lock_timeout=0.1)
        was = received()
        await put(store, was)
        dismissed = was.dismissed(Dismissal.NO_PHONE, noon, "v")
        async with store.begin() as unit:
            await unit.requests.save(dismissed, was=was)
            await unit.requests.get(was.id)  # before a query the change is made
            with pytest.raises(StoreUnavailable, match="55P03"):
                await attempt(
                    store,
                    lambda other: other.requests.add(received("lost")),
                    lambda other: other.requests.save(dismissed, was=was),
                )
        async with store.read() as unit:
            assert await unit.requests.get("lost") is None

    async def test_a_unit_that_does_nothing(self, opened, received):
        """R29: a unit that is forgotten half-way frees what it holds, and cannot commit."""
        store = await opened(idle_timeout=0.1, connections=1)
        with pytest.raises(StoreUnavailable):
            await attempt(
                store,
                lambda unit: unit.requests.add(received()),
                lambda unit: unit.requests.get("r1"),
                lambda _: asyncio.sleep(0.4),
            )
        async with store.read() as unit:
            assert await unit.requests.get("r1") is None
        await put(store, received())

    async def test_a_server_that_stops_answering(self, opened):
        """R29: the client has a limit of its own, for when the server's is never heard."""
        store = await opened(statement_timeout=0.1)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="TimeoutError"):
            await attempt(
                store,
                lambda unit: unit.sql.fetch("SELECT set_config('statement_timeout', '0', true)"),
                lambda unit: unit.sql.fetch("SELECT pg_sleep(20)"),
            )
        assert time.monotonic() - began < 5
        async with store.begin() as unit:
            assert (await unit.sql.fetch("SHOW statement_timeout"))[0][0] == "100ms"


class TestUnits:
    async def test_a_unit_whose_statement_failed_cannot_commit(self, postgres_store, received):
        """R29: the server rolls back at the first error; who overlooks it is told at the end."""
        await put(postgres_store, received("there"))

        async def overlook():
            async with postgres_store.begin() as unit:
                await unit.requests.add(received("lost"))
                await unit.requests.add(received("there"))
                with pytest.raises(StoreUnavailable, match="23505"):
                    await unit.requests.get("there")

        with pytest.raises(StoreUnavailable, match="rolled back"):
            await overlook()
        async with postgres_store.read() as unit:
            assert await unit.requests.get("lost") is None

    async def test_queuing_twice_does_not_harm_the_unit(self, postgres_store, received, noon):
        """R29: a job that is queued already aborts nothing, be it alive, running or dead."""
        job = Job(JobKind.SEND_LINK, "r1")
        for step in ("queued", "picked", "failed"):
            async with postgres_store.begin() as unit:
                await unit.jobs.enqueue(job, job, at=noon)
                await unit.jobs.enqueue(job, at=noon)
                await unit.requests.add(received(step))
            async with postgres_store.begin() as unit:
                if step == "queued":
                    (claimed,) = await unit.jobs.claim(JobKind.SEND_LINK, 9, noon, noon + HOUR)
                elif step == "picked":
                    await unit.jobs.bury(claimed, "KeyError", noon)
        async with postgres_store.read() as unit:
            assert len(await unit.jobs.dead(9)) == 1
            assert await unit.requests.get("failed")
            assert not await unit.jobs.due([*JobKind], noon + 2 * HOUR)

    @pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
    async def test_what_the_database_cannot_hold(self, postgres_store, received, value):
        """R42: a value that no column takes is refused without being quoted."""
        with pytest.raises(StoreUnavailable, match=r"^\w+( \(\w+\))?$"):
            await put(postgres_store, received(partner=value))

    async def test_a_cancelled_commit_is_whole(self, postgres_store, postgres_dsn, received):
        """R29: a caller that goes away at any moment leaves all of its unit or nothing."""

        async def both(number):
            await put(postgres_store, received(f"a{number}"), received(f"b{number}"))

        tasks = []
        for number in range(60):
            tasks.append(asyncio.create_task(both(number)))
            await asyncio.sleep(0.0002)
            tasks[number // 2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await both("last")
        stored = await ids_in(postgres_dsn)
        assert {each[1:] for each in stored if each[0] == "a"} == {
            each[1:] for each in stored if each[0] == "b"
        }
        assert "alast" in stored

    def test_a_killed_process_keeps_what_it_committed(self, start, postgres_dsn):
        """R29: kill -9 in the middle of a unit loses that unit alone."""
        process = start(
            """
def received(name):
    now = datetime(2027, 6, 5, 12, tzinfo=UTC)
    return RecoveryRequest(name, Numic("00012345"), None, "p", Locale.FR, now)

async def main():
    store = PostgresStore(DSN)
    await store.open()
    async with store.begin() as unit:
        await unit.requests.add(received("kept"))
    async with store.begin() as unit:
        await unit.requests.add(received("lost"))
        os.kill(os.getpid(), 9)
asyncio.run(main())
""",
            postgres_dsn,
        )
        process.communicate(timeout=120)
        assert process.returncode == -9
        assert asyncio.run(ids_in(postgres_dsn)) == {"kept"}


class TestSideBySide:
    """What is counted before it is written, by as many workers as like."""

    def test_one_link_two_processes_one_winner(self, start, postgres_dsn, link_sent):
        """R13: of 100 confirmations of one link, fifty in each of two processes, one succeeds."""
        request = link_sent()

        async def prepare():
            store = PostgresStore(postgres_dsn)
            await store.open()
            await put(store, request)
            await store.close()

        asyncio.run(prepare())
        script = """
DIGEST, NOW = bytes.fromhex(sys.argv[2]), datetime.fromisoformat(sys.argv[3])

async def attempt(store, number):
    async with store.begin() as unit:
        assert await unit.links.find(DIGEST) is not None
        seed = os.getpid().to_bytes(4) + bytes([number]) * 28
        won = await unit.links.redeem(DIGEST, NOW, seed, "2027")
        return won and won.seed.hex()

async def main():
    store = PostgresStore(DSN)
    await store.open()
    print("ready", flush=True)
    sys.stdin.readline()
    ended = await asyncio.gather(*[attempt(store, number) for number in range(50)])
    await store.close()
    print(json.dumps([seed for seed in ended if seed]))

asyncio.run(main())
"""
        arguments = (request.link.digest.hex(), request.received_at.isoformat())
        racers = [start(script, postgres_dsn, *arguments) for _ in range(2)]
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        won = [seed for racer in racers for seed in json.loads(racer.communicate(timeout=120)[0])]
        assert len(won) == 1
        query = "SELECT state, encode(seed, 'hex') FROM recovery_request"
        (row,) = asyncio.run(administer(postgres_dsn, query))
        assert tuple(row) == (State.CONFIRMED, won[0])

    @pytest.mark.parametrize("counting", [True, False], ids=["counted", "only superseded"])
    async def test_one_open_link_a_voter(
        self, opened, postgres_dsn, received, link_sent, noon, counting
    ):
        """R17: of the links that twenty workers of two processes issue to one voter at once, under
        old and new pseudonyms, exactly one stays open."""
        stores = [await opened(connections=10), await opened(connections=10)]
        ids = [f"r{number}" for number in range(20)]
        await put(stores[0], *[received(each) for each in ids])

        async def issue(number, id):
            voters = ("new", "old") if number % 3 else ("old", "new")
            issued = replace(link_sent(id), voter=voters[0])
            async with stores[number % 2].begin() as unit:
                if counting:
                    await unit.history.of(["pair"], voters, noon - HOUR, noon - HOUR, id)
                await unit.links.supersede(voters, noon)
                await unit.requests.save(issued, was=received(id))

        await asyncio.gather(*[issue(*each) for each in enumerate(ids)])
        query = "SELECT state, count(*) FROM recovery_request GROUP BY state ORDER BY state"
        counts = await administer(postgres_dsn, query)
        assert [tuple(row) for row in counts] == [("link_sent", 1), ("superseded", 19)]

    @pytest.mark.parametrize("by", ["pair", "voter"])
    async def test_a_quota_is_not_exceeded(
        self, opened, postgres_dsn, received, link_sent, noon, by
    ):
        """R26: of twenty requests that are decided at once, as many pass as the quota allows."""
        stores = [await opened(connections=10), await opened(connections=10)]
        ids = [f"r{number}" for number in range(20)]
        await put(stores[0], *[received(each, pair="waits") for each in ids])

        async def decide(number, id):
            pairs = ["pair"] if by == "pair" else [f"pair{number}"]
            voters = ["voter"] if by == "voter" else [f"voter{number}"]
            async with stores[number % 2].begin() as unit:
                history = await unit.history.of(pairs, voters, noon - HOUR, noon - HOUR, id)
                if max(history.asked, len(history.earlier)) < 3:
                    passed = link_sent(id, pair=pairs[0], voter=voters[0])
                    await unit.requests.save(passed, was=received(id, pair="waits"))

        await asyncio.gather(*[decide(*each) for each in enumerate(ids)])
        query = "SELECT count(*) FROM recovery_request WHERE state = 'link_sent'"
        assert (await administer(postgres_dsn, query))[0][0] == 3

    async def test_who_only_looks_is_not_held_up(self, postgres_store, noon):
        """R29: a look at a voter's history waits for no unit that decides on it."""
        async with postgres_store.begin() as unit:
            await unit.history.of(["pair"], ["voter"], noon, noon, "r1")
            async with asyncio.timeout(1), postgres_store.read() as other:
                await other.history.of(["pair"], ["voter"], noon, noon, "r2")


class TestRestarts:
    async def test_a_server_that_is_killed_and_comes_back(self, own_server, received):
        """R29: units under way fail, none that was told of its commit is lost, and the store works
        again without being opened anew."""
        dsn = own_server.dsn()
        await migrate_postgres(dsn)
        store = PostgresStore(dsn, PostgresSettings(connect_timeout=1, acquire_timeout=1))
        await store.open()
        told: set[str] = set()
        failures: list[BaseException] = []
        stop = asyncio.Event()

        async def work(worker):
            number = 0
            while not stop.is_set():
                name = f"{worker}.{number}"
                number += 1
                try:
                    await put(store, received(name))
                    told.add(name)
                except StoreUnavailable as failure:
                    failures.append(failure)
                    await asyncio.sleep(0.01)

        workers = [asyncio.create_task(work(worker)) for worker in range(8)]
        await asyncio.sleep(0.5)
        before = len(told)
        await asyncio.to_thread(own_server.kill)
        await asyncio.sleep(0.2)
        with pytest.raises(StoreUnavailable):
            async with store.read() as unit:
                await unit.requests.get("0.0")
        down = len(told)
        await asyncio.to_thread(own_server.start)
        async with asyncio.timeout(60):
            while len(told) < down + 50:
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*workers)
        async with store.read() as unit:
            assert await unit.requests.get("0.0")
        await store.close()
        assert before > 10
        assert failures
        assert told <= await ids_in(dsn)

    async def test_connections_that_the_server_ends(self, postgres_store, postgres_dsn, received):
        """R29: a unit whose connection is ended fails; the next one has a new connection."""
        query = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'reassort'"""
        with pytest.raises(StoreUnavailable):
            await attempt(
                postgres_store,
                lambda unit: unit.requests.add(received()),
                lambda _: administer(postgres_dsn, query),
            )
        await put(postgres_store, received())
        assert await ids_in(postgres_dsn) == {"r1"}


class TestOpening:
    async def test_open_and_close_may_be_repeated(self, postgres_dsn, received):
        """Opening an open store changes nothing; a closed one refuses until it is opened again."""
        store = PostgresStore(postgres_dsn)
        await store.open()
        await store.open()
        await put(store, received())
        await store.checkpoint()
        await store.close()
        await store.close()
        for enter in (store.begin, store.read, store.statements):
            with pytest.raises(StoreUnavailable, match="closed"):
                async with enter():
                    pass
        await store.open()
        async with store.read() as unit:
            assert await unit.requests.get("r1") == received()
        await store.close()

    async def test_an_unmigrated_database_is_refused(self, databases):
        """A database of another version is not touched, and says how to be brought up."""
        dsn = databases.create("template0")
        store = PostgresStore(dsn)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="run `reassort migrate`"):
                await store.open()
        await migrate_postgres(dsn)
        await store.open()
        await store.close()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (f"INSERT INTO reassort_schema VALUES ({SCHEMA_VERSION + 1})", "later version"),
            ("DELETE FROM reassort_schema", "run `reassort migrate`"),
        ],
    )
    async def test_another_version_is_refused(self, databases, change, message):
        """A database of a later version is named as that: to migrate it would not help."""
        dsn = databases.create()
        await administer(dsn, change)
        with pytest.raises(StoreUnavailable, match=message):
            await PostgresStore(dsn).open()

    @pytest.mark.parametrize(
        "dsn",
        [
            "postgresql://u:hunter2@127.0.0.1:1/d",
            "postgresql://u:hunter2@127.0.0.1:nonsense/d",
            "postgresql://u:hunter2@/d?host=/nowhere",
        ],
    )
    async def test_no_server_is_refused(self, dsn):
        """R20: what cannot be reached is a failure of the store; its password is not told."""
        with pytest.raises(StoreUnavailable, match=r"^\w+(: nothing listens there)?$"):
            await PostgresStore(dsn, PostgresSettings(connect_timeout=1)).open()

    async def test_closing_waits_for_the_units(self, postgres_dsn, received):
        """R29: a unit that runs when the store is closed still commits."""
        store = PostgresStore(postgres_dsn)
        await store.open()
        async with store.begin() as unit:
            await unit.requests.add(received())
            closing = asyncio.create_task(store.close())
            await asyncio.sleep(0.05)
            assert not closing.done()
        await closing
        assert await ids_in(postgres_dsn) == {"r1"}

    async def test_closing_does_not_wait_for_ever(self, postgres_dsn, received):
        """R29: a unit that does not end is cut off after the time limit, and leaves nothing."""
        store = PostgresStore(postgres_dsn, PostgresSettings(statement_timeout=0.1))
        await store.open()
        with pytest.raises(StoreUnavailable):
            await attempt(
                store,
                lambda unit: unit.requests.add(received()),
                lambda _: asyncio.wait_for(store.close(), 5),
            )
        assert await ids_in(postgres_dsn) == set()


class TestKeys:
    OLD, NEW = SecretKey("2027", b"o" * 32), SecretKey("2028", b"n" * 32)
    FORGED = SecretKey("2027", b"f" * 32)

    async def test_the_first_keys_make_it_theirs(self, postgres_store):
        """R29: other keys are refused, also when they go by the same name; keys may rotate."""
        await postgres_store.belong_to(Keyring((self.NEW,)), claim=False)
        await postgres_store.belong_to(Keyring((self.OLD,)))
        for stranger in ((self.NEW,), (self.FORGED,), (self.NEW, self.FORGED)):
            for claim in (True, False):
                with pytest.raises(StoreUnavailable, match="belongs to other keys"):
                    await postgres_store.belong_to(Keyring(stranger), claim)
        await postgres_store.belong_to(Keyring((self.NEW, self.OLD)))
        await postgres_store.belong_to(Keyring((self.NEW,)))

    async def test_several_processes_at_once(self, opened):
        """R29: of two deployments that open a new database at once, one gets it."""
        for _ in range(5):
            stores = [await opened(), await opened()]
            async with stores[0].begin() as unit:
                await unit.sql.execute("DELETE FROM deployment")
            rings = (Keyring((self.OLD,)), Keyring((self.NEW,)))
            calls = [each.belong_to(ring) for each, ring in zip(stores, rings, strict=True)]
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert sorted(type(end).__name__ for end in ended) == ["NoneType", "StoreUnavailable"]


async def test_whoever_loses_a_deadlock_may_run_again_at_once(postgres_store, received):
    """R29, R30: two units that lock two requests in opposite orders: one of them is told that it
    was overtaken, which is a store that did not serve and says nothing of what the other did."""
    requests = [received("r1"), received("r2")]
    async with postgres_store.begin() as unit:
        for each in requests:
            await unit.requests.add(each)
    both = asyncio.Barrier(2)

    async def touch(first, second):
        async with postgres_store.begin() as unit:
            await unit.requests.save(first, was=first)
            await unit.requests.get(first.id)  # before a query the change is made
            await both.wait()
            await unit.requests.save(second, was=second)

    ends = await asyncio.gather(
        touch(*requests), touch(*reversed(requests)), return_exceptions=True
    )
    (failure,) = [each for each in ends if each is not None]
    assert isinstance(failure, Overtaken)
    assert isinstance(failure, StoreUnavailable)
    assert not isinstance(failure, ConcurrentChange)
