"""Jobs drained a second on PostgreSQL, and what they cost their workers; run by hand.

    python -m tests.benchmarks.jobs [--jobs 20000] [--renewals 1000] [--workers 1 3]
        [--concurrency 64] [--rounds 3]

    empty      jobs whose handler does nothing: what the queue itself costs
    renewals   accepted requests, each worked off to the sent e-mail: the register is asked, a link
               made, and in a second job the e-mail written and handed to a relay (aiosmtpd, plain,
               one process) over SMTP

Workers are processes of their own, already running and idle when the jobs are queued, and told by
the bell. The clock runs from when the jobs fall due, all at once, until the table is empty.
Workers, database and relay share the machine; the CPU time a job is that of the workers alone.
Printed last: memory and database connections of one worker after the load.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.pgqueuer_names import CHANNEL
from adapters.store.postgres import PostgresStore
from adapters.system import SystemRandomness
from core.identifiers import CHANCE_BYTES, new_id
from core.jobs import Job, JobKind
from core.locale import Locale
from core.recovery_request import RecoveryRequest
from core.use_cases.request_renewal import pair_of
from core.voter import EmailAddress, Numic
from graphql_api.compose import load_register
from graphql_api.settings import Settings
from tests.benchmarks.footprint import footprint
from tests.benchmarks.http_load import cpu_seconds
from tests.benchmarks.job_worker import EMPTY, RENEWALS, renewal_settings
from tests.servers.postgres import PostgresServer

RELAY = Path(__file__).parents[1] / "end_to_end" / "smtp_relay.py"
PATIENCE = 300.0
AHEAD = timedelta(seconds=3)
"""Time for jobs to be queued before they fall due."""
_LEFT = "SELECT count(*) FROM reassort_pgqueuer"


# -- The jobs --


async def _queue_empty(dsn: str, count: int, due: datetime) -> None:
    async with _store(dsn) as store, store.begin() as unit:
        jobs = [Job(JobKind.SEND_LINK, f"{due:%H%M%S%f}-{number}") for number in range(count)]
        await unit.jobs.enqueue(*jobs, at=due)


async def _queue_renewals(dsn: str, settings: Settings, voters: range, due: datetime) -> None:
    """Through the intake, as the gateway does."""
    requests = [_request(settings, number, due) for number in voters]
    async with _store(dsn) as store:
        accepted = [
            store.intake.accept(each.id, None, each, Job(JobKind.SEND_LINK, each.id))
            for each in requests
        ]
        await asyncio.gather(*accepted)


@asynccontextmanager
async def _store(dsn: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(dsn)
    await store.open()
    yield store
    await store.close()


def _request(settings: Settings, number: int, now: datetime) -> RecoveryRequest:
    numic, address = Numic(f"{number:08}"), EmailAddress(f"voter-{number:08}@example.org")
    pair = settings.keyring.pseudonyms(pair_of(numic, address))[0]
    id = new_id(now, SystemRandomness().token(CHANCE_BYTES))
    return RecoveryRequest(id, numic, address, pair, Locale.FR, now)


def _make_register(settings: Settings, voters: int) -> None:
    source = settings.data_dir / "register.csv"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lines = (
        f"{each:08};AAAA{each:08};voter-{each:08}@example.org;+3363998{each % 10000:04}\n"
        for each in range(1, voters + 1)
    )
    source.write_text("numic;identifier;email;phone\n" + "".join(lines), "utf-8")
    load_register(settings, source, settings.data_dir / "report.csv")


async def _drained(dsn: str, due: datetime) -> float:
    """Seconds from `due`, when the bell rings, until no job is left."""
    connection = await asyncpg.connect(dsn)
    await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
    began = time.perf_counter()
    await connection.fetch("SELECT pg_notify($1, '')", CHANNEL)
    while await connection.fetchval(_LEFT):
        if time.perf_counter() - began > PATIENCE:
            raise SystemExit("jobs are left: see what the workers say")
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    await connection.close()
    return took


# -- The measurement --


@dataclass(frozen=True)
class Figure:
    """One round: jobs a second, and microseconds of the workers' CPU time a job."""

    rate: float
    cpu: float


class Bench:
    """One database, one relay; workers come and go."""

    def __init__(self, options: argparse.Namespace, folder: Path, dsn: str, port: int) -> None:
        self._options, self._folder, self._dsn, self._port = options, folder, dsn, port
        self.settings = renewal_settings(folder, dsn, port, options.concurrency)
        self._next_voter = 1
        self.last_footprint = ""

    def measure(self, kind: str, workers: int) -> list[Figure]:
        """Rounds with this many workers, the first one left out: it fills caches."""
        processes = [self._start(kind) for _ in range(workers)]
        try:
            figures = [self._round(kind, processes) for _ in range(self._options.rounds + 1)]
            if workers == 1:
                self.last_footprint = footprint(f"worker ({kind})", processes[0].pid, self._dsn)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(60)
        return figures[1:]

    def _round(self, kind: str, processes: list[subprocess.Popen[str]]) -> Figure:
        due = datetime.now(UTC) + AHEAD
        jobs = self._queue(kind, due)
        before = sum(cpu_seconds(each.pid) for each in processes)
        took = asyncio.run(_drained(self._dsn, due))
        cpu = sum(cpu_seconds(each.pid) for each in processes) - before
        return Figure(jobs / took, cpu / jobs * 1e6)

    def _queue(self, kind: str, due: datetime) -> int:
        """How many jobs will have been done in the end."""
        if kind == EMPTY:
            asyncio.run(_queue_empty(self._dsn, self._options.jobs, due))
            return self._options.jobs
        voters = range(self._next_voter, self._next_voter + self._options.renewals)
        self._next_voter = voters.stop
        asyncio.run(_queue_renewals(self._dsn, self.settings, voters, due))
        return 2 * len(voters)

    def _start(self, kind: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.benchmarks.job_worker", kind]
        given = (self._folder, self._dsn, self._port, self._options.concurrency)
        process = subprocess.Popen([*command, *map(str, given)], stdout=subprocess.PIPE, text=True)
        assert process.stdout
        process.stdout.readline()
        return process


def run(options: argparse.Namespace, folder: Path, dsn: str, port: int) -> None:
    bench = Bench(options, folder, dsn, port)
    rounds = (options.rounds + 1) * len(options.workers)
    _make_register(bench.settings, rounds * options.renewals)
    print(f"{'jobs':10} {'workers':>7} {'median/s':>9} {'least':>7} {'most':>7} {'CPU, us':>8}")
    for kind in (EMPTY, RENEWALS):
        for workers in options.workers:
            figures = bench.measure(kind, workers)
            rates = [each.rate for each in figures]
            cpu = statistics.median(each.cpu for each in figures)
            columns = (statistics.median(rates), min(rates), max(rates), cpu)
            print(f"{kind:10} {workers:7}", *(f"{column:8,.0f}" for column in columns))
        print(bench.last_footprint)


def main() -> int:
    parser = argparse.ArgumentParser(description="Jobs drained a second on PostgreSQL.")
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--renewals", type=int, default=1_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory(prefix="reassort-jobs-") as folder:
            asyncio.run(migrate_postgres(server.dsn()))
            _with_relay(options, Path(folder), server.dsn())
    finally:
        server.stop()
    return 0


def _with_relay(options: argparse.Namespace, folder: Path, dsn: str) -> None:
    command = [sys.executable, str(RELAY), str(folder)]
    relay = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert relay.stdout
        run(options, folder / "data", dsn, int(relay.stdout.readline().split()[-1]))
    finally:
        relay.terminate()
        relay.wait(10)


if __name__ == "__main__":
    sys.exit(main())
