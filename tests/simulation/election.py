"""One simulated election, from the first request to the close of the vote."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Row
from adapters.trial import SetClock

from .electorate import settle
from .intruders import Company, Harm
from .model import HOUR, MINUTE, Profile
from .neighbours import SimulatedMailRoute, SimulatedRelay, SimulatedRoute
from .outcome import Opening, Outcome, at_opening, counted
from .portal import Portal
from .timeline import Action, Timeline

_REQUESTS = "SELECT number, state, reason, round_id FROM recovery_request"


class Election:
    """`run` it once; the same profile, voters and seed give the same outcome."""

    def __init__(self, profile: Profile, voters: int, seed: str = "2022") -> None:
        self.profile = profile
        self.clock = SetClock(profile.renewals_from)
        self.timeline = Timeline(self.clock)
        people = settle(profile, voters, self.timeline, seed)
        self.electors = people.electors
        chance = random.Random(f"{seed}:relay")
        self.relay = SimulatedRelay(people.by_email, self.timeline, chance)
        self.routes = {
            each.route.name: SimulatedRoute(
                each,
                profile.opens_at,
                people.by_phone,
                self.timeline,
                random.Random(f"{seed}:route:{each.route.name}"),
            )
            for each in profile.routes
        }
        self.relays = {
            each.name: SimulatedMailRoute(each, self.relay, profile.opens_at, self.timeline)
            for each in profile.relays
        }
        self.portal = Portal(profile, seed, self.clock, people.register, self.relays, self.routes)
        for elector in self.electors:
            elector.portal = self.portal
        for route in self.routes.values():
            route.take_receipt = self.portal.record_receipt
        self.company = Company(
            profile.intruders,
            self.electors,
            people.identifiers,
            self.portal,
            self.relay,
            self.timeline,
            random.Random(f"{seed}:intruders"),
        )
        self._opening = Opening(0, 0)
        self.every_hour: Action | None = None
        """Who looks on."""
        self.requests: Sequence[Row] = ()
        """Number, state, reason and round of each request, at the end."""

    @property
    def harm(self) -> Harm:
        """What intruders achieved."""
        return self.company.harm()

    def run_to_end(self) -> Outcome:
        return asyncio.run(self.run())

    async def run(self, until: datetime | None = None) -> Outcome:
        """To the close of the vote, or only until this moment."""
        until = until or self.profile.closes_at
        await self.portal.store.open()
        self.timeline.at(self.profile.opens_at, self._open)
        self.timeline.at(self.profile.renewals_from, self._tidy)
        self.timeline.at(self.profile.renewals_from, self._let_look)
        while (moment := self._next_moment()) is not None and moment < until:
            if moment == self.timeline.next_at():
                await self.timeline.take()()
            self.timeline.move_to(max(moment, self.clock.now()))
            await self._work()
        self.timeline.move_to(until)
        dead = len(await self.portal.jobs.list(1000))
        outcome = counted(self.electors, self._opening, self.portal, self.relay, self.routes, dead)
        self.requests = self.portal.store.rows(_REQUESTS)
        await self.portal.store.close()
        return outcome

    def _next_moment(self) -> datetime | None:
        """Of the next event or the next job, whichever comes first."""
        moments = (self.timeline.next_at(), self.portal.store.next_due())
        return min((each for each in moments if each is not None), default=None)

    async def _work(self) -> None:
        due = self.portal.store.next_due()
        if due is not None and due <= self.clock.now():
            await self.portal.worker.drain()

    async def _open(self) -> None:
        self._opening = at_opening(self.electors)

    async def _let_look(self) -> None:
        if self.every_hour is not None:
            await self.every_hour()
            self.timeline.after(HOUR, self._let_look)

    async def _tidy(self) -> None:
        await self.portal.tidy()
        self.timeline.after(MINUTE, self._tidy)


def simulate(profile: Profile, voters: int, seed: str = "2022") -> Outcome:
    """Run one election to its end."""
    return Election(profile, voters, seed).run_to_end()
