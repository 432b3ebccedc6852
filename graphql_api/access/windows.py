"""Windows that uses are counted in, in this process's memory: bounded, and without a thread.

Each window begins with the first use and is fixed. Windows of one length end in the order in which
they began, so that those that are over stand first and are dropped as others come: a use costs the
same whether one network has been seen or a million.

When the memory is full, newcomers share what is left: a fixed number of windows, by the hash of
their key. Nothing that counts is thrown out before its time, or an attacker with many addresses
would be let in again by filling the memory.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 100_000
"""Windows of one length that are kept apart: about 20 MB."""
SHARED = 1024
"""Windows that newcomers share when there is no room for one of their own."""


class Windows:
    """Counts uses."""

    def __init__(self, most: int = MOST, tick: Callable[[], float] = time.monotonic) -> None:
        """`tick`: seconds, never going back."""
        self._most, self._tick = most, tick
        self._by_length: dict[int, OrderedDict[str, _Window]] = {}

    def __len__(self) -> int:
        """How many windows are kept."""
        return sum(map(len, self._by_length.values()))

    def hit(self, key: str, amount: int, seconds: int) -> float:
        """Count one use in a window that allows `amount` uses in `seconds`. The seconds until it
        begins again when it is used up, else 0."""
        now = self._tick()
        windows = self._by_length.get(seconds)
        if windows is None:
            windows = self._by_length[seconds] = OrderedDict()
        _drop_ended(windows, now)
        window = windows.get(key)
        if window is None and len(windows) >= self._most:
            key = f"shared {hash(key) % SHARED}"
            window = windows.get(key)
        if window is None or window.ends <= now:
            windows.pop(key, None)
            window = windows[key] = _Window(now + seconds)
        if window.uses >= amount:
            return window.ends - now
        window.uses += 1
        return 0.0


class _Window:
    __slots__ = ("ends", "uses")

    def __init__(self, ends: float) -> None:
        self.ends, self.uses = ends, 0


def _drop_ended(windows: OrderedDict[str, _Window], now: float) -> None:
    """Those that are over stand first. Two at a time are enough: a use begins one at the most."""
    for _ in range(2):
        first = next(iter(windows), None)
        if first is None or windows[first].ends > now:
            return
        del windows[first]
