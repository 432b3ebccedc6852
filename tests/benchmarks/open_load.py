"""An open load: requests come when they come, whether or not those before are answered."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

AT_ONCE = 16
"""Connections, where a load is as many as are answered."""
MOST_CONNECTIONS = 900
"""Fewer than a process takes."""
_LOOK_SECONDS = 0.001
"""To look without a rest would take the processor from the database, which has the same."""
ACCEPTED = b'"RenewalRequested"'


@dataclass
class Answer:
    """Of one request: when it was due, in seconds of the phase, how long it took, what came."""

    due: float
    took: float
    status: int
    number: str
    told: str = ""
    """What is wrong with a refusal; empty when it says what it must."""

    @property
    def is_accepted(self) -> bool:
        return self.status == 200


@dataclass
class Phase:
    """One load. `rate`: requests a second, or None for as many as are answered."""

    requests: deque[tuple[str, bytes]]
    rate: float | None
    seconds: float
    answers: list[Answer] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """Seconds by which this program was late in sending."""
    unsent: int = 0
    lost: int = 0
    free: list[Caller] = field(default_factory=list)
    open: int = 0
    under_way: int = 0
    began: float = 0.0

    async def run(self, port: int) -> None:
        self.port, self.began = port, time.perf_counter()
        if self.rate is None:
            await self._without_rest()
        else:
            await self._as_they_come(self.rate)
        deadline = time.perf_counter() + 30
        while self.under_way and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        self.lost += self.under_way
        for caller in self.free:
            caller.transport.close()

    def slow(self, share: int = 99) -> float:
        """A percentile of what was accepted."""
        return percentile([one.took for one in self.answers if one.is_accepted], share)

    async def _without_rest(self) -> None:
        for _ in range(AT_ONCE):
            await self._send(time.perf_counter())
        await asyncio.sleep(self.seconds)

    async def _as_they_come(self, rate: float) -> None:
        chance, due = random.Random(3), self.began
        while due - self.began < self.seconds:
            now = time.perf_counter()
            if due > now:
                await asyncio.sleep(max(due - now, _LOOK_SECONDS))
                continue
            self.late.append(now - due)
            await self._send(due)
            due += chance.expovariate(rate)

    @property
    def rests(self) -> bool:
        """Whether a connection that is free is kept for what comes."""
        return self.rate is not None or time.perf_counter() - self.began >= self.seconds

    async def _send(self, due: float) -> None:
        if not self.free:
            if self.open >= MOST_CONNECTIONS:
                self.unsent += 1
                return
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: Caller(self), "127.0.0.1", self.port)
        self.free.pop().send(due)


class Caller(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, phase: Phase) -> None:
        self._phase = phase
        self._received = b""
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # pyright: ignore
        self._phase.open += 1
        self._phase.free.append(self)

    def send(self, due: float) -> None:
        self._phase.under_way += 1
        self._number, request = self._phase.requests.popleft()
        self._due, self._waits = due, True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length):
            return
        self._received, self._waits = b"", False
        phase, took = self._phase, time.perf_counter() - self._due
        status = int(head[9:12])
        told = _told(status, head, body)
        phase.answers.append(Answer(self._due - phase.began, took, status, self._number, told))
        phase.under_way -= 1
        if b"connection: close" in head.lower():
            self.transport.close()
        elif phase.rests:
            phase.free.append(self)
        else:
            self.send(time.perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        self._phase.open -= 1
        if self in self._phase.free:
            self._phase.free.remove(self)
        if self._waits:
            self._phase.lost += 1
            self._phase.under_way -= 1


def _told(status: int, head: bytes, body: bytes) -> str:
    if status == 200:
        return "" if ACCEPTED in body else "200 and not accepted"
    if status not in (429, 503):
        return str(status)
    header = head.lower().partition(b"retry-after: ")[2].partition(b"\r\n")[0]
    (error,) = orjson.loads(body)["errors"]
    wait = error["extensions"].get("retryAfter")
    return "" if header.isdigit() and int(header) == wait > 0 else f"{status} without its wait"


def percentile(times: Sequence[float], share: int) -> float:
    """In milliseconds."""
    return 1000 * statistics.quantiles(times, n=100)[share - 1] if len(times) > 1 else float("nan")
