"""R53: several processes over one database: one alert, one e-mail; also when no worker lives."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.alert import AlertKind, AlertState
from core.clock_check import Heartbeat, ProcessKind, Uptime
from core.events import ClockRefused, PasswordsRefused, RefusalsSurged
from graphql_api.compose import compose
from graphql_api.settings import read_settings

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ON_CALL = "astreinte@example.org"
_SILENT = """
UPDATE heartbeat SET at = at - 120000000, uptime = uptime - 120000000 WHERE process = $1
"""
_LONGER = "UPDATE heartbeat SET begun_at = begun_at - 200000000"


@pytest.fixture
def settings(two_engines, monkeypatch):
    """With somebody on call."""
    monkeypatch.setenv("REASSORT_ALERT_EMAIL", ON_CALL)
    monkeypatch.setenv("REASSORT_ALERT_WITHOUT_WORKER", "30")
    monkeypatch.setenv("REASSORT_ALERT_CALM", "1")
    return read_settings()


@pytest.fixture
async def start(settings, shifted):
    """Starts one more process of the deployment."""
    started = []

    async def start(works=True):
        application = compose(settings, work=works, watches_clock=True)
        await application.start()
        started.append(application)
        return application

    yield start
    for each in started:
        await each.stop()


async def alerts(application):
    async with application.ports.store.read() as unit:
        return await unit.alerts.newest((), 100, None)


def subjects(application):
    """Of the e-mails to whoever is on call, the first one first."""
    kept = application.ports.inbox.contents()["emails"]
    return [each["subject"] for each in reversed(kept) if each["to"] == ON_CALL]


async def kill(application):
    """As a power cut would: it says nothing, and two minutes go by."""
    async with application.ports.store.begin() as unit:
        await unit.sql.execute(_SILENT, application.watch_clock.process)
        await unit.sql.execute(_LONGER)


async def work(*workers):
    """The chores and jobs of each, at once."""
    await asyncio.gather(*(each.worker.catch_up() for each in workers))
    for each in workers:
        await each.worker.drain()


async def test_one_of_three_workers_dies(start, shifted):
    """R53: the two others find it, at once and again; somebody reads one e-mail. Another worker
    takes its place, and one e-mail says that it is over."""
    first, second, third = [await start() for _ in range(3)]
    shifted.off = -25 * SECOND
    await work(first, second, third)
    assert await alerts(first) == []
    await kill(third)
    for later in (-14, -3):
        shifted.off = later * SECOND
        await work(first, second)
    (alert,) = await alerts(first)
    assert (alert.place.kind, alert.state) == (AlertKind.HEARTBEAT_MISSING, AlertState.RAISED)
    assert alert.figures == {"missing": 1, "living": 2}
    assert subjects(first) == ["[Alerte] Un worker ne donne plus signe de vie."]
    fourth = await start()
    for later in (8, 19):
        shifted.off = later * SECOND
        await work(fourth, first, second)
    assert [each.state for each in await alerts(first)] == [AlertState.RESOLVED]
    assert subjects(first)[1:] == ["[Alerte terminée] Un worker ne donne plus signe de vie."]


async def test_a_worker_that_is_stopped_is_not_missed(start, shifted):
    """R53: it has said so."""
    first, second = await start(), await start()
    shifted.off = -25 * SECOND
    await work(first, second)
    await second.leave()
    await kill(second)
    shifted.off = -14 * SECOND
    await work(first)
    assert await alerts(first) == []


async def test_no_worker_is_left_to_tell(start, shifted):
    """R53: then gateways do, and one of them is enough."""
    gateways = [await start(works=False) for _ in range(2)]
    beat = Heartbeat("w", ProcessKind.WORKER, shifted.now() - MINUTE, Uptime("boot", MINUTE))
    async with gateways[0].ports.store.begin() as unit:
        await unit.clocks.beat(beat)
    for each in gateways:
        for seen in (each.watch_alerts.began, each.watch_workers.missed):
            seen.looked_from = beat.at
    for _ in range(2):
        await asyncio.gather(*(each.look_after() for each in gateways))
    (alert,) = await alerts(gateways[0])
    assert alert.place.kind is AlertKind.WORKERS_MISSING
    (subject,) = subjects(gateways[0])
    assert "Aucun worker ne vit" in subject


async def test_a_database_that_does_not_answer_forgets_nothing(start, shifted, monkeypatch):
    """R53: what a gateway has heard of is stored at the next look; without names of networks."""
    from core.errors import StoreUnavailable

    gateway = await start(works=False)
    gateway.ports.events.record(RefusalsSurged("secret-network", "security_code_wrong", 10))
    gateway.ports.events.record(PasswordsRefused("unfit", "uid=00012345"))

    def down():
        raise StoreUnavailable("rehearsed")

    raising = gateway.watch_alerts.raise_alerts
    with monkeypatch.context() as patched:
        patched.setitem(vars(raising), "read", down)
        with pytest.raises(StoreUnavailable):
            await gateway.look_after()
    assert await alerts(gateway) == []
    await gateway.look_after()
    found = await alerts(gateway)
    assert {each.place.value for each in found} == {"security_code_wrong", "unfit"}
    assert not any(word in repr(found) for word in ("secret-network", "00012345"))


async def test_a_process_whose_clock_is_wrong_gives_no_time_of_its_own(start, shifted):
    """R53: the last moment that others have seen, or the server's."""
    gateway = await start(works=False)
    await gateway.look_after()
    right = shifted.now()
    shifted.off = 900 * MINUTE
    gateway.watch_clock.seen.off = "rehearsed"
    gateway.ports.events.record(ClockRefused("rehearsed"))
    await gateway.leave()
    (alert,) = await alerts(gateway)
    assert alert.place.kind is AlertKind.CLOCK_REFUSED
    assert abs(alert.first_seen - right) < MINUTE
