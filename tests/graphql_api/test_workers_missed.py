"""U9: a dead worker is seen: by `doctor`, `/readyz`, `/metrics` and an alert, on each engine."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from core.clock_check import LOOK_EVERY, Heartbeat, ProcessKind, Uptime
from core.outage import Outage
from graphql_api.app import build_app
from graphql_api.compose import compose
from graphql_api.running.neighbours_down import neighbours_down
from graphql_api.running.workers_living import workers_living

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
async def gateway(two_engines, shifted):
    application = compose(two_engines, work=False, watches_clock=True)
    await application.start()
    yield application
    await application.stop()


async def beat(application, name="w", kind=ProcessKind.WORKER, outages=()):
    now = application.ports.clock.now()
    async with application.ports.store.begin() as unit:
        await unit.clocks.beat(Heartbeat(name, kind, now, Uptime("boot", MINUTE), outages))


async def told(application):
    """What `doctor`, `/readyz` and `/metrics` say."""
    (finding,) = await workers_living(application)
    transport = httpx.ASGITransport(build_app(application), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        ready, metrics = await http.get("/readyz"), await http.get("/metrics")
    assert ready.status_code == 200
    (living,) = [each for each in metrics.text.splitlines() if each.startswith("reassort_workers ")]
    return f"{finding.verdict}: {finding.text}", ready.json(), living


async def test_it_is_told_which_workers_live(gateway, shifted):
    """R32: none yet, then one, then none since a moment. Gateways are no workers."""
    await beat(gateway, "g", ProcessKind.GATEWAY)
    finding, ready, living = await told(gateway)
    assert finding.startswith("warning: none has worked on this database")
    assert (ready["workers"], living) == ("none", "reassort_workers 0.0")
    await beat(gateway)
    last = shifted.now()
    finding, ready, living = await told(gateway)
    assert (finding, ready, living) == (
        "good: 1 at work; one was heard of 0 s ago",
        {"status": "ready"},
        "reassort_workers 1.0",
    )
    shifted.off = 2 * MINUTE
    finding, ready, living = await told(gateway)
    assert finding.startswith(f"bad: none has worked since {last:%Y-%m-%d %H:%M}")
    assert ready["workers"].startswith(f"none since {last:%Y-%m-%dT%H:%M}")
    assert (ready["status"], living) == ("ready", "reassort_workers 0.0")


async def test_a_worker_that_has_stopped_is_not_at_work(gateway, shifted):
    """R32: it has said so; the next start is a sign of life again."""
    await beat(gateway)
    shifted.off = MINUTE / 2
    assert (await told(gateway))[0] == "good: 1 at work; one was heard of 30 s ago"
    async with gateway.ports.store.begin() as unit:
        await unit.clocks.stop("w")
    finding, ready, living = await told(gateway)
    assert finding.startswith("bad: none has worked since")
    assert "start `reassort worker`" in finding
    assert (ready["workers"].split()[0], living) == ("none", "reassort_workers 0.0")
    await beat(gateway)
    assert (await told(gateway))[0].startswith("good: 1 at work")


async def down(application):
    """The neighbours that `doctor` and `/metrics` call down, with their since."""
    findings = await neighbours_down(application)
    transport = httpx.ASGITransport(build_app(application), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        lines = (await http.get("/metrics")).text.splitlines()
    prefix = "reassort_neighbour_down_since_seconds{"
    return [each.text for each in findings], [e for e in lines if e.startswith(prefix)]


async def test_an_outage_is_the_deployments(gateway, shifted):
    """R32: whichever process has found it: the earliest counts, once. What a process last knew that
    is dead, or has not called for long, is not told."""
    now = shifted.now()
    early, late = (
        Outage("relay", now - minutes * MINUTE, now, 9, "timeout") for minutes in (20, 5)
    )
    stale = Outage("register", now - DAY, now - DAY + MINUTE, 3, "x")
    assert await down(gateway) == ([], [])
    await beat(gateway, "one", outages=(late, stale))
    await beat(gateway, "two", ProcessKind.GATEWAY, outages=(early,))
    since = early.since
    ((finding,), (line,)) = await down(gateway)
    assert finding.startswith(f"nothing but failures since {since:%Y-%m-%d %H:%M:%S} UTC")
    name, _, value = line.rpartition(" ")
    assert name.endswith('{neighbour="relay"}')
    assert abs(float(value) - since.timestamp()) < 0.01
    shifted.off = 2 * MINUTE
    assert await down(gateway) == ([], [])


async def test_a_process_tells_the_others_what_it_has_found(gateway, shifted):
    """R32: with its next heartbeat, once the patience is over; and that it answers again."""
    outages = gateway.watch_neighbours.outages
    shifted.off = -MINUTE
    for _ in range(3):
        outages.failed("register", "timeout")
    for later, known in ((-MINUTE / 3, 0), (0 * MINUTE, 1)):
        shifted.off = later  # by less than what a wrong clock is
        await gateway.watch_clock()
        findings, _ = await down(gateway)
        assert len(findings) == known
    outages.answered("register")
    await gateway.watch_clock()
    assert await down(gateway) == ([], [])


async def test_it_is_alerted_once_with_its_since(gateway, shifted):
    """R32: not before the patience is over, once, and when one is back."""
    await beat(gateway)
    last = shifted.now()
    with capture_logs() as lines:
        await gateway.watch_workers()
        shifted.off = MINUTE / 2
        await gateway.watch_workers()
        assert lines == []
        for _ in range(2):
            shifted.off = 2 * MINUTE
            await gateway.watch_workers()
        await beat(gateway, "another")
        for _ in range(2):
            await gateway.watch_workers()
    since = f"{last:%Y-%m-%dT%H:%M:%SZ}"
    assert [(each["event"], each["since"], each["log_level"]) for each in lines] == [
        ("workers_missing", since, "warning"),
        ("workers_back", since, "warning"),
    ]


async def test_none_ever_is_alerted_from_the_first_look(gateway, shifted):
    """R32: a gateway that is started before its worker says nothing for a minute."""
    first = shifted.now()
    with capture_logs() as lines:
        await gateway.watch_workers()
        assert lines == []
        shifted.off = 2 * MINUTE
        await gateway.watch_workers()
    assert [each["since"] for each in lines] == [f"{first:%Y-%m-%dT%H:%M:%SZ}"]


async def test_a_wrong_clocks_beat_is_no_worker(gateway, shifted):
    """R29: a heartbeat from a day to come keeps nobody alive."""
    shifted.off = 400 * DAY
    await beat(gateway)
    shifted.off = timedelta(0)
    assert (await gateway.watch_workers.look()).living == 0


async def test_a_gateway_looks_by_itself(two_engines, shifted, monkeypatch):
    """R32: for as long as it serves; the time between two looks is the clock's."""
    looked = asyncio.Event()
    application = compose(two_engines, work=False, watches_clock=True)

    async def look(_):
        looked.set()

    monkeypatch.setattr(type(application.watch_workers), "__call__", look)
    await application.start()
    try:
        async with application.watching():
            await asyncio.wait_for(looked.wait(), 30)
    finally:
        await application.stop()
    assert timedelta(0) < LOOK_EVERY < MINUTE
