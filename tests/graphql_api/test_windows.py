"""Uses counted in memory: bounded, whoever comes, and without letting anyone in again."""

from __future__ import annotations

import threading

import pytest

from graphql_api.access.windows import SHARED, Windows


class Tick:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def tick():
    return Tick()


def test_a_window_is_fixed(tick):
    """R26: it begins with the first use, and ends once for all of them."""
    windows = Windows(tick=tick)
    answers = []
    for moment in (0, 30, 59, 59.5, 60, 61):
        tick.now = moment
        answers.append(windows.hit("network", 2, 60))
    assert answers == [0, 0, 1, 0.5, 0, 0]


def test_windows_of_different_lengths_are_apart(tick):
    """R26: an hour's count does not end with a minute's."""
    windows = Windows(tick=tick)
    assert [windows.hit("network", 1, 60), windows.hit("network", 1, 3600)] == [0, 0]
    tick.now = 60
    assert [windows.hit("network", 1, 60), windows.hit("network", 1, 3600)] == [0, 3540]


def test_what_is_over_is_forgotten(tick):
    """R26: memory follows who is there, not who has ever been."""
    windows = Windows(tick=tick)
    for each in range(1000):
        windows.hit(f"early {each}", 1, 60)
    tick.now = 61
    for each in range(600):
        windows.hit(f"late {each}", 1, 60)
    assert len(windows) == 600


def test_memory_is_bounded_and_frees_nobody(tick):
    """R26: an attacker who fills the memory with networks is still held, and so is everyone that
    he has pushed out: nobody is thrown out before the time."""
    windows = Windows(most=100, tick=tick)
    assert windows.hit("attacker", 1, 60) == 0
    refused = sum(windows.hit(f"network {each}", 1, 60) > 0 for each in range(100_000))
    assert windows.hit("attacker", 1, 60) > 0
    assert len(windows) <= 100 + SHARED
    assert refused >= 100_000 - 100 - SHARED


def test_after_the_flood_there_is_room(tick):
    """R26: newcomers have windows of their own once those before have ended. Eight of the second
    wave begin while there is no room: eight shared windows, and then eight of their own."""
    windows = Windows(most=8 + 8 + 1, tick=tick)
    for each in range(5000):
        windows.hit(f"network {each}", 1, 60)
    tick.now = 61
    for each in range(3000):
        windows.hit(f"network {each % 8}", 10_000, 60)
    assert windows.hit("voter", 1, 60) == 0
    assert windows.hit("voter", 1, 60) > 0


def test_no_thread_is_started(tick):
    """R26: counting is dictionary work."""
    before = threading.active_count()
    windows = Windows(tick=tick)
    for each in range(1000):
        windows.hit(f"network {each}", 1, 60)
    assert threading.active_count() == before
