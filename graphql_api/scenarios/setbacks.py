"""What happens to a call, by the name that the table of scenarios gives it.

A refusal by a proxy in front never reaches GraphQL: anyone who meets one leaves a note at the door,
and the door gives it out in place of the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NoReturn

from core.errors import DependencyFailure, RegisterUnavailable, RenewalClosed, TooManyRequests

from .scenario import SLOW, WAIT, Trouble

Setback = Callable[[], Awaitable[None]]


class StoppedAtTheDoor(DependencyFailure):
    """The call goes no further; whatever it is answered is replaced."""

    dependency = "proxy"


@dataclass
class Door:
    """Where one HTTP request came in. `status`: what a proxy in front would have answered."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


DOOR: ContextVar[Door] = ContextVar("door")


async def _wait() -> None:
    await asyncio.sleep(SLOW)


async def _busy() -> NoReturn:
    raise TooManyRequests(WAIT)


async def _closed() -> NoReturn:
    raise RenewalClosed


async def _unavailable() -> NoReturn:
    raise RegisterUnavailable("sandbox: out of order")


async def _defect() -> NoReturn:
    raise RuntimeError("sandbox: a defect, on purpose")


def _stopped(status: int) -> Setback:
    async def stop() -> NoReturn:
        door = DOOR.get()
        door.status, door.headers = status, {"retry-after": str(WAIT)}
        raise StoppedAtTheDoor

    return stop


SETBACKS: Mapping[Trouble, Setback] = {
    Trouble.SLOW: _wait,
    Trouble.BUSY: _busy,
    Trouble.CLOSED: _closed,
    Trouble.UNAVAILABLE: _unavailable,
    Trouble.DEFECT: _defect,
    Trouble.HTTP_429: _stopped(429),
    Trouble.HTTP_503: _stopped(503),
}
