"""What a worker does at intervals, each thing at its own pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import MustStop
from core.ports.clock import Clock


@dataclass(frozen=True)
class Chore:
    """Something to be done every so often, by whichever worker comes to it."""

    do: Callable[[], Awaitable[object]]
    every: timedelta


class Chores:
    """Call it often: it does what is due. A chore that fails is due again after its time, and the
    others are done all the same; the first failure is then raised. `MustStop` is raised at once."""

    def __init__(self, chores: Sequence[Chore], clock: Clock) -> None:
        self._chores = chores
        self._clock = clock
        self._done_at: dict[int, datetime] = {}

    async def __call__(self) -> None:
        failures: list[Exception] = []
        for number, chore in enumerate(self._chores):
            now = self._clock.now()
            done_at = self._done_at.get(number)
            if done_at is not None and timedelta(0) <= now - done_at < chore.every:
                continue
            self._done_at[number] = now
            try:
                await chore.do()
            except MustStop:
                raise
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
