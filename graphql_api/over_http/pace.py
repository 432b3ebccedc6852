"""How fast requests are worked off, hence who begins when, and how many may wait.

What was begun goes first: a turn of the event loop begins four requests. While their neighbours are
slow the loop turns quickly, and there are as many under way as are allowed; while they wait for the
processor there are few, each of them swift, instead of many that are all slow. Those who come
meanwhile wait in their order. Once a queue has stood for a moment there are to be no more than a
number that is worked off in a moment: what is accepted waits for as long as it takes to work off
those (Little's law). One that comes then is refused as soon as its head is read, before anything is
done for it. A server that gives no occasion for that refuses the one that has waited longest in its
stead. A burst that is worked off within that moment is waited for, and so is a neighbour that
stands still: then nothing tells how long it will be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

A_TURN = 4
"""Requests that a turn of the loop begins. Those of a turn share more, such as a statement: a tenth
more are worked off than with one. With eight those who are served wait for twice as long."""
INSIDE = 64
"""So many, under way or waiting, are no overload."""
BURST = 128
"""So many wait for a moment, or for a neighbour that stands still: each keeps a connection, and all
of them are to be worked off afterwards."""
STANDING_SECONDS = 0.1
"""A queue that is older is no burst. As long as in Maurer, "Fail at Scale" (ACM Queue 13, 8, 2015),
where the time since a queue was empty tells the two apart."""


class Pace:
    """Of the requests of one event loop. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._under_way = 0
        self._standing_since = self._last_end = clock()
        self._this_turn = 0
        self._then: Callable[[], None] | None = None

    def has_room(self, then: Callable[[], None] | None = None) -> bool:
        """Whether this turn of the loop may begin one more; if not, the next turn begins with
        `then`."""
        if self._this_turn < A_TURN:
            return True
        self._then = then or self._then
        return False

    def begin(self) -> None:
        """One is begun."""
        self._under_way += 1
        if not self._this_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._this_turn += 1

    def _next_turn(self) -> None:
        self._this_turn = 0
        then, self._then = self._then, None
        if then is not None:
            then()

    def end(self) -> None:
        """One was worked off. What a neighbour that stood still has left waiting gets as long again
        to be worked off."""
        self._under_way -= 1
        now = self._clock()
        stood, self._last_end = now - self._last_end, now
        if stood > STANDING_SECONDS:
            self._standing_since = now + stood

    def stand(self) -> None:
        """Somebody waits, behind nobody."""
        self._standing_since = self._last_end = self._clock()

    def are_too_many(self, waiting: int) -> bool:
        """Whether so many cannot wait: with those under way there are more than `INSIDE`, and not
        for a moment only."""
        if not waiting or self._under_way + waiting <= INSIDE:
            return False
        if waiting > BURST:
            return True
        now = self._clock()
        is_burst = now - self._standing_since <= STANDING_SECONDS
        stands_still = now - self._last_end >= STANDING_SECONDS
        return not (is_burst or stands_still)
