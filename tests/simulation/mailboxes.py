"""Elections in which mail servers swallow the links that one relay brings to a mailbox domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.events import MailRouteFell

from .election import Election
from .elector import Elector
from .model import DAY, HOUR, MINUTE, Demand, Outage, Profile, Relay
from .profiles import GOOD_DAY

DOMAIN = "aol.example.org"
"""Holds 12 % of the voters."""
MAILBOXES = {DOMAIN: 0.12, "example.org": 0.5, "example.net": 0.38}
ALL_THE_TIME = Outage(-30 * DAY, 30 * DAY)
ONE_DAY = Demand(days_before=1, at_the_end=0.6, end=8 * HOUR, during=0.0)
SWALLOWED = replace(
    GOOD_DAY,
    name="a relay swallows a domain",
    demand=ONE_DAY,
    lasts=6 * HOUR,
    mailboxes=MAILBOXES,
    relays=(Relay("first", {DOMAIN: ALL_THE_TIME}), Relay("second")),
)
"""From the first request on; all voters ask within the day before the vote opens."""
LATER = replace(
    SWALLOWED,
    name="the same from 4 hours before the opening",
    relays=(Relay("first", {DOMAIN: Outage(-4 * HOUR, 30 * DAY)}), Relay("second")),
)
NOTHING = replace(SWALLOWED, name="nothing is swallowed", relays=(Relay("first"), Relay("second")))
MAIL_RUNS: tuple[Profile, ...] = (SWALLOWED.with_one_relay(), SWALLOWED, LATER, NOTHING)


@dataclass(frozen=True)
class Mailed:
    """What voters saw of their links: of the domain, and of all others. Shares of 1, of those who
    asked."""

    voters: int
    asked: int
    within: Sequence[float]
    """The share whose first link was there within 20 minutes, an hour, and at all."""
    able: float
    others_within: float
    """Of the other domains, within 20 minutes."""
    links: float
    """Links sent to a voter of the domain."""
    others_links: float
    fell_after: timedelta | None
    """From the first request on, or None when no relay fell."""
    wrongly_fell: int
    """Falls where nothing was swallowed."""


def mailed(profile: Profile, voters: int, seed: str) -> Mailed:
    """Run one election and look at the mailboxes."""
    election = Election(profile, voters, seed)
    fell: list[tuple[timedelta, str]] = []
    record = election.portal.events.record

    def noticing(event: object) -> None:
        if isinstance(event, MailRouteFell):
            fell.append((election.clock.now() - profile.renewals_from, event.domain))
        record(event)  # pyright: ignore[reportArgumentType]

    election.portal.events.record = noticing
    election.run_to_end()
    asked = [each for each in election.electors if each.asked_at is not None]
    here = [each for each in asked if _domain(each) == DOMAIN]
    others = [each for each in asked if _domain(each) != DOMAIN]
    swallows = bool(profile.relays[0].swallowed)
    right = [at for at, domain in fell if domain == DOMAIN and swallows]
    return Mailed(
        voters=voters,
        asked=len(here),
        within=[_within(here, limit) for limit in (20 * MINUTE, HOUR, 30 * DAY)],
        able=sum(each.is_able for each in here) / max(len(here), 1),
        others_within=_within(others, 20 * MINUTE),
        links=_links(election, here),
        others_links=_links(election, others),
        fell_after=min(right, default=None),
        wrongly_fell=len(fell) - len(right),
    )


def _domain(elector: Elector) -> str:
    assert elector.voter.email is not None
    return elector.voter.email.host


def _within(electors: Sequence[Elector], limit: timedelta) -> float:
    got = (
        each.mailed_at is not None
        and each.asked_at is not None
        and each.mailed_at - each.asked_at <= limit
        for each in electors
    )
    return sum(got) / max(len(electors), 1)


def _links(election: Election, electors: Sequence[Elector]) -> float:
    sent = sum(election.relay.links_to(each.voter) for each in electors)
    return sent / max(len(electors), 1)
