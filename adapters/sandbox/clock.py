"""A clock that can be moved on, whether it runs or stands still."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.ports.clock import Clock


class MovableClock:
    """The port `Clock` over another one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moved = timedelta(0)

    def now(self) -> datetime:
        return self._clock.now() + self._moved

    def advance(self, by: timedelta) -> None:
        """Move on by that much. Raises `ValueError` for a way back: what is stored would then lie
        in the future."""
        if by < timedelta(0):
            raise ValueError("the clock only moves on; reset the sandbox to go back")
        self._moved += by
