"""R38: what a caller may take of a server before the end of its request's headers, and beside it.

Everything goes down sockets to a real server with small bounds; what is sent is just over them.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator

import pytest

from tests.over_http.gateway import GatewayProcess
from tests.over_http.held_open import TYPENAME, Opened, one, rest
from tests.over_http.raw_http import Answer, post, read_to_end
from tests.servers.commands import Nursery

HEAD_BYTES = 2048
HEAD_SECONDS = 1
OVERRUN = 8 * 1024
"""Bytes that the server may have read beyond its bound when it refuses."""
CHUNKED = (
    b"POST /graphql HTTP/1.1\r\nHost: gateway.example.org\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n15\r\n" + b'{"query":"{__typename'
)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[GatewayProcess]:
    process = GatewayProcess(
        tmp_path_factory.mktemp("gateway"),
        nursery.start,
        longest_head=HEAD_BYTES,
        head_patience=HEAD_SECONDS,
    )
    yield process
    assert process.stop() == 0


def refused(answer: Answer, status: int, code: str) -> bool:
    assert (answer.status, answer.codes) == (status, [code])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["connection"] == "close"
    return True


def header(size: int) -> bytes:
    return b"X-Long: " + b"y" * size


HEADS = {
    "an address": b"GET /graphql?" + b"y" * (HEAD_BYTES + 1) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "an address without an end": b"GET /graphql?" + b"y" * (HEAD_BYTES + 1),
    "one header": b"GET /healthz HTTP/1.1\r\n" + header(HEAD_BYTES + 1) + b"\r\n\r\n",
    "one header without an end": b"GET /healthz HTTP/1.1\r\n" + header(HEAD_BYTES + OVERRUN),
    "headers together": b"GET /healthz HTTP/1.1\r\n" + (header(90) + b"\r\n") * 21 + b"\r\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n" + header(HEAD_BYTES + 1) + b"\r\n\r\n",
    "lines before a request": b"\r\n" * (HEAD_BYTES // 2 + 1),
    "a chunk's extension": CHUNKED.partition(b"15\r\n")[0]
    + b"15;a="
    + b"y" * (HEAD_BYTES + OVERRUN),
    "a trailer": CHUNKED + b'\r\n2\r\n"}\r\n0\r\n' + header(HEAD_BYTES + 1) + b"\r\n\r\n",
    "a trailer without an end": CHUNKED + b"\r\n0\r\n" + header(HEAD_BYTES + OVERRUN),
}


@pytest.mark.parametrize("name", HEADS)
def test_bytes_of_a_head(opened: Opened, name: str):
    """F-2: more than so many bytes outside of a body are answered 431, whole or not."""
    assert refused(rest(opened(HEADS[name])), 431, "HEAD_TOO_LARGE")


@pytest.mark.parametrize("name", HEADS)
def test_bytes_of_a_further_head(opened: Opened, name: str):
    """F-2: the bound holds for each request of a connection."""
    connection = opened()
    assert one(connection).status == 200
    connection.sendall(HEADS[name])
    assert refused(rest(connection), 431, "HEAD_TOO_LARGE")


def test_a_long_head_within_the_bound(opened: Opened):
    """The bound is on each head, not on a connection's; a body counts in none."""
    long = TYPENAME.replace(b"\r\n\r\n", b"\r\n" + header(HEAD_BYTES - 200) + b"\r\n\r\n")
    padded = post({"query": "{__typename}", "extensions": {"pad": "y" * 5 * HEAD_BYTES}})
    connection = opened()
    assert [one(connection, long).status for _ in range(3)] == [200] * 3
    connection.sendall(padded)
    assert rest(connection).status == 200


def test_a_trailer_is_no_header(opened: Opened):
    """What stands behind a body counts for nothing: here it would be refused with 401."""
    end = b'}"}\r\n0\r\nAuthorization: Bearer nothing\r\n\r\n'
    connection = opened(
        CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"\r\n3\r\n" + end
    )
    assert rest(connection).status == 200


def test_whole_requests_before_an_excess(opened: Opened):
    """Whoever sends several requests at once is answered those that were in order, no more."""
    connection = opened(TYPENAME * 2 + HEADS["one header"])
    received = read_to_end(connection)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert b"431" not in received


def test_many_requests_at_once(opened: Opened):
    """F-2: requests that were not waited for are answered in their order, up to a number."""
    received = read_to_end(
        opened(TYPENAME * 10 + TYPENAME.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    )
    assert received.count(b"HTTP/1.1 200 OK") == 11
    received = read_to_end(opened(TYPENAME * 40))
    assert 1 <= received.count(b"HTTP/1.1 200 OK") < 40


def test_a_silent_connection(opened: Opened):
    """F-2: it ends without a word: browsers open some in advance."""
    assert read_to_end(opened()) == b""


@pytest.mark.parametrize(
    "begun", [b"GET", b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"GET /healthz HTTP/1.0\r\nHo"]
)
def test_a_head_without_an_end(opened: Opened, begun: bytes):
    """F-2: it is answered 408 in time, as is one of a further request."""
    assert refused(rest(opened(begun)), 408, "HEAD_TOO_SLOW")
    kept = opened()
    assert one(kept).status == 200
    kept.sendall(begun)
    assert refused(rest(kept), 408, "HEAD_TOO_SLOW")


def test_a_head_that_drips(opened: Opened):
    """F-2: another byte buys no time."""
    connection = opened()
    for byte in b"GET /healthz HTTP/1.1\r\nX-Long: " + b"y" * 400:
        connection.sendall(bytes([byte]))
        if select.select([connection], [], [], HEAD_SECONDS / 20)[0]:
            break
    assert refused(rest(connection), 408, "HEAD_TOO_SLOW")


def test_a_kept_connection_may_rest(opened: Opened):
    """Between two requests a caller may think for longer than a head may take."""
    connection = opened()
    assert one(connection).status == 200
    time.sleep(1.5 * HEAD_SECONDS)
    assert one(connection).status == 200


def test_a_body_that_goes_on_after_its_answer(opened: Opened):
    """F-2: a refusal does not open a sink: what still comes of a body is bounded as well."""
    head = TYPENAME.partition(b"\r\n\r\n")[0].partition(b"Content-Length")[0]
    connection = opened(head + b"Content-Length: 50000000\r\n\r\n")
    with pytest.raises(OSError, match=r"reset|Broken pipe"):
        connection.sendall(b"y" * 49_000_000)
