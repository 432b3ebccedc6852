"""Demands that share a statement: one's trouble is not another's, and a lost server halves none."""

from __future__ import annotations

import asyncio

import pytest

from adapters.connections.postgres import PostgresSettings
from adapters.store.gathering import AT_ONCE
from adapters.store.postgres import PostgresStore
from core.errors import StoreUnavailable
from core.jobs import Job, JobKind
from tests.servers.postgres import administer


@pytest.fixture
def accept(postgres_store, received):
    """Takes a demand in, whose code is called like it unless told otherwise."""

    async def accept(name, code=None, **fields):
        request = received(name, **fields)
        job = Job(JobKind.SEND_LINK, name)
        return await postgres_store.intake.accept(code or name, request.received_at, request, job)

    return accept


async def rows_in(dsn):
    """The codes, requests and jobs that another connection sees."""
    queries = (
        "SELECT id FROM consumed_code",
        "SELECT id FROM recovery_request",
        "SELECT convert_from(payload, 'UTF8') FROM reassort_pgqueuer",
    )
    return [sorted(row[0] for row in await administer(dsn, query)) for query in queries]


async def test_many_share_a_statement(accept, postgres_store, monkeypatch):
    """R29: what arrives while a statement is on its way shares the next; none is left behind when
    there are more than fit one."""
    statements = 0
    connected = postgres_store.intake._statements

    def counted():
        nonlocal statements
        statements += 1
        return connected()

    monkeypatch.setattr(postgres_store.intake, "_statements", counted)
    demands = [accept(f"r{number}") for number in range(3 * AT_ONCE)]
    assert all(await asyncio.gather(*demands))
    assert statements <= 4
    assert await accept("alone")


async def test_a_few_share_one_statement(accept, postgres_store, monkeypatch):
    """R29: no second statement is begun for a few while one is on its way; what came meanwhile, and
    what comes in the moment after it, goes with the next."""
    begun, may_end = asyncio.Event(), asyncio.Event()
    sent: list[int] = []
    gathering = postgres_store.intake._gathering
    stored = gathering._store

    async def seen(demands):
        sent.append(len(demands))
        begun.set()
        await may_end.wait()
        return await stored(demands)

    async def again(name):
        """As a caller whose answer has come."""
        return await accept(name) and await accept(f"{name} again")

    monkeypatch.setattr(gathering, "_store", seen)
    monkeypatch.setattr("adapters.store.gathering.SLOW", 60.0)
    first = asyncio.create_task(again("first"))
    await begun.wait()
    meanwhile = [asyncio.create_task(accept(f"r{number}")) for number in range(AT_ONCE - 2)]
    await asyncio.sleep(0)
    may_end.set()
    assert all(await asyncio.gather(first, *meanwhile))
    assert sent == [1, AT_ONCE - 1]


async def test_a_server_that_has_become_a_standby(accept, postgres_store):
    """R29: a connection whose server takes no writes any more is not used again: the next one asks
    the hosts which of them is the primary."""
    async with postgres_store.intake._statements() as sql:
        await sql.fetch("SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailable, match="25006"):
        await accept("r1")
    assert await accept("r2")


async def test_the_statement_is_planned_once(accept, postgres_store):
    """R29: the server plans it for the first demands only; planning takes a third of the rest."""
    for number in range(12):
        assert await accept(f"r{number}")
    async with postgres_store.intake._statements() as sql:
        asked = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement"
        ((planned, reused),) = await sql.fetch(f"{asked} LIKE $1", "%answered AS (%")
    assert planned <= 5 < reused, "of twelve"


@pytest.mark.parametrize("fields", [{"voter": "pseudonym"}, {"seed": b"s"}])
async def test_no_value_is_lost(accept, postgres_dsn, fields):
    """R29: a request with a value that the statement does not store is refused, by its column's
    name, and nothing of it is stored."""
    with pytest.raises(ValueError, match=next(iter(fields))):
        await accept("r1", **fields)
    assert await rows_in(postgres_dsn) == [[], [], []]


@pytest.mark.parametrize("fields", [{}, {"partner": "consulat", "rounds": ("2027-1", "2027-2")}])
async def test_a_row_is_as_any_other_unit_writes_it(accept, received, postgres_store, fields):
    """R29: what the statement stores is read as what was received, in every column."""
    assert await accept("r1", **fields)
    async with postgres_store.read() as unit:
        assert await unit.requests.get("r1") == received("r1", **fields)


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
async def test_a_value_that_no_column_takes(accept, postgres_dsn, value):
    """R29: who sends it is refused; those who share the statement are taken in."""
    names = [f"r{number}" for number in range(10)]
    demands = [accept(name, partner=value if name == "r4" else None) for name in names]
    ended = await asyncio.gather(*demands, return_exceptions=True)
    assert isinstance(ended.pop(4), StoreUnavailable)
    assert ended == [True] * 9
    names.remove("r4")
    assert await rows_in(postgres_dsn) == [names, names, names]


async def test_one_code_many_times_among_others(accept, postgres_dsn):
    """R27: in whatever company, one of those with the same code is taken in."""
    demands = [accept(f"r{number}", code=f"c{number % 5}") for number in range(50)]
    taken = await asyncio.gather(*demands)
    assert sum(taken) == 5
    codes, requests, jobs = await rows_in(postgres_dsn)
    assert codes == [f"c{number}" for number in range(5)]
    assert requests == jobs == sorted(f"r{n}" for n, one in enumerate(taken) if one)


async def test_two_processes_with_the_same_codes(accept, postgres_dsn, received):
    """R27: stores that do not know of each other take each code once, and never wait in a ring."""
    other = PostgresStore(postgres_dsn)
    await other.open()

    async def elsewhere(number):
        request = received(f"o{number}")
        job = Job(JobKind.SEND_LINK, request.id)
        return await other.intake.accept(f"c{number}", request.received_at, request, job)

    here = [accept(f"r{number}", code=f"c{number}") for number in range(200)]
    there = [elsewhere(number) for number in reversed(range(200))]
    taken = await asyncio.gather(*here, *there)
    await other.close()
    assert sum(taken) == 200
    codes, requests, jobs = await rows_in(postgres_dsn)
    assert len(codes) == len(requests) == 200
    assert requests == jobs


async def test_a_lost_server_leaves_all_or_nothing(accept, postgres_dsn):
    """R29: connections are cut under load: who was told "taken" is stored whole, of the others all
    or nothing, and the store serves on."""

    async def cut():
        query = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'reassort' AND datname = current_database()"""
        for _ in range(8):
            await asyncio.sleep(0.02)
            await administer(postgres_dsn, query)

    async def ask(lane):
        kept = []
        while not cutting.done():
            name = f"r{lane}-{len(kept)}"
            try:
                kept.append((name, await accept(name)))
            except StoreUnavailable:
                kept.append((name, False))
        return kept

    cutting = asyncio.create_task(cut())
    told = [each for lane in await asyncio.gather(*map(ask, range(20))) for each in lane]
    codes, requests, jobs = await rows_in(postgres_dsn)
    assert codes == requests == jobs
    assert {name for name, taken in told if taken} <= set(requests)
    assert any(not taken for _, taken in told)
    assert await accept("after")


async def test_who_has_left_is_not_taken_in(accept, postgres_dsn):
    """R29: a caller that goes away before a statement leaves with its demand leaves nothing."""
    waiting = [asyncio.create_task(accept(name)) for name in ("stays", "leaves")]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.wait(waiting)
    assert await rows_in(postgres_dsn) == [["stays"]] * 3


async def test_everybody_is_told_when_the_server_is_away(postgres_dsn, received):
    """R29: nobody waits for an answer that does not come, nor is the store stuck afterwards."""
    store = PostgresStore(postgres_dsn, PostgresSettings(acquire_timeout=0.2))
    await store.open()
    await store.close()

    async def ask(name):
        request = received(name)
        await store.intake.accept(name, None, request, Job(JobKind.SEND_LINK, name))

    for _ in range(2):
        ended = await asyncio.gather(*[ask(f"r{n}") for n in range(150)], return_exceptions=True)
        assert {str(end) for end in ended} == {"the store is closed"}
    await store.open()
    await ask("back")
    await store.close()
    assert await rows_in(postgres_dsn) == [[], ["back"], ["back"]]
