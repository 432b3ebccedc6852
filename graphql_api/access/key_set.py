"""An issuer's public keys: fetched, kept for a while, asked for again when a token names another.

Whoever sends made-up key ids causes one fetch an interval, not one a token. While the issuer does
not answer, the keys that are known are used for a bounded time; then its tokens are refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from core.errors import DependencyFailure
from core.ports.clock import Clock

from .refusal import Reason, Refused

MOST_KEYS = 32
_KINDS = ("RSA", "EC", "OKP")
_log = structlog.stdlib.get_logger("reassort.access")


class KeysUnreachable(DependencyFailure):
    """The issuer's key set could not be fetched."""

    dependency = "issuer"


FetchKeys = Callable[[], Awaitable[bytes]]
"""The body at the issuer's `jwks_uri`. Raises `KeysUnreachable` within seconds."""


@dataclass(frozen=True)
class Freshness:
    """`fresh`: how long keys are used without asking. `interval`: at least so long between two
    fetches, whatever comes. `stale`: how long they are used while the issuer does not answer."""

    fresh: timedelta = timedelta(minutes=5)
    interval: timedelta = timedelta(seconds=10)
    stale: timedelta = timedelta(hours=1)


class KeySet:
    """The keys of one issuer, by their ids."""

    def __init__(
        self,
        issuer: str,
        algorithms: tuple[str, ...],
        fetch: FetchKeys,
        clock: Clock,
        freshness: Freshness | None = None,
    ) -> None:
        self._issuer, self._algorithms = issuer, algorithms
        self._fetch, self._clock = fetch, clock
        self._freshness = freshness or Freshness()
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def key(self, key_id: str) -> PyJWK:
        """Raises `Refused`: there is no such key, or none is known any longer."""
        if not self._is_younger(self._fetched_at, self._freshness.fresh) or (
            key_id not in self._keys
        ):
            await self._refresh()
        if not self._is_younger(self._fetched_at, self._freshness.stale):
            raise Refused(Reason.KEYS_UNAVAILABLE)
        found = self._keys.get(key_id)
        if found is None:
            raise Refused(Reason.UNKNOWN_KEY_ID)
        return found

    async def _refresh(self) -> None:
        """One at a time: anyone who waited finds what the first one brought."""
        async with self._turn:
            if self._is_younger(self._asked_at, self._freshness.interval):
                return
            self._asked_at = self._clock.now()
            try:
                self._keys = _read(await self._fetch(), self._algorithms)
                self._fetched_at = self._clock.now()
            except KeysUnreachable as failure:
                _log.warning("key_set_unreachable", issuer=self._issuer, reason=str(failure))

    def _is_younger(self, moment: datetime | None, age: timedelta) -> bool:
        """Also false for a moment that is still to come: the clock was set back."""
        return moment is not None and timedelta(0) <= self._clock.now() - moment < age


def _read(body: bytes, algorithms: tuple[str, ...]) -> dict[str, PyJWK]:
    """The keys in a JWK set (RFC 7517) that can be used; others are passed over. Raises
    `KeysUnreachable` when it is none."""
    try:
        listed = orjson.loads(body)["keys"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise KeysUnreachable("the answer is no key set") from None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise KeysUnreachable("the answer is no key set")
    keys = [key for each in listed if (key := _key(each, algorithms)) is not None]
    return {str(key.key_id): key for key in keys}


def _key(listed: Any, algorithms: tuple[str, ...]) -> PyJWK | None:
    """Public, for signatures, with an id and an algorithm of ours; else None."""
    if not isinstance(listed, dict) or not isinstance(listed.get("kid"), str):
        return None
    if listed.get("kty") not in _KINDS or listed.get("use", "sig") != "sig":
        return None
    try:
        key = PyJWK.from_dict(listed)
    except (PyJWTError, ValueError, TypeError, AttributeError):
        return None
    return key if key.algorithm_name in algorithms else None
