"""Exchanges over our connections, beside the same over httpcore's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx
import pytest

from adapters.connections.http import HttpSettings, http_client
from adapters.connections.http_exchange import KeptConnection

LIMITS = HttpSettings(read_timeout=0.3, connect_timeout=1)


@dataclass
class Neighbour:
    """Gives these pieces for each request, then hangs up if it is to; keeps what it was sent."""

    pieces: list[bytes]
    hangs_up: bool = False
    sent: list[bytes] = field(default_factory=list)
    handlers: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def connections(self) -> int:
        return len(self.handlers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.handlers.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = [int(each[15:]) for each in lines if each.startswith(b"content-length:")]
                body = await reader.readexactly(sum(length))
                if b"transfer-encoding: chunked" in lines:
                    body = await reader.readuntil(b"0\r\n\r\n")
                self.sent.append(head + body)
                for piece in self.pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.002)
                if self.hangs_up:
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def listening(neighbour: Neighbour) -> AsyncIterator[str]:
    server = await asyncio.start_server(neighbour.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"http://127.0.0.1:{port}/sms"
        await asyncio.wait_for(asyncio.gather(*neighbour.handlers), 5)


def httpx_client() -> httpx.AsyncClient:
    """As `http_client`, all httpx's own."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(connect=1, read=0.3, write=10, pool=5),
        trust_env=False,
        headers={"User-Agent": "reassort"},
    )


async def told(client: httpx.AsyncClient, url: str, **asked: Any) -> object:
    """All that an answer says, or of which class the failure is."""
    asked = {"method": "POST", "content": b"hello"} | asked
    try:
        answer = await client.request(url=url, **asked)
    except httpx.HTTPError as error:
        return type(error)
    return answer.status_code, answer.reason_phrase, answer.headers.raw, answer.content


async def beside_httpx(
    pieces: list[bytes], hangs_up: bool = False, **asked: Any
) -> tuple[list[object], Neighbour]:
    """What three requests in a row come to, once it is the same as with httpx's own."""
    found: list[tuple[list[object], Neighbour]] = []
    for make in (httpx_client, lambda: http_client(LIMITS)):
        neighbour = Neighbour(pieces, hangs_up)
        async with listening(neighbour) as url, make() as client:
            outcomes = [await told(client, url, **asked) for _ in range(3)]
            port = str(httpx.URL(url).port).encode()
        neighbour.sent = [each.replace(port, b"PORT") for each in neighbour.sent]
        found.append((outcomes, neighbour))
    (theirs, for_them), (ours, for_us) = found
    assert ours == theirs
    assert (for_us.sent, for_us.connections) == (for_them.sent, for_them.connections)
    return ours, for_us


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ([OK + b"Content-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([OK + b"content-length:2\r\nX: \t a b \t\r\nY:\r\n\r\nok"], 200, b"ok"),
        ([OK + b"Connection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([b"HTTP/1.1 422 \r\nContent-Length: 0\r\n\r\n"], 422, b""),
        ([b"HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n"], 204, b""),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b""),
        ([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n"], 304, b""),
        ([OK + b"Content-Length: 2\r\n", b"\r\n", b"o", b"k"], 200, b"ok"),
        ([OK[:5], OK[5:] + b"Content-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"], 200, b"ok"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\no", b"k\r\n0\r\n", b"\r\n"], 200, b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"Content-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"], 200, b""),
        ([OK.replace(b"\r", b"") + b"Content-Length: 2\n\nok"], 200, b"ok"),
        ([OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([OK + b"X: \xe9\r\nContent-Length: 2\r\n\r\nok"], 200, b"ok"),
        ([OK + b"Content-Length: 200000\r\n\r\n", *[b"x" * 50000] * 4], 200, b"x" * 200000),
    ],
)
async def test_every_form_of_an_answer(pieces, status, body):
    """R29: each is what httpx's own connection makes of it, over one connection."""
    (first, _, again), neighbour = await beside_httpx(pieces)
    assert isinstance(first, tuple)
    assert (first[0], first[3]) == (status, body)
    assert first == again
    assert neighbour.connections == 1


@pytest.mark.parametrize("hangs_up", [True, False])
@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok"], b"ok"),
        ([b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"], b"ok"),
    ],
)
async def test_answers_after_which_the_connection_ends(pieces, body, hangs_up):
    """R29: the next request has a connection of its own."""
    outcomes, neighbour = await beside_httpx(pieces, hangs_up)
    assert [isinstance(each, tuple) and each[3] for each in outcomes] == [body] * 3
    assert neighbour.connections == 3


async def test_a_body_that_ends_with_the_connection():
    """R29: it is all that came."""
    outcomes, _ = await beside_httpx([OK + b"\r\nuntil ", b"the end"], hangs_up=True)
    assert [isinstance(each, tuple) and each[3] for each in outcomes] == [b"until the end"] * 3


@pytest.mark.parametrize(
    ("pieces", "hangs_up", "failure"),
    [
        ([], True, httpx.RemoteProtocolError),
        ([], False, httpx.ReadTimeout),
        ([OK + b"Content-Length: 5\r\n\r\nok"], True, httpx.RemoteProtocolError),
        ([OK + b"Content-Length: 5\r\n\r\nok"], False, httpx.ReadTimeout),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nok"], True, httpx.RemoteProtocolError),
        ([OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"], False, None),
        ([OK + b"Content-Length: +2\r\n\r\nok"], False, httpx.RemoteProtocolError),
        ([OK + b"A\x00B: c\r\nContent-Length: 2\r\n\r\nok"], False, httpx.RemoteProtocolError),
        ([b"220 relay.example.org ESMTP\r\n\r\n"], False, httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000], False, httpx.RemoteProtocolError),
    ],
)
async def test_what_is_no_whole_answer(pieces, hangs_up, failure):
    """R29: fails as it did, and the connection is not used again."""
    outcomes, neighbour = await beside_httpx(pieces, hangs_up)
    assert outcomes == [failure or httpx.RemoteProtocolError] * 3
    assert neighbour.connections == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "GET", "content": None, "params": {"a": "é b"}},
        {"method": "PUT", "headers": {"X-Empty": "", "X-Latin": b"h\xe9"}},
        {"method": "DELETE", "content": None},
        {"json": {"to": "+33639980001"}, "content": None},
        {"content": b"x" * 300_000},
        {"headers": {"Content-Length": "5"}},
    ],
)
async def test_every_form_of_a_request(asked):
    """R29: byte by byte as httpx's own connection writes it."""
    outcomes, _ = await beside_httpx([OK + b"Content-Length: 2\r\n\r\nok"], **asked)
    assert all(isinstance(each, tuple) for each in outcomes)


async def test_a_head_request_has_no_body():
    """R29: whatever length its answer tells."""
    pieces = [OK + b"Content-Length: 2\r\n\r\n"]
    outcomes, _ = await beside_httpx(pieces, method="HEAD", content=None)
    assert [isinstance(each, tuple) and each[3] for each in outcomes] == [b""] * 3


async def test_a_body_whose_length_is_not_known():
    """R29: goes in chunks, by httpcore."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"hello"
        yield b"you"

    neighbour = Neighbour([OK + b"Content-Length: 2\r\n\r\nok"])
    async with listening(neighbour) as url, http_client(LIMITS) as client:
        assert (await client.post(url, content=parts())).status_code == 200
    assert neighbour.sent[0].endswith(b"\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Key": "a\r\nX-Other: b"},
        {"X-Key": "a\nb"},
        {"X-Key": "a\x00"},
        {"X-Key": " a"},
        {"X Key": "a"},
        {"X-Key:": "a"},
    ],
)
async def test_no_header_brings_in_another(headers):
    """R42: what h11 refuses to write is refused, and nothing is sent."""
    outcomes, neighbour = await beside_httpx([OK], headers=headers)
    assert outcomes == [httpx.LocalProtocolError] * 3
    assert neighbour.sent == []


async def test_what_nobody_asked_for_is_nobodys_answer():
    """R29: a neighbour that says more than it was asked is left; its words are not the next one's
    answer."""
    neighbour = Neighbour(
        [OK + b"Content-Length: 2\r\n\r\nok", OK + b"Content-Length: 2\r\n\r\nno"]
    )
    async with listening(neighbour) as url, http_client(LIMITS) as client:
        for _ in range(3):
            assert (await client.post(url, content=b"hello")).text == "ok"
            await asyncio.sleep(0.02)
    assert neighbour.connections == 3


async def test_calls_at_once_have_a_connection_each():
    """R29: and no more of them than are allowed; the others wait."""
    neighbour = Neighbour([OK + b"Content-Length: 2\r\n\r\nok"])
    async with listening(neighbour) as url, http_client(HttpSettings(max_connections=4)) as client:
        answers = await asyncio.gather(*(client.post(url, content=b"hello") for _ in range(40)))
        assert {each.text for each in answers} == {"ok"}
        assert neighbour.connections == 4


async def test_a_call_that_is_cut_off_leaves_no_connection():
    """R29: its answer, which may still come, is not the next one's."""
    neighbour = Neighbour([b"", b"", OK + b"Content-Length: 2\r\n\r\nok"])
    async with listening(neighbour) as url, http_client() as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await client.post(url, content=b"hello")
        assert (await client.post(url, content=b"hello")).text == "ok"
    assert neighbour.connections == 2


async def test_a_neighbour_that_answers_before_it_is_told_all(monkeypatch):
    """R29: its answer counts, and the connection is not used again."""
    opened: list[str] = []

    class HungUp(httpcore.AsyncMockStream):
        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            raise httpcore.WriteError

    class Network(httpcore.AsyncMockBackend):
        async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
            opened.append(host)
            return HungUp([b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"])

    monkeypatch.setattr(httpcore, "AnyIOBackend", lambda: Network([]))
    async with http_client() as client:
        for _ in range(2):
            assert (await client.post("http://neighbour/", content=b"hello")).status_code == 413
    assert opened == ["neighbour"] * 2


async def test_no_cookie_is_kept_and_no_login_is_dropped():
    """R42: nobody is recognised by a cookie; a caller who asks httpx to log in is logged in."""
    neighbour = Neighbour([OK + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"])
    async with listening(neighbour) as url, http_client() as client:
        await client.get(url)
        await client.get(url, auth=("user", "pass"))
    assert b"ookie" not in b"".join(neighbour.sent)
    assert b"Authorization: Basic dXNlcjpwYXNz" in neighbour.sent[1]


async def test_the_connections_are_ours():
    """httpx offers no option for it: a version that holds its pool elsewhere shows itself here."""
    neighbour = Neighbour([OK + b"Content-Length: 0\r\n\r\n"])
    async with listening(neighbour) as url, http_client() as client:
        await client.get(url)
        (kept,) = client._transport._pool.connections  # type: ignore[attr-defined]
        assert isinstance(kept, KeptConnection)
        assert "IDLE" in kept.info()
