"""What is counted at the end of a simulation, from the voters' side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.events import RouteFell, RouteRecovered

from .elector import Elector
from .neighbours import SimulatedRelay, SimulatedRoute
from .portal import KEYRING, Portal

_NEWEST = """
SELECT recovery_request.voter, delivery.state FROM delivery
JOIN recovery_request ON recovery_request.id = delivery.subject
WHERE delivery.kind = 'password' ORDER BY recovery_request.confirmed_at
"""


@dataclass(frozen=True)
class Opening:
    """The moment when the vote opens: who had asked, and of those whose SMS works."""

    asked: int
    able: int


@dataclass(frozen=True)
class Outcome:
    """Voters and SMS of one run. `able`: has voted, or goes by an SMS that works, and did not give
    up. `stale`: neither, and the SMS that the voter goes by does not work; of those,
    `newest_missing` are still owed a newer password, `out_of_order` hold the newest beneath an
    older one that came later. `unexplained`: holds the newest, and it does not work: a defect of
    the product. `holds_any`: has some SMS."""

    voters: int
    opening: Opening
    able: int
    gave_up: int
    stale: int
    newest_missing: int
    out_of_order: int
    unexplained: int
    holds_any: int
    confirmed: int
    waits: Sequence[timedelta]
    taken: Mapping[str, int]
    arrived: int
    duplicates: int
    cost: int
    unreached: int
    """Confirmed, and without a password that works."""
    thought_unreached: int
    """Whose newest SMS the portal does not count as delivered."""
    wrongly_thought_reached: int
    asks: int
    links: int
    falls: int
    recoveries: int
    dead: int

    @property
    def sent(self) -> int:
        return sum(self.taken.values())

    def wait(self, share: float) -> timedelta | None:
        """How long this share of those who got a password waited at most, from their first
        request to the first SMS that worked."""
        ordered = sorted(self.waits)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None


def at_opening(electors: Sequence[Elector]) -> Opening:
    asked = [each for each in electors if each.asked_at is not None]
    able = [each for each in asked if each.has_working_password() and not each.gave_up]
    return Opening(len(asked), len(able))


def counted(
    electors: Sequence[Elector],
    opening: Opening,
    portal: Portal,
    relay: SimulatedRelay,
    routes: Mapping[str, SimulatedRoute],
    dead: int,
) -> Outcome:
    """All of it, once the vote has closed."""
    events = Counter(type(each) for each in portal.events.kept)
    stale = [each for each in electors if each.hand and not each.is_able and not _works(each)]
    overtaken = [each for each in stale if not each.is_owed_a_newer]
    deceived = [each for each in electors if _newest_fails(each)]
    reached = _thought_reached(portal)
    confirmed = [each for each in electors if each.confirmed_at]
    unreached = [each for each in confirmed if not each.voted and not _works(each)]
    thought = [each for each in confirmed if _pseudonym(each) not in reached]
    return Outcome(
        voters=len(electors),
        opening=opening,
        able=sum(each.is_able for each in electors),
        gave_up=sum(each.gave_up for each in electors),
        stale=len(stale),
        newest_missing=len(stale) - len(overtaken),
        out_of_order=len(overtaken),
        unexplained=len(deceived),
        holds_any=sum(bool(each.hand) and not each.gave_up for each in electors),
        confirmed=len(confirmed),
        waits=[x.working_at - x.asked_at for x in electors if x.working_at and x.asked_at],
        taken={name: len(each.taken) for name, each in routes.items()},
        arrived=sum(len(each.hand) for each in electors),
        duplicates=sum(len(x.hand) - len({y.password for y in x.hand}) for x in electors),
        cost=sum(each.cost for each in routes.values()),
        unreached=len(unreached),
        thought_unreached=len(thought),
        wrongly_thought_reached=sum(_pseudonym(each) in reached for each in unreached),
        asks=sum(each.asks for each in electors),
        links=relay.sent_links,
        falls=events[RouteFell],
        recoveries=events[RouteRecovered],
        dead=dead,
    )


def _works(elector: Elector) -> bool:
    return elector.has_working_password()


def _newest_fails(elector: Elector) -> bool:
    """Whether nothing newer was issued than what is in hand, and some SMS of that issue fails."""
    newest = elector.newest_in_hand
    if newest is None or elector.is_owed_a_newer:
        return False
    issue = [each for each in elector.hand if each.issued_at == newest.issued_at]
    return not all(elector.opens(each.password) for each in issue)


def _pseudonym(elector: Elector) -> str:
    return KEYRING.pseudonyms(elector.voter.numic.value)[0]


def _thought_reached(portal: Portal) -> set[str]:
    """Pseudonyms of the voters whose newest SMS was delivered, as far as the portal knows."""
    newest: dict[str, str] = {str(voter): str(state) for voter, state in portal.store.rows(_NEWEST)}
    return {voter for voter, state in newest.items() if state == "delivered"}


def received_by(electors: Sequence[Elector], moment: datetime) -> int:
    """How many SMS had arrived by then."""
    return sum(each.at <= moment for elector in electors for each in elector.hand)
