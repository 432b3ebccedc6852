"""What a look at a round's requests takes, by how many there were; run by hand.

    python -m tests.benchmarks.cost_of_statistics [--requests 1000 100000 1000000] [--plans]

The round of `cost_of_figures.py`, with 230 posts in 181 countries, three operators in each and five
partners. All of it is folded but for the 500 latest changes. Then each question is asked for the
first time in a process, again after nothing has happened, and again after some requests have
changed; the whole answer is made, as GraphQL has it. Beside it the count made anew, from requests
and messages.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from itertools import combinations
from pathlib import Path

from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.passages import COLUMNS
from adapters.store.postgres import PostgresStore
from adapters.store.sqlite import SqliteStore
from adapters.store.statistics import OF_HOUR, since
from adapters.store.statistics_recount import recount
from adapters.trial import SetClock
from core.passages import Axis
from core.statistics import Window, hour_after, hour_of
from core.use_cases.fold_statistics import FoldStatistics
from core.use_cases.give_statistics import GiveStatistics
from graphql_api.schema.statistics import RecoveryStatistics
from tests.benchmarks import cost_of_figures
from tests.benchmarks.cost_of_figures import BEGUN, NOW, ROUND, opened, requests_sql, timed
from tests.servers.postgres import Databases, PostgresServer, administer

Store = SqliteStore | PostgresStore
_I = "CAST(substr(id, 2) AS BIGINT)"
PLACES = f"""
UPDATE recovery_request SET post = 'post ' || CAST({_I} % 230 AS TEXT),
    constituency = CAST(1 + {_I} % 230 % 11 AS TEXT), country = CAST({_I} % 230 % 181 AS TEXT),
    partner = CASE WHEN {_I} % 3 = 0 THEN 'partner ' || CAST({_I} % 5 AS TEXT) END,
    reason = CASE WHEN state = 'dismissed' THEN CASE {_I} % 3 WHEN 0 THEN 'unknown_voter'
        WHEN 1 THEN 'email_differs' ELSE 'written_recently' END END
"""
MESSAGES = f"""
INSERT INTO delivery (id, kind, subject, locale, queued_at, state, attempts, route, destination,
    accepted_at, operator, changed_at)
SELECT id || '.link', 'link', id, 'fr', received_at, 'accepted', 1, 'smtp',
    CASE WHEN {_I} % 10 < 7 THEN 'big' || CAST({_I} % 7 AS TEXT) || '.example.org'
        ELSE 'small' || CAST({_I} % 2003 AS TEXT) || '.example.org' END,
    received_at + 1000000 + {_I} % 997 * 9000, NULL, received_at
FROM recovery_request WHERE round_voter IS NOT NULL
UNION ALL SELECT id || '.password', 'password', id, 'fr', confirmed_at,
    CASE state WHEN 'delivered' THEN 'delivered' WHEN 'undelivered' THEN 'failed'
        ELSE 'accepted' END, 1,
    'route ' || CAST({_I} % 3 AS TEXT), country, confirmed_at + 1000000 + {_I} % 991 * 9000,
    'operator ' || country || CAST({_I} % 3 AS TEXT), confirmed_at + 5000000 + {_I} % 983 * 90000
FROM recovery_request WHERE confirmed_at IS NOT NULL
"""
CHANGE = f"""
UPDATE recovery_request SET reason = coalesce(reason, '') || 'x'
WHERE state = 'dismissed' AND {_I} % 20 = 3 AND received_at > $1
"""
QUESTIONS: tuple[tuple[Axis, ...], ...] = (
    (),
    (Axis.COUNTRY,),
    (Axis.HOUR,),
    (Axis.MAILBOX_DOMAIN,),
    (Axis.COUNTRY, Axis.ROUTE),
    (Axis.POST, Axis.MAILBOX_DOMAIN),
)


async def fill(store: Store, count: int) -> None:
    for statement in (requests_sql(count), PLACES, MESSAGES):
        async with store.begin() as unit:
            await unit.sql.execute(statement)
    async with store.begin() as unit:  # each once, as a migration leaves them
        await unit.sql.execute("DELETE FROM statistics_due")
        await unit.sql.execute(
            "INSERT INTO statistics_due (request) SELECT id FROM recovery_request"
        )
    begun, folded = time.monotonic(), await fold(store)
    took = time.monotonic() - begun
    print(f"{folded:,} requests folded in {took:.1f} s", flush=True)


async def fold(store: Store) -> int:
    """All but the 500 latest."""
    folded = 0
    while True:
        async with store.begin() as unit:
            ((left,),) = await unit.sql.fetch("SELECT count(*) FROM statistics_due")
            if left <= 500:
                return folded
            folded += await unit.statistics_folding.fold(min(left - 500, 2000), NOW)


async def look(store: Store, count: int) -> None:
    clock = SetClock(NOW)
    give = GiveStatistics(store.read, clock)
    for by in QUESTIONS:
        window = Window(ROUND, hour_of(BEGUN), hour_after(NOW), by)

        async def ask(window: Window = window) -> None:
            RecoveryStatistics.of(await give(window))

        begun, spent = time.perf_counter(), time.process_time()
        await ask()
        first, spent = time.perf_counter() - begun, time.process_time() - spent
        again = await timed(ask)
        used = time.process_time()
        for _ in range(5):
            await ask()
        used = 200 * (time.process_time() - used)
        cells = len(give._kept[window].count.cells)  # pyright: ignore
        named = " x ".join(by) or "total"
        print(
            f"| {named}, {cells:,} cells | {count:,} | {first:.1f} s, CPU {spent:.1f} s "
            f"| {again}, CPU {used:.1f} ms |",
            flush=True,
        )
    async with store.read() as unit:
        begun = time.perf_counter()
        anew = await recount(unit.sql, window)
        took = 1000 * (time.perf_counter() - begun)
    print(f"| counted anew, of {anew.total.requests:,} requests | {count:,} | {took:.0f} ms | |")


async def changed(store: Store, count: int) -> None:
    """After some have changed, and a worker has folded a part."""
    give, window = GiveStatistics(store.read, SetClock(NOW)), None
    window = Window(ROUND, hour_of(BEGUN), hour_after(NOW), (Axis.COUNTRY, Axis.ROUTE))
    await give(window)
    async with store.begin() as unit:
        step = (NOW - BEGUN) / count
        since = cost_of_figures.to_column(NOW - 40_000 * step)
        rows = await unit.sql.execute(CHANGE, since)
    folded = await fold(store)
    begun = time.perf_counter()
    await give(window)
    took = 1000 * (time.perf_counter() - begun)
    print(f"| after {rows:,} changes, {folded:,} folded since | {count:,} | | {took:.1f} ms |")


async def plans(store: Store) -> None:
    explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "
    explain = explain if isinstance(store, PostgresStore) else "EXPLAIN QUERY PLAN "
    hour = (cost_of_figures.to_column(NOW) or 0) // 3_600_000_000 - 30
    async with store.read() as unit:
        ((last,),) = await unit.sql.fetch("SELECT max(id) FROM statistics_change")
        for query, value in ((OF_HOUR, hour), (since(unit.sql), last - 100)):
            for row in await unit.sql.fetch(explain + query, value):
                print("   ", row[-1])


async def pairs(store: Store) -> None:
    """How many cells an hour's requests make, told apart by each pair of axes."""
    hour, cells = (cost_of_figures.to_column(NOW) or 0) // 3_600_000_000 - 30, 0
    names = [name for name in COLUMNS[3:13] if name != "was_taken"]
    async with store.read() as unit:
        for one, other in combinations(names, 2):
            query = f"SELECT DISTINCT {one}, {other} FROM statistics_counted WHERE hour = $1"
            cells += len(await unit.sql.fetch(query, hour))
        query = "SELECT count(*) FROM statistics_counted WHERE hour = $1"
        ((requests,),) = await unit.sql.fetch(query, hour)
    print(f"an hour's {requests:,} requests make {cells:,} cells of two axes", flush=True)


async def run(given: argparse.Namespace, folder: Path) -> None:
    for engine in given.engine:
        for count in given.requests:
            async with opened(engine, folder) as store:
                print(f"{engine}, {count:,} requests", flush=True)
                await fill(store, count)
                if isinstance(store, PostgresStore):
                    await administer(store._dsn, "VACUUM ANALYZE")
                await look(store, count)
                await pairs(store)
                await changed(store, count)
                if given.plans:
                    await plans(store)
                begun = time.monotonic()
                folded = await FoldStatistics(store.begin, SetClock(NOW))()
                took = 1000 * (time.monotonic() - begun)
                print(f"the last {folded} changes folded in {took:.0f} ms\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    parser.add_argument("--requests", type=int, nargs="+", default=[1000, 100_000, 1_000_000])
    parser.add_argument("--engine", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--plans", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.engine == ["sqlite"]:
            asyncio.run(run(given, Path(folder)))
            return
        server = PostgresServer()
        try:
            cost_of_figures._databases = Databases(server.dsn(), migrate_postgres)
            asyncio.run(run(given, Path(folder)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
