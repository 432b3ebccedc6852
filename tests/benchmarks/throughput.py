"""Requests a second on one core, beside a bare Starlette route that inserts one row; run by hand.

    python -m tests.benchmarks.throughput [--seconds 3] [--rounds 5] [--concurrency 16 64]

Each server is a process pinned to one CPU; the load generator has the other. All are measured in
the same run, one after the other in an order drawn anew each round, so that other work on the
machine meets all alike. Keep-alive connections, each with one request at a time; every request is
a new one with a fresh, valid security code, made before the clock starts.

    ours           requestPasswordRenewal: GraphQL, security code, request and job in one commit
    bare, thread   Starlette, one INSERT, one commit a request in a thread (WAL, synchronous=FULL)
    bare, batches  Starlette, one INSERT through the same store as ours, which shares commits

The worker does not run. The ratio to each bare route is to be at least 0.25; the exit code is 1
otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.captcha.digits import DigitsCaptcha
from adapters.store.migrate import migrate
from adapters.store.sqlite import SqliteStore
from adapters.system import SystemClock, SystemRandomness
from core.security_code import RenewalStep
from graphql_api.app import build_app
from graphql_api.compose import compose, prepare_database
from graphql_api.logs import configure_logs
from graphql_api.serving import address_of, bind, serve
from graphql_api.settings import Settings, read_settings

OURS, THREAD, BATCHES = "ours", "bare, thread", "bare, batches"
MOST = {OURS: 6_000, THREAD: 25_000, BATCHES: 25_000}
"""Requests a second to be ready for."""
BOUND = 0.25
SERVER_CPU, CLIENT_CPU = 0, 1
QUERY = (
    "mutation Ask($input: RequestPasswordRenewalInput!) { requestPasswordRenewal(input: $input) "
    "{ __typename ... on RenewalRequested { message } ... on Problem { code message } } }"
)


# -- The servers --


def run_server(kind: str, folder: Path) -> None:
    """One server, pinned; prints its address."""
    os.sched_setaffinity(0, {SERVER_CPU})
    configure_logs("WARNING")
    settings = _settings(folder)
    if kind == OURS:
        prepare_database(settings)
        app = build_app(compose(settings))
    elif kind == THREAD:
        app = _bare_thread(folder / "thread.sqlite3")
    else:
        app = _bare_batches(folder / "batches.sqlite3")
    listening = bind("127.0.0.1", 0)
    address = address_of(listening)
    serve(app, listening, settings, lambda: print(address, flush=True))


def _bare_thread(path: Path) -> Starlette:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE row (id TEXT PRIMARY KEY, until INTEGER) WITHOUT ROWID")
    turn = threading.Lock()

    def insert(id: str, until: int) -> None:
        with turn:
            connection.execute("INSERT INTO row VALUES (?, ?)", (id, until))

    async def endpoint(request: Request) -> Response:
        form = orjson.loads(await request.body())
        await asyncio.to_thread(insert, form["id"], 1)
        return JSONResponse({"ok": True})

    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])])


def _bare_batches(path: Path) -> Starlette:
    migrate(path)
    store = SqliteStore(path)
    until = datetime.now(UTC) + timedelta(days=1)

    async def endpoint(request: Request) -> Response:
        form = orjson.loads(await request.body())
        await store.open()
        async with store.begin() as unit:
            await unit.codes.consume(form["id"], until)
        return JSONResponse({"ok": True})

    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])])


def _settings(folder: Path) -> Settings:
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
        network_limit="none",
        log_level="WARNING",
    )


# -- The load --


class Connection(asyncio.Protocol):
    """One keep-alive connection: the next request as soon as an answer is complete."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # pyright: ignore
        self._next()

    def _next(self) -> None:
        if self._load.running and self._load.requests:
            self._transport.write(self._load.requests.popleft())
        else:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length):
            return
        if self._load.expected not in body:
            raise SystemExit(self._received.decode())
        self._received = b""
        self._load.answered += 1
        self._next()

    def connection_lost(self, failure: Exception | None) -> None:
        self._load.open -= 1
        if not self._load.open:
            self._load.ended.set()


class Load:
    """Some connections for some seconds."""

    def __init__(self, requests: deque[bytes], expected: bytes) -> None:
        self.requests, self.expected = requests, expected
        self.running, self.answered, self.open = True, 0, 0
        self.ended = asyncio.Event()

    async def run(self, port: int, concurrency: int, seconds: float) -> float:
        """Answers a second."""
        loop = asyncio.get_running_loop()
        self.open = concurrency
        began = time.perf_counter()
        for _ in range(concurrency):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
        await asyncio.sleep(seconds)
        self.running = False
        spent = not self.requests
        await self.ended.wait()
        if spent:
            raise SystemExit("ran out of requests: give fewer --seconds")
        return self.answered / (time.perf_counter() - began)


async def _requests(kind: str, settings: Settings, count: int) -> deque[bytes]:
    captcha = DigitsCaptcha(
        settings.keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10)
    )
    made: deque[bytes] = deque()
    for number in range(count):
        if kind == OURS:
            id = (await captcha.issue(RenewalStep.REQUEST)).id
            form = {
                "numic": f"{number:08}",
                "email": f"voter-{number}@example.org",
                "securityCode": {"id": id, "answer": captcha.answer_to(id)},
            }
            body = orjson.dumps({"query": QUERY, "variables": {"input": form}})
        else:
            body = orjson.dumps({"id": os.urandom(15).hex(), "padding": "x" * 300})
        head = (
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def measure(options: argparse.Namespace, folder: Path) -> dict[tuple[str, int], list[float]]:
    """Answers a second, round by round, for each server and concurrency."""
    servers = {kind: _start(kind, folder / str(index)) for index, kind in enumerate(_KINDS)}
    os.sched_setaffinity(0, {CLIENT_CPU})
    rates: dict[tuple[str, int], list[float]] = {}
    chance = random.Random(25)
    try:
        for number in range(options.rounds + 1):
            cases = [(kind, each) for kind in _KINDS for each in options.concurrency]
            for kind, concurrency in chance.sample(cases, len(cases)):
                rate = asyncio.run(_one(kind, servers[kind][1], concurrency, options, folder))
                if number:  # the first round warms up
                    rates.setdefault((kind, concurrency), []).append(rate)
    finally:
        for process, _ in servers.values():
            process.send_signal(signal.SIGTERM)
        for process, _ in servers.values():
            process.wait(60)
    return rates


_KINDS = (OURS, THREAD, BATCHES)


async def _one(
    kind: str, port: int, concurrency: int, options: argparse.Namespace, folder: Path
) -> float:
    enough = int(options.seconds * MOST[kind])
    requests = await _requests(kind, _settings(folder), enough)
    load = Load(requests, b"RenewalRequested" if kind == OURS else b"true")
    return await load.run(port, concurrency, options.seconds)


def _start(kind: str, folder: Path) -> tuple[subprocess.Popen[str], int]:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.benchmarks.throughput", "--serve", kind, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline().rpartition(":")[2])


def report(rates: dict[tuple[str, int], list[float]], options: argparse.Namespace) -> int:
    print(f"{'server':15} {'connections':>11} {'median/s':>9} {'least':>8} {'most':>8}")
    for (kind, concurrency), each in sorted(rates.items(), key=lambda pair: pair[0][1]):
        figures = (statistics.median(each), min(each), max(each))
        print(f"{kind:15} {concurrency:11}", *(f"{figure:8,.0f}" for figure in figures))
    worst = 1e9
    print()
    for concurrency in options.concurrency:
        for bare in (THREAD, BATCHES):
            pairs = zip(rates[OURS, concurrency], rates[bare, concurrency], strict=True)
            ratio = statistics.median(ours / other for ours, other in pairs)
            worst = min(worst, ratio)
            print(f"ours / {bare}, {concurrency} connections: {ratio:.2f} (bound {BOUND})")
    return 1 if worst < BOUND else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Requests a second on one core.")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--serve", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        run_server(options.serve[0], Path(options.serve[1]))
        return 0
    with tempfile.TemporaryDirectory(prefix="reassort-throughput-") as folder:
        return report(measure(options, Path(folder)), options)


if __name__ == "__main__":
    sys.exit(main())
