"""The requests that an operator looks for, and what a list tells of each (R45)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.reasons import Dismissal, Revocation
from core.recovery_request import State
from core.unreached import Cause


@dataclass(frozen=True)
class Wanted:
    """What is not given holds for every request. `since` is included, `until` is not: of the moment
    of the receipt. `country` is the one of the voter's number."""

    states: Collection[State] = ()
    reason: Dismissal | Revocation | None = None
    country: str | None = None
    constituency: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    partner: str | None = None


@dataclass(frozen=True, order=True)
class Place:
    """Where a request stands in the list: requests of one moment stand by their ids."""

    received_at: datetime
    id: str


@dataclass(frozen=True)
class Listed:
    """One request. Nothing in it tells the voter: `round_voter` is known in the round alone."""

    id: str
    received_at: datetime
    state: State
    reason: Dismissal | Revocation | None
    cause: Cause | None
    partner: str | None
    round_id: str | None
    round_voter: str | None
    confirmed_at: datetime | None
    changed_at: datetime | None
    constituency: str | None
    country: str | None

    @property
    def place(self) -> Place:
        return Place(self.received_at, self.id)
