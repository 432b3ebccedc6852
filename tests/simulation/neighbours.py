"""The mail relay and the SMS routes: what they are handed comes to the voter later, or never."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from core.delivery import DeliveryState
from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, EmailMessage, MessageKind, PasswordSms
from core.receipts import Receipt
from core.voter import EmailAddress, Voter

from .elector import Elector
from .model import MINUTE, Channel, Relay, RouteModel
from .timeline import Timeline, drawn


class SimulatedRelay:
    """What becomes of e-mails, by whatever relay. Only the link matters to the simulation."""

    def __init__(
        self, electors: Mapping[str, Elector], timeline: Timeline, chance: random.Random
    ) -> None:
        self._electors, self._timeline, self._chance = electors, timeline, chance
        self.sent_links = 0
        self.readers: dict[EmailAddress | None, Callable[[str], Awaitable[None]]] = {}
        """Who else reads a mailbox, and is there first."""
        self._written: defaultdict[EmailAddress | None, list[datetime]] = defaultdict(list)
        self._links: Counter[EmailAddress | None] = Counter()
        self._tokens: dict[EmailAddress | None, str] = {}

    async def take(self, message: EmailMessage, is_swallowed: bool) -> None:
        """The mailbox has it in a while, or never."""
        self._written[message.to].append(self._timeline.clock.now())
        if message.kind is not MessageKind.LINK:
            return
        self.sent_links += 1
        self._links[message.to] += 1
        token = self._tokens[message.to] = str(message.facts["token"])
        elector = self._electors[message.to.value]
        if self._chance.random() >= elector.country.lost and not is_swallowed:
            wait = drawn(elector.country.email, self._chance)
            if message.to in self.readers:
                self._timeline.after(wait, partial(self.readers[message.to], token))
            self._timeline.after(wait, partial(elector.mail, token))

    def links_to(self, voter: Voter) -> int:
        """How many links were sent to the voter."""
        return self._links[voter.email]

    def newest_token(self, voter: Voter) -> str | None:
        """Of the last link that was sent to the voter, whether it has arrived or not."""
        return self._tokens.get(voter.email)

    def written_to(self, voter: Voter) -> Sequence[datetime]:
        """When e-mails went out to the voter, of any kind."""
        return self._written[voter.email]


class SimulatedMailRoute:
    """The port `Email`: one relay as the model says that it behaves."""

    def __init__(
        self, model: Relay, relay: SimulatedRelay, opens_at: datetime, timeline: Timeline
    ) -> None:
        self.model, self._relay = model, relay
        self._opens_at, self._timeline = opens_at, timeline
        self.taken = 0

    async def send(self, message: EmailMessage) -> Acceptance:
        self.taken += message.kind is MessageKind.LINK
        outage = self.model.swallowed.get(message.to.host)
        since_opening = self._timeline.clock.now() - self._opens_at
        await self._relay.take(message, outage is not None and outage.holds(since_opening))
        return Acceptance(self.model.name)


class SimulatedRoute:
    """The port `Sms`: one route as `RouteModel` says that it behaves."""

    def __init__(
        self,
        model: RouteModel,
        opens_at: datetime,
        electors: Mapping[str, Elector],
        timeline: Timeline,
        chance: random.Random,
    ) -> None:
        self.model, self._opens_at, self._electors = model, opens_at, electors
        self._timeline, self._chance = timeline, chance
        self.take_receipt: Callable[[Receipt], Awaitable[None]] | None = None
        self.taken: list[datetime] = []
        self.cost = 0
        self._lately: deque[datetime] = deque()

    async def send(self, message: PasswordSms) -> Acceptance:
        now = self._timeline.clock.now()
        elector = self._electors[message.to.value]
        channel = self.model.channel(elector.country.code, elector.operator)
        outage = next((x for x in self.model.outages if x.holds(now - self._opens_at)), None)
        if outage is not None and not outage.silent:
            raise MessageDeferred("does not answer")
        self._keep_pace(now)
        if self._happens(channel.refused):
            raise MessageRefused("sender not allowed")
        self.taken.append(now)
        self.cost += self.model.route.cost_to(elector.country.code)
        lies = self._happens(channel.lies)
        if lies:
            self._report(message, DeliveryState.DELIVERED, timedelta(seconds=5))
        if outage is None and self._happens(channel.delivered):
            self._arrives(message, elector, channel, told=not lies)
        elif self._happens(channel.loss_told) and not lies:
            wait = drawn(channel.loss_told_after, self._chance)
            self._report(message, DeliveryState.FAILED, wait)
        return Acceptance(self.model.route.name, message.id)

    def _keep_pace(self, now: datetime) -> None:
        while self._lately and now - self._lately[0] >= MINUTE:
            self._lately.popleft()
        if self.model.throttle is not None and len(self._lately) >= self.model.throttle:
            raise MessageDeferred("throttled")
        self._lately.append(now)

    def _arrives(
        self, message: PasswordSms, elector: Elector, channel: Channel, told: bool
    ) -> None:
        wait = drawn(channel.delay, self._chance)
        route, password = self.model.route.name, message.password.reveal()
        self._timeline.after(wait, partial(elector.sms, route, password, message.issued_at))
        if told and self._happens(channel.told):
            self._report(message, DeliveryState.DELIVERED, wait + timedelta(seconds=1))

    def _report(self, message: PasswordSms, state: DeliveryState, wait: timedelta) -> None:
        assert self.take_receipt is not None
        at = self._timeline.clock.now() + wait
        reason = None if state is DeliveryState.DELIVERED else "undeliverable"
        receipt = Receipt(self.model.route.name, state, at, message.id, reason=reason)
        self._timeline.at(at, partial(self.take_receipt, receipt))

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share
