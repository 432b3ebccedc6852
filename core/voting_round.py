"""The calendar: renewal opens and closes with the voting round (R12).

Several rounds may be open at once, each for its electorate (R49). Until a request is decided nobody
knows whose it is: renewal is open while any round is. Then it belongs to the voter's round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from core.electorate import EVERYBODY, Electorate
from core.voter import Voter

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
    electorate: Electorate = EVERYBODY

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
        opens_at, closes_at = self._in_utc
        return opens_at <= now < closes_at

    @cached_property
    def _in_utc(self) -> tuple[datetime, datetime]:
        """Moments of one time zone are compared without asking it for its offset."""
        return self.opens_at.astimezone(UTC), self.closes_at.astimezone(UTC)

    def overlaps(self, other: VotingRound) -> bool:
        """Whether both are open at some moment."""
        return self.opens_at < other.closes_at and other.opens_at < self.closes_at

    def contends_with(self, other: VotingRound) -> bool:
        """Whether some voter could be in both at once, without either being the narrower one."""
        one, another = self.electorate, other.electorate
        is_clear = one.is_apart_from(another) or one.is_narrower_than(another)
        return self.overlaps(other) and not is_clear and not another.is_narrower_than(one)


@dataclass(frozen=True)
class Span:
    """From `since`, included, to `until`, excluded, just these rounds (their ids) are open."""

    since: datetime
    until: datetime
    rounds: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """The rounds known, in order. Of a voter's at most one decides at any time."""

    rounds: tuple[VotingRound, ...] = ()

    @classmethod
    def of(cls, rounds: Iterable[VotingRound]) -> Calendar:
        """Sorts the rounds; raises `ValueError` when two share an id, or overlap and it would be
        left open which one a voter's is."""
        ordered = tuple(sorted(rounds, key=lambda each: (each.opens_at, each.id)))
        for earlier, later in combinations(ordered, 2):
            if earlier.contends_with(later):
                raise ValueError(
                    f"voting rounds {earlier.id} and {later.id} overlap: let their electorates "
                    "have no voter in common, or one be a part of the other"
                )
        if len({each.id for each in ordered}) != len(ordered):
            raise ValueError("two voting rounds share an id")
        return cls(ordered)

    def is_open(self, now: datetime) -> bool:
        """Whether renewal is, for anyone."""
        return bool(self.all_open_at(now))

    def all_open_at(self, now: datetime) -> tuple[VotingRound, ...]:
        """Every round that is open for renewals: a request that is received now belongs to them."""
        return tuple(each for each in self.rounds if each.is_open(now))

    def watched_at(self, now: datetime) -> tuple[str, ...]:
        """The rounds, by id, whose voters are looked after: those that are open, else those that
        closed last; and those that were held at the same time and are over: their voters who have
        no password do not go out of sight while others vote (R48, R49)."""
        closed = [each for each in self.rounds if each.closes_at <= now]
        last = max((each.closes_at for each in closed), default=None)
        found = self.all_open_at(now) or [each for each in closed if each.closes_at == last]
        beside = [each for each in closed if any(map(each.overlaps, found))]
        return tuple(each.id for each in self.rounds if each in found or each in beside)

    def beside(self, voting_round: VotingRound) -> tuple[str, ...]:
        """The other rounds, by id, that are held at some moment of this one."""
        others = (each for each in self.rounds if each.id != voting_round.id)
        return tuple(each.id for each in others if each.overlaps(voting_round))

    def first_to_close(self, now: datetime) -> VotingRound | None:
        """Of the open rounds the one that closes first, or None."""
        return min(self.all_open_at(now), key=lambda each: each.closes_at, default=None)

    def left_at(self, now: datetime) -> timedelta | None:
        """How long renewal stays open for everyone who has a round, or None when it is not."""
        voting_round = self.first_to_close(now)
        return voting_round.closes_at - now if voting_round else None

    def round_of(self, voter: Voter, now: datetime) -> VotingRound | None:
        """The open round that is this voter's, or None: of several the one with the narrowest
        electorate."""
        found: VotingRound | None = None
        for each in self.all_open_at(now):
            narrower = found is None or each.electorate.is_narrower_than(found.electorate)
            if each.electorate.includes(voter) and narrower:
                found = each
        return found

    def open_named(self, round_id: str | None, now: datetime) -> VotingRound | None:
        """The round of a request that was decided, while it is open."""
        return next((each for each in self.all_open_at(now) if each.id == round_id), None)

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
        """The open round that closes first, else the next one to open, else None."""
        later = (each for each in self.rounds if now < each.opens_at)
        return self.first_to_close(now) or next(later, None)
