"""Connections of asyncpg's pool that stay at hand from one use to the next.

The pool makes a task whenever it is given one back, which costs as much as a statement.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg

from core.background import Background

USES = 1000
"""After so many, one goes back to the pool, which makes those anew that have served for long."""
KEPT = 60.0
"""Seconds that one is at hand when nobody uses it."""


class AtHand:
    """Those that were used last. What nobody asks for goes back to the pool, which closes it in the
    end."""

    def __init__(self, give_back: Callable[[Any], Awaitable[None]]) -> None:
        self._give_back = give_back
        self._kept: deque[tuple[Any, float]] = deque()  # and since when; the latest is the last
        self._sorting = Background(self._sort_out)
        self._uses = 0

    def __len__(self) -> int:
        return len(self._kept)

    def wants(self, connection: Any) -> bool:
        """Whether it is to be kept."""
        self._uses += 1
        return self._uses % USES > 0 and is_well(connection)

    def keep(self, connection: Any) -> None:
        """For the next one who asks."""
        self._kept.append((connection, asyncio.get_running_loop().time()))
        self._sorting.begin()

    def take(self) -> Any | None:
        """None when there is none. One that was lost the pool has already."""
        while self._kept:
            connection, _ = self._kept.pop()
            if is_well(connection):
                return connection
        return None

    async def aclose(self) -> None:
        """Give all of them back."""
        await self._sorting.aclose()
        while self._kept:
            await self._give_back(self._kept.pop()[0])

    async def _sort_out(self) -> None:
        while self._kept:
            await asyncio.sleep(KEPT)
            before = asyncio.get_running_loop().time() - KEPT
            while self._kept and self._kept[0][1] <= before:
                await self._give_back(self._kept.popleft()[0])


def is_well(connection: Any) -> bool:
    """False of one that is lost: the pool has it back, and the caller but a name."""
    with suppress(asyncpg.InterfaceError):
        return not connection.is_closed()
    return False
