"""The embedded engine without its disk: what it promises beyond the port."""

from __future__ import annotations

import asyncio

import pytest

from adapters.store.diskless import DisklessStore
from core.errors import StoreUnavailable
from core.jobs import Job, JobKind

SCHEMA = "SELECT name, sql FROM sqlite_master ORDER BY name"


async def put(store, *requests):
    async with store.begin() as unit:
        for request in requests:
            await unit.requests.add(request)


async def has(store, request_id="r1"):
    async with store.read() as unit:
        return await unit.requests.get(request_id) is not None


async def test_the_tables_are_those_of_the_file(diskless_store, sqlite_store):
    """What is tested without a disk runs on the schema that deployments have."""
    async with diskless_store.read() as without, sqlite_store.read() as with_disk:
        assert await without.sql.fetch(SCHEMA) == await with_disk.sql.fetch(SCHEMA)


async def test_stores_do_not_meet(diskless_store, received):
    """Each sandbox's room has its own data, from the beginning to the end of the other."""
    other = DisklessStore()
    await other.open()
    await put(diskless_store, received())
    assert not await has(other)
    await other.close()
    assert await has(diskless_store)


async def test_nothing_is_put_on_the_disk(tmp_path, monkeypatch, received):
    """A store leaves no file behind, not even while a unit is open."""
    monkeypatch.chdir(tmp_path)
    store = DisklessStore()
    await store.open()
    async with store.begin() as unit:
        await unit.requests.add(received())
        assert list(tmp_path.iterdir()) == []
    await store.close()
    assert list(tmp_path.iterdir()) == []


async def test_everything_ends_with_it(diskless_store, received):
    """A closed store answers nothing, and is empty when it is opened again."""
    await put(diskless_store, received())
    await diskless_store.close()
    await diskless_store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await has(diskless_store)
    with pytest.raises(StoreUnavailable, match="closed"):
        await put(diskless_store, received())
    await diskless_store.open()
    assert not await has(diskless_store)


async def test_opening_twice_keeps_what_is_there(diskless_store, received):
    await put(diskless_store, received())
    await diskless_store.open()
    assert await has(diskless_store)


async def test_a_unit_within_a_unit_is_found_out(diskless_store, received):
    """It would wait for itself; the outer one is rolled back, and the store goes on."""

    async def within():
        async with diskless_store.begin() as unit:
            await unit.requests.add(received())
            await put(diskless_store, received("r2"))

    with pytest.raises(RuntimeError, match="within another"):
        await within()
    assert not await has(diskless_store)
    await put(diskless_store, received())


async def test_closing_waits_for_the_unit(diskless_store, received):
    async with diskless_store.begin() as unit:
        closing = asyncio.create_task(diskless_store.close())
        await asyncio.sleep(0)
        await unit.requests.add(received())
    await closing


async def test_a_large_unit_is_hidden_until_its_end(diskless_store, noon):
    """What does not fit into the cache of a connection is not shown before its commit either."""
    many = 20_000
    for before in (0, many):
        jobs = [Job(JobKind.SEND_LINK, f"{before + one}".zfill(100)) for one in range(many)]
        async with diskless_store.begin() as unit:
            await unit.jobs.enqueue(*jobs, at=noon)
            async with diskless_store.read() as other:
                assert (await other.jobs.backlog(noon)).waiting == before
        async with diskless_store.read() as other:
            assert (await other.jobs.backlog(noon)).waiting == before + many
