"""Looks at an election once an hour: what the portal says of voters unreached, and what is true."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.delivery_figures import Unreached, unreached
from core.recovery_request import State
from core.unreached import Cause
from core.unreached_voters import UnreachedVoter, UnreachedWanted

from .election import Election
from .model import SECOND

TICK = timedelta(microseconds=1)
_ROWS = """
SELECT number, state, cause, received_at, confirmed_at, voter FROM recovery_request
WHERE link_digest IS NOT NULL ORDER BY received_at
"""


@dataclass
class Onlooker:
    """`told` are the portal's figures, for a patience of nothing; `real` the voters who confirmed
    and do not hold the SMS of their last renewal; `recounted` what a look at every request says."""

    election: Election
    told: list[Unreached] = field(default_factory=list[Unreached])
    real: list[int] = field(default_factory=list[int])
    recounted: list[Counter[str]] = field(default_factory=list[Counter[str]])
    pseudonyms: set[str] = field(default_factory=set[str])

    listed: list[Counter[Cause]] = field(default_factory=list[Counter[Cause]])
    """The voters of the lists, by cause."""

    async def __call__(self) -> None:
        now = self.election.clock.now()
        rounds = [each.id for each in self.election.portal.calendar.rounds]
        async with self.election.portal.store.read() as unit:
            standings = await unit.figures.standings(rounds, now + TICK, now)
            listed = [await self._listed(unit, each, now) for each in rounds]
        self.told.append(unreached(standings))
        self.listed.append(Counter(each.cause for each in {x for part in listed for x in part}))
        self.real.append(sum(self._is_unreached(each, now) for each in self.election.electors))
        self.recounted.append(self._recount())

    async def _listed(self, unit, round_id: str, now: datetime) -> list[UnreachedVoter]:
        """In pages of seven."""
        rounds = tuple(each.id for each in self.election.portal.calendar.rounds)
        wanted = UnreachedWanted(round_id, now, -TICK, rounds)
        found: list[UnreachedVoter] = []
        while page := await unit.unreached_voters.longest(
            wanted, 7, found[-1].place if found else None
        ):
            found.extend(page)
        return found

    def _is_unreached(self, elector, now: datetime) -> bool:
        """As seen from the telephone; a receipt takes a second."""
        if not elector.confirmed_at:
            return False
        last = elector.confirmed_at[-1]
        return not any(x.issued_at == last and x.at + SECOND <= now for x in elector.hand)

    def _recount(self) -> Counter[str]:
        """Every request of every voter, the hard way."""
        renewals: dict[str, tuple[int, str, str | None]] = {}
        links: dict[str, tuple[str, str | None]] = {}
        for number, state, cause, _, confirmed_at, voter in self.election.portal.store.rows(_ROWS):
            self.pseudonyms.add(voter)
            links[number] = (state, cause)
            if confirmed_at is not None:
                earlier = renewals.get(number, (0, "", None))
                renewals[number] = max(earlier, (confirmed_at, state, cause), key=lambda x: x[0])
        counts: Counter[str] = Counter()
        for _, state, cause in renewals.values():
            counts[_place(State(state), cause)] += 1
        for state, cause in links.values():
            if (state, cause) == (State.EXPIRED, Cause.LINK_NOT_TAKEN):
                counts["links_not_taken"] += 1
        return +Counter({name: count for name, count in counts.items() if name != "reached"})


def _place(state: State, cause: str | None) -> str:
    if state is State.UNDELIVERED:
        return "lost"
    if state is State.DELIVERED:
        return "reached"
    not_expected = state is State.PASSWORD_SENT and cause == Cause.RECEIPT_NOT_EXPECTED
    return "receipts_not_expected" if not_expected else "waiting"
