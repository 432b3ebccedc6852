"""The calendar: renewal opens and closes with the voting round (R12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
"""The calendar of an election is read in Paris (R12)."""


@dataclass(frozen=True)
class VotingRound:
    """One round of an election. Passwords and links belong to it and end with it.

    `opens_at` and `closes_at` are aware datetimes; the round is open from the first, included, to
    the second, excluded.
    """

    id: str
    opens_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a voting round needs an id")
        if "\n" in self.id:
            raise ValueError(f"voting round {self.id!r}: an id is one line")
        if self.opens_at.tzinfo is None or self.closes_at.tzinfo is None:
            raise ValueError(f"voting round {self.id}: dates need a time zone")
        if self.opens_at >= self.closes_at:
            raise ValueError(f"voting round {self.id}: it closes before it opens")

    def is_open(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True)
class Span:
    """From `since`, included, to `until`, excluded, just these rounds (their ids) are open."""

    since: datetime
    until: datetime
    rounds: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """The rounds known, in order, none overlapping another."""

    rounds: tuple[VotingRound, ...] = ()

    @classmethod
    def of(cls, rounds: Iterable[VotingRound]) -> Calendar:
        """Sorts the rounds; raises `ValueError` when two overlap or share an id."""
        ordered = tuple(sorted(rounds, key=lambda each: each.opens_at))
        for earlier, later in pairwise(ordered):
            if later.opens_at < earlier.closes_at:
                raise ValueError(f"voting rounds {earlier.id} and {later.id} overlap")
        if len({each.id for each in ordered}) != len(ordered):
            raise ValueError("two voting rounds share an id")
        return cls(ordered)

    def open_at(self, now: datetime) -> VotingRound | None:
        """The round that is open for renewals, or None."""
        return next((each for each in self.rounds if each.is_open(now)), None)

    def left_at(self, now: datetime) -> timedelta | None:
        """How long renewal stays open, or None when it is not."""
        voting_round = self.open_at(now)
        return voting_round.closes_at - now if voting_round else None

    def all_open_at(self, now: datetime) -> tuple[VotingRound, ...]:
        """Every round that is open for renewals: a request that is received now belongs to them."""
        return tuple(each for each in self.rounds if each.is_open(now))

    def named(self, round_id: str) -> VotingRound | None:
        """The round with this id, or None."""
        return next((each for each in self.rounds if each.id == round_id), None)

    def spans(self) -> tuple[Span, ...]:
        """The times in which rounds are open, cut wherever one opens or closes, in order."""
        bounds = sorted({at for each in self.rounds for at in (each.opens_at, each.closes_at)})
        spans = (Span(*each, self._ids_at(each[0])) for each in pairwise(bounds))
        return tuple(each for each in spans if each.rounds)

    def _ids_at(self, now: datetime) -> tuple[str, ...]:
        return tuple(each.id for each in self.all_open_at(now))

    def current_or_next(self, now: datetime) -> VotingRound | None:
        """The open round, else the next one to open, else None."""
        return next((each for each in self.rounds if now < each.closes_at), None)
