"""Load for benchmarks: keep-alive connections that post prepared requests, one at a time each."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import orjson

from adapters.captcha.digits import DigitsCaptcha
from adapters.system import SystemClock, SystemRandomness
from core.code_price import CodePrice
from core.keys import Keyring
from core.security_code import RenewalStep
from tests.paying import proof_for

QUERY = (
    "mutation Ask($input: RequestPasswordRenewalInput!) { requestPasswordRenewal(input: $input) "
    "{ __typename ... on RenewalRequested { message } ... on Problem { code message } } }"
)
_TICKS = os.sysconf("SC_CLK_TCK")
_OVERLOADED = b"HTTP/1.1 503 "
_END_OF_CHUNKS = b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    """One keep-alive connection: the next request as soon as an answer is complete."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._received = b""
        self._asked = 0.0
        self._is_done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # pyright: ignore
        self._next()

    def _next(self) -> None:
        if self._load.running and self._load.requests:
            self._asked = time.perf_counter()
            self._transport.write(self._load.requests.popleft())
        else:
            self._is_done = True
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or not _is_complete(head.lower(), body):
            return
        if self._load.expected in body:
            self._load.waits.append(time.perf_counter() - self._asked)
        elif head.startswith(_OVERLOADED):
            self._load.refused += 1
            self._is_done = b"connection: close" in head.lower()
        else:
            raise SystemExit(self._received.decode())
        self._received = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.left(self._is_done)


def _is_complete(head: bytes, body: bytes) -> bool:
    """By its length, or by the last chunk of one without."""
    if b"transfer-encoding: chunked" in head:
        return body.endswith(_END_OF_CHUNKS)
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)


class Load:
    """Some connections for some seconds, or until no request is left."""

    def __init__(self, requests: deque[bytes], expected: bytes) -> None:
        self.requests, self.expected = requests, expected
        self.running, self._open, self._broken = True, 0, 0
        self.waits: list[float] = []
        """Seconds from a request to its whole answer, in the order of the answers."""
        self.refused = 0
        """Requests that were answered 503: the server had too much to do."""
        self._ended = asyncio.Event()

    @property
    def answered(self) -> int:
        return len(self.waits)

    async def run(self, port: int, concurrency: int, seconds: float) -> float:
        """Answers a second. Raises `SystemExit` when the server has closed a connection."""
        loop = asyncio.get_running_loop()
        self._open = concurrency
        began = time.perf_counter()
        for _ in range(concurrency):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
        ending = loop.call_later(max(0.0, began + seconds - time.perf_counter()), self._stop)
        await self._ended.wait()
        ending.cancel()
        if self._broken:
            raise SystemExit(
                f"{self._broken} connections of {concurrency} were closed by the server"
            )
        return self.answered / (time.perf_counter() - began)

    async def run_out(self, port: int, concurrency: int, rate: float = 0) -> None:
        """All requests that there are; so many a second at most, if a rate is given."""
        waiting, loop = self.requests, asyncio.get_running_loop()
        while waiting:
            count = min(concurrency, len(waiting)) if not rate else 1
            self.requests = waiting if not rate else deque([waiting.popleft()])
            self._open, self._ended = count, asyncio.Event()
            began = loop.time()
            for _ in range(count):
                await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
            await self._ended.wait()
            if rate:
                await asyncio.sleep(max(0.0, began + 1 / rate - loop.time()))

    def left(self, is_done: bool) -> None:
        """A connection was closed: by us, when it `is_done`."""
        self._open -= 1
        self._broken += not is_done
        if not self._open:
            self._ended.set()

    def _stop(self) -> None:
        self.running = False


def quantile(waits: Sequence[float], part: float) -> float:
    """The wait that `part` of all do not exceed. Raises `ValueError` without any."""
    if not waits:
        raise ValueError("nothing was answered")
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


async def demands(
    keyring: Keyring, count: int, headers: str = "", price: CodePrice | None = None, first: int = 0
) -> deque[bytes]:
    """Requests for new passwords, each with a security code of its own, for the voters from the
    number `first` on. `headers`: lines that end with CRLF. `price`: each code is paid for."""
    captcha = DigitsCaptcha(keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10))
    made: deque[bytes] = deque()
    for number in range(first, first + count):
        id = (await captcha.issue(RenewalStep.REQUEST)).id
        code = {"id": id, "answer": captcha.answer_to(id)}
        if price is not None:
            code["proof"] = proof_for(price.of(id))
        form = {
            "numic": f"{number:08}",
            "email": f"voter-{number:08}@example.org",
            "securityCode": code,
        }
        body = orjson.dumps({"query": QUERY, "variables": {"input": form}})
        made.append(post(body, headers=headers))
    return made


def rows(count: int) -> deque[bytes]:
    """Requests for a bare route, about as long."""
    forms = ({"id": os.urandom(15).hex(), "padding": "x" * 300} for _ in range(count))
    return deque(post(orjson.dumps(form)) for form in forms)


def post(body: bytes, path: str = "/graphql", headers: str = "") -> bytes:
    """A request with JSON. `headers`: lines that end with CRLF."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has taken so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
