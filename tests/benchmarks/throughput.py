"""Requests a second on one core, beside a bare Starlette route that inserts one row; run by hand.

    python -m tests.benchmarks.throughput [--postgres] [--seconds 3] [--rounds 5]
        [--concurrency 16 64]

Each server is a process pinned to one CPU; the load generator, and with `--postgres` the database,
have the other. All are measured in the same run, one after the other in an order drawn anew each
round, so that other work on the machine meets all alike. Keep-alive connections, each with one
request at a time; every request is a new one with a fresh, valid security code, made before the
clock starts.

    ours           requestPasswordRenewal: GraphQL, security code, request and job in one commit
    ours, as it comes   the same with logs at INFO and uses counted by network and overall, which
                   is how a deployment is set unless told otherwise; `ours` has neither
    bare, thread   Starlette, one INSERT, one commit a request in a thread (WAL, synchronous=FULL)
    bare, batches  Starlette, one INSERT through the same store as ours, which shares commits
    bare, asyncpg  with --postgres, in place of these two: Starlette, one INSERT, which commits

The worker does not run. Printed are answers a second and the server's CPU time an answer, which
other work on the machine disturbs less. With `--postgres` also the gateway's memory and database
connections at the end. The ratio to each bare route is to be at least 0.25, on PostgreSQL 0.3; the
exit code is 1 otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from graphql_api.app import build_app
from graphql_api.compose import choose_ports, compose, prepare_database
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import address_of, bind, serve
from graphql_api.settings import Settings, read_settings
from tests.benchmarks.bare_routes import in_a_thread, in_batches, in_postgres
from tests.benchmarks.footprint import footprint
from tests.benchmarks.http_load import Load, cpu_seconds, demands, rows
from tests.servers.postgres import PostgresServer

OURS, THREAD, BATCHES, ASYNCPG = "ours", "bare, thread", "bare, batches", "bare, asyncpg"
AS_IT_COMES = "ours, as it comes"
GATEWAYS = (OURS, AS_IT_COMES)
COUNTED = {"network_limit": "1000000/minute", "overall_limit": "1000000/minute"}
"""So high that the load reaches none: they are counted all the same."""
MOST = {OURS: 6_000, AS_IT_COMES: 6_000, THREAD: 25_000, BATCHES: 25_000, ASYNCPG: 25_000}
"""Requests a second to be ready for."""
BOUND, BOUND_ON_POSTGRES = 0.25, 0.3
SERVER_CPU, CLIENT_CPU = 0, 1


# -- The servers --


def run_server(kind: str, folder: Path, dsn: str) -> None:
    """One server, pinned; prints its address."""
    os.sched_setaffinity(0, {SERVER_CPU})
    settings = benchmark_settings(folder, kind)
    configure_logs(settings.log_level)
    if kind in GATEWAYS and dsn:
        app = build_app(compose(settings, choose_ports(settings, store=PostgresStore(dsn))))
    elif kind in GATEWAYS:
        prepare_database(settings)
        app = build_app(compose(settings))
    elif kind == ASYNCPG:
        app = in_postgres(dsn)
    else:
        app = (in_a_thread if kind == THREAD else in_batches)(folder / "bare.sqlite3")
    listening = bind("127.0.0.1", 0)
    address = address_of(listening)
    serve(app, listening, settings, lambda: print(address, flush=True))


def benchmark_settings(folder: Path, kind: str = OURS) -> Settings:
    now = datetime.now(UTC)
    calendar = {
        "id": "2027-1",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=9),
    }
    return read_settings(
        keys="2027:" + "a2V5" * 11,
        voting_rounds=[calendar],
        data_dir=folder,
        email="inbox",
        sms="inbox",
        **(
            {**COUNTED, "log_level": "INFO"}
            if kind == AS_IT_COMES
            else {"network_limit": "none", "overall_limit": "none", "log_level": "WARNING"}
        ),
    )


@dataclass(frozen=True)
class Server:
    """One that was started."""

    process: subprocess.Popen[str]
    port: int

    @classmethod
    def start(cls, kind: str, folder: Path, dsn: str) -> Server:
        folder.mkdir(exist_ok=True)
        here = "tests.benchmarks.throughput"
        command = [sys.executable, "-m", here, "--serve", kind, str(folder), dsn]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        return cls(process, int(process.stdout.readline().rpartition(":")[2]))


# -- The measurement --


@dataclass(frozen=True)
class Figure:
    """What one round of one server gave."""

    rate: float
    """Answers a second."""
    cpu: float
    """Microseconds of the server's CPU time an answer."""


Figures = dict[tuple[str, int], list[Figure]]


def measure(options: argparse.Namespace, folder: Path, dsn: str) -> Figures:
    """Round by round, for each server and concurrency."""
    kinds = (OURS, AS_IT_COMES, ASYNCPG) if dsn else (OURS, AS_IT_COMES, THREAD, BATCHES)
    servers: dict[str, Server] = {}
    figures: Figures = {}
    chance = random.Random(25)
    try:
        for index, kind in enumerate(kinds):
            own = "gateways" if kind in GATEWAYS else str(index)  # one database, one key file
            servers[kind] = Server.start(kind, folder / own, dsn)
        for number in range(options.rounds + 1):
            cases = [(kind, each) for kind in kinds for each in options.concurrency]
            for kind, concurrency in chance.sample(cases, len(cases)):
                figure = _one(kind, servers[kind], concurrency, options, folder)
                if number:  # the first round warms up
                    figures.setdefault((kind, concurrency), []).append(figure)
        if dsn:
            print(footprint("gateway", servers[OURS].process.pid, dsn))
    finally:
        for server in servers.values():
            server.process.send_signal(signal.SIGTERM)
        for server in servers.values():
            server.process.wait(60)
    return figures


def _one(
    kind: str, server: Server, concurrency: int, options: argparse.Namespace, folder: Path
) -> Figure:
    count = int(options.seconds * MOST[kind])
    requests = _requests(kind, benchmark_settings(folder), count)
    load = Load(requests, b"RenewalRequested" if kind in GATEWAYS else b"true")
    before = cpu_seconds(server.process.pid)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rate = runner.run(load.run(server.port, concurrency, options.seconds))
    cpu = cpu_seconds(server.process.pid) - before
    return Figure(rate, cpu / load.answered * 1e6)


def _requests(kind: str, settings: Settings, count: int) -> deque[bytes]:
    return asyncio.run(demands(settings.keyring, count)) if kind in GATEWAYS else rows(count)


def report(figures: Figures, bound: float) -> int:
    print(
        f"{'server':15} {'connections':>11} {'median/s':>9} {'least':>8} {'most':>8} {'CPU, us':>8}"
    )
    for (kind, concurrency), each in sorted(figures.items(), key=lambda pair: pair[0][1]):
        rates, cpu = [one.rate for one in each], statistics.median(one.cpu for one in each)
        columns = (statistics.median(rates), min(rates), max(rates), cpu)
        print(f"{kind:15} {concurrency:11}", *(f"{column:8,.0f}" for column in columns))
    worst = 1e9
    print()
    for kind, concurrency in figures:
        if kind in GATEWAYS:
            continue
        pairs = list(zip(figures[OURS, concurrency], figures[kind, concurrency], strict=True))
        ratio = statistics.median(ours.rate / bare.rate for ours, bare in pairs)
        cpu = statistics.median(bare.cpu / ours.cpu for ours, bare in pairs)
        worst = min(worst, ratio)
        print(
            f"ours / {kind}, {concurrency} connections: {ratio:.2f} (bound {bound}); "
            f"by CPU time: {cpu:.2f}"
        )
    return 1 if worst < bound else 0


def on_postgres(options: argparse.Namespace, folder: Path) -> int:
    """With a server of our own, which shares the load generator's CPU."""
    server = PostgresServer()
    try:
        asyncio.run(migrate_postgres(server.dsn()))
        return report(measure(options, folder, server.dsn()), BOUND_ON_POSTGRES)
    finally:
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description="Requests a second on one core.")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--postgres", action="store_true", help="in place of SQLite")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        kind, folder, dsn = options.serve
        run_server(kind, Path(folder), dsn)
        return 0
    os.sched_setaffinity(0, {CLIENT_CPU})
    with tempfile.TemporaryDirectory(prefix="reassort-throughput-") as folder:
        if options.postgres:
            return on_postgres(options, Path(folder))
        return report(measure(options, Path(folder), ""), BOUND)


if __name__ == "__main__":
    sys.exit(main())
