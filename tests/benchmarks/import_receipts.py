"""What the import of a report of the first sending takes; run by hand.

    python -m tests.benchmarks.import_receipts [--lines 1500000] [--engine sqlite postgres]

A register of as many voters is written in one go, then a report with a line for each, in the
register's order, every other one in Argentina. It is imported, and then once more: the time, and
the most memory that the process held. Then the figures are read.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.connections.postgres import PostgresSettings
from adapters.countries import NumberingPlan
from adapters.register.schema import INDEXES, TABLES, seal
from adapters.register.sqlite import SqliteRegister
from adapters.sealing import AesGcmSealing
from adapters.sending_reports import opened_report
from adapters.store.migrate import migrate
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from adapters.store.sqlite import SqliteStore
from adapters.trial import SeededRandomness, SetClock
from core.evidence import Axis
from core.keys import Keyring, SecretKey
from core.use_cases.give_first_sending import GiveFirstSending
from core.use_cases.import_first_sending import ImportFirstSending
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents
from tests.servers.postgres import Databases, PostgresServer

NOW = datetime(2027, 5, 28, 10, tzinfo=UTC)
DAY = timedelta(days=1)
KEYRING = Keyring((SecretKey("2027", b"k" * 32),))
STATES = ("DELIVRD", "UNDELIV", "ENROUTE")
Told = Callable[[str], None]


def write_register(path: Path, voters: int) -> None:
    """Half of them with numbers of Argentina, a tenth with numbers of the North American plan."""
    rows = (
        (
            number,
            number,
            None,
            "camille.martin@example.org",
            (12025550000 if number % 10 == 0 else 5491100000000 if number % 2 else 33639980000)
            + number % 9_000_000,
            "mobile",
            b"\0" * 16,
            None,
            str(number % 11),
            f"post {number % 200}",
        )
        for number in range(voters)
    )
    with closing(sqlite3.connect(path)) as register, register:
        register.executescript(TABLES)
        register.executemany(f"INSERT INTO voter VALUES ({', '.join('?' * 10)})", rows)
        register.executescript(INDEXES)
        seal(register, KEYRING, KEYRING.newest)


def write_report(path: Path, lines: int) -> None:
    with path.open("w") as report:
        report.write("numic;time;state;operator;route\n")
        for number in range(lines):
            at = NOW - DAY + timedelta(seconds=number % 50_000)
            state = STATES[number % 3]
            report.write(f"{number:08};{at.isoformat()};{state};Movistar;north\n")


async def measure(store: SqliteStore | PostgresStore, folder: Path, told: Told) -> None:
    randomness = SeededRandomness(b"benchmark")
    clock = SetClock(NOW)
    sealing = AesGcmSealing(KEYRING, randomness)
    take = ImportFirstSending(
        store.begin,
        store.read,
        KeepRoundKeys(store.begin, store.read, sealing, clock, randomness),
        SqliteRegister(folder / "register.sqlite3", KEYRING),
        NumberingPlan(),
        Calendar.of([VotingRound("2027-1", NOW - DAY, NOW + DAY)]),
        clock,
        KeptEvents(),
    )
    for turn in ("first", "once more"):
        begun, used = time.perf_counter(), time.process_time()
        with opened_report(folder / "report.csv", None, NOW) as report:
            found = await take("2027-1", report.lines, "benchmark", lambda *_: None)
        took, cpu = time.perf_counter() - begun, time.process_time() - used
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        lines, added, same = found.lines, found.added, found.unchanged
        told(f"{turn}: {lines:,} lines, {added:,} added, {same:,} unchanged: {took:.0f} s, ")
        told(f"    {cpu:.0f} s of CPU in this process, {most} MiB at most")
    begun = time.perf_counter()
    posts = await GiveFirstSending(store.read)("2027-1", Axis.POST)
    took = 1000 * (time.perf_counter() - begun)
    told(f"figures by post: {took:.1f} ms, {len(posts[0].groups) if posts else 0} groups")


async def run(engine: str, lines: int, folder: Path, databases: Databases | None) -> None:
    if databases is None:
        path = folder / "recovery.sqlite3"
        await asyncio.to_thread(migrate, path)
        store: SqliteStore | PostgresStore = SqliteStore(path)
    else:
        store = PostgresStore(await asyncio.to_thread(databases.create), PostgresSettings())
    await store.open()
    print(f"{engine}, {lines:,} lines", flush=True)
    try:
        await measure(store, folder, lambda text: print(text, flush=True))
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    parser.add_argument("--lines", type=int, default=1_500_000)
    parser.add_argument("--engine", nargs="+", default=["sqlite", "postgres"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_register(folder / "register.sqlite3", given.lines)
        write_report(folder / "report.csv", given.lines)
        server = PostgresServer() if "postgres" in given.engine else None
        try:
            for engine in given.engine:
                of_server = server if engine == "postgres" else None
                databases = of_server and Databases(of_server.dsn(), migrate_postgres)
                asyncio.run(run(engine, given.lines, folder, databases))
        finally:
            if server is not None:
                server.stop()


if __name__ == "__main__":
    main()
