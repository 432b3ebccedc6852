"""The connections on whose callers a server waits: for a request, its body, or that they read.

They are what is dropped first when there are too many connections, the longest awaited before the
others; and each has a time after which it is dropped anyway. A connection whose request is being
worked on is not among them.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

LOOK_SECONDS = 0.25
"""Between two looks at what is overdue."""


class Awaited(Protocol):
    """One connection."""

    def overdue(self) -> None:
        """The time is over. Ends the connection, or waits once more for its end."""
        ...

    def drop(self) -> None:
        """There is no room. Ends the connection at once."""
        ...


class WaitingList:
    """Of one process. Costs two changes of a dictionary a request, and one timer for all."""

    def __init__(self) -> None:
        self._until: dict[Awaited, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._until)

    def wait(self, connection: Awaited, seconds: float) -> None:
        """Wait for its caller from now on, for so long."""
        self._until.pop(connection, None)
        loop = self._loop = self._loop or asyncio.get_running_loop()
        self._until[connection] = loop.time() + seconds
        if self._timer is None:
            self._timer = loop.call_later(LOOK_SECONDS, self._look)

    def remove(self, connection: Awaited) -> None:
        """Its caller is waited for no more."""
        self._until.pop(connection, None)

    def drop_longest(self, but: Awaited) -> bool:
        """Drop the connection that was waited for longest, another than `but`. Return whether
        there was one."""
        found = next((each for each in self._until if each is not but), None)
        if found is None:
            return False
        self.remove(found)
        found.drop()
        return True

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for each in [each for each, until in self._until.items() if until <= now]:
            self.remove(each)
            each.overdue()
        self._timer = None
        if self._until:
            self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)
