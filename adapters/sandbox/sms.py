"""Phones with a fate: what becomes of an SMS hangs on the number."""

from __future__ import annotations

from collections.abc import Mapping

from core.attempt import NO_RECEIPT, delivery_and_number
from core.delivery import DeliveryState
from core.errors import MessageDeferred
from core.messages import Acceptance, PasswordSms
from core.ports.clock import Clock
from core.ports.sms import Sms
from core.receipts import Receipt, TakeReceipt
from core.voter import PhoneNumber

from .outbox import Outbox

_REASONS = {DeliveryState.FAILED: "number not in service", DeliveryState.EXPIRED: NO_RECEIPT}
_SHOWN = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


class SandboxSms:
    """The port `Sms` over another one, with receipts. A number without a fate gets its SMS."""

    def __init__(
        self,
        sms: Sms,
        route: str,
        outbox: Outbox,
        receipts: TakeReceipt,
        fates: Mapping[PhoneNumber, DeliveryState],
        clock: Clock,
    ) -> None:
        self._sms, self._route, self._outbox = sms, route, outbox
        self._receipts, self._fates, self._clock = receipts, fates, clock

    async def send(self, message: PasswordSms) -> Acceptance:
        named = delivery_and_number(message.id)
        self._outbox.note(named[0] if named else message.id, message.to.value)
        fate = self._fates.get(message.to, DeliveryState.DELIVERED)
        if fate is DeliveryState.QUEUED:
            raise MessageDeferred("gateway busy")
        acceptance = Acceptance(self._route, message.id)
        if fate in _SHOWN:
            acceptance = await self._sms.send(message)
        if fate is not DeliveryState.ACCEPTED:
            await self._receipts(self._receipt(message, fate))
        return acceptance

    def _receipt(self, message: PasswordSms, fate: DeliveryState) -> Receipt:
        """It comes before the hand-over is recorded, as receipts may."""
        now, reason = self._clock.now(), _REASONS.get(fate)
        return Receipt(self._route, fate, now, attempt=message.id, reason=reason)
