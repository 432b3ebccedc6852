"""A mail server reports that an e-mail did not arrive, or that it did (R30; RFC 3464)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.delivery import DeliveryState
from core.errors import ConcurrentChange
from core.events import MessageEnded
from core.messages import Channel
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import BeginUnit


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
    """Nothing new: a repetition, or a delay."""
    UNKNOWN = "unknown"
    """No e-mail of ours, or one whose record is deleted."""
    TOO_EARLY = "too early"
    """The e-mail is still being handed over: report again."""


@dataclass(frozen=True)
class RecordBounce:
    """Takes reports in any order and any number of times."""

    begin: BeginUnit
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
                if bounce.state in (delivery.state, DeliveryState.ACCEPTED):
                    return BounceOutcome.KNOWN
                if delivery.state is not DeliveryState.ACCEPTED:
                    return BounceOutcome.KNOWN
                ended = delivery.ended(bounce.state, self.clock.now(), bounce.reason)
                await unit.deliveries.save(ended, was=delivery)
        except ConcurrentChange:
            return BounceOutcome.TOO_EARLY
        self.events.record(MessageEnded(ended.subject, ended.kind, ended.state, ended.reason))
        return BounceOutcome.RECORDED
