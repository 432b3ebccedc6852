"""Processes that look after their clocks, over every engine (F-1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from adapters.store.postgres import PostgresStore
from adapters.system import SystemClock, system_uptime
from adapters.trial import SetClock
from core.clock_check import LOOK_EVERY, SECOND_LOOK, Heartbeat, ProcessKind, Uptime
from core.errors import CannotProceed, ClockOff
from core.events import ClockMarkReset, ClockRefused, ClockUnconfirmed
from core.outage import Outage
from core.retention import Terms
from core.rows_deleted import RowsDeleted
from core.use_cases.purge_expired import PurgeExpired
from core.use_cases.reset_clock_mark import ResetClockMark
from core.use_cases.watch_clock import WatchClock
from tests.rehearsal import KeptEvents

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Machine:
    """Whose uptime goes on whatever its clock does."""

    store: object
    on_since: datetime
    passed: timedelta = timedelta(0)

    def go_on(self, by=LOOK_EVERY):
        self.passed += by

    def process(self, name, off=timedelta(0), kind=ProcessKind.WORKER):
        events = KeptEvents()
        clock = Clock(self, off)
        uptime = lambda: Uptime("boot", self.passed)  # noqa: E731
        return WatchClock(self.store.begin, clock, uptime, events, name, kind)


@dataclass
class Clock:
    """A machine's, as one process sees it."""

    machine: Machine
    off: timedelta

    def now(self):
        return self.machine.on_since + self.machine.passed + self.off


async def mark(store):
    async with store.read() as unit:
        return await unit.clocks.mark()


@pytest.fixture
def machine(store, noon):
    return Machine(store, noon)


@pytest.fixture
def alone(store):
    if isinstance(store, PostgresStore):
        pytest.skip("there is a server to ask")


async def test_the_mark_goes_on_and_never_back(store, noon):
    """R29: the last moment seen is the latest."""
    assert await mark(store) is None
    for at in (noon, noon + HOUR, noon - HOUR):
        async with store.begin() as unit:
            await unit.clocks.move_mark(at)
    assert await mark(store) == noon + HOUR


async def test_a_beat_takes_the_place_of_the_one_before(store, noon):
    """R29, R32: of each process the last one is known, to the microsecond, with what it has found
    of its neighbours."""
    first = Heartbeat("a", ProcessKind.WORKER, noon, Uptime("boot", HOUR))
    down = (Outage("route south", noon - HOUR, noon, 7, "no « answer » in time"),)
    last = Heartbeat("a", ProcessKind.WORKER, noon + SECOND, Uptime("again", SECOND), down)
    other = Heartbeat("b", ProcessKind.GATEWAY, noon, Uptime("boot", 2 * HOUR))
    async with store.begin() as unit:
        for each in (first, other, last):
            await unit.clocks.beat(each)
    async with store.read() as unit:
        found = await unit.clocks.beats()
    known = [replace(each, begun_at=noon) for each in (last, other)]
    assert sorted(found, key=lambda each: each.process) == known


async def test_rows_of_dead_processes_go_and_are_told(store, noon):
    """R44, R47: after a day, with their count; but the last of each kind, so that it is known for
    longer since when none works."""
    beats = {"old": 0, "older": -1, "last": 1}
    async with store.begin() as unit:
        for name, minutes in beats.items():
            at = noon + timedelta(minutes=minutes)
            await unit.clocks.beat(Heartbeat(name, ProcessKind.WORKER, at, Uptime("boot", HOUR)))
        await unit.clocks.beat(Heartbeat("gate", ProcessKind.GATEWAY, noon, Uptime("boot", HOUR)))
    events = KeptEvents()
    for later, count in ((DAY - HOUR, None), (DAY + HOUR, 2)):
        clock = SetClock(noon + later)
        await PurgeExpired(store.begin, Terms(), clock, events)()
        assert events.kept == ([RowsDeleted(heartbeats=count)] if count else [])
    async with store.read() as unit:
        assert {each.process for each in await unit.clocks.beats()} == {"last", "gate"}


@pytest.mark.parametrize("off", [2 * HOUR, -2 * HOUR, 400 * DAY, -20 * DAY])
async def test_the_servers_clock_decides_where_there_is_one(postgres_store, off):
    """R29: refused at start and while it runs, in the future and in the past; nothing is noted."""

    class Off:
        by = timedelta(0)

        def now(self):
            return SystemClock().now() + self.by

    clock, events = Off(), KeptEvents()
    kind = ProcessKind.WORKER
    watch = WatchClock(postgres_store.begin, clock, system_uptime, events, "p", kind)
    await watch.refuse()
    await watch()
    assert watch.is_sure
    noted = await mark(postgres_store)
    clock.by = off
    with pytest.raises(ClockOff, match="the database server's: set it right"):
        await watch.refuse()
    assert not watch.is_off
    for _ in range(2):
        with pytest.raises(ClockOff):
            await watch()
    assert watch.is_off
    assert not watch.is_sure
    assert [type(each) for each in events.kept] == [ClockRefused]
    assert await mark(postgres_store) == noted


async def test_a_mark_is_not_reset_against_a_server(postgres_store):
    """R29: the server knows the time."""

    class Ahead:
        def now(self):
            return SystemClock().now() + 2 * HOUR

    reset = ResetClockMark(postgres_store.begin, Ahead(), system_uptime, KeptEvents())
    with pytest.raises(ClockOff, match="ahead of the database server's"):
        await reset("ada")


@pytest.mark.usefixtures("alone")
class TestWithoutAServer:
    async def test_a_mark_from_the_future_is_taken_back(self, machine, store):
        """F-1: R29: a lone clock ahead was believed; once it is right, an operator says so, when
        nobody works; and processes start."""
        await machine.process("wrong", 2 * HOUR)()
        machine.go_on()
        right = machine.process("right")
        with pytest.raises(ClockOff, match="behind the last moment"):
            await right.refuse()
        events = KeptEvents()
        reset = ResetClockMark(store.begin, right.clock, right.uptime, events)
        with pytest.raises(CannotProceed, match="stop every one"):
            await reset("ada")
        machine.go_on(HOUR / 2)
        with pytest.raises(ValueError, match="by has 1 to"):
            await reset("")
        assert await reset("ada") == (machine.on_since + 2 * HOUR, right.clock.now())
        assert events.kept == [ClockMarkReset("ada", 5390)]
        await right()
        assert right.is_sure

    @pytest.mark.parametrize("off", [-2 * HOUR, -20 * DAY])
    async def test_who_is_behind_is_refused(self, machine, store, off):
        """R29: the past is known, also when nobody else lives."""
        await machine.process("before")()
        seen = await mark(store)
        machine.go_on(DAY)
        late = machine.process("late", off - DAY)
        with pytest.raises(ClockOff, match="behind the last moment"):
            await late.refuse()
        with pytest.raises(ClockOff):
            await late()
        assert late.is_off
        assert await mark(store) == seen

    @pytest.mark.parametrize("off", [2 * HOUR, 400 * DAY])
    async def test_who_is_ahead_of_a_living_process_is_refused(self, machine, store, off):
        """R29: the mark stays where it was, and the other works on."""
        right = machine.process("right")
        await right()
        seen = await mark(store)
        machine.go_on()
        wrong = machine.process("wrong", off)
        with pytest.raises(ClockOff, match="ahead of another process's"):
            await wrong()
        assert await mark(store) == seen
        await right()
        assert right.is_sure

    async def test_who_is_alone_and_ahead_waits_for_a_second_look(self, machine, store):
        """R29: as after each longer stop: it works, says so once, and ends nothing for a minute."""
        await machine.process("before")()
        seen = await mark(store)
        machine.go_on(DAY)
        watch = machine.process("after")
        for _ in range(SECOND_LOOK // LOOK_EVERY):
            await watch()
            assert not watch.is_sure
            assert await mark(store) == seen
            machine.go_on()
        await watch()
        assert watch.is_sure
        assert await mark(store) == watch.clock.now()
        assert watch.events.kept == [ClockUnconfirmed(86400)]

    async def test_a_clock_that_leaps_meanwhile_is_looked_at_for_longer(self, machine, store):
        """R29: the minute is one of the machine's, and the clock has gone on as much."""
        await machine.process("before")()
        machine.go_on(DAY)
        watch = machine.process("after")
        await watch()
        watch.clock.off = 2 * HOUR
        machine.go_on(SECOND_LOOK)
        await watch()
        assert not watch.is_sure
        machine.go_on(SECOND_LOOK)
        await watch()
        assert watch.is_sure

    async def test_two_that_start_together_find_the_wrong_one(self, machine):
        """R29: while the one that is ahead still waits, the other one starts."""
        await machine.process("before")()
        machine.go_on(DAY)
        wrong, right = machine.process("wrong", 2 * HOUR), machine.process("right")
        await wrong()
        machine.go_on()
        await right()
        with pytest.raises(ClockOff, match="ahead of another process's"):
            await wrong()
