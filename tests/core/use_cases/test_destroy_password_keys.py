"""Keys of past days go as soon as no seed needs them, and no sooner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from core.day_keys import DayKeyId
from core.policy import STANDARD
from core.recovery_request import State
from core.use_cases.destroy_password_keys import DestroyPasswordKeys

ONE = timedelta(days=1)


@dataclass
class KeptDays:
    """The port `DailyKeys`, as far as it is asked here."""

    first: date
    asked: list[date] = field(default_factory=list)

    def oldest(self):
        return self.first

    def day_of(self, key_id):
        parsed = DayKeyId.parse(key_id)
        return parsed.day if parsed and parsed.file_id == "ours" else None

    async def destroy_before(self, day):
        self.asked.append(day)
        self.first = day


@pytest.fixture
def midnight(clock):
    """The clock, at the beginning of a day in UTC."""
    now = clock.now()
    clock.advance(now.replace(hour=0, minute=0, second=0, microsecond=0) - now)
    return clock.now()


@pytest.fixture
def keys(midnight):
    """Since yesterday."""
    return KeptDays(midnight.date() - ONE)


@pytest.fixture
def destroy(store, keys, clock):
    return DestroyPasswordKeys(store.read, keys, STANDARD, clock)


@pytest.fixture
def hold_seed(store, link_sent, midnight):
    """Stores a request whose seed is for this key."""

    async def hold(id, key_id):
        confirmed = {"state": State.CONFIRMED, "confirmed_at": midnight, "seed": b"s" * 32}
        async with store.begin() as unit:
            await unit.requests.add(link_sent(id, **confirmed, password_key=key_id))

    return hold


async def test_when_no_sms_of_the_day_may_go_out_any_more(destroy, keys, clock, midnight):
    """R20: the key of yesterday lives for the six hours of a message and an hour more."""
    for before_and_after, expected in (
        (timedelta(), None),
        (timedelta(hours=7) - timedelta(microseconds=1), None),
        (timedelta(hours=7), midnight.date()),
        (timedelta(hours=8), None),
    ):
        clock.advance(midnight + before_and_after - clock.now())
        assert await destroy() == expected
    assert keys.asked == [midnight.date()]


async def test_the_clock_that_runs_ahead(destroy, keys, clock, midnight, hold_seed):
    """R20, R29: a seed that is held keeps its key, and those after it, whatever the clock says."""
    await hold_seed("r1", f"2027:ours:{midnight.date()}")
    clock.advance(3 * ONE)
    assert await destroy() == midnight.date()
    assert await destroy() is None
    assert keys.first == midnight.date()


async def test_other_seeds_hold_nothing(destroy, keys, clock, midnight, hold_seed):
    """R20: of another file, of the ring, of a day whose key is gone: they cannot be helped."""
    await hold_seed("r1", f"2027:theirs:{midnight.date() - ONE}")
    await hold_seed("r2", "2027")
    await hold_seed("r3", f"2027:ours:{midnight.date() - 9 * ONE}")
    clock.advance(timedelta(hours=12))
    assert await destroy() == midnight.date()


async def test_a_file_of_a_day_to_come(destroy, keys, midnight):
    """R29: a clock that was set back destroys nothing."""
    keys.first = midnight.date() + 5 * ONE
    assert await destroy() is None
    assert keys.asked == []
