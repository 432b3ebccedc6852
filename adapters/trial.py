"""Trials: clocks that are set, or run faster, and chance that repeats itself.

For tests, rehearsals and partners' sandboxes, where the same input must give the same output. Never
where real voters are served: anyone who knows the seed knows every link and password to come.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import shake_256

from core.ports.clock import Clock


class SetClock:
    """The port `Clock`: stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        """`at`: an aware datetime."""
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on by that much, or back when it is negative."""
        self._now += by


class QuickClock(SetClock):
    """The port `Clock`: stands still like the other, and from `run` on is so many times as fast as
    a real one."""

    def __init__(self, at: datetime, speed: float, real: Clock) -> None:
        """Raises `ValueError` for a `speed` that is not above 0."""
        if not speed > 0:
            raise ValueError("a clock runs forward")
        super().__init__(at)
        self._speed, self._real = speed, real
        self.began: datetime | None = None
        """When it began to run, by the real clock."""

    def run(self, since: datetime | None = None) -> None:
        """Begin to run, or behave as if begun at this moment of the real clock."""
        self.began = since or self._real.now()

    def now(self) -> datetime:
        if self.began is None:
            return super().now()
        return super().now() + self._speed * (self._real.now() - self.began)


class SeededRandomness:
    """The port `Randomness`: the same seed gives the same bytes in the same order."""

    def __init__(self, seed: bytes = b"trial") -> None:
        self._seed = seed
        self._drawn = 0

    def token(self, size: int) -> bytes:
        self._drawn += 1
        return shake_256(self._seed + self._drawn.to_bytes(8)).digest(size)
