"""How many requests are worked on at once. The others wait for their turn, and not for long.

A place in the queue ends when the caller hangs up, or when the request has waited too long, or
longest of too many (`pace`): then the answer is 503 with the seconds to wait, and nothing was
consumed. A server of ours asks before it makes a request of what has come (`turns_away`). What has
been begun is finished. So a deployment that is behind works for callers who still wait, instead of
catching up with those who have left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from starlette.types import Receive, Scope, Send

from .arrival import CallerLeft
from .pace import Pace
from .refusal import busy, refused

HAS_LEFT = "reassort.has_left"
"""In a scope, from a server that knows: a function that tells whether the caller has hung up."""
HELD_BACK = 0.1
"""Seconds before a refusal is told. Some callers ask again at once: they would be refused thousands
of times a second, work that is lost for those who are served."""
MOST_HELD_BACK = 256
"""Refusals at once: each keeps a connection, which others need where more come than that. Of 256
callers who ask again at once it keeps enough for the others to be served as fast as can be."""


class _End(Enum):
    """How a wait ends."""

    TURN = auto()
    LEFT = auto()
    LATE = auto()


@dataclass(eq=False)
class _Waiting:
    """A request that waits."""

    end: asyncio.Future[_End]
    until: float
    """When it has waited for too long, by the loop's clock."""
    has_left: Callable[[], bool] | None
    """None where only what is received tells."""


class Queue:
    """Places for requests whose body was read."""

    def __init__(
        self,
        at_once: int,
        patience: float,
        shed: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`patience`: seconds. `shed` is told why a request is not worked on: `left` or `late`."""
        self._free = at_once
        self._patience = patience
        self._pace = Pace(clock)
        self._shed = shed
        self._waiting: dict[_Waiting, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._held_back = self._coming = 0

    def turns_away(self) -> bool:
        """Whether there is no place for a request whose head has just come: it is refused before
        anything is done for it. To be asked once for each."""
        if not self._coming and not self._waiting:
            self._pace.stand()
        if self._pace.are_too_many(len(self._waiting) + self._coming + 1):
            self._shed("late")
            return True
        if not self._coming:
            asyncio.get_running_loop().call_soon(self._have_come)
        self._coming += 1
        return False

    def _have_come(self) -> None:
        """Those of this turn of the loop: from now on they wait, or are worked on."""
        self._coming = 0

    async def enter(self, scope: Scope, receive: Receive) -> None:
        """Take a place, which is to be given back by `leave`. Raises `Refusal` when it took too
        long, and `CallerLeft`."""
        has_left = scope.get(HAS_LEFT)
        if self._free and not self._waiting and self._pace.has_room():
            self._begin()
        else:
            end = await self._wait(has_left, receive)
            if end is _End.LATE:
                self._shed("late")
                told = asyncio.Event()
                self.hold_back(told.set)
                await told.wait()
                raise busy()
            if end is _End.LEFT:
                self._shed("left")
                if has_left is not None:
                    await receive()  # uvicorn expects an answer until it knows that, too
                raise CallerLeft
        if has_left is not None:
            await self._look(has_left, receive)

    def hold_back(self, tell: Callable[[], None]) -> None:
        """Call `tell`, which tells a refusal: in a moment, or at once where too many are held."""
        if self._held_back >= MOST_HELD_BACK:
            tell()
            return
        self._held_back += 1
        asyncio.get_running_loop().call_later(HELD_BACK, self._let_go, tell)

    def _let_go(self, tell: Callable[[], None]) -> None:
        self._held_back -= 1
        tell()

    async def _look(self, has_left: Callable[[], bool], receive: Receive) -> None:
        """Whether the caller still waits."""
        try:
            await asyncio.sleep(0)  # the loop reads sockets, and learns who has hung up
            if has_left():
                self._shed("left")
                await receive()  # as above
                raise CallerLeft
        except BaseException:
            self.leave()
            raise

    async def _wait(self, has_left: Callable[[], bool] | None, receive: Receive) -> _End:
        """How it ended. A wait is short as a rule, so that it costs little: nothing of its own runs
        meanwhile where the server tells who has left."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(loop.create_future(), loop.time() + self._patience, has_left)
        self._line_up(waiting)
        leaving = None if has_left else loop.create_task(_until_left(receive))
        if leaving is not None:
            leaving.add_done_callback(lambda _: _settle(waiting.end, _End.LEFT))
        try:
            return await waiting.end
        except asyncio.CancelledError:
            end = waiting.end
            if end.done() and not end.cancelled() and end.result() is _End.TURN:
                self.leave()
            raise
        finally:
            self._waiting.pop(waiting, None)
            if leaving is not None:
                leaving.cancel()

    def _line_up(self, waiting: _Waiting) -> None:
        """Behind the others; when they are too many, those who have waited longest go."""
        if not self._waiting:
            self._pace.stand()
        self._waiting[waiting] = None
        while self._pace.are_too_many(len(self._waiting)):
            _settle(self._longest().end, _End.LATE)
        self._go_on()
        if self._waiting and self._timer is None:
            self._time(next(iter(self._waiting)))

    def _time(self, longest: _Waiting) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(longest.until, self._end_those_who_are_late)

    def _end_those_who_are_late(self) -> None:
        """One timer for all: who came first is late first."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and (longest := next(iter(self._waiting))).until <= now:
            del self._waiting[longest]
            _settle(longest.end, _End.LATE)
        if self._waiting:
            self._time(next(iter(self._waiting)))

    def leave(self) -> None:
        """The place goes to the request that has waited longest, if there is one."""
        self._free += 1
        self._pace.end()
        self._go_on()

    def _begin(self) -> None:
        self._free -= 1
        self._pace.begin()

    def _go_on(self) -> None:
        """With those who have waited longest, as many as may begin now."""
        while self._waiting and self._free and self._pace.has_room(self._go_on):
            longest = self._longest()
            if longest.has_left is not None and longest.has_left():
                _settle(longest.end, _End.LEFT)
            elif not longest.end.done():
                self._begin()
                longest.end.set_result(_End.TURN)

    def _longest(self) -> _Waiting:
        """Who came first; it waits no more."""
        longest = next(iter(self._waiting))
        del self._waiting[longest]
        return longest


def _settle(end: asyncio.Future[_End], how: _End) -> None:
    if not end.done():
        end.set_result(how)


async def _until_left(receive: Receive) -> None:
    """For ever, where a host's middleware gives out the request again and again: that would keep
    the loop from everything else."""
    if (await receive())["type"] != "http.disconnect":
        await asyncio.get_running_loop().create_future()


async def full(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app for requests on connections beyond what a process takes."""
    await refused(busy(connection="close"), scope)(scope, receive, send)
