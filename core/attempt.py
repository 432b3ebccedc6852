"""Attempt: one handing-over of one SMS to one route. A delivery has as many as it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.delivery import DeliveryState
from core.messages import Acceptance
from core.receipts import Receipt

FINAL = frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.EXPIRED})
_WEIGHT = {
    DeliveryState.QUEUED: 0,
    DeliveryState.ACCEPTED: 1,
    DeliveryState.EXPIRED: 2,
    DeliveryState.FAILED: 3,
    DeliveryState.DELIVERED: 4,
}
"""A word that weighs more stands against one that weighs less, in whatever order they come."""
NO_RECEIPT = "no receipt in time"
NOT_HANDED_OVER = "not handed over"


@dataclass(frozen=True)
class Attempt:
    """`state` is QUEUED while the SMS is being handed over: after a crash it is not known whether
    the route has it, and the same attempt is made again, with the same password.

    `begun_at` may lie ahead: a place in the route's pace that is kept for it until then.

    `cost` in millionths of the currency that the route table speaks of. `receipt_within` is how
    long after the hand-over a receipt is waited for; None: the route gives none.
    """

    delivery: str
    number: int
    route: str
    country: str
    cost: int
    begun_at: datetime
    state: DeliveryState = DeliveryState.QUEUED
    receipt_due_at: datetime | None = None
    reference: str | None = None
    operator: str | None = None
    reason: str | None = None
    changed_at: datetime | None = None
    recorded_at: datetime | None = None
    """When we wrote it down; `changed_at` may be a receipt's own time. None: release 0.2.0 did."""

    @property
    def id(self) -> str:
        """What a provider is given to be echoed in receipts: `<delivery>.<number>`."""
        return attempt_id(self.delivery, self.number)

    @property
    def is_open(self) -> bool:
        """Whether it still has to be handed over, as far as is known."""
        return self.state is DeliveryState.QUEUED

    @property
    def has_place(self) -> bool:
        """Whether it has a place in the route's pace that it has not used yet."""
        return self.is_open and self.changed_at is None

    def placed(self, at: datetime, now: datetime) -> Attempt:
        """It is its turn then."""
        return replace(self, begun_at=at, changed_at=None, recorded_at=now)

    def again(self, now: datetime) -> Attempt:
        """The attempt is made, for the first time or once more."""
        return replace(self, begun_at=now, reason=None, **_at(now))

    def deferred(self, reason: str, now: datetime) -> Attempt:
        """Not taken this time; still open."""
        return replace(self, reason=reason, **_at(now))

    def refused(self, reason: str, now: datetime) -> Attempt:
        """The route will not carry this SMS."""
        return replace(self, state=DeliveryState.FAILED, reason=reason, **_at(now))

    def accepted(self, by: Acceptance, now: datetime, within: timedelta | None) -> Attempt:
        """The route has it; a receipt is due `within` so long, if it gives any."""
        return replace(
            self,
            state=DeliveryState.ACCEPTED,
            reference=by.reference,
            receipt_due_at=now + within if within is not None else None,
            reason=None,
            **_at(now),
        )

    @property
    def is_awaited(self) -> bool:
        """Whether no receipt has said how it ended."""
        return self.state not in FINAL or self.is_unheard

    @property
    def is_unheard(self) -> bool:
        """Whether it may have arrived, for all that is known."""
        return self.state is DeliveryState.EXPIRED and self.reason == NO_RECEIPT

    def missing(self, now: datetime) -> Attempt:
        """No receipt came in time."""
        return replace(self, state=DeliveryState.EXPIRED, reason=NO_RECEIPT, **_at(now))

    def withdrawn(self, now: datetime) -> Attempt:
        """It was to be made, and no route was given the SMS: it says nothing of its route."""
        return replace(self, state=DeliveryState.FAILED, reason=NOT_HANDED_OVER, **_at(now))

    def receipted(self, receipt: Receipt, now: datetime) -> Attempt:
        """As the receipt says, unless a word of the same or more weight was heard: receipts in any
        order, and any number of times, leave the same end. Delivered is the last word."""
        if _WEIGHT[receipt.state] <= _WEIGHT[self.state]:
            return self
        return replace(
            self,
            state=receipt.state,
            reference=self.reference or receipt.reference,
            operator=receipt.operator or self.operator,
            reason=receipt.reason,
            changed_at=receipt.at,
            recorded_at=now,
        )


def _at(now: datetime) -> dict[str, datetime]:
    """It changes now, and is written down now."""
    return {"changed_at": now, "recorded_at": now}


def attempt_id(delivery: str, number: int) -> str:
    """The name of the attempt with this number, counted from 1."""
    return f"{delivery}.{number}"


def delivery_and_number(attempt: str) -> tuple[str, int] | None:
    """The reverse of `attempt_id`; None for anything that it did not make."""
    delivery, _, number = attempt.rpartition(".")
    if not delivery or not number.isascii() or not number.isdigit() or len(number) > 6:
        return None
    return delivery, int(number)
