"""R32: what is kept up to date is a full count, whatever happened, and was folded, when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from adapters.store import statistics
from adapters.store.diskless import DisklessStore
from adapters.store.postgres import PostgresStore
from adapters.store.sql import Row, Sql, to_column
from adapters.store.sqlite import SqliteStore
from adapters.store.statistics_recount import recount
from core.passages import Axis, Count
from core.statistics import CHANGES_KEPT, Window
from core.use_cases import fold_statistics
from core.use_cases.fold_statistics import FoldStatistics
from tests.servers.postgres import empty
from tests.servers.sqlite import new_database

BEGIN = datetime(2027, 6, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROUNDS = ("2027-1", "2027-2")
TABLES = ("statistics_due", "statistics_counted", "statistics_change")
ADD = """
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, rounds, partner,
    changed_at) VALUES ($1, 'numic:00012345', 'p', 'fr', $2, 'received', $3, $4, $5)
"""
MESSAGE = """
INSERT INTO delivery (id, kind, subject, locale, queued_at, state, attempts, destination)
VALUES ($1, $2, $3, 'fr', 0, 'queued', 0, $4)
"""
ATTEMPT = """
INSERT INTO attempt (delivery, number, route, country, cost, begun_at, state)
VALUES ($1, $2, 'north', 'AR', 0, 0, 'queued')
"""
DECIDED = "EXISTS (SELECT 1 FROM recovery_request WHERE id = {} AND changed_at IS NOT NULL)"
"""Nothing is sent before."""
COLUMNS = {
    "state": ["received", "dismissed", "link_sent", "expired", "delivered", "undelivered"],
    "reason": [None, "no_phone"],
    "round_id": [None, *ROUNDS],
    "rounds": [None, "2027-1", "2027-1\n2027-2"],
    "constituency": [None, "2"],
    "post": [None, "Salta", "Kehl"],
    "country": [None, "AR", "DE"],
    "partner": [None, "consulat"],
    "confirmed_at": [None, 1, 2],
    "changed_at": [1, 2],
}
OF_MESSAGES = {
    "state": ["queued", "accepted", "delivered", "failed"],
    "route": [None, "north", "south"],
    "operator": [None, "722-34"],
    "destination": [None, "AR", "example.org"],
    "accepted_at": [None, 1, 3],
    "changed_at": [None, 1, 4],
}
WINDOWS = [
    Window(ROUNDS[0], BEGIN, BEGIN + 3 * HOUR, (Axis.POST, Axis.STEP)),
    Window(ROUNDS[1], BEGIN + HOUR, BEGIN + 2 * HOUR, (Axis.ROUTE, Axis.MAILBOX_DOMAIN)),
    Window(ROUNDS[0], BEGIN, BEGIN + 2 * HOUR, (Axis.HOUR,)),
]
request = some.sampled_from([f"r{number}" for number in range(6)])
kind = some.sampled_from(["link", "password"])


def one_of(columns):
    return some.one_of(
        *(some.tuples(some.just(name), some.sampled_from(them)) for name, them in columns.items())
    )


STEPS = some.one_of(
    some.tuples(some.just("write"), request, one_of(COLUMNS)),
    some.tuples(some.just("write"), request, one_of(COLUMNS)),
    some.tuples(some.just("message"), request, kind, one_of(OF_MESSAGES)),
    some.tuples(some.just("message"), request, kind, one_of(OF_MESSAGES)),
    some.tuples(some.just("receipt"), request, some.integers(1, 2), some.integers(1, 9)),
    some.tuples(some.just("delete"), request),
    some.tuples(some.just("fold"), some.integers(1, 4)),
    some.tuples(some.just("ask"), some.integers(0, 2)),
)


def column(value):
    return to_column(BEGIN) + value * 3_000_000 if isinstance(value, int) else value


@dataclass
class Round:
    """What is done to the rows, in any order, by whoever may."""

    store: SqliteStore | DisklessStore | PostgresStore
    counts: dict[int, Count] = field(default_factory=dict)

    async def begin(self) -> None:
        for number in range(6):
            received, decided = to_column(BEGIN + number * HOUR / 2), None if number % 2 else 1
            rounds = ROUNDS[0] if number % 3 else "\n".join(ROUNDS)
            await self._do(ADD, f"r{number}", received, rounds, "consulat", column(decided))
            for message in ("link", "password"):
                to = None if decided is None else "example.org"
                await self._do(MESSAGE, f"r{number}.{message}", message, f"r{number}", to)
            for attempt in (1, 2):
                await self._do(ATTEMPT, f"r{number}.password", attempt)

    async def write(self, request: str, change: tuple[str, object]) -> None:
        query = f"UPDATE recovery_request SET {change[0]} = $2 WHERE id = $1"
        await self._do(query, request, column(change[1]))

    async def message(self, request: str, kind: str, change: tuple[str, object]) -> None:
        query = f"UPDATE delivery SET {change[0]} = $2 WHERE id = $1 AND {DECIDED.format('$3')}"
        await self._do(query, f"{request}.{kind}", column(change[1]), request)

    async def receipt(self, request: str, number: int, at: int) -> None:
        query = "UPDATE attempt SET state = 'delivered', changed_at = $3, recorded_at = $4"
        query += f" WHERE delivery = $1 AND number = $2 AND {DECIDED.format('$5')}"
        await self._do(query, f"{request}.password", number, column(at), column(at + 2), request)

    async def delete(self, request: str) -> None:
        async with self.store.begin() as unit:
            await unit.destructions.delete([request])

    async def fold(self, limit: int, at: datetime = BEGIN) -> None:
        """Two workers at once."""
        await asyncio.gather(self._fold(limit, at), self._fold(limit, at))

    async def _fold(self, limit: int, at: datetime) -> None:
        async with self.store.begin() as unit:
            await unit.statistics_folding.fold(limit, at)

    async def _do(self, query: str, *values: object) -> None:
        async with self.store.begin() as unit:
            await unit.sql.execute(query, *values)

    async def ask(self, place: int) -> None:
        """What was counted before is brought up to date; both are a count made anew."""
        window = WINDOWS[place]
        async with self.store.read() as unit:
            fresh = await unit.statistics.count(window)
            kept = self.counts.setdefault(place, fresh)
            anew = await recount(unit.sql, window)
            for count in (kept, fresh):
                told = await unit.statistics.catch_up(window, count)
                assert (told.cells, told.total) == (anew.cells, anew.total)

    async def agrees(self) -> None:
        for place in range(len(WINDOWS)):
            await self.ask(place)


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
@given(steps=some.lists(STEPS, min_size=4, max_size=40))
def test_what_is_kept_is_a_full_count(opened, steps):
    """R32: whatever is written to requests, messages and attempts, in any order; two workers fold
    in between."""

    async def check():
        store = await opened()
        try:
            round = Round(store)
            await round.begin()
            for kind, *given in steps:
                await getattr(round, kind)(*given)
            await round.agrees()
            await round.fold(100)
            await round.agrees()
        finally:
            await store.close()

    asyncio.run(check())


@pytest.fixture
async def round(store):
    round = Round(store)
    await round.begin()
    return round


async def rows(store, table):
    async with store.read() as unit:
        return await unit.sql.fetch(f"SELECT * FROM {table}")


async def test_taking_a_request_in_costs_nothing(store, round):
    """R32: nor does what nobody has decided on; it is counted all the same."""
    await round.fold(100)
    await round._do(ADD, "r9", to_column(BEGIN), ROUNDS[0], "consulat", None)
    await round.write("r1", ("partner", None))
    assert not await rows(store, "statistics_due")
    await round.agrees()
    async with store.read() as unit:
        count = await unit.statistics.count(WINDOWS[0])
        assert (count.total.requests, len(await rows(store, "statistics_counted"))) == (3, 3)
        assert (await unit.statistics.catch_up(WINDOWS[0], count)).total.requests == 7


async def test_what_is_deleted_leaves_nothing(store, round):
    """R47: but for the hour in which others catch up: one reader's mailbox domain goes, too."""
    await round.fold(100)
    for number in range(6):
        await round.delete(f"r{number}")
    await round.fold(100, BEGIN + HOUR)
    assert not await rows(store, "statistics_counted")
    await round.agrees()
    await round.fold(1, BEGIN + HOUR + CHANGES_KEPT + timedelta(seconds=1))
    assert [await rows(store, table) for table in TABLES] == [[], [], []]


async def test_a_change_is_told_for_an_hour(store, round):
    """R32: whoever has counted within it counts no request again."""
    await round.ask(0)
    for _ in range(3):
        await round.write("r0", ("state", "dismissed"))
        await round.fold(100)
        await round.write("r0", ("state", "received"))
        await round.fold(100, BEGIN + CHANGES_KEPT)
    await round.ask(0)
    count = round.counts[0]
    assert set(count.places.values()) == {max(row[0] for row in await rows(store, TABLES[2]))}


async def test_when_much_is_due_all_is_counted_anew(store, round, monkeypatch):
    """R38: in portions, after a migration or a worker's long absence; what was kept is good
    afterwards."""
    await round.ask(0)
    monkeypatch.setattr(statistics, "_HOW_MANY", f"SELECT {statistics.MOST_DUE + 1}")
    await round.write("r0", ("state", "dismissed"))
    await round.agrees()
    places = dict(round.counts[0].places)
    await round.fold(100)
    await round.agrees()
    assert round.counts[0].places == places
    monkeypatch.undo()
    await round.agrees()


async def test_more_than_one_commit_folds(store, round, clock, monkeypatch):
    """R32: however much is due; but a worker has other chores, too."""
    monkeypatch.setattr(fold_statistics, "AT_ONCE", 2)
    monkeypatch.setattr(fold_statistics, "MOST", 2)
    for number in range(3):
        await round.write(f"r{number}", ("changed_at", 2))
        await round.write(f"r{number}", ("state", "link_sent"))
    fold = FoldStatistics(store.begin, clock)
    due = len(await rows(store, "statistics_due"))
    assert await fold() == 4
    await round.agrees()
    assert due == 13
    assert [await fold() for _ in range(4)] == [4, 4, 1, 0]
    await round.agrees()


@dataclass
class Going:
    """Whenever an hour was read, requests of each hour change, and a worker folds."""

    round: Round
    sql: Sql
    posts: Iterator[str] = field(default_factory=lambda: (f"post {n}" for n in range(99)))

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        found = await self.sql.fetch(query, *values)
        for request in ("r0", "r2", "r4"):
            await self.round.write(request, ("post", next(self.posts)))
        await self.round.fold(100)
        return found


async def test_requests_go_on_while_it_is_counted(store, round):
    """R32: each hour is of another moment; what has changed since is added once, hour by hour."""
    await round.fold(100)
    window = WINDOWS[0]
    async with store.read() as unit:
        count = await statistics.StatisticsSql(Going(round, unit.sql)).count(window)
        assert len(set(count.places.values())) == 3
        told = await unit.statistics.catch_up(window, count)
        assert told.cells == (await recount(unit.sql, window)).cells
    round.counts[0] = count
    await round.agrees()


async def test_what_is_rare_is_told_as_other(store, round, monkeypatch):
    """R38: there may be thousands of mailbox domains: those are named that had most requests when
    they were counted, and each is exact from then on."""
    monkeypatch.setattr(statistics, "MOST_NAMED", 1)
    for number, domain in {0: "a.example.org", 2: "b.example.org", 4: "a.example.org"}.items():
        await round.message(f"r{number}", "link", ("destination", domain))
    await round.fold(100)
    window = Window(ROUNDS[0], BEGIN, BEGIN + 3 * HOUR, (Axis.MAILBOX_DOMAIN,))

    async def told():
        async with store.read() as unit:
            found = (await unit.statistics.catch_up(window, count)).cells
        return {groups[0]: each.requests for groups, each in found.items()}

    async with store.read() as unit:
        count = await unit.statistics.count(window)
    assert await told() == {"a.example.org": 2, "other": 4}
    await round.message("r0", "link", ("destination", "b.example.org"))
    assert await told() == {"a.example.org": 1, "other": 5}
    await round.fold(100)
    assert await told() == {"a.example.org": 1, "other": 5}
