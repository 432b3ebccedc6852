"""Worker, screen 4: hand a queued e-mail to the relay and record what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange, MessageDeferred, MessageRefused
from core.events import LinkRevoked, MessageEnded
from core.messages import EmailMessage, MessageKind
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.email import Email
from core.ports.events import Events
from core.ports.unit_of_work import Begin, EmailUnit
from core.use_cases.compose_email import ComposeEmail
from core.use_cases.end_link import end_link_of

LINK_USED = "link_used"
"""How it is known that an e-mail arrived."""


@dataclass(frozen=True)
class DeliverEmail:
    """Sends one delivery. A crash after the relay took it sends it again under the same id."""

    begin: Begin[EmailUnit]
    read: Begin[EmailUnit]
    compose: ComposeEmail
    email: Email
    policy: RenewalPolicy
    clock: Clock
    events: Events

    async def __call__(self, delivery_id: str) -> None:
        """Raises `MessageDeferred`, `RegisterUnavailable`, `StoreUnavailable`: try again later."""
        async with self.read() as unit:
            delivery = await unit.deliveries.get(delivery_id)
        if delivery is None or not delivery.is_open:
            return
        message = await self._message(delivery)
        if message is None:
            await self._end(await self._unsaid(delivery), delivery)
            return
        going = delivery.to(message.to.host)
        try:
            acceptance = await self.email.send(message)
        except MessageDeferred as deferral:
            await self._save(going.deferred(str(deferral), self.clock.now()), delivery)
            raise
        except MessageRefused as refusal:
            await self._end(going.failed(refusal.reason, self.clock.now()), delivery)
        else:
            await self._end(going.accepted(acceptance, self.clock.now()), delivery)

    async def _message(self, delivery: Delivery) -> EmailMessage | None:
        """None when it is too late, or there is nothing left to say."""
        if self.clock.now() - delivery.queued_at > self.policy.message_deadline:
            return None
        try:
            return await self.compose(delivery)
        except ConcurrentChange:
            return None

    async def _unsaid(self, delivery: Delivery) -> Delivery:
        """What becomes of an e-mail that is not sent (any more). A link that was used has arrived:
        its e-mail was taken before that could be recorded (R32)."""
        now = self.clock.now()
        if delivery.kind is MessageKind.LINK:
            async with self.read() as unit:
                request = await unit.requests.get(delivery.subject)
            if request is not None and request.confirmed_at is not None:
                return delivery.ended(DeliveryState.DELIVERED, now, LINK_USED)
        return delivery.expired(now)

    async def _end(self, ended: Delivery, was: Delivery) -> None:
        told = await self._save(ended, was)
        self.events.record(MessageEnded(ended.subject, ended.kind, ended.state, ended.reason))
        for event in told:
            self.events.record(event)

    async def _save(self, delivery: Delivery, was: Delivery) -> list[LinkRevoked]:
        async with self.begin() as unit:
            await unit.deliveries.save(delivery, was=was)
            if delivery.kind is MessageKind.ASSISTANCE and (
                delivery.state is DeliveryState.ACCEPTED
            ):
                asked = await unit.assistance.get(delivery.subject)
                if asked is not None:
                    await unit.assistance.save(asked.handed_over())
            if delivery.state is DeliveryState.FAILED:
                return await end_link_of(unit, delivery, self.clock.now())
        return []
