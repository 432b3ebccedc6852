"""Can answering times tell voters apart? Welch's t for each pair of kinds (R24); run by hand.

    python -m tests.benchmarks.timing_of_answers [--requests 10000] [--follow N] [--no-worker]
        [--engine postgres] [--load RATE]

One served process, the worker beside it, policy `standard`, and one keep-alive connection over
loopback; a request is timed from its first byte sent to the last byte of its answer. Five kinds of
voters: known, unknown, e-mail differs, no phone, over quota. Every voter but the last is asked for
once, so that a known one stays within the quota; the last is one voter whose quota the warm-up has
used up. What is typed has the same length for all.

The kinds are interleaved: each block holds ten requests of every kind in an order drawn anew.
Whatever drifts more slowly than a block (load of the machine, size of the database, temperature)
adds the same to all kinds and cannot part their means; what a request leaves behind (a job for the
worker) falls on the next one, whose kind is drawn at random: with one of each, it would be another
kind as a rule.

With `--follow 12` it is not the request in a voter's name that is timed but what comes after it:
twelve forms of the caller's own at once, of which the longest counts. The worker writes more for a
voter than for nobody, and on SQLite it writes to the gateway's file. Before the next, the worker
comes to its end. On SQLite that takes some beats, for which it waits most of the time:
`--deployments 5` asks as many beside each other. `--load 200`: at the same time others ask, so many
a second, as they come.

Besides all times, the lower nine tenths are compared: a few slow answers widen the variance so much
that they could hide a difference. Both |t| must be below 4.5 for every pair; the exit code is 1
otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import Process
from pathlib import Path
from typing import IO

from adapters.captcha.digits import DigitsCaptcha
from adapters.system import SystemClock, SystemRandomness
from core.keys import Keyring
from core.security_code import RenewalStep
from graphql_api.compose import load_register, prepare_database
from graphql_api.settings import Settings, read_settings
from tests.benchmarks.http_load import demands
from tests.benchmarks.open_load import Phase
from tests.benchmarks.work_left import until_idle
from tests.servers.postgres import PostgresServer

KINDS = ("known", "unknown", "e-mail differs", "no phone", "over quota")
THRESHOLD = 4.5
WARM_UP = 300
BLOCK = 10
"""Requests of each kind of which the order is drawn."""
CODES_AT_ONCE = 500
LOADED_SECONDS = 30
"""For so long codes of other callers are made at a time."""
QUERY = (
    "mutation Ask($input: RequestPasswordRenewalInput!) { requestPasswordRenewal(input: $input) "
    "{ __typename ... on RenewalRequested { message } ... on Problem { code message } } }"
)
FIRST = {"known": 1, "unknown": 2, "e-mail differs": 3, "no phone": 4, "over quota": 5}
"""The NUMIC's first digit tells the kind to this program, and nothing to the server."""


def main() -> int:
    """Deployments that have nothing in common, each of which is asked for its part."""
    options = _options()
    count = options.deployments
    with ProcessPoolExecutor(count) as processes:
        found = list(processes.map(partial(one, options), range(count)))
    return report({kind: [took for each in found for took in each[kind]] for kind in found[0]})


def one(options: argparse.Namespace, number: int) -> dict[str, list[int]]:
    """The times of one deployment."""
    options.requests //= options.deployments
    options.seed += number
    with tempfile.TemporaryDirectory(prefix="reassort-timing-") as folder, database(options) as dsn:
        env = environment(Path(folder), dsn)
        settings = prepare(env, options.requests)
        server, port = start(env, "serve", "--port", "0")
        worker = None if options.no_worker else start(env, "worker")[0]
        others = None
        if options.load:
            others = Process(target=load, args=(settings.keyring, port, options.load), daemon=True)
            others.start()
        try:
            return _times(options, settings, port, dsn)
        finally:
            if others is not None:
                others.terminate()
            for process in (server, worker):
                if process is not None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(60)


def _times(
    options: argparse.Namespace, settings: Settings, port: int, dsn: str
) -> dict[str, list[int]]:
    chance = random.Random(options.seed)
    if not options.follow:
        return measure(settings, port, options.requests, chance)
    with until_idle(settings.data_dir, dsn) as idle:
        wait = (lambda: None) if options.no_worker or options.load else idle
        return follow(settings, port, options.requests, options.follow, chance, wait)


def load(keyring: Keyring, port: int, rate: float) -> None:
    """Others who ask, whatever the answers: voters whom nobody knows."""

    async def ask() -> None:
        for first in itertools.count(50_000_000, 1_000_000):
            made = await demands(keyring, int(1.2 * rate * LOADED_SECONDS) + 100, first=first)
            requests = deque((f"{number:08}", each) for number, each in enumerate(made, first))
            await Phase(requests, rate, LOADED_SECONDS).run(port)

    asyncio.run(ask())


@contextmanager
def database(options: argparse.Namespace) -> Iterator[str]:
    """The DSN of a server of PostgreSQL's, where one is asked for."""
    if options.engine == "sqlite":
        yield ""
        return
    server = PostgresServer()
    try:
        yield server.dsn()
    finally:
        server.stop()


def environment(folder: Path, dsn: str = "") -> dict[str, str]:
    """A deployment without edge limits; e-mails go to a file."""
    now = datetime.now(UTC)
    calendar = {
        "id": "2027-1",
        "opens_at": (now - timedelta(days=1)).isoformat(),
        "closes_at": (now + timedelta(days=9)).isoformat(),
    }
    settings = {
        "KEYS": f"2027:{urlsafe_b64encode(os.urandom(32)).decode()}",
        "VOTING_ROUNDS": json.dumps([calendar]),
        "DATA_DIR": str(folder),
        "EMAIL": "inbox",
        "SMS": "inbox",
        "NETWORK_LIMIT": "none",
        "OVERALL_LIMIT": "none",
        "LOG_LEVEL": "WARNING",
    }
    inherited = {name: each for name, each in os.environ.items() if name != "DATABASE_URL"}
    inherited |= {"DATABASE_URL": dsn} if dsn else {}
    return inherited | {f"REASSORT_{name}": value for name, value in settings.items()}


def prepare(env: dict[str, str], requests: int) -> Settings:
    """The database, and a register of every voter that will be asked for."""
    os.environ.update(env)
    settings = read_settings()
    prepare_database(settings)
    source = settings.data_dir / "register.csv"
    with source.open("w", encoding="utf-8") as file:
        file.write("numic;identifier;email;phone\n")
        for number in range(requests + WARM_UP):
            for kind in ("known", "e-mail differs", "no phone", "over quota"):
                if kind == "over quota" and number:
                    continue
                numic = _numic(kind, number)
                phone = "" if kind == "no phone" else f"+3363998{number % 10000:04}"
                file.write(f"{numic};AAAA{numic};voter-{numic}@example.org;{phone}\n")
    load_register(settings, source, settings.data_dir / "report.csv")
    source.unlink()
    return settings


def start(
    env: dict[str, str], *command: str, stderr: IO[str] | None = None
) -> tuple[subprocess.Popen[str], int]:
    """One `reassort` command, once it is ready; its port, if it has one."""
    arguments = [sys.executable, "-m", "graphql_api", *command]
    process = subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True)
    line = process.stdout.readline().strip()
    port = line.rpartition(":")[2]
    return process, int(port) if port.isdigit() else 0


def measure(
    settings: Settings, port: int, requests: int, chance: random.Random
) -> dict[str, list[int]]:
    """Nanoseconds of every answer, by kind."""
    codes = _Codes(settings)
    times: dict[str, list[int]] = {kind: [] for kind in KINDS}
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for kind, number in _in_turns(KINDS, WARM_UP + requests, chance):
            request = _request(kind, number, codes.next())
            began = time.perf_counter_ns()
            connection.sendall(request)
            answer = _answer(connection)
            took = time.perf_counter_ns() - began
            if b'"RenewalRequested"' not in answer:
                raise SystemExit(answer.decode())
            if number >= WARM_UP:
                times[kind].append(took)
    return times


def follow(
    settings: Settings,
    port: int,
    requests: int,
    own: int,
    chance: random.Random,
    wait: Callable[[], None],
) -> dict[str, list[int]]:
    """Nanoseconds of the longest of `own` forms that follow one, by the kind of that one. `wait`
    returns when nothing of it is left to do."""
    codes = _Codes(settings)
    times: dict[str, list[int]] = {kind: [] for kind in ("known", "unknown")}
    strangers = itertools.count(WARM_UP + requests)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def took(kind: str, number: int) -> int:
            request = _request(kind, number, codes.next())
            began = time.perf_counter_ns()
            connection.sendall(request)
            if b'"RenewalRequested"' not in (answer := _answer(connection)):
                raise SystemExit(answer.decode())
            return time.perf_counter_ns() - began

        for kind, number in _in_turns(sorted(times), WARM_UP // 10 + requests, chance):
            took(kind, number)
            longest = max(took("unknown", next(strangers)) for _ in range(own))
            wait()
            if number >= WARM_UP // 10:
                times[kind].append(longest)
    return times


def _in_turns(
    kinds: Sequence[str], requests: int, chance: random.Random
) -> Iterator[tuple[str, int]]:
    """So many of each kind, numbered."""
    for first in range(0, requests, BLOCK):
        numbers = range(first, min(first + BLOCK, requests))
        block = [(kind, number) for number in numbers for kind in kinds]
        yield from chance.sample(block, len(block))


def _request(kind: str, number: int, code: dict[str, str]) -> bytes:
    numic = _numic(kind, 0 if kind == "over quota" else number)
    mailbox = "other" if kind == "e-mail differs" else "voter"
    form = {"numic": numic, "email": f"{mailbox}-{numic}@example.org", "securityCode": code}
    body = json.dumps({"query": QUERY, "variables": {"input": form}}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _answer(connection: socket.socket) -> bytes:
    """One whole answer: none of ours is longer than what fits in one read, or is split in two."""
    answer = connection.recv(65536)
    while True:
        head, end, body = answer.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length):
            return answer
        answer += connection.recv(65536)


def _numic(kind: str, number: int) -> str:
    return f"{FIRST[kind]}{number:07}"


class _Codes:
    """Security codes with their answers, made here with the deployment's key. A few at a time: they
    live for ten minutes."""

    def __init__(self, settings: Settings) -> None:
        lifetime = settings.renewal_policy.security_code_lifetime
        self._captcha = DigitsCaptcha(settings.keyring, SystemClock(), SystemRandomness(), lifetime)
        self._ready: list[dict[str, str]] = []

    def next(self) -> dict[str, str]:
        if not self._ready:
            self._ready = asyncio.run(self._make())
        return self._ready.pop()

    async def _make(self) -> list[dict[str, str]]:
        ids = [(await self._captcha.issue(RenewalStep.REQUEST)).id for _ in range(CODES_AT_ONCE)]
        return [{"id": id, "answer": self._captcha.answer_to(id) or ""} for id in ids]


def report(times: dict[str, list[int]]) -> int:
    """Print the table; 1 when a pair of kinds can be told apart."""
    print(f"{'kind':>15} {'requests':>9} {'mean ms':>8} {'median':>8} {'p99':>8}")
    for kind, each in times.items():
        cuts = statistics.quantiles(each, n=100)
        figures = (statistics.fmean(each), cuts[49], cuts[98])
        print(f"{kind:>15} {len(each):9,}", *(f"{figure / 1e6:8.3f}" for figure in figures))
    pooled = sorted(took for each in times.values() for took in each)
    limit = pooled[len(pooled) * 9 // 10]
    lower = {kind: [took for took in each if took <= limit] for kind, each in times.items()}
    print(f"\n{'pair':>33} {'t, all':>8} {'t, lower 9/10':>14}")
    worst = 0.0
    for one, other in itertools.combinations(times, 2):
        found = welch(times[one], times[other]), welch(lower[one], lower[other])
        worst = max(worst, *(abs(t) for t in found))
        print(f"{one:>16} {other:>16} {found[0]:8.2f} {found[1]:14.2f}")
    print(f"\nlargest |t| {worst:.2f}, bound {THRESHOLD}")
    return 1 if worst >= THRESHOLD else 0


def welch(one: list[int], other: list[int]) -> float:
    """Welch's t: the difference of the means in standard errors, variances not assumed equal."""
    error = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(error)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Welch's t for each pair of kinds of voters.")
    parser.add_argument("--requests", type=int, default=10_000, help="of each kind")
    parser.add_argument("--follow", type=int, default=0, help="forms of one's own after each")
    parser.add_argument("--no-worker", action="store_true", help="leave the jobs undone")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--load", type=float, default=0, help="requests of others a second")
    parser.add_argument("--deployments", type=int, default=1, help="beside each other")
    parser.add_argument("--seed", type=int, default=24, help="of the order of requests")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
