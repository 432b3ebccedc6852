"""For operators: which voting rounds there are, and how they stand (R45, R47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, ReleasingUnit
from core.voting_round import Calendar, VotingRound


class RoundState(StrEnum):
    """Of one round of the calendar."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    RELEASED = "released"
    """Two persons have released it: what belongs to it is deleted, or will be."""


@dataclass(frozen=True)
class RoundStanding:
    """A round, and how it stands at one moment."""

    voting_round: VotingRound
    state: RoundState


@dataclass(frozen=True)
class ListRounds:
    """Reads the calendar and the releases, and no request."""

    read: Begin[ReleasingUnit]
    calendar: Calendar
    clock: Clock

    async def __call__(self) -> Sequence[RoundStanding]:
        """In the order of the calendar. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            releases = await unit.releases.releases()
        released = {
            each.round_id
            for each in releases
            if each.withdrawn_at is None and each.approved_at is not None
        }
        now = self.clock.now()
        return [
            RoundStanding(each, RoundState.RELEASED if each.id in released else _state(each, now))
            for each in self.calendar.rounds
        ]


def _state(voting_round: VotingRound, now: datetime) -> RoundState:
    if voting_round.is_open(now):
        return RoundState.OPEN
    return RoundState.UPCOMING if now < voting_round.opens_at else RoundState.CLOSED
