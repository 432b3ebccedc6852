"""Worker, screen 4: hand a queued e-mail to a relay and record what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.attempt import delivery_and_number
from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange, MessageDeferred
from core.events import EmailRerouted, LinkRevoked, MessageEnded
from core.mail_attempt import MailAttempt, attempts_of
from core.messages import EmailMessage, MessageKind
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, EmailUnit
from core.use_cases.compose_email import ComposeEmail
from core.use_cases.dispatch_email import DispatchEmail, Tried
from core.use_cases.end_link import end_link_of, note_arrival

LINK_USED = "link_used"
"""How it is known that an e-mail arrived."""
NO_ROUTE = "no mail route left"


@dataclass(frozen=True)
class DeliverEmail:
    """Sends one delivery, by one route a call. A crash after the relay took it sends it again under
    the same id."""

    begin: Begin[EmailUnit]
    read: Begin[EmailUnit]
    compose: ComposeEmail
    dispatch: DispatchEmail
    policy: RenewalPolicy
    clock: Clock
    events: Events

    async def __call__(self, delivery_id: str) -> datetime | None:
        """When to go on, by another route; None when there is nothing more to do. Raises
        `MessageDeferred`, `RegisterUnavailable`, `StoreUnavailable`: try again later."""
        async with self.read() as unit:
            delivery = await unit.deliveries.get(delivery_id)
            if delivery is None or not delivery.is_open:
                return None
            # an attempt is recorded with its number in the delivery: of a new one there is none
            stored = await unit.mail_attempts.of(delivery_id) if delivery.attempts else ()
        made = attempts_of(delivery, stored)
        message = await self._message(delivery)
        if message is None:
            await self._end(await self._unsaid(delivery, made), delivery)
            return None
        going = delivery.to(message.to.host)
        tried = await self.dispatch(message, going, made)
        if tried is None:
            await self._end(going.failed(_last_word(made) or NO_ROUTE, self.clock.now()), delivery)
            return None
        return await self._settle(tried, going, delivery)

    async def again(self, attempt_id: str) -> datetime | None:
        """The same for the delivery of an attempt that ended."""
        parsed = delivery_and_number(attempt_id)
        return await self(parsed[0]) if parsed else None

    async def _settle(self, tried: Tried, going: Delivery, was: Delivery) -> datetime | None:
        attempt, now = tried.attempt, self.clock.now()
        if tried.acceptance is not None:
            await self._end(going.accepted(tried.acceptance, now), was, tried)
            return None
        reason = attempt.reason or "not taken"
        if tried.is_over:
            await self._end(going.by(attempt.route, None).failed(reason, now), was, tried)
            return None
        await self._save(going.deferred(reason, now), was, tried)
        if tried.following is None:
            raise MessageDeferred(reason)
        self.events.record(EmailRerouted(was.subject, was.kind, attempt.route, reason))
        return now

    async def _message(self, delivery: Delivery) -> EmailMessage | None:
        """None when it is too late, or there is nothing left to say."""
        if self.clock.now() - delivery.queued_at > self.policy.message_deadline:
            return None
        try:
            return await self.compose(delivery)
        except ConcurrentChange:
            return None

    async def _unsaid(self, delivery: Delivery, made: Sequence[MailAttempt]) -> Delivery:
        """What becomes of an e-mail that is not sent (any more). A link that was used has arrived:
        its e-mail was taken before that could be recorded (R32). One that a relay has had ends as
        that relay's attempt did."""
        now = self.clock.now()
        if delivery.kind is MessageKind.LINK:
            async with self.read() as unit:
                request = await unit.requests.get(delivery.subject)
            if request is not None and request.confirmed_at is not None:
                return delivery.ended(DeliveryState.DELIVERED, now, LINK_USED)
        if any(each.state is DeliveryState.FAILED and each.had_it for each in made):
            return delivery.ended(DeliveryState.FAILED, now, _last_word(made))
        return delivery.expired(now)

    async def _end(self, ended: Delivery, was: Delivery, tried: Tried | None = None) -> None:
        told = await self._save(ended, was, tried)
        self.events.record(MessageEnded(ended.subject, ended.kind, ended.state, ended.reason))
        for event in told:
            self.events.record(event)

    async def _save(
        self, delivery: Delivery, was: Delivery, tried: Tried | None
    ) -> list[LinkRevoked]:
        async with self.begin() as unit:
            if tried is not None and tried.was is not None:
                await unit.mail_attempts.save(tried.attempt, was=tried.was)
            elif tried is not None:
                await unit.mail_attempts.add(tried.attempt)
            await unit.deliveries.save(delivery, was=was)
            if delivery.kind is MessageKind.ASSISTANCE and (
                delivery.state is DeliveryState.ACCEPTED
            ):
                asked = await unit.assistance.get(delivery.subject)
                if asked is not None:
                    await unit.assistance.save(asked.handed_over())
            await note_arrival(unit, delivery)
            if delivery.state is DeliveryState.FAILED:
                return await end_link_of(unit, delivery, self.clock.now())
        return []


def _last_word(made: Sequence[MailAttempt]) -> str | None:
    """Why the e-mail did not arrive, as far as was said last."""
    return next((each.reason for each in reversed(made) if each.reason), None)
