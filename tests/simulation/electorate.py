"""The voters of a profile: where they live, which operator they have, when they first ask."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.register.memory import MemoryRegister
from core.voter import EmailAddress, Identifier, Numic, PhoneNumber, Voter

from .elector import Elector
from .model import HOUR, Country, Profile
from .timeline import Timeline

BY_HOUR = (
    *(0.05 for _ in range(7)),  # from midnight
    *(0.3, 0.6),  # from 7
    *(1.0 for _ in range(13)),  # from 9
    *(0.6, 0.3),  # from 22
)
"""How likely it is that a voter asks at this hour of their day."""


@dataclass(frozen=True)
class Electorate:
    """The voters, once more by their address, and the register that knows them."""

    electors: tuple[Elector, ...]
    by_email: Mapping[str, Elector]
    by_phone: Mapping[str, Elector]
    identifiers: Mapping[Numic, Identifier]
    register: MemoryRegister


def settle(profile: Profile, voters: int, timeline: Timeline, seed: str) -> Electorate:
    """So many voters, each with a first request on the timeline and with a chance of their own: the
    same seed gives the same voters on whatever routes."""
    electors = tuple(_elector(number, profile, timeline, seed) for number in range(1, voters + 1))
    known = {each.voter.numic: each.voter for each in electors}
    identifiers = {numic: _identifier(numic) for numic in known}
    for each in electors:
        chance = random.Random(f"{seed}:first:{each.voter.numic.value}")
        timeline.at(first_request(profile, each.country, chance), each.ask)
    return Electorate(
        electors,
        {each.voter.email.value: each for each in electors if each.voter.email},
        {each.voter.phone.value: each for each in electors if each.voter.phone},
        identifiers,
        MemoryRegister(known, identifiers),
    )


def first_request(profile: Profile, country: Country, chance: random.Random) -> datetime:
    """When one voter first asks: see `Demand`."""
    demand, opening = profile.demand, profile.opens_at
    draw = chance.random()
    if draw < demand.at_the_end:
        begins, ends = opening - demand.end, opening
    elif draw < demand.at_the_end + demand.during:
        begins, ends = opening, profile.closes_at - HOUR
    else:
        begins, ends = profile.renewals_from, opening - demand.end
    while True:
        moment = begins + (ends - begins) * chance.random()
        if chance.random() < BY_HOUR[(moment + country.utc_offset).hour]:
            return moment


def _elector(number: int, profile: Profile, timeline: Timeline, seed: str) -> Elector:
    chance = random.Random(f"{seed}:voter:{number}")
    (country,) = chance.choices(list(profile.countries), list(profile.countries.values()))
    (operator,) = chance.choices(list(country.operators), list(country.operators.values()))
    numic = Numic(f"{number:08}")
    voter = Voter(
        numic,
        EmailAddress(f"voter{number}@{_mailbox(number, profile, seed)}"),
        PhoneNumber(f"{country.calling}{number:06}"),
        constituency=country.constituency,
    )
    return Elector(voter, _identifier(numic), country, operator, profile, timeline, chance)


def _mailbox(number: int, profile: Profile, seed: str) -> str:
    chance = random.Random(f"{seed}:mailbox:{number}")
    return chance.choices(list(profile.mailboxes), list(profile.mailboxes.values()))[0]


def _identifier(numic: Numic) -> Identifier:
    return Identifier.parse(f"K7WP{numic.value}")
