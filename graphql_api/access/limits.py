"""Limits at the edge, by client network and globally, counted for each GraphQL field (R26).

They depend on who calls and on nothing else, so what they answer tells nothing about a voter.

A window begins with a caller's first use and is fixed: one counter and one expiry a limit, so that
several processes count exactly and the seconds that a caller is told to wait are the true ones. A
sliding window would smooth what comes across two windows (twice the limit at worst), which a brake
need not, at the price of an estimate in place of a count.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import structlog
from limits import parse

from core.errors import DependencyFailure, TooManyRequests
from core.shares import share_of

from .client_network import networks_of
from .windows import Windows

READING = "document"
"""Under which name the reading of a document that was not seen before is counted: by network alone,
anyone who calls."""
CREDENTIALS = "credentials"
"""Under which name credentials that are not accepted are counted: by network alone."""
ALL_CALLERS = "everyone"
SILENCE = 60.0
"""Seconds between two complaints in the log that the shared counters are out."""
_log = structlog.stdlib.get_logger("reassort.limits")


class Limit(NamedTuple):
    """So many uses in so many seconds."""

    amount: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> Limit:
        """Of a text like `60/minute`; raises `ValueError` for another."""
        item = parse(text)
        return cls(item.amount, item.get_expiry())


class SharedCounters(Protocol):
    """Counters that several processes share."""

    async def hit(self, counters: Sequence[tuple[str, int, int]]) -> int:
        """Count one use in each, in this order, up to the first that is used up: its name, the uses
        that it allows, and the seconds of its window. Returns the milliseconds until the one that
        is used up begins again, 0 when none is. Raises `DependencyFailure` within a second."""
        ...

    async def check(self) -> None:
        """Raises `DependencyFailure` when nothing can be counted now."""
        ...

    async def aclose(self) -> None: ...


class EdgeLimits:
    """Counts in this process's memory, or in counters shared with others; while these are out, in
    memory again: a caller then gets at most one limit from each process, never more. Without limits
    it counts nothing."""

    def __init__(
        self,
        per_network: str | None = None,
        overall: str | None = None,
        tighter: Mapping[str, str] | None = None,
        shared: SharedCounters | None = None,
        pseudonym: Callable[[str], str] = str,
        partners: Mapping[str, str] | None = None,
        together: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        caller_share: float = 0.05,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Limits read like `60/minute`; raises `ValueError` when one does not. `tighter` ones hold
        for a single field, by client network. `pseudonym` is what a network is called in `shared`
        counters: an address is personal data and does not leave the process. `partners` have limits
        of their own, or none, in place of those by network: many voters come through one server.
        `together` ones hold for everyone's uses of a single field, `typed` ones for a field by what
        was typed into it, no matter who calls. `caller_share`: the part of a partner's limit, or of
        everyone's where it has none, that one voter's network behind it may use up."""
        self._caller_share = caller_share
        self._windows = Windows(tick=tick)
        self._limits = [
            (Limit.of(text), by_network)
            for text, by_network in ((per_network, True), (overall, False))
            if text
        ]
        self._tighter = {name: Limit.of(text) for name, text in (tighter or {}).items() if text}
        self._partners = {
            name: Limit.of(text) if text else None for name, text in (partners or {}).items()
        }
        self._together = {name: Limit.of(text) for name, text in (together or {}).items() if text}
        self._typed = {name: Limit.of(text) for name, text in (typed or {}).items() if text}
        self._shared, self._pseudonym = shared, pseudonym
        self._out, self._quiet_until = False, 0.0

    async def count(
        self, field: str, client: str, partner: str | None = None, voter: str | None = None
    ) -> None:
        """Raises `TooManyRequests` once `client`'s network, the `partner` that has authenticated,
        the network of the `voter` for whom it calls, or everyone, has used up a limit."""
        behind = networks_of(voter) if voter else ()
        await self._count(field, self._limits_of(field, networks_of(client), partner, behind))

    async def count_unpaid(self, field: str, client: str) -> None:
        """Raises `TooManyRequests` once `client`'s network has used up, by security codes that it
        has not paid for, a quarter of what networks have."""
        networks = [(f"unpaid {network}", times) for network, times in networks_of(client)]
        quarters = [quarter_of(limit) for limit, by_network in self._limits if by_network]
        await self._count(
            field, [each for limit in quarters for each in _by_network(limit, networks)]
        )

    async def count_typed(self, field: str, text: str) -> None:
        """Raises `TooManyRequests` once what was typed, in any spelling that counts as the same,
        has used up its limit, no matter who typed it."""
        if field in self._typed:
            await self._count(field, [(self._typed[field], f"typed {text}")])

    async def counters_are_shared(self) -> bool:
        """Whether uses are counted where they are meant to be: false while shared counters are out
        and each process counts for itself."""
        try:
            if self._shared is not None:
                await self._shared.check()
        except DependencyFailure:
            return False
        return True

    async def _count(self, field: str, limits: list[tuple[Limit, str]]) -> None:
        limits = list(dict.fromkeys(limits))  # what is limited twice alike is one counter
        if self._shared is None or not limits:
            self._count_here(field, limits)
        else:
            await self._count_together(self._shared, field, limits)

    async def aclose(self) -> None:
        if self._shared is not None:
            await self._shared.aclose()

    def _limits_of(
        self,
        field: str,
        networks: Sequence[tuple[str, int]],
        partner: str | None,
        behind: Sequence[tuple[str, int]],
    ) -> list[tuple[Limit, str]]:
        """In this order: what a tighter one refuses uses up nothing of everyone's."""
        tighter = self._tighter.get(field)
        limits = _by_network(tighter, networks) if tighter else []
        if field in (READING, CREDENTIALS):
            return limits
        if partner in self._partners:
            return [*self._limits_of_partner(partner, behind), *self._together_of(field)]
        for limit, by_network in self._limits:
            limits += _by_network(limit, networks) if by_network else [(limit, ALL_CALLERS)]
        return [*limits, *self._together_of(field)]

    def _together_of(self, field: str) -> list[tuple[Limit, str]]:
        return [(self._together[field], ALL_CALLERS)] if field in self._together else []

    def _limits_of_partner(
        self, partner: str, behind: Sequence[tuple[str, int]]
    ) -> list[tuple[Limit, str]]:
        """The shares of one voter come first: what they refuse uses up nothing of the partner's."""
        name = f"partner {partner}"
        own = [(limit, name) for limit in (self._partners[partner],) if limit]
        overall = [(limit, ALL_CALLERS) for limit, by_network in self._limits if not by_network]
        shares = [
            (self._share(limit, times), f"{name} {network}")
            for limit, _ in (own or overall)
            for network, times in behind
        ]
        return [*shares, *own, *overall]

    def _share(self, limit: Limit, times: int) -> Limit:
        return limit._replace(amount=share_of(limit.amount, self._caller_share, times))

    async def _count_together(
        self, shared: SharedCounters, field: str, limits: list[tuple[Limit, str]]
    ) -> None:
        try:
            wait = await shared.hit(
                [_counter(field, limit, self._pseudonym(key)) for limit, key in limits]
            )
        except DependencyFailure as failure:
            self._complain(failure)
            self._count_here(field, limits)
            return
        if self._out:
            self._out, self._quiet_until = False, 0.0
            _log.info("limits_shared_again")
        if wait > 0:
            raise TooManyRequests(math.ceil(wait / 1000))

    def _count_here(self, field: str, limits: list[tuple[Limit, str]]) -> None:
        for limit, key in limits:
            wait = self._windows.hit(*_counter(field, limit, key))
            if wait > 0:
                raise TooManyRequests(math.ceil(wait))

    def _complain(self, failure: DependencyFailure) -> None:
        self._out = True
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + SILENCE
            _log.warning("limits_counted_by_each_process", reason=str(failure))


def _counter(field: str, limit: Limit, key: str) -> tuple[str, int, int]:
    """Its name, the uses that it allows, and its seconds. Two limits of one key count apart."""
    amount, seconds = limit
    return f"{field}:{key}:{amount}:{seconds}", amount, seconds


def _by_network(limit: Limit, networks: Sequence[tuple[str, int]]) -> list[tuple[Limit, str]]:
    """The limit for each network that a caller is in; of wider ones, several times as much."""
    return [(Limit(limit.amount * times, limit.seconds), network) for network, times in networks]


def quarter_of(limit: Limit) -> Limit:
    """What who does not pay for security codes has of a limit: one use at least."""
    return Limit(max(1, limit.amount // 4), limit.seconds)
