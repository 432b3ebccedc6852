"""Alerts of a deployment, however many processes find them, over every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alert import Alert, AlertAxis, AlertKind, AlertPlace, AlertState, AlertTerms, Condition
from core.delivery import Delivery, DeliveryState
from core.delivery_figures import Arrival
from core.locale import Locale
from core.messages import MessageKind
from core.recovery_request import State
from core.request_listing import Place
from core.unreached import Cause
from core.use_cases.raise_alerts import RaiseAlerts

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
PLACE = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR")
OVER = Condition(PLACE, {"delivered": 3, "ended": 20})
WATCHED = frozenset(AlertKind)


@pytest.fixture
def worker(store, clock, randomness):
    """Makes one of several."""
    return lambda: RaiseAlerts(store.begin, store.read, clock, randomness)


@pytest.fixture
def alert(noon):
    """Makes one that was just raised; fields may be given."""

    def make(id="a1", place=PLACE, **fields):
        return replace(Alert(id, place, {"delivered": 3}, noon, noon, noon), **fields)

    return make


async def stored(store):
    async with store.read() as unit:
        return await unit.alerts.newest((), 100, None)


async def added(store, *alerts):
    async with store.begin() as unit:
        return [await unit.alerts.add(each) for each in alerts]


async def test_everything_is_kept(store, alert, noon):
    """R53: in whatever state."""
    moments = [noon + each * SECOND for each in range(1, 4)]
    full = alert(
        "a2",
        AlertPlace(AlertKind.JOBS_BURIED),
        raised_at=moments[0],
        last_seen=moments[1],
        figures={"dead": 2, "share": 0.5, "reason": "été"},
        state=AlertState.RESOLVED,
        times=3,
        acknowledged_at=moments[1],
        acknowledged_by="jeanne",
        resolved_at=moments[2],
        resolved_by="paul",
        note="« vu »",
    )
    assert await added(store, alert(), full) == [True, True]
    async with store.read() as unit:
        assert [await unit.alerts.get(each) for each in ("a1", "a2", "a3")] == [alert(), full, None]
        assert await unit.alerts.open() == [alert()]


async def test_of_one_place_one_is_open(store, alert):
    """R53: a second one is not added, beside a resolved one it is."""
    other = replace(PLACE, value="BR")
    done = alert("a0", state=AlertState.RESOLVED)
    given = done, alert("a1"), alert("a2"), alert("a3", other)
    assert await added(store, *given) == [True, True, False, True]


async def test_the_last_one_of_a_place(store, alert, noon):
    done = alert("a0", state=AlertState.RESOLVED, first_seen=noon - MINUTE)
    await added(store, done, alert())
    async with store.begin() as unit:
        assert await unit.alerts.last_of(PLACE) == alert()
        assert await unit.alerts.last_of(replace(PLACE, value="BR")) is None
        assert await unit.alerts.take("a0") == done
        assert await unit.alerts.take("a9") is None


async def test_it_is_saved_in_its_place(store, alert, noon):
    await added(store, alert(), alert("a2", replace(PLACE, value="BR")))
    changed = alert().acknowledged("jeanne", "seen", noon + MINUTE)
    async with store.begin() as unit:
        await unit.alerts.save(changed)
    assert set(map(repr, await stored(store))) == {
        repr(changed),
        repr(alert("a2", replace(PLACE, value="BR"))),
    }


async def test_pages_of_the_list(store, alert, noon):
    """R53: the one that was first seen last comes first; of one moment by their ids."""
    places = [replace(PLACE, value=str(each)) for each in range(5)]
    moments = [noon, noon, noon + SECOND, noon - SECOND, noon]
    made = [
        alert(f"a{at}", place, first_seen=moment)
        for at, (place, moment) in enumerate(zip(places, moments, strict=True))
    ]
    await added(store, *made[:4], replace(made[4], state=AlertState.RESOLVED))
    async with store.read() as unit:
        everything = await unit.alerts.newest((), 10, None)
        assert [each.id for each in everything] == ["a2", "a4", "a1", "a0", "a3"]
        first = await unit.alerts.newest((AlertState.RAISED,), 2, None)
        place = Place(first[-1].first_seen, first[-1].id)
        rest = await unit.alerts.newest((AlertState.RAISED,), 2, place)
        assert [each.id for each in (*first, *rest)] == ["a2", "a1", "a0", "a3"]


async def test_what_was_resolved_long_ago_is_forgotten(store, alert, noon):
    """R53, R47: what is open is kept, however old."""
    done = [
        alert(f"a{at}", state=AlertState.RESOLVED, resolved_at=noon + at * SECOND) for at in (1, 2)
    ]
    await added(store, *done, alert("a3", first_seen=noon - 900 * MINUTE))
    async with store.begin() as unit:
        assert await unit.alerts.forget(noon + 2 * SECOND) == 1
    assert {each.id for each in await stored(store)} == {"a2", "a3"}


async def test_three_workers_raise_one_alert(store, worker, clock):
    """R53: at the same moment, and ever after."""
    workers = [worker() for _ in range(3)]
    await asyncio.gather(*(each([OVER], WATCHED) for each in workers))
    clock.advance(MINUTE)
    later = replace(OVER, figures={"delivered": 5, "ended": 30})
    await asyncio.gather(*(each([later], WATCHED) for each in workers))
    (alert,) = await stored(store)
    assert (alert.times, alert.last_seen) == (1, clock.now())
    assert alert.figures == later.figures


async def test_it_is_resolved_and_opened_again(store, worker, clock):
    """R53: a condition that comes and goes makes one record, and is not resolved each time."""
    look = worker()
    states = []
    for found in ([OVER], [], [OVER], [], [], [OVER]):
        await look(found, WATCHED)
        (alert,) = await stored(store)
        states.append(alert.state)
        clock.advance(AlertTerms().calm - SECOND)
    raised, resolved = AlertState.RAISED, AlertState.RESOLVED
    assert states == [raised, raised, raised, raised, resolved, raised]
    assert alert.times == 2


async def test_who_does_not_look_does_not_resolve(store, worker, clock):
    """R53: a gateway that looks after processes leaves the others' alerts alone."""
    await worker()([OVER], WATCHED)
    clock.advance(90 * MINUTE)
    await worker()([], {AlertKind.WORKERS_MISSING})
    (alert,) = await stored(store)
    assert alert.is_open


async def test_what_stays_below_raises_nothing(store, worker):
    await worker()([replace(OVER, is_over=False)], WATCHED)
    assert await stored(store) == []


async def test_a_clock_that_is_not_believed_is_not_written(store, worker, clock, noon):
    """R53: the process that says so gives the last moment that others have seen."""
    clock.advance(900 * MINUTE)
    await worker()([OVER], frozenset(), noon)
    (alert,) = await stored(store)
    assert alert.first_seen == noon


async def test_workers_that_have_stopped_have_said_so(store, noon):
    """R53: until they are heard of again."""
    from core.clock_check import Heartbeat, ProcessKind, Uptime

    beat = Heartbeat("w1", ProcessKind.WORKER, noon, Uptime("boot", MINUTE))
    told = []
    for step in ("beat", "stop", "beat"):
        async with store.begin() as unit:
            if step == "stop":
                await unit.clocks.stop("w1")
            else:
                at = noon + len(told) * MINUTE
                await unit.clocks.beat(replace(beat, at=at))
            (found,) = await unit.clocks.beats()
            told.append((found.at, found.begun_at, found.has_stopped))
    assert told == [(noon, noon, False), (noon, noon, True), (noon + 2 * MINUTE, noon, False)]


async def test_caps_that_hold_sms_back(store, noon):
    """R53: of this hour, or of this day for its cost."""
    async with store.begin() as unit:
        await unit.routes.stopped("SMS a country", "AR", noon)
        await unit.routes.stopped("cost of a day", "BR", noon)
        assert ("SMS a country", "AR") in await unit.routes.stops(noon)
        assert ("SMS a country", "AR") not in await unit.routes.stops(noon + 60 * MINUTE)


async def test_passwords_by_constituency(store, link_sent, noon):
    """R53: each voter once, by the last renewal; not where no receipt is expected, or the register
    says no constituency, nor before or after the stretch."""
    fields = {
        "a": {"constituency": "2"},
        "b": {"constituency": "2"},
        "c": {"constituency": "7"},
        "unknown": {"constituency": None},
        "silent": {"constituency": "2", "cause": Cause.RECEIPT_NOT_EXPECTED},
        "overtaken": {"constituency": "2"},
        "early": {"constituency": "2"},
        "late": {"constituency": "2"},
    }
    at = {"early": noon - SECOND, "late": noon + MINUTE}
    async with store.begin() as unit:
        for name, given in fields.items():
            confirmed = {"confirmed_at": noon, "state": State.PASSWORD_SENT, "round_id": "demo"}
            await unit.requests.add(link_sent(name, round_voter=name, **confirmed, **given))
            queued_at = at.get(name, noon)
            sms = Delivery.queued(MessageKind.PASSWORD, name, Locale.FR, queued_at)
            ends = sms.ended(DeliveryState.DELIVERED, noon, None) if name in "ac" else sms
            await unit.deliveries.add(ends)
        overtaken = "UPDATE recovery_request SET overtaken = 1 WHERE id = 'overtaken'"
        await unit.sql.execute(overtaken)
    async with store.read() as unit:
        found = await unit.figures.constituencies(noon, noon + MINUTE)
    assert sorted(found, key=repr) == [Arrival("2", 1, 2), Arrival("7", 1, 1)]
