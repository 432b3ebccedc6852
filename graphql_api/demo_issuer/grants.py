"""Codes and refresh tokens: each is good for one use, and not for long."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ports.clock import Clock
from core.ports.randomness import Randomness

from .roles import Role

MOST = 1000
"""That are kept; the oldest go first."""


@dataclass(frozen=True)
class Grant:
    """What whoever shows it gets. `challenge` and `redirect` are a code's; a refresh token has
    none."""

    role: Role
    nonce: str = ""
    challenge: str = ""
    redirect: str = ""


class Grants:
    """One kind of them, in memory."""

    def __init__(self, life: timedelta, clock: Clock, randomness: Randomness) -> None:
        self._life, self._clock, self._randomness = life, clock, randomness
        self._given: OrderedDict[str, tuple[Grant, datetime]] = OrderedDict()

    def give(self, grant: Grant) -> str:
        """What stands for it: 256 bits of chance."""
        text = self._randomness.token(32).hex()
        self._given[text] = grant, self._clock.now() + self._life
        if len(self._given) > MOST:
            self._given.popitem(last=False)
        return text

    def take(self, text: str) -> Grant | None:
        """None when it was never given, was taken before, or is too old."""
        grant, until = self._given.pop(text, (None, None))
        return grant if until is not None and self._clock.now() < until else None
