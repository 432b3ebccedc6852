"""One run: every contender at every number of connections, in an order drawn anew each round."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

import uvloop

from tests.benchmarks.http_load import Load, quantile

from .contenders import Contender
from .place import Place
from .running import Server

AT_ONCE = 3
"""Servers that are started at the same time."""
MAIL_CONNECTIONS = 16
WARM_CONNECTIONS = 32
PATIENCE = 120.0
"""Seconds until the last answer has to be here, and the last e-mail at the relay."""
SPARE, LEAST = 1.5, 200
"""How many times what the quickest round took is made ready, and how many at least."""


@dataclass(frozen=True)
class Figure:
    """What one round of one contender at a number of connections gave."""

    round: int
    rate: float
    """Answers a second."""
    cpu: float
    """Microseconds of the server's CPU an answer; with its e-mail, where one is sent."""
    worker_cpu: float
    """Of the worker, where there is one."""
    database_cpu: float
    p50: float
    """Milliseconds from a request to its whole answer."""
    p99: float
    answered: int
    mailed_rate: float
    """Answers a second until the last e-mail was at the relay; 0 where none is sent."""
    refused: int = 0
    """Requests that the server had no time for, and said so; no answers."""


@dataclass(frozen=True)
class Case:
    """`requests`: so many, however long they take, with their e-mails, in place of seconds."""

    contender: Contender
    connections: int
    requests: int = 0

    @property
    def key(self) -> str:
        return f"{self.contender.name}{'/mails' if self.requests else ''}/{self.connections}"


@dataclass
class Run:
    """The servers, all of them up; and what was measured, by a case's key."""

    place: Place
    seconds: float
    servers: dict[str, Server] = field(default_factory=dict)
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    _rates: dict[str, float] = field(default_factory=dict)

    def start(self, everyone: Sequence[Contender], stack: ExitStack) -> None:
        """Several at a time; all that were started are ended with the stack."""
        stack.callback(self._stop)

        def one(contender: Contender) -> None:
            server = contender.kind.start(self.place, contender.name)
            self.servers[contender.name] = server

        with ThreadPoolExecutor(AT_ONCE) as threads:
            for _ in threads.map(one, everyone):
                pass

    def _stop(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for _ in threads.map(Server.stop, self.servers.values()):
                pass

    def warm_up(self, everyone: Sequence[Contender], requests: int) -> None:
        """Fill caches, pools and compilers of each by so many requests, which are not kept."""
        for each in everyone:
            self._one(Case(each, WARM_CONNECTIONS, requests), 0)

    def measure(self, cases: Sequence[Case], rounds: int, say: Callable[[str], None]) -> None:
        """Adds one figure a round for each case."""
        chance = random.Random()
        for number in range(1, rounds + 1):
            began = time.perf_counter()
            for case in chance.sample(cases, len(cases)):
                self.figures.setdefault(case.key, []).append(self._one(case, number))
            say(f"round {number} of {rounds}: {time.perf_counter() - began:.0f} s")

    def _one(self, case: Case, number: int) -> Figure:
        server, contender = self.servers[case.contender.name], case.contender
        requests = asyncio.run(contender.kind.requests(self._count(case)))
        load = Load(requests, contender.kind.expected)
        before = self._clocks(server)
        taken, began = self.place.taken.count, time.perf_counter()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            limit = PATIENCE if case.requests else self.seconds
            rate = runner.run(load.run(server.port, case.connections, limit))
        if not load.answered:
            raise SystemExit(f"{case.key}: nothing was answered, {load.refused} were refused")
        if contender.sends:
            self._await_mails(contender, taken + load.answered)
        mailed = load.answered / (time.perf_counter() - began) if contender.sends else 0.0
        after = self._clocks(server)
        self._rates[contender.name] = max(rate, self._rates.get(contender.name, 0.0))
        cpu, worker, database = (
            (b - a) / load.answered * 1e6 for a, b in zip(before, after, strict=True)
        )
        p50, p99 = (quantile(load.waits, part) * 1e3 for part in (0.5, 0.99))
        return Figure(
            number, rate, cpu, worker, database, p50, p99, load.answered, mailed, load.refused
        )

    def _count(self, case: Case) -> int:
        """More than are answered in time, by the quickest so far."""
        rate = self._rates.get(case.contender.name, 0.0)
        return case.requests or math.ceil(rate * self.seconds * SPARE) + LEAST

    def _clocks(self, server: Server) -> tuple[float, float, float]:
        return server.cpu(), server.others_cpu(), self.place.database_cpu()

    def _await_mails(self, contender: Contender, expected: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.place.taken.count < expected:
            if time.monotonic() > deadline:
                left = expected - self.place.taken.count
                raise SystemExit(f"{contender.words}: {left} e-mails did not reach the relay")
            time.sleep(0.002)
