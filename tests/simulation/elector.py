"""One voter: asks, opens the mail, types, waits, loses patience, holds a telephone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from core.errors import LinkProblem, LinkRejected, RenewalClosed
from core.voter import Identifier, Voter

from .model import Country, Delay, Profile
from .portal import Portal
from .timeline import Action, Timeline, drawn

WRONG = Identifier.parse("WRWNGWRWNGWR")


@dataclass(frozen=True)
class Arrived:
    """One SMS in the voter's hand."""

    at: datetime
    route: str
    password: str
    issued_at: datetime


class Elector:
    """What the voter knows and does. All that is counted later is seen from the telephone."""

    def __init__(
        self,
        voter: Voter,
        identifier: Identifier,
        country: Country,
        operator: str,
        profile: Profile,
        timeline: Timeline,
        chance: random.Random,
    ) -> None:
        self.voter, self.country, self.operator = voter, country, operator
        self._identifier, self._profile, self._habits = identifier, profile, profile.habits
        self._timeline, self._chance = timeline, chance
        self.portal: Portal | None = None
        self.asks = 0
        self.asked_at: datetime | None = None
        self.working_at: datetime | None = None
        """When the first SMS arrived that worked at that moment."""
        self.confirmed_at: list[datetime] = []
        """When each of the voter's passwords was issued."""
        self.hand: list[Arrived] = []
        self.is_content, self.gave_up, self.voted = False, False, False
        self.mailed_at: datetime | None = None
        """When the first link was in the mailbox, once it had been asked for."""
        self._wait = 0
        self._unasked: str | None = None
        """Of the latest link that came before the voter asked for one."""

    async def ask(self) -> None:
        """Screen 2, and the wait for the e-mail begins."""
        if self._is_done():
            return
        self.asks += 1
        self.asked_at = self.asked_at or self._timeline.clock.now()
        try:
            await self.desk.ask(self.voter)
        except RenewalClosed:
            return
        self._begin_to_wait()
        if self.asks == 1 and self._unasked:
            self._later(self._habits.opens_mail, partial(self._confirm, self._unasked))

    async def mail(self, token: str) -> None:
        """The e-mail with the link is there; it is opened, and the form filled in, in a while. One
        that nobody asked for is left until the voter wants a password."""
        if not self.asks:
            self._unasked = token
            return
        self.mailed_at = self.mailed_at or self._timeline.clock.now()
        self._later(self._habits.opens_mail, partial(self._confirm, token))

    async def sms(self, route: str, password: str, issued_at: datetime) -> None:
        """An SMS is there: to vote with, now or once the vote has opened."""
        now = self._timeline.clock.now()
        self.hand.append(Arrived(now, route, password, issued_at))
        self.is_content = True
        if self.working_at is None and self.has_working_password():
            self.working_at = now
        if now >= self._profile.opens_at:
            self._later(self._habits.votes_after_sms, self._vote)
        elif len(self.hand) == 1:
            wait = drawn(self._habits.votes_after_opening, self._chance)
            self._timeline.at(self._profile.opens_at + wait, self._vote)

    def has_working_password(self) -> bool:
        """Whether the SMS that the voter goes by opens the portal now."""
        taken = self.taken
        return taken is not None and self.opens(taken.password)

    @property
    def is_able(self) -> bool:
        """Has voted, or can with what is in hand."""
        return self.voted or (self.has_working_password() and not self.gave_up)

    def opens(self, password: str) -> bool:
        return self.desk.credentials.verify(self.voter.numic, password)

    @property
    def taken(self) -> Arrived | None:
        """Of the SMS in hand the one that the voter takes for the good one: see `Habits`."""
        if self._habits.goes_by_issue:
            return self.newest_in_hand
        return self.hand[-1] if self.hand else None

    @property
    def newest_in_hand(self) -> Arrived | None:
        """The SMS that says that it was issued last."""
        return max(self.hand, key=lambda each: each.issued_at, default=None)

    @property
    def is_owed_a_newer(self) -> bool:
        """Whether a password was issued after all those in hand."""
        newest = self.newest_in_hand
        return newest is None or any(at > newest.issued_at for at in self.confirmed_at)

    @property
    def desk(self) -> Portal:
        assert self.portal is not None
        return self.portal

    def _is_done(self) -> bool:
        return self.is_content or self.gave_up or self.voted

    async def _confirm(self, token: str) -> None:
        if self._is_done():
            return
        is_wrong = self._chance.random() < self._habits.wrong_identifier
        try:
            await self.desk.confirm(token, WRONG if is_wrong else self._identifier)
        except LinkRejected as rejected:
            if rejected.problem is LinkProblem.IDENTIFIER_MISMATCH:
                self._later(self._habits.types, partial(self._confirm, token))
        except RenewalClosed:
            return
        else:
            self.confirmed_at.append(self._timeline.clock.now())
            self._begin_to_wait()

    def _begin_to_wait(self) -> None:
        """Whoever has asked before waits for longer."""
        self._wait += 1
        patience = drawn(self._habits.patience, self._chance)
        grown = patience * self._habits.growth ** (self.asks - 1)
        self._timeline.after(grown, partial(self._lose_patience, self._wait))

    async def _lose_patience(self, wait: int) -> None:
        if wait != self._wait or self._is_done():
            return
        if self._chance.random() < self._habits.give_up:
            self.gave_up = True
        else:
            await self._ask_anew()

    async def _ask_anew(self) -> None:
        if self.asks < self._habits.asks:
            await self.ask()

    async def _vote(self) -> None:
        """With the SMS that the voter goes by; whoever is turned away asks anew."""
        closes_at = self._profile.closes_for(self.country)
        is_over = closes_at is None or self._timeline.clock.now() >= closes_at
        if self.gave_up or self.voted or is_over:
            return
        if self.has_working_password():
            self.voted = True
        elif self.is_content:
            self.is_content = False
            await self._ask_anew()

    def _later(self, delay: Delay, action: Action) -> None:
        self._timeline.after(drawn(delay, self._chance), action)
