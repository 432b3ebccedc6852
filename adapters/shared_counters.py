"""Counters of limits that several processes share, in Valkey; Redis speaks the same protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.circuit import Breaker, CircuitSettings
from core.errors import DependencyFailure
from core.ports.clock import Clock

PREFIX = "reassort:limits:"
TLS = ("valkeys://", "rediss://")
TIMEOUT = 0.25
"""Seconds for connecting, and for an answer. A request waits for both at worst, behind those of one
batch before it, and only until the circuit is open."""
CIRCUIT = CircuitSettings(failures_to_open=2, open_seconds=1.0, longest_open_seconds=10.0)
LARGEST_BATCH = 500
_HIT = """
for i, key in ipairs(KEYS) do
  local uses = redis.call('INCR', key)
  local left = redis.call('PTTL', key)
  if left < 0 then
    left = tonumber(ARGV[2 * i]) * 1000
    redis.call('PEXPIRE', key, left)
  end
  if uses > tonumber(ARGV[2 * i - 1]) then
    return math.max(left, 1)
  end
end
return 0
"""
"""All the counters of one use in one round trip, in order: a use that one counter refuses must not
use up the next one, which may be everyone's. One without expiry (a crash, a hand) gets one again,
so that nobody stays out for ever."""


class CountersUnavailable(DependencyFailure):
    """The text says no more than the kind of failure: others may hold the URL."""

    dependency = "limits"


class ValkeyCounters:
    """The counters on one server."""

    def __init__(self, url: str, password: str, clock: Clock) -> None:
        """`url`: `valkey://host:port/db`, `valkeys` for TLS, `redis` and `rediss` alike, or
        `unix:///path?db=0`; `password` takes the place of the URL's. Opens nothing; raises
        `ValueError` when the URL cannot be used or the package `valkey` is missing."""
        try:
            from valkey import asyncio as valkey
            from valkey.exceptions import NoScriptError, ValkeyError
        except ImportError:
            raise ValueError("for shared limits, install `reassort[valkey]`") from None
        self._failures, self._no_script = (ValkeyError, OSError, TimeoutError), NoScriptError
        options: dict[str, Any] = {
            "max_connections": 2,
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
        }
        if url.startswith(TLS):
            options["ssl_check_hostname"] = True  # the package's default is to take any host's
        try:
            pool = valkey.ConnectionPool.from_url(url, **options)
            pool.connection_class(**pool.connection_kwargs)  # refuses options that it does not have
        except (ValueError, TypeError):  # whose texts quote the URL
            raise ValueError("the URL of the shared limits cannot be read") from None
        if password:  # from_url prefers what the URL says
            pool.connection_kwargs["password"] = password
        self._client = valkey.Valkey.from_pool(pool)
        self._script = self._client.register_script(_HIT)
        self._breaker = Breaker(CIRCUIT, clock)
        self._waiting: list[_Use] = []
        self._sender: asyncio.Task[None] | None = None

    async def hit(self, counters: Sequence[tuple[str, int, int]]) -> int:
        """One use of each counter (name, uses allowed, seconds), up to the first that is used up:
        milliseconds until that one begins again, else 0. Raises `CountersUnavailable`."""
        names = [PREFIX + name for name, _, _ in counters]
        bounds = [str(bound) for _, *both in counters for bound in both]
        use = _Use(names, bounds, asyncio.get_running_loop().create_future())
        self._waiting.append(use)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return await use.answer

    async def check(self) -> None:
        """Raises `CountersUnavailable` when the server does not answer, or writes nothing."""
        await self.hit([("check", 2**31, 60)])

    async def aclose(self) -> None:
        if self._sender is not None:
            await self._sender
        await self._client.aclose(close_connection_pool=True)

    async def _send(self) -> None:
        """Ask for whatever waits, batch by batch, until nothing does. What comes in while one is on
        its way goes with the next: however many ask at once, it takes few round trips, over one
        connection."""
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            try:
                answers = await self._ask(batch)
            except Exception as failure:
                for use in batch:
                    use.fail(failure)
            else:
                for use, answer in zip(batch, answers, strict=True):
                    use.succeed(int(answer))
        self._sender = None

    async def _ask(self, batch: Sequence[_Use]) -> list[Any]:
        if not self._breaker.admits():
            raise CountersUnavailable("left alone for a moment after failures in a row")
        try:
            answers = await self._exchange(batch)
        except self._failures as failure:
            self._breaker.failed()
            raise CountersUnavailable(type(failure).__name__) from None
        self._breaker.succeeded()
        return answers

    async def _exchange(self, batch: Sequence[_Use]) -> list[Any]:
        """One round trip; two more for a server that has not seen the script since it started, and
        then has counted nothing."""
        try:
            return await self._pipelined(batch)
        except self._no_script:
            await self._client.script_load(_HIT)
            return await self._pipelined(batch)

    async def _pipelined(self, batch: Sequence[_Use]) -> list[Any]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for use in batch:
                pipeline.evalsha(self._script.sha, len(use.names), *use.names, *use.bounds)
            return await pipeline.execute()


@dataclass(frozen=True)
class _Use:
    """One use of some counters that waits for its answer."""

    names: Sequence[str]
    bounds: Sequence[str]
    answer: asyncio.Future[int]

    def succeed(self, answer: int) -> None:
        if not self.answer.done():  # whoever asked may have gone
            self.answer.set_result(answer)

    def fail(self, failure: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(failure)
