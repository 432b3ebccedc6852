"""An election in which constituencies vote again, in rounds of their own: who votes, by round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .election import Election
from .elector import Elector
from .model import HOUR, Country
from .profiles import BRITAIN, GERMANY, STATES, TWO_ROUNDS

IN_TIME = 6 * HOUR
"""Before the round ends: who asks later may be too late, whatever the product does."""
PLACES = (GERMANY, BRITAIN, STATES)


@dataclass(frozen=True)
class Constituency:
    """What became of the voters of one. `days`: how long its vote lasts, None when it has none."""

    name: str
    days: int | None
    voters: int
    in_time: int
    """Who asked at least `IN_TIME` before the end."""
    able: int
    """Of those."""
    too_late: int
    """Passwords issued after the end of their voters' round."""
    astray: int
    """Requests that were decided in another round, or in any where none is held."""


def held(voters: int, seed: str) -> list[Constituency]:
    """Run the election to its end."""
    election = Election(TWO_ROUNDS, voters, seed)
    election.run_to_end()
    return [_of(election, country) for country in PLACES]


def _of(election: Election, country: Country) -> Constituency:
    electors = [each for each in election.electors if each.country is country]
    name, end = country.constituency or "", TWO_ROUNDS.closes_for(country)
    in_time = [each for each in electors if end and asked_before(each, end - IN_TIME)]
    numbers = {f"numic:{each.voter.numic.value}" for each in electors}
    rounds = [row[3] for row in election.requests if row[0] in numbers and row[3] is not None]
    lasts = TWO_ROUNDS.rounds.get(name)
    return Constituency(
        name=name,
        days=lasts.days if lasts else None,
        voters=len(electors),
        in_time=len(in_time),
        able=sum(each.is_able for each in in_time),
        too_late=sum(end is None or at >= end for each in electors for at in each.confirmed_at),
        astray=sum(end is None or round_id != f"2027-{name}" for round_id in rounds),
    )


def asked_before(elector: Elector, moment: datetime) -> bool:
    return elector.asked_at is not None and elector.asked_at < moment
