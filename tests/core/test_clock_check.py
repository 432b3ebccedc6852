"""Whether a process may believe its own clock (F-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock_check import (
    BOUND,
    LIVING,
    Heartbeat,
    ProcessKind,
    Uptime,
    against_others,
    against_server,
)

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("off", "told"),
    [
        (timedelta(0), ""),
        (BOUND, ""),
        (-BOUND, ""),
        (BOUND + SECOND, "31 s ahead of the database server's"),
        (-BOUND - SECOND, "31 s behind the database server's"),
    ],
)
def test_the_server_decides(noon, off, told):
    """R29: half a minute either way, whatever the answer took on its way."""
    server = noon + HOUR
    before, after = server + off, server + off
    assert told in against_server(before, server, after)
    assert bool(against_server(before, server, after)) is bool(told)
    assert not against_server(server - HOUR, server, server + HOUR)


def test_the_past_is_known_by_the_mark_and_the_future_by_who_lives(noon):
    """R29: behind the last moment seen, or ahead of another process, is wrong; behind another
    process is for that one to find out."""
    assert not against_others(noon, None, [])
    assert not against_others(noon, noon + BOUND, [noon - BOUND, noon + HOUR])
    assert "31 s behind the last moment" in against_others(noon, noon + BOUND + SECOND, [])
    assert "3600 s ahead of another" in against_others(noon, noon, [noon, noon - HOUR])


def test_a_process_lives_while_it_is_heard_of_on_this_machine(noon):
    """R29: by the machine's uptime, which nobody sets: not by the clocks that are in question."""
    beat = Heartbeat("p", ProcessKind.WORKER, noon, Uptime("boot", HOUR))
    assert beat.time_at(Uptime("boot", HOUR + LIVING)) == noon + LIVING
    assert beat.time_at(Uptime("boot", HOUR + LIVING + SECOND)) is None
    assert beat.time_at(Uptime("boot", HOUR - SECOND)) is None
    assert beat.time_at(Uptime("another", HOUR + SECOND)) is None
