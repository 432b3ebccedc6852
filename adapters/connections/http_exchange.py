"""HTTP/1.1 over kept connections, in place of those that httpcore's pool would make.

httpcore's own take twice the CPU of all around them, and nearly all calls are of the plainest form:
the request is one write, and its answer is there at once, with its length. Such an exchange is made
here. Whatever else is asked or answered is httpcore's to read and to write, as are the pool, time
limits, and opening and protecting a connection.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator
from enum import Enum, auto
from typing import Any, cast

import httpcore

_AT_ONCE = 64 * 1024
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?"
_ASKED = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.1\r\n(?:" + _TOKEN + rb": " + _VALUE + rb"\r\n)+\r\n")
"""The head of a request."""
_ANSWERED = re.compile(
    rb"HTTP/1\.1 ([2-5]\d\d) ([\t -~\x80-\xff]*)\r\n"
    rb"((?:" + _TOKEN + rb":[\t -~\x80-\xff]*\r\n)*)\r\n"
)
_NOT_PLAIN = {b"transfer-encoding", b"expect", b"upgrade", b"connection", b"content-length"}
"""Fields that say how a message ends or what follows it, unless they say the usual."""
_Fields = list[tuple[bytes, bytes]]


class Pool(httpcore.AsyncConnectionPool):
    """httpcore's, of these connections."""

    def __init__(self, tls: ssl.SSLContext, keepalive: float, most: int, most_kept: int) -> None:
        """`keepalive`: seconds that a connection is kept idle; `most` connections, `most_kept` of
        them idle."""
        super().__init__(tls, None, most, most_kept, keepalive)
        self._tls, self._keepalive = tls, keepalive

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        return KeptConnection(origin, self._tls, self._keepalive)


class _State(Enum):
    NEW = auto()
    ACTIVE = auto()
    IDLE = auto()
    CLOSED = auto()


class KeptConnection(httpcore.AsyncConnectionInterface):
    """To one origin, for one request after the other. Raises what httpcore's raises."""

    def __init__(self, origin: httpcore.Origin, tls: ssl.SSLContext, keepalive: float) -> None:
        self._origin, self._tls, self._keepalive = origin, tls, keepalive
        self._stream: httpcore.AsyncNetworkStream | None = None
        self._state, self._is_broken, self._expires_at = _State.NEW, False, 0.0

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if self._state not in (_State.NEW, _State.IDLE):
            raise httpcore.ConnectionNotAvailable
        self._state = _State.ACTIVE
        try:
            if self._stream is None:
                self._stream = await self._opened(request)
            written = await _plain_request(request)
            if written is None:
                return await self._by_httpcore(request, self._stream)
            return await self._exchanged(request, written, self._stream)
        except BaseException:
            await self.aclose()
            raise

    async def _opened(self, request: httpcore.Request) -> httpcore.AsyncNetworkStream:
        host, limit = self._origin.host.decode("ascii"), _limit(request, "connect")
        network = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())
        stream = await network.connect_tcp(host, self._origin.port, timeout=limit)
        if self._origin.scheme != b"https":
            return stream
        self._tls.set_alpn_protocols(["http/1.1"])
        name = request.extensions.get("sni_hostname") or host
        return await stream.start_tls(self._tls, server_hostname=name, timeout=limit)

    async def _exchanged(
        self, request: httpcore.Request, written: bytes, stream: httpcore.AsyncNetworkStream
    ) -> httpcore.Response:
        try:
            await stream.write(written, _limit(request, "write"))
        except httpcore.WriteError:  # it may have answered before it hung up
            self._is_broken = True
        heard = await stream.read(_AT_ONCE, _limit(request, "read"))
        answer = _plain_answer(heard) if request.method != b"HEAD" else None
        if answer is None:
            return await self._by_httpcore(request, _Begun(stream, heard))
        self.rest()
        status, reason, fields, body = answer
        said: dict[str, Any] = {"http_version": b"HTTP/1.1", "reason_phrase": reason}
        return httpcore.Response(status, headers=fields, content=body, extensions=said)

    async def _by_httpcore(
        self, request: httpcore.Request, stream: httpcore.AsyncNetworkStream
    ) -> httpcore.Response:
        theirs = httpcore.AsyncHTTP11Connection(self._origin, stream, self._keepalive)
        answer = await theirs.handle_async_request(request)
        answer.stream = _Rest(answer.stream, theirs, self)
        return answer

    def rest(self) -> None:
        """Its answer is read to the end: the next request may have the connection."""
        self._state = _State.IDLE
        self._expires_at = 0.0 if self._is_broken else time.monotonic() + self._keepalive

    async def aclose(self) -> None:
        self._state = _State.CLOSED
        if self._stream is not None:
            await self._stream.aclose()

    # -- What the pool asks --

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        return origin == self._origin

    def is_available(self) -> bool:
        return self._state is _State.IDLE

    def is_idle(self) -> bool:
        return self._state is _State.IDLE

    def is_closed(self) -> bool:
        return self._state is _State.CLOSED

    def has_expired(self) -> bool:
        """An idle connection on which there is something to read was closed by the other side, or
        carries what nobody asked for."""
        if self._state is not _State.IDLE or self._stream is None:
            return False
        return time.monotonic() > self._expires_at or self._stream.get_extra_info("is_readable")

    def info(self) -> str:
        return f"{str(self._origin)!r}, HTTP/1.1, {self._state.name}"


class _Begun(httpcore.AsyncNetworkStream):
    """One on which the request is written and the first piece of its answer is read."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, heard: bytes) -> None:
        self._stream = stream
        self._heard: bytes | None = heard

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """It is."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        heard, self._heard = self._heard, None
        return await self._stream.read(max_bytes, timeout) if heard is None else heard

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Rest:
    """The body of an answer that httpcore reads."""

    def __init__(
        self, parts: Any, theirs: httpcore.AsyncHTTP11Connection, ours: KeptConnection
    ) -> None:
        self._parts, self._theirs, self._ours = parts, theirs, ours

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part

    async def aclose(self) -> None:
        await self._parts.aclose()
        if self._theirs.is_idle():
            self._ours.rest()
        else:
            await self._ours.aclose()


def _limit(request: httpcore.Request, step: str) -> float | None:
    """In seconds; None: none."""
    return request.extensions.get("timeout", {}).get(step)


async def _plain_request(request: httpcore.Request) -> bytes | None:
    """All of it; None where its length is told otherwise, or its head is no head."""
    lengths = [value for name, value in request.headers if _frames(name, value)]
    head = b"".join(
        (
            b"%s %s HTTP/1.1\r\n" % (request.method, request.url.target),
            *(b"%s: %s\r\n" % field for field in request.headers),
            b"\r\n",
        )
    )
    lines = len(request.headers) + 2
    if len(lengths) > 1 or not all(map(bytes.isdigit, lengths)):
        return None
    if head.count(b"\n") != lines or not _ASKED.fullmatch(head):  # no value is another field
        return None
    body = b"".join([part async for part in cast(AsyncIterable[bytes], request.stream)])
    return head + body if lengths == [b"%d" % len(body)] or not (lengths or body) else None


def _plain_answer(heard: bytes) -> tuple[int, bytes, _Fields, bytes] | None:
    """Status, reason, fields and body, if that is all there is, and the connection is kept."""
    found = _ANSWERED.match(heard)
    if found is None:
        return None
    named = (line.partition(b":") for line in found[3].split(b"\r\n")[:-1])
    fields = [(name, value.strip(b"\t ")) for name, _, value in named]
    lengths = [value for name, value in fields if _frames(name, value)]
    status, body = int(found[1]), heard[found.end() :]
    told = [b"%d" % len(body)]
    if (lengths == told and status != 304) or (status, lengths, body) == (204, [], b""):
        return status, found[2], fields, body
    return None


def _frames(name: bytes, value: bytes) -> bool:
    lower = name.lower()
    return lower in _NOT_PLAIN and (lower != b"connection" or value.lower() != b"keep-alive")
