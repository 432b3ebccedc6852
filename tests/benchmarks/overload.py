"""Three times more requests than one process can take: who is served, and who is told to wait? Run
by hand.

    python -m tests.benchmarks.overload [--seconds 20] [--times 3]

A server as it comes, but for limits by network and overall so high that none is reached (they are
counted), on PostgreSQL, on CPU 0; the load and PostgreSQL are on CPU 1. First as many requests as
it answers over 16 connections that never rest: its capacity. Then requests come when they come,
whether or not those before are answered (Poisson): half the capacity, `--times` the capacity, and
half of it again. Each is a new one with a security code of its own. Its time counts from the moment
at which it was due, so that a caller who could not even send waits as well.

What is to hold, else the exit code is 1: the 99th percentile of what is accepted is at most four
times that of half the capacity; all else is 429 or 503 and says, in the header and in the error
alike, how long to wait; whatever was confirmed is in the database and nothing beside it; within ten
seconds after the load nobody is refused, and a second's median is that of before, twice at most.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import uvloop

from core.keys import Keyring
from graphql_api.compose import prepare_database
from graphql_api.settings import Settings, read_settings
from tests.benchmarks.http_load import demands
from tests.benchmarks.open_load import Phase, percentile
from tests.benchmarks.timing_of_answers import environment, start
from tests.servers.postgres import PostgresServer, administer

BOUND, RECOVERED, RECOVERY_SECONDS = 4.0, 2.0, 10
SERVER_CPU, CLIENT_CPU = 0, 1
MOST_USES = "1000000/minute"


# -- The measurement --


class Run:
    """One server and its phases."""

    def __init__(self, keyring: Keyring, port: int) -> None:
        self._keyring, self._port = keyring, port
        self.phases: dict[str, Phase] = {}
        self._voters = 0

    async def phase(self, name: str, rate: float | None, seconds: float, most: float) -> Phase:
        """`most`: requests a second to be ready for."""
        first, count = self._voters, int(most * seconds) + 500
        self._voters += count
        made = await demands(self._keyring, count, first=first)
        requests = deque((f"{number:08}", each) for number, each in enumerate(made, first))
        self.phases[name] = Phase(requests, rate, seconds)
        gc.collect()
        gc.freeze()
        await self.phases[name].run(self._port)
        return self.phases[name]

    async def __call__(self, options: argparse.Namespace) -> None:
        await self.phase("warm-up", None, 2, 6000)
        busy = await self.phase("capacity", None, 4, 6000)
        capacity = sum(one.is_accepted for one in busy.answers) / busy.seconds
        for name, times, seconds in (
            ("half of it", 0.5, options.seconds),
            (f"{options.times:g} times", options.times, options.seconds),
            ("half again", 0.5, RECOVERY_SECONDS + 5),
        ):
            await self.phase(name, times * capacity, seconds, 1.2 * times * capacity)

    def report(self) -> list[str]:
        """Prints what came of each phase; what does not hold."""
        print(
            f"{'phase':12} {'asked/s':>8} {'accepted/s':>10} {'refused/s':>9} {'p50 ms':>8}"
            f" {'p99':>8} {'refused p99':>11} {'late p99':>8} {'unsent':>6} {'lost':>5}"
        )
        for name, each in self.phases.items():
            accepted = [one.took for one in each.answers if one.is_accepted]
            refused = [one.took for one in each.answers if not one.is_accepted]
            asked = (len(each.answers) + each.unsent + each.lost) / each.seconds
            print(
                f"{name:12} {asked:8,.0f} {len(accepted) / each.seconds:10,.0f}"
                f" {len(refused) / each.seconds:9,.0f} {percentile(accepted, 50):8.1f}"
                f" {percentile(accepted, 99):8.1f} {percentile(refused, 99):11.1f}"
                f" {percentile(each.late, 99):8.1f} {each.unsent:6,} {each.lost:5,}"
            )
        return [*self._served(), *self._told(), *self._recovered()]

    def _served(self) -> Iterator[str]:
        _, _, half, many, _ = self.phases.values()
        before, then = half.slow(), many.slow()
        print(f"\np99 of what was accepted: {then / before:.2f} times, bound {BOUND:g}")
        if not then <= BOUND * before:
            yield "what is accepted waits too long"

    def _told(self) -> Iterator[str]:
        for name, each in self.phases.items():
            for told, count in Counter(one.told for one in each.answers if one.told).items():
                yield f"{name}: {count} answers: {told}"
            if each.lost or each.unsent:
                yield f"{name}: {each.lost} without an answer, {each.unsent} could not be sent"

    def _recovered(self) -> Iterator[str]:
        _, _, half, _, again = self.phases.values()
        bound, since = RECOVERED * half.slow(50), 0
        for second in range(int(again.seconds)):
            these = [one for one in again.answers if second <= one.due < second + 1]
            served = [one.took for one in these if one.is_accepted]
            if len(served) < len(these) or percentile(served, 50) > bound:
                since = second + 1
        print(f"as before {since} s after the load, bound {RECOVERY_SECONDS}")
        if since > RECOVERY_SECONDS:
            yield "it does not recover"

    def confirmed(self) -> Counter[str]:
        phases = self.phases.values()
        return Counter(one.number for each in phases for one in each.answers if one.is_accepted)


async def kept(dsn: str) -> Counter[str]:
    """Voters of the requests in the database."""
    rows = await administer(dsn, "SELECT substr(number, 7) FROM recovery_request")
    return Counter(row[0] for row in rows)


def deployed(folder: Path, dsn: str) -> tuple[Settings, dict[str, str]]:
    """As it comes: logs at INFO, and uses counted, though none too many."""
    limits = {"NETWORK_LIMIT": MOST_USES, "OVERALL_LIMIT": MOST_USES, "LOG_LEVEL": "INFO"}
    told = {f"REASSORT_{name}": value for name, value in limits.items()}
    env = environment(folder) | told | {"DATABASE_URL": dsn}
    os.environ.update(env)
    return read_settings(), env


def measure(options: argparse.Namespace, folder: Path, dsn: str) -> int:
    settings, env = deployed(folder, dsn)
    prepare_database(settings)
    os.sched_setaffinity(0, {SERVER_CPU})
    with (folder / "log").open("w") as log:
        process, port = start(env, "serve", "--port", "0", stderr=log)
    os.sched_setaffinity(0, {CLIENT_CPU})
    run = Run(settings.keyring, port)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(options))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    wrong = run.report()
    confirmed, stored = run.confirmed(), asyncio.run(kept(dsn))
    print(f"{confirmed.total():,} confirmed, {stored.total():,} in the database")
    if confirmed - stored:
        wrong.append(f"{(confirmed - stored).total()} were confirmed and are lost")
    if stored - confirmed:
        wrong.append(f"{(stored - confirmed).total()} are stored and were not confirmed")
    for each in wrong:
        print(f"NOT SO: {each}")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Who is served under overload, and who is told.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--times", type=float, default=3, help="the capacity")
    options = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CPU})
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory(prefix="reassort-overload-") as folder:
            return measure(options, Path(folder), server.dsn())
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
