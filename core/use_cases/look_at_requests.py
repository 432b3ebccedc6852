"""For operators: what happened to a request, and which requests there are (R45). Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.ports.reading_units import OperationsUnit
from core.ports.unit_of_work import Begin
from core.request_listing import Listed, Place, Wanted
from core.timeline import Case, Entry, timeline

LONGEST_PAGE = 100
"""Requests in one answer."""


@dataclass(frozen=True)
class Looked:
    """A request, and what happened to it."""

    listed: Listed
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Page:
    """A part of the list."""

    requests: Sequence[Listed]
    has_more: bool


@dataclass(frozen=True)
class LookAtRequests:
    """Tells nothing that would name the voter, or could be used in the voter's stead."""

    read: Begin[OperationsUnit]

    async def one(self, request_id: str) -> Looked | None:
        """None when there is none of this id (any more). Raises `StoreUnavailable`."""
        async with self.read() as unit:
            return await look_at(unit, request_id)

    async def newest(self, wanted: Wanted, limit: int, after: Place | None = None) -> Page:
        """So many, or `LONGEST_PAGE`; the one that was received last first. Raises
        `StoreUnavailable`."""
        limit = min(limit, LONGEST_PAGE)
        async with self.read() as unit:
            found = await unit.listing.newest(wanted, limit + 1, after)
        return Page(found[:limit], len(found) > limit)


async def look_at(unit: OperationsUnit, request_id: str) -> Looked | None:
    """Within the caller's unit: all of the same moment."""
    request = await unit.requests.get(request_id)
    listed = await unit.listing.get(request_id)
    if request is None or listed is None:
        return None
    deliveries = await unit.deliveries.of(request_id)
    attempts = [
        each
        for delivery in deliveries
        for table in (unit.attempts, unit.mail_attempts)
        for each in await table.of(delivery.id)
    ]
    changes = await unit.changes.of(request_id)
    return Looked(listed, timeline(Case(request, deliveries, attempts, changes)))
