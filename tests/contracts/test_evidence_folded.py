"""R49: shares from buckets are those of a full count, at every hour, whatever was folded when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from adapters.store.diskless import DisklessStore
from adapters.store.evidence_recount import EvidenceRecount
from adapters.store.postgres import PostgresStore
from adapters.store.sql import to_column
from adapters.store.sqlite import SqliteStore
from core.evidence import Axis
from core.use_cases.fold_evidence import FoldEvidence
from tests.servers.postgres import empty
from tests.servers.sqlite import new_database

BEGIN = datetime(2027, 6, 5, 12, tzinfo=UTC)
QUARTERS = 24
"""Of an hour: in so many, from `BEGIN` on, all happens."""
ROUNDS = ("2027-1", "2027-2")
TABLES = ("evidence_due", "evidence_counted", "evidence_bucket")
ADD = """
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, round_id, round_voter,
    country, post, confirmed_at)
VALUES ($1, 'numic:00012345', 'p', 'fr', 0, 'link_sent', $2, $3, $4, $5, NULL)
"""
CHANGE = """
INSERT INTO message_change (delivery, number, channel, route, place, was, state, happened_at,
    recorded_at) VALUES ($1, $2, 'sms', 'north', 'AR', '', $3, $4, $5)
"""
REQUESTS = [f"r{number}" for number in range(6)]
request = some.sampled_from(REQUESTS)
quarter = some.integers(0, QUARTERS)
told_at = some.tuples(quarter, quarter)
end = some.sampled_from(["delivered", "failed", "expired"])
STEP = some.one_of(
    some.tuples(some.just("confirm"), request, quarter),
    some.tuples(some.just("confirm"), request, quarter),
    some.tuples(some.just("tell"), request, end, some.sampled_from([0, 0, 1]), told_at),
    some.tuples(some.just("tell"), request, end, some.sampled_from([0, 0, 1]), told_at),
    some.tuples(some.just("know"), request, some.sampled_from([None, "v0", "v1", "v2"])),
    some.tuples(some.just("place"), request, some.sampled_from([None, "AR", "DE"])),
    some.tuples(some.just("by_partner"), request, some.sampled_from([None, "front"])),
    some.tuples(some.just("of_round"), request, some.sampled_from(ROUNDS)),
    some.tuples(some.just("delete"), request),
)
STEPS = some.lists(some.tuples(STEP, some.sampled_from([0, 0, 2, 100])), min_size=4, max_size=30)
"""Each with how much two workers fold after it."""


@dataclass
class Round:
    """What is done to the rows, in any order, by whoever may."""

    store: SqliteStore | DisklessStore | PostgresStore

    async def begin(self) -> None:
        for number, id in enumerate(REQUESTS):
            voter = None if number == 5 else f"v{number % 2}"
            await self._do(ADD, id, ROUNDS[0], voter, "AR", f"p{number % 2}")

    async def confirm(self, request: str, at: int) -> None:
        query = "UPDATE recovery_request SET confirmed_at = $2 WHERE id = $1"
        await self._do(query, request, column(at))

    async def tell(self, request: str, state: str, number: int, at: tuple[int, int]) -> None:
        happened, told = map(column, sorted(at))
        await self._do(CHANGE, f"{request}.password", number, state, happened, told)

    async def know(self, request: str, voter: str | None) -> None:
        await self._do("UPDATE recovery_request SET round_voter = $2 WHERE id = $1", request, voter)

    async def place(self, request: str, country: str | None) -> None:
        await self._do("UPDATE recovery_request SET country = $2 WHERE id = $1", request, country)

    async def by_partner(self, request: str, name: str | None) -> None:
        await self._do("UPDATE recovery_request SET partner = $2 WHERE id = $1", request, name)

    async def of_round(self, request: str, name: str) -> None:
        await self._do("UPDATE recovery_request SET round_id = $2 WHERE id = $1", request, name)

    async def delete(self, request: str) -> None:
        async with self.store.begin() as unit:
            await unit.destructions.delete([request])

    async def fold(self, limit: int) -> None:
        """Two workers at once."""
        await asyncio.gather(self._fold(limit), self._fold(limit))

    async def _fold(self, limit: int) -> None:
        async with self.store.begin() as unit:
            await unit.evidence_folding.fold(limit)

    async def _do(self, query: str, *values: object) -> None:
        async with self.store.begin() as unit:
            await unit.sql.execute(query, *values)

    async def agrees(self) -> object:
        """At every hour, along every axis: what they say."""
        found = {}
        async with self.store.read() as unit:
            recount = EvidenceRecount(unit.sql)
            for hour in range(QUARTERS // 4 + 2):
                at = BEGIN + timedelta(hours=hour)
                for name in ROUNDS:
                    quick = await unit.evidence.lines(name, at, list(Axis))
                    anew = await recount.lines(name, at, list(Axis))
                    found[name, at] = sorted_lines(quick)
                    assert found[name, at] == sorted_lines(anew), (name, at)
        return found


def column(quarters: int) -> int | None:
    return to_column(BEGIN + timedelta(minutes=15 * quarters))


def sorted_lines(lines):
    return {axis: sorted(lines[axis], key=lambda line: line.group) for axis in lines}


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request, tmp_path):
    """Opens an empty database of the engine, once for each example."""
    files = iter(range(10_000))

    async def opened():
        if request.param == "sqlite":
            path = tmp_path / f"{next(files)}.sqlite3"
            new_database(path)
            store = SqliteStore(path)
        else:
            dsn = request.getfixturevalue("shared_dsn")
            await empty(dsn)
            store = PostgresStore(dsn)
        await store.open()
        return store

    return opened


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_buckets_are_a_full_count(opened, steps):
    """R49: confirmations, receipts late, early and turned around, voters known late, requests
    deleted, in any order; two workers fold in between."""

    async def check():
        store = await opened()
        try:
            round = Round(store)
            await round.begin()
            for (kind, *given), limit in steps:
                await getattr(round, kind)(*given)
                if limit:
                    await round.fold(limit)
            await round.agrees()
            await FoldEvidence(store.begin)()
            await round.agrees()
        finally:
            await store.close()

    asyncio.run(check())


@pytest.mark.parametrize(
    "step",
    [
        ("confirm", "r1", 9),
        ("confirm", "r5", 1),
        ("know", "r3", "v0"),
        ("know", "r1", "v0"),
        ("place", "r3", "DE"),
        ("of_round", "r3", ROUNDS[1]),
        ("by_partner", "r3", "front"),
        ("delete", "r3"),
        ("tell", "r3", "delivered", 1, (5, 6)),
        ("tell", "r3", "delivered", 0, (5, 6)),
        ("tell", "r3", "failed", 0, (5, 6)),
        ("tell", "r3", "expired", 0, (5, 6)),
    ],
)
async def test_whatever_changes_the_count_is_due(store, step):
    """R49: after all else was folded; the other renewals of a voter count otherwise, too."""
    round = Round(store)
    await round.begin()
    await round.confirm("r1", 0)
    await round.confirm("r3", 4)
    await round.tell("r1", "delivered", 1, (1, 1))
    await FoldEvidence(store.begin)()
    before = await round.agrees()
    kind, *given = step
    await getattr(round, kind)(*given)
    after = await round.agrees()
    await FoldEvidence(store.begin)()
    assert await round.agrees() == after != before


async def test_what_is_deleted_leaves_nothing(store):
    """R47, R49: neither by what a voter was known, nor a count of one."""
    round = Round(store)
    await round.begin()
    await round.confirm("r1", 0)
    await round.tell("r1", "delivered", 1, (1, 2))
    await round.confirm("r3", 3)
    assert await FoldEvidence(store.begin)() == 3
    assert await FoldEvidence(store.begin)() == 0
    await round.delete("r1")
    await round.delete("r3")
    assert await FoldEvidence(store.begin)() == 2
    async with store.read() as unit:
        for table in TABLES:
            assert not await unit.sql.fetch(f"SELECT * FROM {table}"), table


async def test_what_is_not_counted_is_not_due(store):
    """R49: taking requests in, and what happens to links and e-mails, costs evidence nothing."""
    round = Round(store)
    await round.begin()
    await round.place("r1", "DE")
    await round.tell("r1", "accepted", 1, (1, 1))
    await round.tell("r1", "failed", 1, (1, 1))
    async with store.begin() as unit:
        await unit.sql.execute(CHANGE, "r1.link", 0, "failed", 0, 0)
        assert not await unit.sql.fetch("SELECT * FROM evidence_due")


async def test_more_than_one_commit_folds(store, monkeypatch):
    """R49: however much is due; but a worker has other chores, too."""
    monkeypatch.setattr("core.use_cases.fold_evidence.AT_ONCE", 2)
    monkeypatch.setattr("core.use_cases.fold_evidence.MOST", 3)
    round = Round(store)
    await round.begin()
    for number, id in enumerate(REQUESTS):
        await round.confirm(id, number)
    fold = FoldEvidence(store.begin)
    await round.confirm("r1", 9)
    assert await fold() == 6
    await round.agrees()
    assert (await fold(), await fold()) == (1, 0)
    await round.agrees()
