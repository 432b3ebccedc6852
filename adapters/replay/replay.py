"""Brings in what has happened by now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from core.ports.clock import Clock

from .recorded import Change, Recorded
from .rows import Rows, statement

Begin = Callable[[], AbstractAsyncContextManager[Any]]
"""A unit of work on tables that are reached by its `sql`."""


class Replay:
    """One election into one database, from its beginning. Writes rows and nothing else: nothing is
    sent, and no job is left."""

    def __init__(self, recorded: Recorded, begin: Begin, rows: Rows, clock: Clock) -> None:
        self._begin, self._rows, self._clock = begin, rows, clock
        self._changes = recorded.changes()
        self._read: deque[Change] = deque()
        """Those that are due, and the one after them."""

    async def catch_up(self) -> int:
        """How many changes were written, all in one commit. Raises `StoreUnavailable`; then they
        are written the next time."""
        due = self._due(self._clock.now())
        if due:
            async with self._begin() as unit:
                for change in due:
                    values = await self._rows.of(unit, change)
                    query, parameters = statement(change, values)
                    await unit.sql.execute(query, *parameters)
        for _ in due:
            self._read.popleft()
        return len(due)

    def _due(self, now: datetime) -> Sequence[Change]:
        while not self._read or self._read[-1].at <= now:
            following = next(self._changes, None)
            if following is None:
                break
            self._read.append(following)
        return [each for each in self._read if each.at <= now]
