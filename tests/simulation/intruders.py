"""Who else is about during an election: relatives, guessers, strangers, a robot.

They come when renewals open, before any voter, and stay for the whole round. None of them holds a
voter's telephone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from core.errors import LinkProblem, LinkRejected, RenewalClosed, SecurityCodeRejected
from core.voter import EmailAddress, Identifier, Numic, Voter

from .elector import WRONG, Elector
from .model import DAY, SECOND, Intruders
from .neighbours import SimulatedRelay
from .portal import Portal
from .timeline import Action, Timeline

LOST = {LinkProblem.UNKNOWN, LinkProblem.EXPIRED, LinkProblem.REVOKED}


@dataclass(frozen=True)
class Harm:
    """What intruders achieved: the worst that befell one voter. A day is any 24 hours.

    `able`: victims who have voted, or hold a password that works; the guessers' victims are counted
    apart. `confirmed`: a relative's renewals within a day. `good_for`: of the passwords of each
    such day, how long the longest lived one was in force. `guesses`: wrong identifiers that a
    guesser tried within a day. `written`: e-mails of any kind to one voter within a day.
    `samples`: looks at the latest link in the mailbox, one after each request of a stranger;
    `without_link`: of those, how often it was neither usable nor used up by the voter. `opened`:
    how many of the robot's confirmations got anywhere.
    """

    victims: int
    able: int
    guessed: int
    guessed_able: int
    confirmed: int
    good_for: timedelta | None
    guesses: int
    written: int
    samples: int
    without_link: int
    tried: int
    opened: int


class Intruder(Protocol):
    """Somebody who acts again and again."""

    async def act(self) -> None: ...


class Relative:
    """Reads the voter's mailbox, where link and identifier are; confirms each link at once."""

    def __init__(self, elector: Elector, identifier: Identifier, timeline: Timeline) -> None:
        self.elector, self._identifier, self._timeline = elector, identifier, timeline
        self.confirmed: list[datetime] = []

    async def act(self) -> None:
        await self.elector.desk.ask(self.elector.voter)

    async def read(self, token: str) -> None:
        with suppress(LinkRejected, RenewalClosed):
            await self.elector.desk.confirm(token, self._identifier)
            now = self._timeline.clock.now()
            self.confirmed.append(now)
            self.elector.confirmed_at.append(now)


class Guesser(Relative):
    """Reads the mailbox, and does not find the identifier there."""

    def __init__(self, elector: Elector, timeline: Timeline, networks: int) -> None:
        super().__init__(elector, WRONG, timeline)
        self._networks = networks
        self.guesses: list[datetime] = []

    async def read(self, token: str) -> None:
        for number in range(self._networks):
            await self._guess(token, f"guesser {number}")

    async def _guess(self, token: str, network: str) -> None:
        problem = None
        while problem in (None, LinkProblem.IDENTIFIER_MISMATCH):
            try:
                await self.elector.desk.confirm(token, WRONG, network)
            except LinkRejected as rejected:
                problem = rejected.problem
            if problem is LinkProblem.IDENTIFIER_MISMATCH:
                self.guesses.append(self._timeline.clock.now())


class Stranger:
    """Knows the voter's number and e-mail address, and asks in the voter's name."""

    def __init__(self, elector: Elector, relay: SimulatedRelay) -> None:
        self.elector, self._relay = elector, relay
        self.samples = self.without_link = 0

    async def act(self) -> None:
        desk = self.elector.desk
        await desk.ask(self.elector.voter)
        await desk.worker.drain()
        newest = self._relay.newest_token(self.elector.voter)
        status = await desk.inspect_link(newest or "")
        self.samples += 1
        self.without_link += status.problem in LOST


class Robot:
    """Has no mailbox: answers codes wrongly in voters' names, asks for numbers that are nobody's
    and for voters at an address of its own, and guesses tokens and identifiers."""

    def __init__(self, desk: Portal, electors: Sequence[Elector], chance: random.Random) -> None:
        self._desk, self._electors, self._chance = desk, electors, chance
        self.acts = self.opened = 0

    async def act(self) -> None:
        victim = self._chance.choice(self._electors).voter
        nobody = Numic(f"{self._chance.randrange(90_000_000, 99_999_999)}")
        mine = EmailAddress("robot@example.com")
        self.acts += 1
        with suppress(SecurityCodeRejected):
            await self._desk.ask(victim, is_right=False)
        await self._desk.ask(Voter(nobody, victim.email, None))
        await self._desk.ask(Voter(victim.numic, mine, None))
        with suppress(LinkRejected):
            await self._desk.confirm(self._guessed_token(), WRONG)
            self.opened += 1

    def _guessed_token(self) -> str:
        return "".join(self._chance.choices("ABCDEFGHabcdefgh01234567-_", k=43))


class Company:
    """All intruders of one election."""

    def __init__(
        self,
        rule: Intruders,
        electors: Sequence[Elector],
        identifiers: Mapping[Numic, Identifier],
        portal: Portal,
        relay: SimulatedRelay,
        timeline: Timeline,
        chance: random.Random,
    ) -> None:
        self._timeline, self._relay = timeline, relay
        parts = (rule.relatives, rule.guessers, rule.strangers)
        drawn = iter(chance.sample(electors, sum(parts)))
        own, guessed, strange = ([next(drawn) for _ in range(part)] for part in parts)
        self.relatives = [Relative(x, identifiers[x.voter.numic], timeline) for x in own]
        self.guessers = [Guesser(each, timeline, rule.networks) for each in guessed]
        self.strangers = [Stranger(each, relay) for each in strange]
        self.robots = [Robot(portal, electors, chance)] if rule.robot else []
        for each in (*self.relatives, *self.guessers):
            relay.readers[each.elector.voter.email] = each.read
        for each in (*self.relatives, *self.guessers, *self.strangers, *self.robots):
            start = SECOND * chance.uniform(0, rule.every.total_seconds())
            timeline.after(start, self._again(each, rule.every))

    def harm(self) -> Harm:
        victims = [each.elector for each in (*self.relatives, *self.strangers)]
        guessed = [each.elector for each in self.guessers]
        written = [self._relay.written_to(each.voter) for each in (*victims, *guessed)]
        return Harm(
            victims=len(victims),
            able=sum(each.is_able for each in victims),
            guessed=len(guessed),
            guessed_able=sum(each.is_able for each in guessed),
            confirmed=max((_most(each.confirmed) for each in self.relatives), default=0),
            good_for=min(
                (_longest(each.confirmed, at) for each in self.relatives for at in each.confirmed),
                default=None,
            ),
            guesses=max((_most(each.guesses) for each in self.guessers), default=0),
            written=max(map(_most, written), default=0),
            samples=sum(each.samples for each in self.strangers),
            without_link=sum(each.without_link for each in self.strangers),
            tried=sum(each.acts for each in self.robots),
            opened=sum(each.opened for each in self.robots),
        )

    def _again(self, intruder: Intruder, every: timedelta) -> Action:
        async def act() -> None:
            with suppress(RenewalClosed):
                await intruder.act()
            self._timeline.after(every, act)

        return act


def _most(times: Sequence[datetime]) -> int:
    """The most of them within 24 hours."""
    return max((sum(at <= other < at + DAY for other in times) for at in times), default=0)


def _longest(times: Sequence[datetime], begun: datetime) -> timedelta:
    """Of the passwords in force within 24 hours from `begun`, the longest time that one was."""
    ends = begun + DAY
    renewed = [at for at in times if begun <= at < ends]
    return max(later - at for at, later in pairwise([*renewed, ends]))
