"""For operators: which voters of a round are unreached, by what they are known in it (R45, R48)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.ports.clock import Clock
from core.ports.reading_units import UnreachedUnit
from core.ports.unit_of_work import Begin
from core.request_listing import Place
from core.unreached import Cause
from core.unreached_voters import UnreachedVoter, UnreachedWanted
from core.voting_round import Calendar

LONGEST_PAGE = 100
"""Voters in one answer."""


@dataclass(frozen=True)
class UnreachedPage:
    """A part of the list."""

    voters: Sequence[UnreachedVoter]
    has_more: bool


@dataclass(frozen=True)
class LookAtUnreached:
    """Reads only. The same voters as `ReportDeliveries` counts, of one round."""

    read: Begin[UnreachedUnit]
    calendar: Calendar
    clock: Clock

    async def __call__(
        self,
        round_id: str,
        patience: timedelta,
        cause: Cause | None = None,
        limit: int = LONGEST_PAGE,
        after: Place | None = None,
    ) -> UnreachedPage:
        """So many, or `LONGEST_PAGE`; those who have waited longest first. Raises
        `StoreUnavailable`."""
        wanted = self.wanted(round_id, patience, cause)
        limit = min(limit, LONGEST_PAGE)
        async with self.read() as unit:
            found = await unit.unreached_voters.longest(wanted, limit + 1, after)
        return UnreachedPage(found[:limit], len(found) > limit)

    def wanted(
        self, round_id: str, patience: timedelta, cause: Cause | None = None
    ) -> UnreachedWanted:
        """As of now."""
        now = self.clock.now()
        watched = self.calendar.watched_at(now)
        beside = watched if round_id in watched else (round_id,)
        return UnreachedWanted(round_id, now, patience, beside, cause)
