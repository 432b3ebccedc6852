"""Load for benchmarks: keep-alive connections that post prepared requests, one at a time each."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from datetime import timedelta
from pathlib import Path

import orjson

from adapters.captcha.digits import DigitsCaptcha
from adapters.system import SystemClock, SystemRandomness
from core.keys import Keyring
from core.security_code import RenewalStep

QUERY = (
    "mutation Ask($input: RequestPasswordRenewalInput!) { requestPasswordRenewal(input: $input) "
    "{ __typename ... on RenewalRequested { message } ... on Problem { code message } } }"
)
_TICKS = os.sysconf("SC_CLK_TCK")


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

    def connection_lost(self, exc: Exception | None) -> None:
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

    async def run_out(self, port: int, concurrency: int, rate: float = 0) -> None:
        """All requests that there are; so many a second at most, if a rate is given."""
        waiting, loop = self.requests, asyncio.get_running_loop()
        while waiting:
            count = min(concurrency, len(waiting)) if not rate else 1
            self.requests = waiting if not rate else deque([waiting.popleft()])
            self.open, self.ended = count, asyncio.Event()
            began = loop.time()
            for _ in range(count):
                await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
            await self.ended.wait()
            if rate:
                await asyncio.sleep(max(0.0, began + 1 / rate - loop.time()))


async def demands(keyring: Keyring, count: int) -> deque[bytes]:
    """Requests for new passwords, each with a security code of its own."""
    captcha = DigitsCaptcha(keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10))
    made: deque[bytes] = deque()
    for number in range(count):
        id = (await captcha.issue(RenewalStep.REQUEST)).id
        form = {
            "numic": f"{number:08}",
            "email": f"voter-{number}@example.org",
            "securityCode": {"id": id, "answer": captcha.answer_to(id)},
        }
        made.append(post(orjson.dumps({"query": QUERY, "variables": {"input": form}})))
    return made


def rows(count: int) -> deque[bytes]:
    """Requests for a bare route, about as long."""
    forms = ({"id": os.urandom(15).hex(), "padding": "x" * 300} for _ in range(count))
    return deque(post(orjson.dumps(form)) for form in forms)


def post(body: bytes) -> bytes:
    """One request, as it goes over the wire."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has taken so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
