"""What happens to a call, by the name that the table of scenarios gives it.

A refusal by a proxy in front never reaches GraphQL: anyone who meets one leaves a note at the door,
and the door gives it out in place of the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from core.errors import (
    CredentialsUnavailable,
    DependencyFailure,
    KeyUnavailable,
    RegisterUnavailable,
    RenewalClosed,
    StoreUnavailable,
    TooManyRequests,
)
from core.ports.clock import Clock

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


async def _defect() -> NoReturn:
    raise RuntimeError("sandbox: a defect, on purpose")


def _out_of_order(kind: type[DependencyFailure]) -> Setback:
    async def fail() -> NoReturn:
        raise kind("sandbox: out of order")

    return fail


def down_for(span: timedelta, clock: Clock) -> Setback:
    """The register does not answer for so long, from the first time that it is asked."""
    first = list[datetime]()

    async def fail() -> None:
        now = clock.now()
        if not first:
            first.append(now)
        if now < first[0] + span:
            raise RegisterUnavailable("sandbox: out of order")

    return fail


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
    Trouble.UNAVAILABLE: _out_of_order(RegisterUnavailable),
    Trouble.DEFECT: _defect,
    Trouble.NO_WORKER: _out_of_order(StoreUnavailable),
    Trouble.NO_KEY: _out_of_order(KeyUnavailable),
    Trouble.NO_CREDENTIALS: _out_of_order(CredentialsUnavailable),
    Trouble.HTTP_429: _stopped(429),
    Trouble.HTTP_503: _stopped(503),
}
