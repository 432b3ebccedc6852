"""A clock that runs faster than a real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.trial import QuickClock, SetClock

THEN = datetime(2027, 5, 27, 12, tzinfo=UTC)
TODAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_stands_still_until_it_is_let_run():
    """It can be set meanwhile."""
    real = SetClock(TODAY)
    clock = QuickClock(THEN, 60, real)
    real.advance(5 * SECOND)
    assert clock.now() == THEN
    clock.advance(10 * SECOND)
    clock.run()
    assert clock.now() == THEN + 10 * SECOND


def test_is_so_many_times_as_fast():
    """A second of the real clock is a minute at speed 60."""
    real = SetClock(TODAY)
    clock = QuickClock(THEN, 60, real)
    clock.run()
    real.advance(2.5 * SECOND)
    assert clock.now() == THEN + 150 * SECOND
    assert clock.now().tzinfo is UTC


def test_two_that_began_together_show_the_same():
    """Another process sets its own clock by when the first one began."""
    real = SetClock(TODAY)
    first, second = QuickClock(THEN, 60, real), QuickClock(THEN, 60, real)
    first.run()
    real.advance(7 * SECOND)
    second.run(first.began)
    assert first.began == TODAY
    assert second.now() == first.now() == THEN + 420 * SECOND


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_runs_forward_only(speed):
    with pytest.raises(ValueError, match="forward"):
        QuickClock(THEN, speed, SetClock(TODAY))
