"""Demands that come together are taken in together: the part of `Intake` that every engine shares.

While the disk writes what some demands have stored, what arrives waits and shares the next commit:
under load a demand costs a part of one, alone it waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from adapters.store.sql import ValueRefused
from core.errors import StoreUnavailable

AT_ONCE = 64
"""Demands in one commit at most."""
SLOW = 0.005
"""Seconds after which a commit takes long: those who wait do not wait for it, if another may be on
its way. A disk that writes them one after the other has them all the sooner."""
PATIENCE = 1.0
"""Seconds after which nobody waits for a store once more that was just found out."""
PAUSE = 0.001
"""Seconds between two commits while demands wait, so that more of them share the next."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class _Demand(Generic[T]):
    """One that waits for its answer."""

    code_id: str
    given: T
    answer: asyncio.Future[bool]
    since: float
    """By the loop's clock."""


class Gathering(Generic[T]):
    """Those who wait, and who store them."""

    def __init__(
        self, store: Callable[[Sequence[T]], Awaitable[set[str]]], on_the_way: int = 1
    ) -> None:
        """`store` commits what was given with some demands, each with another security code and in
        the order of these, and returns the codes of those that were taken in. It may raise
        `StoreUnavailable`, and `ValueRefused` for the value of one of them. `on_the_way`: commits
        at once; another is begun only when it is full, or the one before is slow: each costs as
        much as many demands.
        """
        self._store = store
        self._most = on_the_way
        self._waiting: deque[_Demand[T]] = deque()
        self._on_the_way = 0
        self._begun = 0.0
        """When the last one was, by the loop's clock."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, code_id: str, given: T) -> bool:
        """Whether it was taken in; see `Intake`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(_Demand(code_id, given, answer, loop.time()))
        self._go_on()
        return await answer

    def _go_on(self) -> None:
        """With those who wait, now or once what is on its way is slow."""
        loop = asyncio.get_running_loop()
        if self._is_wanted(self._on_the_way):
            self._on_the_way += 1
            self._begun = loop.time()  # who comes in the same moment is of this one
            task = loop.create_task(self._take_in())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif self._waiting and self._on_the_way < self._most and self._timer is None:
            self._timer = loop.call_at(self._begun + SLOW, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._go_on()

    def _is_wanted(self, others: int) -> bool:
        """Whether to begin one more beside `others`."""
        if not self._waiting or others >= self._most:
            return False
        now = asyncio.get_running_loop().time()
        return not others or len(self._waiting) >= AT_ONCE or now >= self._begun + SLOW

    async def _take_in(self) -> None:
        try:
            while True:
                await self._answer(self._next())
                if self._waiting:
                    await asyncio.sleep(PAUSE)
                if not self._is_wanted(self._on_the_way - 1):
                    break
                self._begun = asyncio.get_running_loop().time()
        finally:
            self._on_the_way -= 1
        self._go_on()

    def _next(self) -> Sequence[_Demand[T]]:
        """Those who came first, each code once, without those who have left meanwhile."""
        chosen: dict[str, _Demand[T]] = {}
        later: list[_Demand[T]] = []
        while self._waiting and len(chosen) < AT_ONCE:
            demand = self._waiting.popleft()
            if demand.code_id in chosen:
                later.append(demand)
            elif not demand.answer.done():
                chosen[demand.code_id] = demand
        self._waiting.extendleft(reversed(later))
        return [chosen[code_id] for code_id in sorted(chosen)]

    async def _answer(self, demands: Sequence[_Demand[T]]) -> None:
        """Nobody is left without an answer, and nobody pays for another's value."""
        failure: Exception = StoreUnavailable("the store was closed")
        accepted: set[str] | None = None
        try:
            accepted = await self._store([each.given for each in demands]) if demands else set()
        except ValueRefused as refused:
            failure = refused
            if len(demands) > 1:
                for demand in demands:
                    await self._answer([demand])
        except StoreUnavailable as unavailable:
            failure = unavailable
            demands = [*demands, *self._who_waited_meanwhile()]
        except Exception as fault:  # those who wait are not to hang by it
            failure = StoreUnavailable(type(fault).__name__)
        finally:
            for demand in demands:
                if not demand.answer.done() and accepted is None:
                    demand.answer.set_exception(StoreUnavailable(str(failure)))
                elif not demand.answer.done():
                    demand.answer.set_result(demand.code_id in (accepted or ()))

    def _who_waited_meanwhile(self) -> Iterator[_Demand[T]]:
        """For as long as the store was tried: as if each had asked it."""
        before = asyncio.get_running_loop().time() - PATIENCE
        while self._waiting and self._waiting[0].since <= before:
            yield self._waiting.popleft()
