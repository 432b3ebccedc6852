"""Hand an e-mail to a relay: choose the route, send, and say what became of the attempt (R51)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from core.circuit import Circuits
from core.delivery import Delivery, DeliveryState
from core.errors import MessageDeferred, MessageRefused
from core.link_shares import LinkShareRule
from core.mail_attempt import MailAttempt, edition
from core.mail_routes import MailRouteState, MailRouteTable, choose
from core.messages import Acceptance, EmailMessage, MessageKind
from core.ports.clock import Clock
from core.ports.email import Email
from core.ports.unit_of_work import Begin, EmailUnit
from core.route_health import Health
from core.routes import is_probe

ASKED_AGAIN_WITHIN = timedelta(hours=24)
"""Anyone who asks again within this time has not got the link: routes that carried it come last."""


@dataclass(frozen=True)
class Tried:
    """One handing-over. `attempt` is what it left, in the place of `was` if that is stored.

    `acceptance` when the relay took the e-mail; else `attempt` is refused or open. `following`: the
    route that is to try at once, if any is; None: the same tries later, or none is left."""

    attempt: MailAttempt
    was: MailAttempt | None
    acceptance: Acceptance | None = None
    following: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether no relay is left that might take it."""
        return self.attempt.state is DeliveryState.FAILED and self.following is None


@dataclass(frozen=True)
class DispatchEmail:
    """Sends by the order of the mailbox's domain. `relays` are the routes' adapters, by name."""

    read: Begin[EmailUnit]
    relays: Mapping[str, Email]
    table: MailRouteTable
    clock: Clock
    rule: LinkShareRule = field(default_factory=LinkShareRule)

    @cached_property
    def circuits(self) -> Circuits:
        """Of the relays: one that does not answer comes last for a while."""
        return Circuits(self.clock)

    async def __call__(
        self, message: EmailMessage, delivery: Delivery, made: Sequence[MailAttempt]
    ) -> Tried | None:
        """One handing-over by one route; `made` are the attempts before it. None when every route
        has had the e-mail, or refused it. Raises `StoreUnavailable`."""
        domain = message.to.host
        known = await self._known(delivery, domain)
        route = self._choose(domain, made, known, delivery)
        if route is None:
            return None
        now = self.clock.now()
        number = max((each.number for each in made), default=0) + 1
        was = next((each for each in made if each.is_open and each.route == route), None)
        begun = was or MailAttempt(delivery.id, number, route, domain, now, message.sending)
        outcome = await self._send(
            begun.again(message.sending), replace(message, edition=edition(made))
        )
        if isinstance(outcome, Acceptance):
            accepted = begun.again(message.sending).accepted(outcome.reference, self.clock.now())
            return Tried(accepted, was, self._named(outcome, route))
        others = [each for each in made if each.route != route]
        following = self._choose(domain, [*others, outcome], known, delivery)
        is_new = following is not None and following not in {each.route for each in made}
        goes_on = following if is_new or not outcome.is_open else None
        return Tried(outcome, was, None, None if goes_on == route else goes_on)

    def _named(self, acceptance: Acceptance, route: str) -> Acceptance:
        """A single relay's adapter says itself what it is called."""
        if len(self.table.names) == 1:
            return acceptance
        return replace(acceptance, route=route)

    async def _send(self, attempt: MailAttempt, message: EmailMessage) -> Acceptance | MailAttempt:
        """The relay's acceptance; else the attempt, refused or still open."""
        self.circuits.of(attempt.route).admitted()
        try:
            acceptance = await self.relays[attempt.route].send(message)
        except MessageDeferred as deferral:
            relay = self.circuits.of(attempt.route)
            (relay.succeeded if deferral.is_answer else relay.failed)()
            return attempt.deferred(str(deferral), self.clock.now())
        except MessageRefused as refusal:
            self.circuits.of(attempt.route).succeeded()
            return attempt.ended(DeliveryState.FAILED, refusal.reason, self.clock.now())
        self.circuits.of(attempt.route).succeeded()
        return acceptance

    async def _known(self, delivery: Delivery, domain: str) -> MailRouteState:
        """What the store knows of the routes: nothing is asked where there is no choice."""
        if len(self.table.towards(domain)) == 1:
            return MailRouteState()
        async with self.read() as unit:
            verdicts = await unit.mail_routes.verdicts()
            in_vain = await self._in_vain(unit, delivery)
        fallen = (
            each.route
            for each in verdicts
            if each.domain == domain and each.health is Health.FAILING
        )
        return MailRouteState(failing=frozenset(fallen), in_vain=in_vain)

    async def _in_vain(self, unit: EmailUnit, delivery: Delivery) -> frozenset[str]:
        if delivery.kind is not MessageKind.LINK:
            return frozenset()
        request = await unit.requests.get(delivery.subject)
        if request is None:
            return frozenset()
        since = self.clock.now() - ASKED_AGAIN_WITHIN
        known_as = request.known_as
        return frozenset(await unit.mail_attempts.routes_of(known_as, since, delivery.id))

    def _choose(
        self,
        domain: str,
        made: Sequence[MailAttempt],
        known: MailRouteState,
        delivery: Delivery,
    ) -> str | None:
        now: datetime = self.clock.now()
        state = replace(known, broken=self.circuits.broken())
        probes = delivery.kind is MessageKind.LINK and is_probe(delivery.id, self.rule.probe_one_in)
        return choose(self.table, domain, made, state, now, probes)
