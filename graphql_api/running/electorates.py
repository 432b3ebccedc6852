"""What doctor says of whose the voting rounds are, where the register can be listed (R49)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.census import Census, Places, census
from core.errors import DependencyFailure
from core.ports.register import CountsVoters
from core.voting_round import Calendar
from graphql_api.compose import Application

from .fitness import Finding, Grade

_NAMED = 10
"""So many names of the register are told."""


async def electorates(application: Application) -> list[Finding]:
    """Nothing while every round is for everybody."""
    calendar, now = application.settings.calendar, application.ports.clock.now()
    if all(each.electorate.is_everybody or each.closes_at <= now for each in calendar.rounds):
        return []
    register = application.ports.register
    if not isinstance(register, CountsVoters):
        text = "the register cannot be listed: whose the rounds are shows at each request only"
        return [Finding("electorates", Grade.WARNING, text)]
    try:
        places = await register.voters_by_place()
    except DependencyFailure as failure:
        return [Finding("electorates", Grade.BAD, str(failure))]
    return list(told(calendar, places, now))


def told(calendar: Calendar, places: Places, now: datetime) -> Iterator[Finding]:
    """Whose the rounds are, then what is to be looked at."""
    found = census(calendar, places, now)
    counts = ", ".join(f"{name}: {voters:,} voters" for name, voters in found.by_round.items())
    none = f"; in no round: {found.in_none:,}" if found.in_none else ""
    yield Finding("electorates", Grade.GOOD, counts + none)
    for name, voters in found.by_round.items():
        if not voters:
            text = (
                f"nobody in the register is of the round {name}: are its constituencies and posts "
                f"named as there? The register has {_names(places)}"
            )
            yield Finding("electorates", Grade.BAD, text)
    for (narrower, wider), voters in found.in_two.items():
        text = f"{voters:,} voters are in {narrower} and {wider} at once: {narrower} decides"
        yield Finding("electorates", Grade.WARNING, text)
    yield from _without(found)


def _without(found: Census) -> Iterator[Finding]:
    lacking = {"constituency": found.without_constituency, "post": found.without_post}
    for what, voters in lacking.items():
        if voters:
            text = (
                f"{voters:,} of {found.voters:,} voters have no {what}: rounds that are held for "
                "certain ones are closed for them"
            )
            yield Finding("electorates", Grade.WARNING, text)


def _names(places: Places) -> str:
    """The largest first."""
    largest = sorted(places.items(), key=lambda each: -each[1])
    names = dict.fromkeys(name for place, _ in largest for name in place if name is not None)
    shown, more = ", ".join(list(names)[:_NAMED]), len(names) - _NAMED
    return f"{shown}{f' and {more:,} more' * (more > 0)}" if names else "none"
