"""What shares at a moment take, by how many renewals were confirmed; run by hand.

    python -m tests.benchmarks.cost_of_shares [--requests 1000 10000 100000 1000000] [--plans]
    python -m tests.benchmarks.cost_of_shares --writing

A round of nine days is written into the tables: every twentieth voter renews twice, and each
renewal has ten changes of messages. It is folded. Then the shares of 11 constituencies, 210 posts
and 181 countries are asked for, at an hour near the end: with all folded; with what 500 receipts
left; and by a full count, with which they must agree, there and at two hours more.

`--writing` times the statements that confirm renewals and record receipts instead, with the
triggers that leave what is due and without them, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from adapters.store.evidence import HOUR as HOUR_COLUMN
from adapters.store.evidence import sums_query
from adapters.store.evidence_recount import EvidenceRecount
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from adapters.store.sql import to_column
from adapters.store.sqlite import SqliteStore
from core.evidence import Axis
from tests.servers.postgres import Databases, PostgresServer, administer

from . import cost_of_figures
from .cost_of_figures import BEGUN, HOUR, NOW, ROUND, opened

Store = SqliteStore | PostgresStore
ASKED = NOW.replace(minute=0, second=0) - HOUR
AT_ONCE = 30_000
"""Due rows in one commit: it is not a worker's patience that is measured."""
NUMBERED = """
WITH RECURSIVE n(i) AS (
    SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {last}
)
"""
REQUESTS = """
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, voter, round_id, rounds,
    round_voter, link_digest, confirmed_at, changed_at, constituency, post, country)
SELECT 'r' || CAST(i AS TEXT), 'numic:0', 'p', 'fr', {begun} + i * {step}, 'delivered',
    'v' || CAST({voter} AS TEXT), '{round}', '{round}', 'v' || CAST({voter} AS TEXT), NULL,
    {begun} + i * {step} + 60000000, {begun} + i * {step}, CAST((i * 7919) % 11 + 1 AS TEXT),
    'post' || CAST((i * 7919) % 210 AS TEXT),
    CAST(CASE WHEN i % 10 = 0 THEN (i / 10) % 181 ELSE (i * 7919) % 210 % 181 END AS TEXT)
FROM n
"""
# Four of the link, six of the password: queued, begun, accepted, delivered by the attempt and as a
# whole, or given up; one receipt in eight comes a day late.
CHANGES = """
, step(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM step WHERE k < 9)
INSERT INTO message_change (delivery, number, channel, route, place, was, state, happened_at,
    recorded_at)
SELECT 'r' || CAST(i AS TEXT) || CASE WHEN k < 4 THEN '.link' ELSE '.password' END,
    CASE WHEN k IN (7, 8) THEN 1 ELSE 0 END, CASE WHEN k < 4 THEN 'email' ELSE 'sms' END, 'north',
    'AR', 'queued', CASE WHEN k < 8 THEN 'accepted' WHEN i % 10 < 8 THEN 'delivered'
        WHEN k = 9 AND i % 10 = 8 THEN 'failed' ELSE 'accepted' END,
    {begun} + i * {step} + 61000000 + k * 1000000,
    {begun} + i * {step} + 61000000 + k * 1000000 + CASE WHEN i % 8 = 0 THEN 86400000000 ELSE 0 END
FROM n, step
"""
RECEIPTS = """
INSERT INTO message_change (delivery, number, channel, route, place, was, state, happened_at,
    recorded_at)
SELECT id || '.password', 1, 'sms', 'north', 'AR', 'accepted', 'delivered', {at}, {at}
FROM recovery_request WHERE id IN (SELECT 'r' || CAST(i AS TEXT) FROM n)
"""
ATTEMPTS = """
INSERT INTO attempt (delivery, number, route, country, cost, begun_at, state)
SELECT 'r' || CAST(i AS TEXT) || '.password', 1, 'north', 'AR', 70000, 60000000, 'accepted' FROM n
"""
LINKS = """
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, voter, round_id, rounds,
    round_voter, changed_at)
SELECT 'r' || CAST(i AS TEXT), 'numic:0', 'p', 'fr', 60000000, 'link_sent',
    'v' || CAST(i AS TEXT), '2027-1', '2027-1', 'v' || CAST(i AS TEXT), 60000000 FROM n
"""
ROWS = 2000
CONFIRM = """
UPDATE recovery_request SET state = 'confirmed', confirmed_at = $1, changed_at = $1
WHERE id IN (SELECT 'r' || CAST(i AS TEXT) FROM n)
"""
RECEIVE = """
UPDATE attempt SET state = 'delivered', changed_at = $1, recorded_at = $1
WHERE delivery IN (SELECT 'r' || CAST(i AS TEXT) || '.password' FROM n) AND number = 1
"""


def numbered(first: int, count: int) -> str:
    return NUMBERED.format(first=first, last=first + count - 1)


async def fill(store: Store, count: int) -> None:
    step = (NOW - BEGUN) // timedelta(microseconds=1) // count
    given = {"begun": to_column(BEGUN), "step": step, "round": ROUND}
    voter = f"CASE WHEN i % 20 = 19 THEN i - {min(count // 2, 19)} ELSE i END"
    for first in range(0, count, 100_000):
        these = numbered(first, min(100_000, count - first))
        for statement in (REQUESTS, CHANGES):
            async with store.begin() as unit:
                sql = statement.format(**given, voter=voter)
                await unit.sql.execute(_in_place(these, sql))


def _in_place(numbers: str, statement: str) -> str:
    """WITH stands before INSERT in either engine."""
    return numbers.rstrip() + statement


async def fold(store: Store) -> int:
    folded = 0
    while True:
        async with store.begin() as unit:
            some = await unit.evidence_folding.fold(AT_ONCE)
        folded += some
        if some < AT_ONCE:
            return folded


async def look(store: Store, name: str, count: int, plans: bool) -> None:
    begun = time.perf_counter()
    folded = await fold(store)
    took = time.perf_counter() - begun
    print(f"{name}, {count:,}: {folded:,} due folded in {took:.1f} s", flush=True)
    if isinstance(store, PostgresStore):
        await administer(store._dsn, "VACUUM ANALYZE")
    await ask(store, f"| {name} | {count:,} | folded |")
    async with store.begin() as unit:
        at = to_column(ASKED - HOUR)
        sql = RECEIPTS.format(at=at)
        await unit.sql.execute(_in_place(numbered(count - min(count, 5000), 500), sql))
    await ask(store, f"| {name} | {count:,} | 500 due |")
    async with store.read() as unit:
        recount = EvidenceRecount(unit.sql)
        for hour in (BEGUN.replace(minute=0, second=0) + 50 * HOUR, ASKED - 30 * HOUR, ASKED):
            began = time.perf_counter()
            anew = await recount.lines(ROUND, hour, list(Axis))
            took = 1000 * (time.perf_counter() - began)
            quick = await unit.evidence.lines(ROUND, hour, list(Axis))
            assert by_name(anew) == by_name(quick), hour
        print(f"| {name} | {count:,} | full count | {took:.0f} ms |", flush=True)
        explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " if name == "postgres" else None
        query = sums_query(unit.sql, (to_column(ASKED) or 0) // HOUR_COLUMN, list(Axis))
        plan = (
            await unit.sql.fetch((explain or "EXPLAIN QUERY PLAN ") + query, ROUND) if plans else ()
        )
    for row in plan:
        print("   ", row[-1])


async def ask(store: Store, what: str) -> None:
    """The middle of eleven, the least, and the least CPU of this process, in which SQLite runs."""
    for axes in (list(Axis), [Axis.COUNTRY]):
        took, spent = [], []
        for _ in range(12):
            begun, cpu = time.perf_counter(), time.process_time()
            async with store.read() as unit:
                await unit.evidence.lines(ROUND, ASKED, axes)
            took.append(1000 * (time.perf_counter() - begun))
            spent.append(1000 * (time.process_time() - cpu))
        told = f"{statistics.median(took[1:]):.1f} ms, least {min(took):.1f}, CPU {min(spent):.1f}"
        print(f"{what} {len(axes)} axes: {told} |", flush=True)


def by_name(lines):
    return {axis: {line.group: line for line in lines[axis]} for axis in lines}


async def writing(store: Store, name: str) -> None:
    """Each turn writes rows of its own. SQLite runs in this process: its CPU is counted."""
    turns, clock = 12, time.perf_counter if name == "postgres" else time.process_time
    for statement in (LINKS, ATTEMPTS):
        async with store.begin() as unit:
            await unit.sql.execute(_in_place(numbered(0, 2 * turns * ROWS), statement))
    if isinstance(store, PostgresStore):
        await administer(store._dsn, "VACUUM ANALYZE")
    triggers = await _triggers(store, name)
    for what, statement in (("confirm", CONFIRM), ("receipt", RECEIVE)):
        spent: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * turns):
            leaves = turn % 2 == 0
            for on, off in triggers:
                async with store.begin() as unit:
                    await unit.sql.fetch(on if leaves else off)
            query = _in_place(numbered(turn * ROWS, ROWS), statement)
            async with store.begin() as unit:
                began = clock()
                await unit.sql.execute(query, to_column(NOW))
                spent[leaves].append(1e6 * (clock() - began) / ROWS)
            if not leaves:
                continue
            async with store.begin() as unit:
                ((due,),) = await unit.sql.fetch("SELECT count(*) FROM evidence_due")
                assert due >= ROWS
                await unit.sql.execute("DELETE FROM evidence_due")
        with_, without = (statistics.median(spent[key]) for key in (True, False))
        least = f"least {min(spent[True]):.1f} and {min(spent[False]):.1f}"
        print(f"{name} {what}: {with_:.1f} µs a row, {without:.1f} without ({least})", flush=True)


async def _triggers(store: Store, name: str) -> list[tuple[str, str]]:
    """How each is put in place, and taken away."""
    if name == "postgres":
        tables = {"evidence_of_request": "recovery_request", "evidence_of_change": "message_change"}
        return [
            tuple(f"ALTER TABLE {table} {how} TRIGGER {each}" for how in ("ENABLE", "DISABLE"))
            for each, table in tables.items()
        ]
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'evidence_%'"
    async with store.read() as unit:
        found = await unit.sql.fetch(query)
    return [
        (
            sql.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS"),
            f"DROP TRIGGER IF EXISTS {each}",
        )
        for each, sql in found
    ]


async def run(given: argparse.Namespace, folder: Path) -> None:
    for engine in given.engine:
        if given.writing:
            async with opened(engine, folder) as store:
                await writing(store, engine)
            continue
        for count in given.requests:
            async with opened(engine, folder) as store:
                begun = time.monotonic()
                await fill(store, count)
                if isinstance(store, PostgresStore):
                    await administer(store._dsn, "VACUUM ANALYZE")
                print(
                    f"{engine}, {count:,}: filled in {time.monotonic() - begun:.0f} s", flush=True
                )
                await look(store, engine, count, given.plans)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    parser.add_argument("--requests", type=int, nargs="+", default=[10**n for n in (3, 4, 5, 6)])
    parser.add_argument("--engine", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--writing", action="store_true")
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
