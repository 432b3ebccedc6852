"""F-8: a deployment that is behind works for callers who still wait, not for those who have left.

The database is slow because somebody else holds its lock; everything else is a real server.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from graphql_api.settings import read_keys
from tests.benchmarks.http_load import demands
from tests.over_http.gateway import KEYS, GatewayProcess
from tests.over_http.raw_http import Answer, exchange, parse, read_to_end
from tests.servers.commands import Nursery

AT_ONCE = 2
CONNECTIONS = 12
GET = "GET {} HTTP/1.1\r\nHost: gateway.example.org\r\nConnection: close\r\n\r\n"


Serve = Callable[[float], GatewayProcess]


@pytest.fixture
def serve(tmp_path: Path, nursery: Nursery) -> Iterator[Serve]:
    """A server whose requests wait for so many seconds."""
    begun: list[GatewayProcess] = []

    def serving(patience: float) -> GatewayProcess:
        gateway = GatewayProcess(
            tmp_path,
            nursery.start,
            connections=CONNECTIONS,
            requests_at_once=AT_ONCE,
            request_patience=patience,
            store_lock_timeout=60,
        )
        begun.append(gateway)
        return gateway

    yield serving
    assert [each.stop() for each in begun] == [0]


@pytest.fixture
async def asked() -> deque[bytes]:
    """Demands that are in order, each once."""
    made = await demands(read_keys(KEYS), 30)
    return deque(each.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) for each in made)


@contextmanager
def slow_database(gateway: GatewayProcess) -> Iterator[None]:
    """While the block lasts nobody else can commit."""
    database = sqlite3.connect(gateway.folder / "data" / "recovery.sqlite3", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.rollback()
        database.close()


def received(gateway: GatewayProcess) -> int:
    """Demands that are recorded."""
    database = sqlite3.connect(gateway.folder / "data" / "recovery.sqlite3")
    try:
        return database.execute("SELECT count(*) FROM recovery_request").fetchone()[0]
    finally:
        database.close()


def logged(gateway: GatewayProcess, event: str) -> list[dict[str, object]]:
    lines = map(json.loads, gateway.logged.splitlines())
    return [line for line in lines if line["event"] == event]


def look(gateway: GatewayProcess, path: str) -> Answer:
    return exchange(gateway.host, gateway.port, GET.format(path).encode())


def ask(gateway: GatewayProcess, stack: ExitStack, demand: bytes) -> socket.socket:
    connection = stack.enter_context(socket.create_connection((gateway.host, gateway.port), 30))
    connection.sendall(demand)
    return connection


def is_too_late(answer: Answer) -> bool:
    (error,) = answer.json["errors"]
    told = error["extensions"]
    assert told.get("correlationId") == answer.headers.get("x-correlation-id")
    assert (told["code"], told["retryAfter"]) == ("TEMPORARILY_UNAVAILABLE", 10)
    return (answer.status, answer.headers["retry-after"]) == (503, "10")


def is_done(answer: Answer) -> bool:
    return answer.json["data"]["requestPasswordRenewal"]["__typename"] == "RenewalRequested"


def test_callers_who_hang_up(serve: Serve, asked: deque[bytes]):
    """Those whose work had not begun cost nothing; those who wait behind them are served."""
    gateway = serve(60)
    with ExitStack() as polite:
        with slow_database(gateway):
            with ExitStack() as rude:
                for _ in range(CONNECTIONS - 2):
                    ask(gateway, rude, asked.popleft())
                assert look(gateway, "/healthz").status == 200
            assert look(gateway, "/healthz").status == 200
            waiting = [ask(gateway, polite, asked.popleft()) for _ in range(4)]
            assert look(gateway, "/healthz").status == 200
        assert all(is_done(parse(read_to_end(each))) for each in waiting)
    assert received(gateway) <= AT_ONCE + 4
    assert sum(int(str(line["left"])) for line in logged(gateway, "requests_shed")) >= 1


def test_callers_who_have_gone_before_they_are_looked_at(serve: Serve, asked: deque[bytes]):
    """Whoever sends a request and hangs up at once has nothing done for it, not even when there is
    room: the server stands still while they come, and finds them all together."""
    gateway = serve(60)
    os.kill(gateway.handle.pid, signal.SIGSTOP)
    try:
        with ExitStack() as rude:
            for _ in range(CONNECTIONS - 2):
                ask(gateway, rude, asked.popleft())
    finally:
        os.kill(gateway.handle.pid, signal.SIGCONT)
    with ExitStack() as polite:
        assert is_done(parse(read_to_end(ask(gateway, polite, asked.popleft()))))
    assert received(gateway) == 1
    assert "ASGI" not in gateway.logged


def test_requests_that_have_waited_too_long(serve: Serve, asked: deque[bytes]):
    """They are told when to come back, and nothing of theirs is used up: the same request, with the
    same security code, then goes through. Those that were begun are finished."""
    gateway = serve(0.5)
    with ExitStack() as stack:
        with slow_database(gateway):
            begun = [ask(gateway, stack, asked.popleft()) for _ in range(AT_ONCE)]
            assert look(gateway, "/healthz").status == 200
            late = [ask(gateway, stack, demand) for demand in list(asked)[:4]]
            assert all(is_too_late(parse(read_to_end(each))) for each in late)
        assert all(is_done(parse(read_to_end(each))) for each in begun)
    assert received(gateway) == AT_ONCE
    for demand in list(asked)[:4]:
        assert is_done(exchange(gateway.host, gateway.port, demand))


def test_more_work_than_there_are_connections(serve: Serve, asked: deque[bytes]):
    """F-2: while all connections are being worked for, further requests are told so, and those who
    watch the server are answered."""
    gateway = serve(60)
    with ExitStack() as stack:
        with slow_database(gateway):
            begun = [ask(gateway, stack, asked.popleft()) for _ in range(CONNECTIONS)]
            for path in ("/healthz", "/readyz", "/metrics"):
                assert look(gateway, path).status == 200
            surplus = exchange(gateway.host, gateway.port, asked[0])
            assert is_too_late(surplus)
            assert surplus.headers["connection"] == "close"
        assert all(is_done(parse(read_to_end(each))) for each in begun)
    assert is_done(exchange(gateway.host, gateway.port, asked.popleft()))
