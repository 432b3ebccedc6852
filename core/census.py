"""The voters of a register counted by voting round: who is in two at once, who in none (R49)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from core.voting_round import Calendar, VotingRound

Places = Mapping[tuple[str | None, str | None], int]
"""How many voters there are of each constituency and post, as the register names them."""


@dataclass(frozen=True)
class Census:
    """Counts of voters, over the rounds that are open or to come."""

    voters: int
    by_round: Mapping[str, int]
    """By id, in the calendar's order: whom the round's electorate holds. A voter may be in two."""
    in_two: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """By the ids of two rounds that overlap: voters of both; the first decides."""
    in_none: int = 0
    without_constituency: int = 0
    """Voters for whom no round with constituencies is; 0 when there is no such round."""
    without_post: int = 0


def census(calendar: Calendar, places: Places, now: datetime) -> Census:
    """Counts every voter of the register, by `places`, against the rounds that are not over."""
    rounds = tuple(each for each in calendar.rounds if now < each.closes_at)
    counted = Counter[str]()
    in_two = Counter[tuple[str, str]]()
    in_none = 0
    for (constituency, post), voters in places.items():
        theirs = [each for each in rounds if each.electorate.includes_one_of(constituency, post)]
        counted.update({each.id: voters for each in theirs})
        in_none += 0 if theirs else voters
        for one, other in combinations(theirs, 2):
            if one.overlaps(other):
                in_two[_narrower_first(one, other)] += voters
    asks_constituency = any(each.electorate.constituencies for each in rounds)
    asks_post = any(each.electorate.posts for each in rounds)
    return Census(
        voters=sum(places.values()),
        by_round={each.id: counted[each.id] for each in rounds},
        in_two=dict(in_two),
        in_none=in_none,
        without_constituency=_lacking(places, 0) if asks_constituency else 0,
        without_post=_lacking(places, 1) if asks_post else 0,
    )


def _narrower_first(one: VotingRound, other: VotingRound) -> tuple[str, str]:
    if one.electorate.is_narrower_than(other.electorate):
        return one.id, other.id
    return other.id, one.id


def _lacking(places: Places, part: int) -> int:
    return sum(voters for place, voters in places.items() if place[part] is None)
