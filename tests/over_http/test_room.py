"""F-2: a server with as many connections as it takes drops those on which it waits, and serves.

What is said of time is that it plays no part: here a head may take a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.over_http.gateway import GatewayProcess
from tests.over_http.held_open import TYPENAME, Opened, one
from tests.over_http.raw_http import read_to_end
from tests.servers.commands import Nursery

CONNECTIONS = 8


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("gateway")
    process = GatewayProcess(folder, nursery.start, connections=CONNECTIONS, head_patience=60)
    yield process
    assert process.stop() == 0


def test_more_headers_than_anyone_sends(opened: Opened):
    """F-2: 512 headers are read and one more is not, though they are short."""
    for headers, status in ((511, 200), (512, 431)):
        head = b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * headers + b"\r\n"
        assert one(opened(head)).status == status


SILENT = {
    "silent": b"",
    "in a head": b"GET /healthz HTTP/1.1\r\n",
    "in a body": TYPENAME[:-3],
}


@pytest.mark.parametrize("kind", SILENT)
def test_more_connections_than_there_is_room_for(opened: Opened, kind: str):
    """F-2: others are served; the connections that were waited for longest are dropped first."""
    held = [opened(SILENT[kind]) for _ in range(3 * CONNECTIONS)]
    assert one(opened()).status == 200
    for dropped in held[: 2 * CONNECTIONS + 1]:
        assert read_to_end(dropped) == b""
    held[-1].setblocking(False)
    with pytest.raises(BlockingIOError):
        held[-1].recv(1)


def test_kept_connections_give_way(opened: Opened):
    """F-2: one that has rested longest between requests goes first."""
    kept = [opened() for _ in range(CONNECTIONS)]
    for each in [*kept[1:], kept[0]]:
        assert one(each).status == 200
    assert one(opened()).status == 200
    assert read_to_end(kept[1]) == b""
    assert one(kept[0]).status == 200


def test_a_full_server_says_so_once(gateway: GatewayProcess, opened: Opened):
    """The operators are told, in one line a minute and not one for each."""
    for _ in range(2):
        held = [opened() for _ in range(2 * CONNECTIONS)]
        assert one(opened()).status == 200
        del held
    lines = [json.loads(line) for line in gateway.logged.splitlines() if "connections_full" in line]
    assert len(lines) <= 2
    assert lines[0]["times"] == 1
