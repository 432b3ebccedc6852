"""Trials: a clock that is set, and chance that repeats itself.

For tests, rehearsals and partners' sandboxes, where the same input must give the same output. Never
where real voters are served: anyone who knows the seed knows every link and password to come.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import shake_256


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


class SeededRandomness:
    """The port `Randomness`: the same seed gives the same bytes in the same order."""

    def __init__(self, seed: bytes = b"trial") -> None:
        self._seed = seed
        self._drawn = 0

    def token(self, size: int) -> bytes:
        self._drawn += 1
        return shake_256(self._seed + self._drawn.to_bytes(8)).digest(size)
