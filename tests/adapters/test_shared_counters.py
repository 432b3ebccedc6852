"""Limits that several processes count together, on a real server."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
import trustme
from structlog.testing import capture_logs

from adapters.shared_counters import CIRCUIT, PREFIX, CountersUnavailable, ValkeyCounters
from adapters.system import SystemClock
from core.errors import TooManyRequests
from core.keys import Purpose
from graphql_api.access.limits import EdgeLimits
from tests.servers.valkey import ValkeyServer, needs_valkey

pytestmark = needs_valkey
REPLICA = """
import asyncio, json, sys
from adapters.shared_counters import ValkeyCounters
from adapters.system import SystemClock
from core.errors import TooManyRequests
from graphql_api.access.limits import EdgeLimits

async def main(url, uses):
    limits = EdgeLimits("60/minute", shared=ValkeyCounters(url, "", SystemClock()))
    print("ready", flush=True)
    sys.stdin.readline()
    async def taken():
        try:
            await limits.count("field", "203.0.113.7")
        except TooManyRequests:
            return False
        return True
    taken = await asyncio.gather(*(taken() for _ in range(uses)))
    print(json.dumps(sum(taken)))
    await limits.aclose()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    yield server
    server.stop()


@pytest.fixture
async def replica(server, keyring) -> AsyncIterator[Callable[..., EdgeLimits]]:
    """Makes the limits of one more replica."""
    made: list[EdgeLimits] = []

    def make(*limits, url=server.url, password="", clock=None, **options) -> EdgeLimits:
        counters = ValkeyCounters(url, password, clock or SystemClock())
        pseudonym = partial(keyring.tag, Purpose.NETWORK)
        made.append(EdgeLimits(*limits, **options, shared=counters, pseudonym=pseudonym))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def taken(limits: EdgeLimits, times: int, client: str = "203.0.113.7") -> int:
    """How many of so many uses at once were let through."""
    answers = await asyncio.gather(
        *(limits.count("field", client) for _ in range(times)), return_exceptions=True
    )
    refusals = [each for each in answers if each is not None]
    assert all(isinstance(each, TooManyRequests) for each in refusals), refusals
    return times - len(refusals)


def test_two_processes_share_a_limit_exactly(server):
    """R26: two processes that count 50 uses each at the same time let through, together, exactly
    what the limit says."""
    command = [sys.executable, "-c", REPLICA, server.url, "50"]
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    replicas = [subprocess.Popen(command, **piped) for _ in range(2)]
    assert [each.stdout.readline() for each in replicas] == ["ready\n"] * 2
    for each in replicas:
        each.stdin.write("go\n")
        each.stdin.flush()
    assert sum(json.loads(each.communicate(timeout=120)[0]) for each in replicas) == 60


async def test_two_hundred_at_once(replica):
    """R26: 200 uses at once through a bounded pool are all counted, none of them by memory."""
    limits = replica("120/minute")
    with capture_logs() as logs:
        assert await taken(limits, 200) == 120
    assert logs == []


async def test_each_network_field_and_limit(replica):
    """R26: networks and fields count apart; the limit for everyone holds across them, and tighter
    ones for their field."""
    one, other = replica("2/minute", "5/minute"), replica("2/minute", "5/minute")
    assert await taken(one, 2, "2001:db8::1") == 2
    assert await taken(other, 2, "2001:db8::2") == 0
    await other.count("another", "2001:db8::2")
    assert await taken(other, 2, "203.0.113.7") == 2
    assert await taken(one, 2, "203.0.113.8") == 1
    tighter = replica("9/minute", tighter={"narrow": "1/minute"})
    await tighter.count("narrow", "203.0.113.9")
    with pytest.raises(TooManyRequests):
        await tighter.count("narrow", "203.0.113.9")


async def test_who_is_refused_does_not_use_up_everyones_limit(replica):
    """R26: what a network asks beyond its own limit is no use of the limit for everyone."""
    limits = replica("1/minute", "3/minute")
    assert await taken(limits, 50, "203.0.113.7") == 1
    assert await taken(limits, 1, "203.0.113.8") == 1
    assert await taken(limits, 1, "203.0.113.9") == 1


async def test_after_the_wait(replica):
    """R26: the seconds that were named are true."""
    limits = replica("1/2 second")
    assert await taken(limits, 1) == 1
    with pytest.raises(TooManyRequests) as refused:
        await limits.count("field", "203.0.113.7")
    assert 1 <= refused.value.retry_after <= 2
    await asyncio.sleep(refused.value.retry_after + 0.05)
    assert await taken(limits, 1) == 1


async def test_few_round_trips(server, replica):
    """R26: three limits of one field cost one command, and what is asked at once travels
    together, over one connection."""
    limits = replica("9/minute", "99/minute", {"field": "5/minute"})
    await taken(limits, 1)  # loads the script
    reads, evaluated = _figure(server, "total_reads_processed"), _evaluated(server)
    assert await taken(limits, 50) == 4
    assert _evaluated(server) - evaluated == 50
    assert _figure(server, "total_reads_processed") - reads < 10
    assert _figure(server, "connected_clients") == 2  # ours, and the one that asks


def _figure(server: ValkeyServer, name: str) -> int:
    return int(re.search(rf"{name}:(\d+)", server.ask("INFO"))[1])


def _evaluated(server: ValkeyServer) -> int:
    return int(re.search(r"cmdstat_evalsha:calls=(\d+)", server.ask("INFO", "commandstats"))[1])


async def test_who_leaves_while_waiting(server, replica):
    """R26: a caller that goes away takes nobody's answer with it, whether or not one comes."""
    limits = replica("9/minute")
    for kill in (False, True):
        if kill:
            server.kill()
        leaving = asyncio.create_task(limits.count("field", "203.0.113.7"))
        staying = asyncio.create_task(limits.count("field", "203.0.113.8"))
        await asyncio.sleep(0)
        leaving.cancel()
        await staying


async def test_closed_while_asking(replica):
    """R26: whoever is waiting when a process stops gets its answer first."""
    limits = replica("9/minute")
    asking = asyncio.create_task(limits.count("field", "203.0.113.7"))
    await asyncio.sleep(0)
    await limits.aclose()
    assert asking.done()


async def test_a_server_that_takes_no_writes(server, replica):
    """R26: a server that answers, but may not write, is out like one that is dead."""
    server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    limits = replica("3/minute")
    assert not await limits.counters_are_shared()
    assert await taken(limits, 9) == 3


async def test_nothing_personal_is_kept(server, replica):
    """R26, R42: a counter's name holds a keyed pseudonym in place of the address, and every counter
    runs out by itself."""
    await replica("9/minute", "99/minute").count("field", "203.0.113.7")
    keys = [line for line in server.ask("KEYS", "*").splitlines() if line.startswith(PREFIX)]
    assert len(keys) == 2
    assert "203.0.113" not in "".join(keys)
    for key in keys:
        assert 0 < int(server.ask("TTL", key).strip()[1:]) <= 60


async def test_a_counter_that_lost_its_expiry_gets_one(server, replica):
    """R26: nobody stays out for ever."""
    limits = replica("1/minute")
    await taken(limits, 1)
    (key,) = (line for line in server.ask("KEYS", "*").splitlines() if line.startswith(PREFIX))
    server.ask("PERSIST", key)
    assert await taken(limits, 1) == 0
    assert 0 < int(server.ask("TTL", key).strip()[1:]) <= 60


async def test_killed_and_started_again(server, replica, clock):
    """R26: while the server is dead each process counts for itself, within the same limit and
    without an error; the log says so once a minute; once it is back it counts again, by itself."""
    limits = replica("5/minute", clock=clock)
    assert await taken(limits, 3) == 3
    server.kill()
    with capture_logs() as logs:
        assert await taken(limits, 20) == 5
        assert await taken(limits, 20) == 0
        assert not await limits.counters_are_shared()
    (said,) = logs
    assert said["event"] == "limits_counted_by_each_process"
    assert str(server.port) not in said["reason"]
    server.start()
    assert await taken(limits, 1) == 0  # still left alone, still limited
    clock.advance(timedelta(seconds=CIRCUIT.longest_open_seconds))
    with capture_logs() as logs:
        assert await taken(limits, 1) == 1
        assert await taken(limits, 9) == 4
        assert await limits.counters_are_shared()
    assert [each["event"] for each in logs] == ["limits_shared_again"]


async def test_a_server_that_hangs(server, replica):
    """R26: a server that keeps its connections and answers nothing costs the first requests
    a moment, and the next ones nothing."""
    limits = replica("5/minute")
    await taken(limits, 1)
    server.freeze()
    for longest, uses in ((1, 5), (1, 0), (0.2, 0)):
        began = time.monotonic()
        assert await taken(limits, 50) == uses
        assert time.monotonic() - began < 3 * longest  # the machine may be busy
    server.thaw()


async def test_password(replica):
    """R42: the password comes from the URL or from a setting of its own, which goes first; a wrong
    one is an outage like any other, and is not repeated."""
    guarded = ValkeyServer("--requirepass", "s3cret-of-limits")
    try:
        url = guarded.url.replace("valkey://", "valkey://:s3cret-of-limits@")
        assert await replica("9/minute", url=url).counters_are_shared()
        assert await replica(
            "9/minute", url=guarded.url, password="s3cret-of-limits"
        ).counters_are_shared()
        assert not await replica("9/minute", url=url, password="wrong-CANARY").counters_are_shared()
        counters = ValkeyCounters(guarded.url, "wrong-CANARY", SystemClock())
        with pytest.raises(CountersUnavailable) as out:
            await counters.check()
        assert "CANARY" not in str(out.value)
        await counters.aclose()
    finally:
        guarded.stop()


async def test_tls(replica, tmp_path):
    """R42: over TLS the server's certificate must be of a known authority, and for its host."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name, good in (("127.0.0.1", True), ("elsewhere.example.org", False)):
        certificate = authority.issue_cert(name)
        certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
        with_tls = _tls_server(tmp_path)
        try:
            url = f"valkeys://127.0.0.1:{with_tls.tls_port}/0"
            assert (
                await replica(url=f"{url}?ssl_ca_certs={tmp_path}/ca.pem").counters_are_shared()
                == good
            )
            assert not await replica(url=url).counters_are_shared()
        finally:
            with_tls.stop()


def _tls_server(folder) -> ValkeyServer:
    both = str(folder / "both.pem")
    return ValkeyServer(
        *("--tls-cert-file", both, "--tls-key-file", both, "--tls-auth-clients", "no"),
        *("--tls-ca-cert-file", str(folder / "ca.pem")),
        tls=True,
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "valkey://:CANARY/x@127.0.0.1", "valkey://h?a=1"]
)
def test_unreadable_url(url):
    """R42: a URL that cannot be used is refused without being repeated."""
    with pytest.raises(ValueError, match="URL of the shared limits") as refused:
        ValkeyCounters(url, "", SystemClock())
    assert "CANARY" not in str(refused.value)


def test_without_the_package(monkeypatch):
    """A deployment that wants shared limits without the extra is told what to install."""
    monkeypatch.setitem(sys.modules, "valkey", None)
    with pytest.raises(ValueError, match=r"reassort\[valkey\]"):
        ValkeyCounters("valkey://127.0.0.1", "", SystemClock())
