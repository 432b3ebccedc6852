"""A request for which there is no place is refused as soon as its head has come: with what the
ordinary way answers, byte for byte, and before anything is done for it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from graphql_api.access.client_network import Proxies
from graphql_api.over_http import pace, queue
from graphql_api.over_http.arrival import Arrivals
from graphql_api.over_http.cors import Origins
from graphql_api.over_http.queue import Queue
from graphql_api.over_http.way_in import WayIn
from graphql_api.running.bounds import LONGEST_REST, Bounds
from graphql_api.running.turning_away import turning_away
from graphql_api.running.uvicorn_inside import bounded
from tests.graphql_api.test_connections_of_a_process import Transport, Waiting

BODY = b'{"query": "{ __typename }"}'
OWN_ID = re.compile(rb"[0-9a-f]{16}")


def post(*headers: str, path: str = "/graphql", body: bytes = BODY, length: int = -1) -> bytes:
    size = len(body) if length < 0 else length
    lines = [f"POST {path} HTTP/1.1", "Host: a", *headers, f"Content-Length: {size}", "", ""]
    return "\r\n".join(lines).encode() + body


class Told(Transport):
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("10.0.0.9", 5), "sockname": ("10.0.0.1", 80)}.get(name, default)


class Process:
    """A server whose queue is full: the one that is begun never ends, and nobody may wait."""

    def __init__(self, early: bool = True) -> None:
        self.begun, self.shed = 0, list[str]()
        self.places = Queue(1, 60, self.shed.append)
        origins = Origins(["https://vote.example.org"])
        arrivals = Arrivals(1000, Proxies("10.0.0.9"))
        app = WayIn(origins, arrivals, self.places, self, None, self._besides)  # type: ignore[arg-type]
        self.waiting = Waiting()
        bounds = Bounds(9, 4096, 7.0, waiting=self.waiting)
        http: Any = turning_away(app, bounds) if early else bounded(bounds)
        self._config = uvicorn.Config(app, http=http, log_config=None, proxy_headers=False)
        self._config.load()
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"now")]

    def open(self) -> tuple[Any, Told]:
        kind: Any = self._config.http_protocol_class
        made, transport = kind(config=self._config, server_state=self.state, app_state={}), Told()
        made.access_log = False  # pytest has a handler for everything
        made.connection_made(transport)
        return made, transport

    async def fill(self) -> None:
        self.open()[0].data_received(post())
        await settled()
        self.places._pace.are_too_many = lambda waiting: waiting > 0  # type: ignore[method-assign]

    async def admit(self, *_: Any) -> None:
        self.begun += 1
        await asyncio.get_running_loop().create_future()

    async def _besides(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def close(self) -> None:
        for each in self.state.tasks:
            each.cancel()
        await asyncio.gather(*self.state.tasks, return_exceptions=True)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is held back."""
    monkeypatch.setattr(queue, "MOST_HELD_BACK", 0)


@pytest.fixture
async def process() -> Any:
    made = Process()
    await made.fill()
    yield made
    await made.close()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Accept: application/json"],
        ["Accept: application/graphql-response+json;q=0.9, text/html"],
        ["Accept: text/html"],
        ["Accept: text/html", "Accept: application/graphql-response+json"],
        ["Accept: application/json, " + "x/y, " * 60],
        ["Origin: https://vote.example.org"],
        ["Origin: https://other.example.org"],
        ["Origin: https://vote.example.org", "Origin: https://other.example.org"],
        ["X-Correlation-ID: told-by-a-proxy"],
        ["X-Correlation-ID: not in shape"],
        ["Authorization: Bearer none", "Accept-Language: fr", "X-Forwarded-For: 192.0.2.7"],
    ],
)
async def test_the_same_answer(process: Process, headers: list[str]):
    """Whatever decides on it; and it is counted alike."""
    ordinary = Process(early=False)
    await ordinary.fill()
    answers: list[bytes] = []
    for each in (process, ordinary):
        connection, transport = each.open()
        connection.data_received(post(*headers))
        assert bool(transport.written) is (each is process)
        await settled()
        answers.append(OWN_ID.sub(b"id", transport.written))
        assert (each.begun, each.shed, transport.is_over) == (1, ["late"], False)
    await ordinary.close()
    assert answers[0] == answers[1]
    assert answers[0].startswith(b"HTTP/1.1 503 Service Unavailable\r\ndate: now\r\n")
    assert b"\r\nretry-after: 10\r\n" in answers[0]


async def test_nothing_is_done_for_it(process: Process):
    """The answer is there as soon as the head is, under an id of its own; no task is made."""
    connection, transport = process.open()
    tasks = len(process.state.tasks)
    head, body = post()[: -len(BODY)], BODY
    connection.data_received(head)
    first = transport.written
    assert first.startswith(b"HTTP/1.1 503 ")
    connection.data_received(body[:5])
    connection.data_received(body[5:] + post())
    assert transport.written.count(b"HTTP/1.1 503 ") == 2, "the body was thrown away"
    assert len(set(OWN_ID.findall(transport.written))) == 2
    assert len(process.state.tasks) == tasks
    assert process.waiting.seconds[connection] > 7, "it is kept for the next request"
    connection.data_received(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    await settled()
    assert b"HTTP/1.1 204 " in transport.written


@pytest.mark.parametrize(
    "asked",
    [
        post("Connection: close"),
        post("Expect: 100-continue"),
        post("Connection: upgrade", "Upgrade: h2c"),
        post().replace(b"HTTP/1.1", b"HTTP/1.0"),
        post(path="/graphql?a=b"),
        post().replace(b"POST", b"PUT"),
    ],
)
async def test_what_is_unusual_goes_the_ordinary_way(process: Process, asked: bytes):
    """It is refused as well, once it has its turn."""
    connection, transport = process.open()
    connection.data_received(asked)
    assert b"503" not in transport.written
    await settled()
    assert b"HTTP/1.1 503 " in transport.written
    assert process.begun == 1


async def test_a_server_that_stops_says_so(process: Process):
    """The last answer ends the connection, as on the ordinary way."""
    process.state.default_headers.append((b"connection", b"close"))
    connection, transport = process.open()
    connection.data_received(post())
    await settled()
    assert transport.written.count(b"connection: close") == 1
    assert transport.is_over


async def test_behind_one_that_is_worked_on(process: Process):
    """Answers come in the order of the requests."""
    process.places._pace.are_too_many = lambda waiting: False  # type: ignore[method-assign]
    connection, transport = process.open()
    connection.data_received(post())
    process.places._pace.are_too_many = lambda waiting: True  # type: ignore[method-assign]
    connection.data_received(post())
    assert not transport.written


async def test_held_back(process: Process, monkeypatch: pytest.MonkeyPatch):
    """Its caller is not waited for meanwhile. A next request, or the end, has it told before."""
    monkeypatch.setattr(queue, "MOST_HELD_BACK", 9)
    monkeypatch.setattr(queue, "HELD_BACK", 3600)
    connection, transport = process.open()
    connection.data_received(post())
    assert not transport.written
    assert connection not in process.waiting.seconds
    connection.data_received(post())
    assert transport.written.count(b"HTTP/1.1 503 ") == 1
    connection.data_received(b"no HTTP\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", transport.written) == [b"503", b"503", b"400"]
    stopped, its = process.open()
    stopped.data_received(post())
    stopped.shutdown()
    assert (its.written.count(b"HTTP/1.1 503 "), its.is_over) == (1, True)
    left, silent = process.open()
    left.data_received(post())
    left.connection_lost(None)
    left._tell()
    assert silent.written == b""


async def test_held_back_for_a_moment(process: Process, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "MOST_HELD_BACK", 1)
    monkeypatch.setattr(queue, "HELD_BACK", 0.01)
    (first, held), (second, at_once) = process.open(), process.open()
    first.data_received(post())
    second.data_received(post())
    assert (held.written, at_once.written[:12]) == (b"", b"HTTP/1.1 503")
    async with asyncio.timeout(30):
        while not held.written:
            await asyncio.sleep(0.01)
    assert first in process.waiting.seconds
    assert process.places._held_back == 0


async def test_a_body_without_end(process: Process):
    """More of it than is thrown away ends the connection."""
    connection, transport = process.open()
    connection.data_received(post(body=b"", length=10 * LONGEST_REST))
    for _ in range(2):
        connection.data_received(b"x" * LONGEST_REST)
    assert transport.is_over


async def test_those_of_one_turn_count(monkeypatch: pytest.MonkeyPatch):
    """None of them waits yet; those that are let in will."""
    monkeypatch.setattr(pace, "BURST", 6)
    monkeypatch.setattr(pace, "INSIDE", 4)
    places = Queue(1, 60)
    assert [places.turns_away() for _ in range(9)] == [False] * 6 + [True] * 3
    await settled()
    assert not places.turns_away()


async def test_an_empty_queue_is_no_old_one():
    """However long nobody has waited: so many that come at once are a burst."""
    now = 1000.0
    places = Queue(1, 60, clock=lambda: now)
    for _ in range(100):
        now += pace.STANDING_SECONDS / 2
        await places.enter({"type": "http"}, asyncio.Event().wait)  # type: ignore[arg-type]
        places.leave()
        await asyncio.sleep(0)
    assert not any(places.turns_away() for _ in range(pace.INSIDE + 9))
