"""Fixed moments at which a worker writes, so that nobody can tell by their own answers for whom.

SQLite has one writer: who asks meanwhile waits. A worker writes more for a voter than for a number
that is nobody's, and whoever asks in somebody's name and then for themselves again and again would
know by how long they wait (R24). So a worker that shares the file with a gateway takes it at the
beats of a clock alone, each time for as long; and for a while after a request has come at every
beat, whether there is something to write or not.
"""

from __future__ import annotations

import asyncio
import math

EVERY = 0.025
"""Seconds between two beats."""
HELD = 0.003
"""Seconds for which the file is held, and for which whoever has something to write may join: longer
than what is written for one request takes."""
FULL = 0.012
"""Seconds after which nobody joins: what many wrote in one beat would keep others waiting."""
LATELY = 5.0
"""Seconds in which a request is decided on and its e-mail handed over, unless a relay is slow."""
SHARE = 1 / 6
"""Of the time at most. On a slow disk there are fewer beats, by what commits take on average: the
single one tells nothing."""
_WEIGHT = 0.02
"""Of the latest commit in that average."""


class Beats:
    """Of one event loop."""

    def __init__(self) -> None:
        self._last = 0
        self._commit = 0.0
        """What one takes, on average, in seconds."""
        self._since = -math.inf

    def note_arrival(self) -> None:
        """A request has come, whoever it names."""
        self._since = asyncio.get_running_loop().time()

    @property
    def are_wanted(self) -> bool:
        """Whether a request has come lately."""
        return asyncio.get_running_loop().time() - self._since < LATELY

    async def next(self) -> None:
        """Returns at the next one, which is then taken."""
        loop = asyncio.get_running_loop()
        apart = max(1, math.ceil((HELD + self._commit) / SHARE / EVERY))
        now = math.floor(loop.time() / EVERY)
        self._last = max(now + 1, self._last + apart)
        await asyncio.sleep(self._last * EVERY - loop.time())

    @property
    def is_over(self) -> bool:
        """Whether the one that was taken is full."""
        return asyncio.get_running_loop().time() > self._last * EVERY + FULL

    async def hold(self) -> None:
        """Returns when the one that was taken may be committed."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._last * EVERY + HELD - loop.time())

    def committed(self, seconds: float) -> None:
        """So long it took."""
        self._commit += _WEIGHT * (seconds - self._commit)
