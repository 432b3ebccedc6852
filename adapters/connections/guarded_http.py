"""Calls to one HTTP neighbour that can neither hang, flood nor lead us elsewhere.

Around httpx: a circuit breaker, a deadline for the whole call, so many calls at once, so many bytes
of an answer. Redirects are answers like any other, never followed. Nothing is kept of an answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from adapters.system import SystemClock
from core.circuit import Breaker, Circuit, CircuitSettings
from core.ports.clock import Clock
from core.web_address import is_https_or_on_this_machine

from .http import plain_url

_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
"""A connection that was reset or closed, as one kept alive may be just when it is used again."""
_NOT_NOW = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)
"""Of the neighbour or of a proxy before it, and not of what was asked (RFC 9110, 15.5.9; 8470)."""


@dataclass(frozen=True)
class GuardSettings:
    """Bounds of the calls to one neighbour."""

    deadline: float = 10.0
    """Seconds, from asking for a place to the last byte of the answer."""
    at_once: int = 8
    """Calls under way; others wait for a place, within their deadline."""
    max_bytes: int = 64 * 1024
    """Of an answer's body."""
    circuit: CircuitSettings = field(default_factory=CircuitSettings)

    def __post_init__(self) -> None:
        if self.deadline <= 0 or self.at_once < 1 or self.max_bytes < 1:
            raise ValueError("a neighbour needs time, a place and room for its answer")


class NoAnswer(Exception):
    """The neighbour gave no answer to go by. The text holds nothing that was sent or received."""


class PassingFailure(NoAnswer):
    """Worth another attempt, after `wait` seconds when the neighbour said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class CircuitOpen(NoAnswer):
    """The neighbour is being left alone: nothing was sent."""


class GuardedHttp:
    """One neighbour. The client is the host's to make and to close."""

    def __init__(
        self, client: httpx.AsyncClient, settings: GuardSettings, clock: Clock | None = None
    ) -> None:
        self._client = client
        self._settings = settings
        self._places = asyncio.Semaphore(settings.at_once)
        self._breaker = Breaker(settings.circuit, clock or SystemClock())

    @property
    def circuit(self) -> Circuit:
        """As it stands."""
        return self._breaker.circuit

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The whole answer, of any status but 408, 425, 429 and 500 or above.

        Raises `PassingFailure` for those and for connections that fail, `CircuitOpen`, and
        `NoAnswer` for an answer that is too large or that nobody asked for in that form.
        """
        # Identity: the bound on the body's bytes must hold before they are unpacked.
        sent = {**headers, "Accept-Encoding": "identity"}
        request = self._client.build_request(
            method, url, headers=sent, content=content, params=params
        )
        try:
            async with (
                asyncio.timeout(self._settings.deadline) as deadline,
                self._places,
                self._admitted(deadline),
            ):
                return _settled(await self._answer(request))
        except TimeoutError:
            raise PassingFailure("no answer in time") from None

    @asynccontextmanager
    async def _admitted(self, deadline: asyncio.Timeout) -> AsyncIterator[None]:
        """Asks the circuit before, and tells it after. A caller who goes away is no failure."""
        if not self._breaker.admits():
            raise CircuitOpen("left alone after failures")
        try:
            yield
        except NoAnswer as failure:
            self._breaker.failed(getattr(failure, "wait", None) or 0.0)
            raise
        except asyncio.CancelledError:
            if deadline.expired():
                self._breaker.failed()
            raise
        self._breaker.succeeded()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._once(request)
        except _BROKEN as error:
            if request.method != "GET":
                raise PassingFailure(type(error).__name__) from None
        except httpx.TransportError as error:
            raise PassingFailure(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None
        return await self._once_more(request)

    async def _once_more(self, request: httpx.Request) -> httpx.Response:
        """A GET changes nothing: once it may be repeated at once."""
        try:
            return await self._once(request)
        except httpx.HTTPError as error:
            raise PassingFailure(type(error).__name__) from None

    async def _once(self, request: httpx.Request) -> httpx.Response:
        answer = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise NoAnswer("the answer is packed")
            body = bytearray()
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > self._settings.max_bytes:
                    raise NoAnswer("the answer is too large")
        finally:
            await answer.aclose()
        return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(body))


def _settled(answer: httpx.Response) -> httpx.Response:
    if answer.status_code in _NOT_NOW or answer.is_server_error:
        raise PassingFailure(f"status {answer.status_code}", _retry_after(answer))
    return answer


def _retry_after(answer: httpx.Response) -> float | None:
    """In seconds (RFC 9110, 10.2.3). The form with a date is not used: clocks differ."""
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None


class _WithoutQuery(logging.Filter):
    """httpx logs the URL of each request at INFO: not what stands behind its question mark."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        record.args = tuple(
            each.copy_with(query=None) if isinstance(each, httpx.URL) else each
            for each in arguments
        )
        return True


_WITHOUT_QUERY = _WithoutQuery()


def hide_queries() -> None:
    """For a neighbour whose interface wants personal data in a query."""
    logging.getLogger("httpx").addFilter(_WITHOUT_QUERY)


def secret_url(url: str) -> str:
    """`plain_url`, of a neighbour that is told secrets: https, or http on this very machine.

    Raises `ValueError`, without repeating the URL.
    """
    plain = plain_url(url)
    if not is_https_or_on_this_machine(url):
        raise ValueError("a neighbour that is told secrets has a URL with https://")
    return plain
