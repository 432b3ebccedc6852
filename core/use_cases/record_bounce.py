"""A mail server reports that an e-mail did not arrive, or that it did (R30; RFC 3464)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange
from core.events import Event, MessageDelayed, MessageEnded
from core.messages import Channel, MessageKind
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, EmailUnit
from core.recovery_request import RecoveryRequest
from core.use_cases.end_link import end_link_of


@dataclass(frozen=True)
class Bounce:
    """What one report says of one delivery. `state` is FAILED, DELIVERED, or ACCEPTED for "delayed,
    still trying"; `reason` is the status code with its meaning (`5.1.1 no such mailbox`)."""

    delivery: str
    state: DeliveryState
    reason: str | None
    at: datetime
    sending: int | None = None
    """Which try it is on, when the report names it."""
    is_delay: bool = False
    """Whether the mail server said that it is late and still tried."""
    domains: frozenset[str] = frozenset()
    """Of the recipients that the report names: another's than the voter's when it was forwarded."""


class BounceOutcome(StrEnum):
    """What became of a report."""

    RECORDED = "recorded"
    KNOWN = "known"
    """Nothing new: a repetition, or a report on a try before the last."""
    UNKNOWN = "unknown"
    """No e-mail of ours, or one whose record is deleted."""
    TOO_EARLY = "too early"
    """The e-mail is still being handed over: report again."""


@dataclass(frozen=True)
class RecordBounce:
    """Takes reports in any order and any number of times."""

    begin: Begin[EmailUnit]
    clock: Clock
    events: Events

    async def __call__(self, bounce: Bounce) -> BounceOutcome:
        """Raises `StoreUnavailable`: to be reported again."""
        try:
            async with self.begin() as unit:
                delivery = await unit.deliveries.get(bounce.delivery)
                if delivery is None or delivery.kind.channel is not Channel.EMAIL:
                    return BounceOutcome.UNKNOWN
                if delivery.is_open:
                    return BounceOutcome.TOO_EARLY
                told = await self._record(unit, delivery, bounce)
        except ConcurrentChange:
            return BounceOutcome.TOO_EARLY
        for event in told:
            self.events.record(event)
        return BounceOutcome.RECORDED if told else BounceOutcome.KNOWN

    async def _record(self, unit: EmailUnit, delivery: Delivery, bounce: Bounce) -> list[Event]:
        """What to tell once the unit has committed; nothing when the report changes nothing."""
        request = await unit.requests.get(delivery.subject)
        changed = _after(delivery, bounce, request, self.clock.now())
        if changed is None:
            return []
        await unit.deliveries.save(changed, was=delivery)
        if changed.state is DeliveryState.ACCEPTED:
            return [MessageDelayed(changed.subject, changed.kind, bounce.reason)]
        told: list[Event] = [
            MessageEnded(changed.subject, changed.kind, changed.state, changed.reason)
        ]
        if changed.state is DeliveryState.FAILED and not _was_passed_on(delivery, bounce):
            told += await end_link_of(unit, delivery, self.clock.now())
        return told


def _after(
    delivery: Delivery, bounce: Bounce, request: RecoveryRequest | None, now: datetime
) -> Delivery | None:
    """The delivery as the report leaves it; None when it says nothing new, or nothing that counts:
    of a try before the last, or of a link that was used all the same."""
    is_old = bounce.sending is not None and bounce.sending < delivery.attempts
    if is_old or _was_used(delivery, request):
        return None
    if bounce.is_delay:
        return _late(delivery, bounce.reason, request, now)
    if bounce.state is DeliveryState.ACCEPTED or bounce.state is delivery.state:
        return None
    on_its_way = delivery.state is DeliveryState.ACCEPTED
    given_up = delivery.state is DeliveryState.EXPIRED and delivery.was_handed_over
    if on_its_way or given_up:
        return delivery.ended(bounce.state, now, bounce.reason)
    return None


def _late(
    delivery: Delivery, reason: str | None, request: RecoveryRequest | None, now: datetime
) -> Delivery | None:
    """An e-mail that outlasts its link brings a dead one: that is its end. Else it may arrive."""
    if delivery.state is not DeliveryState.ACCEPTED:
        return None
    delayed = delivery.delayed(reason, now)
    link = request.link if request else None
    if delivery.kind is MessageKind.LINK and (link is None or link.is_expired(now)):
        return delayed.expired(now)
    return None if delayed.reason == delivery.reason else delayed


def _was_used(delivery: Delivery, request: RecoveryRequest | None) -> bool:
    """A link that was redeemed has arrived, whatever became of a copy that was passed on."""
    if delivery.kind is not MessageKind.LINK or request is None:
        return False
    return request.confirmed_at is not None


def _was_passed_on(delivery: Delivery, bounce: Bounce) -> bool:
    """Whether only others than the voter's own mail domain failed: it forwards there, and who does
    not read the copy may well read the e-mail. Her link is left."""
    return (
        bool(bounce.domains)
        and bool(delivery.destination)
        and (delivery.destination not in bounce.domains)
    )
