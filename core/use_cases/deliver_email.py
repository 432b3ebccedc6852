"""Worker, screen 4: hand a queued e-mail to the relay and record what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange, MessageDeferred, MessageRefused
from core.events import MessageEnded
from core.messages import MessageKind
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.email import Email
from core.ports.events import Events
from core.ports.unit_of_work import BeginUnit
from core.use_cases.compose_email import ComposeEmail


@dataclass(frozen=True)
class DeliverEmail:
    """Sends one delivery. A crash after the relay took it sends it again under the same id."""

    begin: BeginUnit
    read: BeginUnit
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
        try:
            ended = await self._hand_over(delivery)
        except MessageDeferred as deferral:
            await self._save(delivery.deferred(str(deferral), self.clock.now()), delivery)
            raise
        await self._save(ended, delivery)
        self.events.record(MessageEnded(delivery.subject, delivery.kind, ended.state, ended.reason))

    async def _hand_over(self, delivery: Delivery) -> Delivery:
        if self.clock.now() - delivery.queued_at > self.policy.message_deadline:
            return delivery.expired(self.clock.now())
        try:
            message = await self.compose(delivery)
            if message is None:
                return delivery.expired(self.clock.now())
            acceptance = await self.email.send(message)
        except ConcurrentChange:
            return delivery.expired(self.clock.now())
        except MessageRefused as refusal:
            return delivery.failed(refusal.reason, self.clock.now())
        domain = message.to.value.rpartition("@")[2].lower()
        return delivery.accepted(acceptance, self.clock.now(), domain)

    async def _save(self, delivery: Delivery, was: Delivery) -> None:
        async with self.begin() as unit:
            await unit.deliveries.save(delivery, was=was)
            if delivery.kind is MessageKind.ASSISTANCE and (
                delivery.state is DeliveryState.ACCEPTED
            ):
                asked = await unit.assistance.get(delivery.subject)
                if asked is not None:
                    await unit.assistance.save(asked.handed_over())
