"""What a look at the figures takes, by how many requests there were; run by hand.

    python -m tests.benchmarks.cost_of_figures [--requests 100000 1000000] [--plans]
    python -m tests.benchmarks.cost_of_figures --accept

A round of nine days is written into the tables by one statement each: more than half of the voters
are reached, the others stand in every way that figures tell apart, and as many differences as
workers leave between two foldings are left. E-mails go to 2,010 domains, SMS to 181 countries. Then
each query of the figures is timed, the median and the least of eleven, with `--plans` beside its
plan.

`--accept` times the accept path of the embedded engine instead, with the triggers and indexes of
the figures and without them, in turns: CPU of this process, in which the engine runs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.connections.postgres import PostgresSettings
from adapters.store.figure_buckets import SUMS, edges
from adapters.store.figures import (
    _DEFERRED,
    _OVERDUE,
    _UNDECIDED,
    _WITHOUT_LINK,
)
from adapters.store.migrate import migrate
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from adapters.store.requests import _KEYS_IN_USE
from adapters.store.requests import _OVERDUE as OVERDUE_SEEDS
from adapters.store.sql import moment, placeholders, to_column
from adapters.store.sqlite import SqliteStore
from adapters.store.unreached_sql import NOR_IN_ANOTHER_ROUND
from adapters.store.unreached_voters import queries
from core.delivery_figures import unreached
from core.jobs import Job, JobKind
from core.locale import Locale
from core.recovery_request import RecoveryRequest
from core.request_listing import Place
from core.unreached_voters import UnreachedWanted
from core.use_cases.fold_figures import FoldFigures
from core.voter import EmailAddress, Numic
from tests.servers.postgres import Databases, PostgresServer, administer

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2027, 5, 28, 10, 0, 30, tzinfo=UTC)
BEGUN = NOW - 9 * DAY
ROUND, ANOTHER = "2027-1", "2027-2"
# one in a thousand each, by the number of the request
STANDINGS = (
    (560, "delivered", "NULL", 0),
    (100, "password_sent", "'receipt_not_expected'", 0),
    (150, "expired", "'link_not_taken'", 0),
    (170, "dismissed", "NULL", 0),
    (6, "undelivered", "'refused'", 1),
    (4, "undelivered", "'refused'", 0),
    (4, "password_sent", "'no_receipt'", 0),
    (2, "confirmed", "'cap'", 0),
    (3, "revoked", "'link_bounced'", 0),
    (1, "received", "NULL", 0),
)
CONFIRMED = ("delivered", "password_sent", "undelivered", "confirmed")


def _case(place: int) -> str:
    """The column of `STANDINGS` as SQL, by `k` from 0 to 999."""
    upto, text = 0, "CASE"
    for share, *values in STANDINGS:
        upto += share
        value = values[place]
        text += (
            f" WHEN k < {upto} THEN {value!r}" if place == 0 else f" WHEN k < {upto} THEN {value}"
        )
    return text + " END"


def requests_sql(count: int) -> str:
    step = (NOW - BEGUN) // timedelta(microseconds=1) // count
    known = "state NOT IN ('received', 'dismissed')"
    states = ", ".join(f"'{each}'" for each in CONFIRMED)
    return f"""
    WITH RECURSIVE n(i) AS (
        SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}
    ),
    placed AS (SELECT i, (i * 7919) % 1000 AS k, {to_column(BEGUN)} + i * {step} AS at FROM n),
    made AS (SELECT i, at, {_case(0)} AS state, {_case(1)} AS cause, {_case(2)} AS overtaken
        FROM placed)
    INSERT INTO recovery_request (id, number, pair, locale, received_at, state, voter, round_id,
        rounds, round_voter, link_digest, link_expires_at, confirmed_at, seed, password_key,
        changed_at, cause, overtaken)
    SELECT 'r' || CAST(i AS TEXT), 'numic:' || CAST(i AS TEXT), 'p' || CAST(i AS TEXT), 'fr', at,
        state, CASE WHEN {known} THEN 'v' || CAST(i AS TEXT) END,
        CASE WHEN {known} THEN '{ROUND}' END, '{ROUND}',
        CASE WHEN {known} THEN 'v' || CAST(i AS TEXT) END, NULL,
        CASE WHEN {known} THEN at + 3600000000 END,
        CASE WHEN state IN ({states}) THEN at + 60000000 END, NULL,
        CASE WHEN state IN ({states}) THEN '2027' END,
        CASE WHEN state <> 'received' THEN at END, cause, overtaken FROM made"""


# The number of the request, so that every share falls everywhere.
_I = "CAST(substr(id, 2) AS BIGINT)"
EMAILS = f"""
INSERT INTO delivery (id, kind, subject, locale, queued_at, state, attempts, route, destination)
SELECT id || '.link', 'link', id, 'fr', received_at,
    CASE WHEN state = 'revoked' THEN 'failed' ELSE 'accepted' END, 1, 'smtp',
    CASE WHEN {_I} % 10 < 7 THEN 'big' || CAST({_I} % 7 AS TEXT) || '.example.org'
        ELSE 'small' || CAST({_I} % 2003 AS TEXT) || '.example.org' END
FROM recovery_request WHERE round_voter IS NOT NULL
"""
SMS = f"""
INSERT INTO attempt (delivery, number, route, country, cost, begun_at, state, operator)
SELECT id || '.password', 1, 'r' || CAST({_I} % 3 AS TEXT), CAST({_I} % 181 AS TEXT), 70000,
    confirmed_at, CASE state WHEN 'password_sent' THEN 'accepted' WHEN 'undelivered' THEN 'failed'
        ELSE 'delivered' END, CASE WHEN {_I} % 4 = 0 THEN '72207' END
FROM recovery_request WHERE confirmed_at IS NOT NULL
"""
# As if every other link that came back were of a voter with a renewal in another round.
BESIDE = f"""
UPDATE recovery_request SET renewed_beside = 'r' || CAST({_I} / 2 AS TEXT)
WHERE cause = 'link_bounced' AND {_I} % 2 = 0
"""


async def fill(store: SqliteStore | PostgresStore, count: int) -> None:
    async with store.begin() as unit:
        await unit.sql.execute(requests_sql(count))
    for statement in (EMAILS, SMS, BESIDE):
        async with store.begin() as unit:
            await unit.sql.execute(statement)
    async with store.begin() as unit:
        recent = to_column(NOW - HOUR)
        query = "UPDATE recovery_request SET seed = $2 WHERE confirmed_at >= $1"
        await unit.sql.execute(f"{query} AND state IN ('confirmed', 'password_sent')", recent, b"s")
    await fold(store)


async def fold(store: SqliteStore | PostgresStore) -> None:
    """All but the 500 latest differences, in large portions: it is not folding that is measured."""
    while True:
        async with store.begin() as unit:
            ((left,),) = await unit.sql.fetch("SELECT count(*) FROM figure_difference")
            if left <= 500:
                return
            await unit.figure_folding.fold(min(left - 500, 10_000))


def looks() -> dict[str, tuple[str, tuple[object, ...]]]:
    """The queries, as the figures ask them."""
    before, now = to_column(NOW - timedelta(minutes=30)), to_column(NOW)
    return {
        "SMS of an hour": (SUMS, ("sms", *edges(NOW - HOUR))),
        "e-mails of an hour": (SUMS, ("email", *edges(NOW - HOUR))),
        "e-mails of a week": (SUMS, ("email", *edges(NOW - 7 * DAY))),
        "voters who wait": (_OVERDUE.format(rounds="$2"), (before, ROUND)),
        "voters without a link": (_WITHOUT_LINK.format(rounds="$1", others=""), (ROUND,)),
        "the same, of two rounds": (_of_two(_WITHOUT_LINK, 1), (ROUND, ANOTHER)),
        "e-mails beyond their link": (_DEFERRED.format(rounds="$2", others=""), (now, ROUND)),
        "the same, of two rounds at once": (_of_two(_DEFERRED, 2), (now, ROUND, ANOTHER)),
        "requests undecided": (_UNDECIDED, (before,)),
        "voters lost, told apart": (SUMS, ("voters", *edges(moment(0)))),
        "seeds of lost jobs": (OVERDUE_SEEDS, (to_column(NOW - 6 * HOUR), 100)),
        "keys in use": (_KEYS_IN_USE, ()),
    }


def _of_two(query: str, first: int) -> str:
    rounds = placeholders(2, first)
    return query.format(rounds=rounds, others=NOR_IN_ANOTHER_ROUND.format(rounds=rounds))


def pages() -> Iterator[tuple[str, str, tuple[object, ...]]]:
    """A page of a hundred voters unreached, kind by kind: the first, and one from within."""
    wanted = UnreachedWanted(ROUND, NOW, timedelta(minutes=30))
    for name, after in (("first", None), ("later", Place(NOW - 4 * DAY, "r5"))):
        for number, (query, values) in enumerate(queries(wanted, 101, after)):
            yield f"unreached, {name} page, kind {number}", query, values


async def timed(act: Callable[[], Awaitable[object]]) -> str:
    """The median of eleven after one that warms up, and the least, which waited for no other
    work on the machine."""
    await act()
    times = []
    for _ in range(11):
        begun = time.perf_counter()
        await act()
        times.append(1000 * (time.perf_counter() - begun))
    return f"{statistics.median(times):.2f} ms, least {min(times):.2f} ms"


async def look(store: SqliteStore | PostgresStore, count: int, plans: bool) -> None:
    explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "
    explain = explain if isinstance(store, PostgresStore) else "EXPLAIN QUERY PLAN "
    asked = [*((name, *look) for name, look in looks().items()), *pages()]
    for name, query, values in asked:
        async with store.read() as unit:
            took = await timed(lambda q=query, v=values, u=unit: u.sql.fetch(q, *v))
            plan = await unit.sql.fetch(explain + query, *values) if plans else ()
        print(f"| {name} | {count:,} | {took} |", flush=True)
        for row in plan:
            print("   ", row[-1])
    async with store.read() as unit:
        standings = lambda: unit.figures.standings(  # noqa: E731
            [ROUND], NOW - timedelta(minutes=30), NOW
        )
        print(f"| all of votersUnreached | {count:,} | {await timed(standings)} |")
        print("   ", unreached(await standings()))
        for after in (None, Place(NOW - 4 * DAY, "r5")):
            wanted = UnreachedWanted(ROUND, NOW, timedelta(minutes=30))
            page = lambda w=wanted, a=after: unit.unreached_voters.longest(w, 101, a)  # noqa: E731
            took = await timed(page)
            print(f"| a page of unreachedVoters, of {len(await page())} | {count:,} | {took} |")


async def accept(folder: Path, requests: int) -> None:
    """The accept path of the embedded engine, with what figures added and without, in turns."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(40):
        with_figures = turn % 2 == 0
        path = folder / f"accept-{turn}.sqlite3"
        migrate(path)
        store = SqliteStore(path)
        await store.open()
        if not with_figures:
            await without_figures(store)
        made = [_request(number) for number in range(requests)]
        begun = time.process_time()
        for first in range(0, requests, 50):
            await asyncio.gather(*(_accepted(store, each) for each in made[first : first + 50]))
        spent[with_figures].append(1e6 * (time.process_time() - begun) / requests)
        await store.close()
    with_, without = (statistics.median(spent[key]) for key in (True, False))
    print(f"accept: {with_:.1f} µs with figures, {without:.1f} without: {with_ / without:.3f}")
    print(f"least: {min(spent[True]):.1f} and {min(spent[False]):.1f} µs; 20 turns each")


async def _accepted(store: SqliteStore, request: RecoveryRequest) -> None:
    job = Job(JobKind.SEND_LINK, request.id)
    assert await store.intake.accept(f"code-{request.id}", NOW, request, job)


def _request(number: int) -> RecoveryRequest:
    email = EmailAddress("camille.martin@example.org")
    numic = Numic(f"{number:08}")
    return RecoveryRequest(
        f"r{number}", numic, email, f"p{number}", Locale.FR, NOW, rounds=(ROUND,)
    )


async def without_figures(store: SqliteStore) -> None:
    names = "SELECT type, name FROM sqlite_master WHERE name LIKE 'figures_of_%' OR name IN ({})"
    ours = "by_round_voter", "waiting", "without_link", "with_seed", "without_round_voter"
    listed = ", ".join(f"'recovery_request_{each}'" for each in ours)
    async with store.begin() as unit:
        for kind, name in await unit.sql.fetch(names.format(listed)):
            await unit.sql.execute(f"DROP {kind} {name}")


@asynccontextmanager
async def opened(engine: str, folder: Path) -> AsyncIterator[SqliteStore | PostgresStore]:
    if engine == "sqlite":
        path = folder / f"figures-{time.monotonic_ns()}.sqlite3"
        await asyncio.to_thread(migrate, path)
        store: SqliteStore | PostgresStore = SqliteStore(path)
    else:
        dsn = await asyncio.to_thread(_databases.create)
        store = PostgresStore(dsn, PostgresSettings(statement_timeout=600))
    await store.open()
    try:
        yield store
    finally:
        await store.close()


_databases: Databases


async def run(given: argparse.Namespace, folder: Path) -> None:
    if given.accept:
        await accept(folder, 2000)
        return
    for engine in given.engine:
        for count in given.requests:
            async with opened(engine, folder) as store:
                begun = time.monotonic()
                await fill(store, count)
                if isinstance(store, PostgresStore):
                    await administer(store._dsn, "VACUUM ANALYZE")
                print(f"{engine}, {count:,} requests, filled in {time.monotonic() - begun:.0f} s")
                await look(store, count, given.plans)
                async with store.begin() as unit:
                    ((left,),) = await unit.sql.fetch("SELECT count(*) FROM figure_bucket")
                begun = time.monotonic()
                folded = await FoldFigures(store.begin)()
                took = 1000 * (time.monotonic() - begun)
                print(f"{left:,} buckets; the last {folded} differences folded in {took:.0f} ms\n")


def main() -> None:
    global _databases
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    parser.add_argument("--requests", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--engine", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--accept", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.accept or given.engine == ["sqlite"]:
            asyncio.run(run(given, Path(folder)))
            return
        server = PostgresServer()
        try:
            _databases = Databases(server.dsn(), migrate_postgres)
            asyncio.run(run(given, Path(folder)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
