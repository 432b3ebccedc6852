"""F-1: no process with a wrong clock does harm: `serve` and `worker`, on each engine."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

import httpx
import pytest

from core.clock_check import Heartbeat, ProcessKind
from core.errors import ClockOff
from graphql_api.app import build_app
from graphql_api.cli import main, processes
from graphql_api.compose import compose
from graphql_api.running.serving import work

HOUR = timedelta(hours=1)
ISSUE = 'mutation { issueSecurityCode(input: {step: "REQUEST"}) { __typename } }'.replace('"', "")


async def seen(two_engines):
    """Another process has just been seen, with the right time."""
    application = compose(two_engines, watches_clock=True)
    await application.open()
    await application.watch_clock()
    await application.stop()


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("off", [2 * HOUR, -2 * HOUR])
def test_the_start_is_refused_in_a_sentence(
    two_engines, shifted, monkeypatch, capsys, command, off
):
    """R29: before anything listens or works."""
    asyncio.run(seen(two_engines))
    shifted.off = off
    for begun in ("serve_app", "work"):
        monkeypatch.setattr(processes, begun, lambda *_: pytest.fail("it has begun"))
    arguments = [command] + ["--port", "0"] * (command == "serve")
    monkeypatch.setattr(sys, "argv", ["reassort", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code not in (0, None)
    assert "the clock is 7" in printed.err
    assert "set it right, then start again" in printed.err
    assert "listening" not in printed.out


async def test_a_worker_whose_clock_leaps_ends(two_engines, shifted):
    """R29: it takes no more jobs, and ends with the sentence, not with a signal."""
    application = compose(two_engines, watches_clock=True)
    await seen(two_engines)
    shifted.off = 2 * HOUR

    with pytest.raises(ClockOff, match="ahead of"):
        await asyncio.wait_for(work(application, lambda: None), 30)
    assert application.is_stopped()


async def test_a_gateway_whose_clock_leaps_changes_nothing_more(two_engines, shifted):
    """R29: not ready; mutations get 503 before anything is consumed, queries an answer."""
    application = compose(two_engines, work=False, watches_clock=True)
    app = build_app(application)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        await application.start()
        try:
            await application.watch_clock()
            assert (await http.get("/readyz")).status_code == 200
            assert (await http.post("/graphql", json={"query": ISSUE})).status_code == 200
            await seen(two_engines)
            shifted.off = 2 * HOUR
            with pytest.raises(ClockOff):
                await application.watch_clock()
            ready = await http.get("/readyz")
            assert (ready.status_code, ready.json()) == (503, {"status": "clock is wrong"})
            refused = await http.post("/graphql", json={"query": ISSUE})
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            (error,) = refused.json()["errors"]
            assert error["extensions"]["code"] == "TEMPORARILY_UNAVAILABLE"
            asked = await http.post("/graphql", json={"query": "{ __typename }"})
            assert asked.status_code == 200
        finally:
            await application.stop()


async def test_nothing_is_ended_before_the_clock_is_sure(two_engines, shifted, link_sent):
    """R17, R27, R29: alone, and 400 days ahead, a worker on SQLite ends no link and forgets no
    code; on PostgreSQL it does not work at all."""
    await seen(two_engines)
    application = compose(two_engines, watches_clock=True)
    now = shifted.now()
    await application.open()
    try:
        async with application.ports.store.begin() as unit:
            await unit.requests.add(link_sent("r1", received_at=now, changed_at=now))
            await unit.codes.consume("used", now + HOUR)
            gone = [each.process for each in await unit.clocks.beats()]
            for process in gone:
                beat = Heartbeat(process, ProcessKind.WORKER, now, application.watch_clock.uptime())
                old = Heartbeat(process, beat.kind, now, type(beat.uptime)("another", HOUR))
                await unit.clocks.beat(old)
        shifted.off = 400 * timedelta(days=1)
        if two_engines.engine == "postgres":
            with pytest.raises(ClockOff):
                await application.worker.catch_up()
        else:
            await application.worker.catch_up()
        async with application.ports.store.begin() as unit:
            assert (await unit.requests.get("r1")).state == "link_sent"
            assert not await unit.codes.consume("used", now + HOUR)
    finally:
        await application.stop()
