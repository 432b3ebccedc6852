"""The events of a simulation in the order of their time, and the clock that they move."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from adapters.trial import SetClock

from .model import Delay

Action = Callable[[], Awaitable[None]]


class Timeline:
    """Whatever happens at the same moment happens in the order in which it was planned."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self._planned: list[tuple[datetime, int, Action]] = []
        self._count = 0

    def at(self, moment: datetime, action: Action) -> None:
        self._count += 1
        heapq.heappush(self._planned, (max(moment, self.clock.now()), self._count, action))

    def after(self, wait: timedelta, action: Action) -> None:
        self.at(self.clock.now() + wait, action)

    def next_at(self) -> datetime | None:
        return self._planned[0][0] if self._planned else None

    def take(self) -> Action:
        """The next action; the clock now shows its time."""
        moment, _, action = heapq.heappop(self._planned)
        self.move_to(moment)
        return action

    def move_to(self, moment: datetime) -> None:
        self.clock.advance(moment - self.clock.now())


def drawn(delay: Delay, chance: random.Random) -> timedelta:
    """One wait of this distribution."""
    return delay.median * math.exp(chance.gauss(0.0, delay.sigma))
