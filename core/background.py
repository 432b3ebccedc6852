"""Work that goes on beside everything else, until it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """One task at a time, from `begin` to `aclose`. `work` says itself what goes wrong in it."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Returns at once; does nothing while it goes on."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def aclose(self) -> None:
        """Cut it off where it is, and return once it has gone. May be repeated."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
