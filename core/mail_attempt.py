"""MailAttempt: one route's part in one e-mail, from the first handing-over to its end (R51)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.delivery import Delivery, DeliveryState

UNHEARD = "links to this mailbox domain are not taken"


@dataclass(frozen=True)
class MailAttempt:
    """`state` is QUEUED while the relay defers, ACCEPTED once it has the e-mail. FAILED: refused or
    returned. EXPIRED: it has the e-mail, and nobody waits for it any more.

    `sending` is the number of its last handing-over, which the envelope names. `was_shown`: a
    report on it held the link, so that others than the voter may have read it.
    """

    delivery: str
    number: int
    route: str
    domain: str
    begun_at: datetime
    sending: int
    state: DeliveryState = DeliveryState.QUEUED
    reference: str | None = None
    reason: str | None = None
    was_shown: bool = False
    accepted_at: datetime | None = None
    changed_at: datetime | None = None

    @property
    def id(self) -> str:
        """`<delivery>.<number>`: see `core.attempt.delivery_and_number`."""
        return f"{self.delivery}.{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether the relay has not taken the e-mail yet."""
        return self.state is DeliveryState.QUEUED

    @property
    def had_it(self) -> bool:
        """Whether the relay has ever had the e-mail: it may report on it."""
        return self.accepted_at is not None

    def has_waited(self, now: datetime, limit: timedelta) -> bool:
        """Whether the relay has deferred for longer than that."""
        return self.is_open and now - self.begun_at >= limit

    def again(self, sending: int) -> MailAttempt:
        """It is handed over once more."""
        return replace(self, sending=sending)

    def deferred(self, reason: str, now: datetime) -> MailAttempt:
        """Not taken this time; still open."""
        return replace(self, reason=reason, changed_at=now)

    def accepted(self, reference: str | None, now: datetime) -> MailAttempt:
        """The relay has the e-mail."""
        return replace(
            self,
            state=DeliveryState.ACCEPTED,
            reference=reference,
            reason=None,
            accepted_at=now,
            changed_at=now,
        )

    def ended(
        self, state: DeliveryState, reason: str | None, now: datetime, was_shown: bool = False
    ) -> MailAttempt:
        """Refused by the relay, or as a report says, or given up."""
        shown = self.was_shown or was_shown
        return replace(self, state=state, reason=reason, was_shown=shown, changed_at=now)


def attempts_of(delivery: Delivery, stored: Sequence[MailAttempt]) -> list[MailAttempt]:
    """The attempts of an e-mail. One that release 0.2.0 handed over has none stored: its record
    says all that is known of its only one."""
    if stored or not delivery.was_handed_over:
        return list(stored)
    at = delivery.accepted_at or delivery.queued_at
    only = MailAttempt(
        delivery.id,
        1,
        delivery.route or "",
        delivery.destination or "",
        at,
        delivery.attempts,
        delivery.state,
        delivery.reference,
        delivery.reason,
        accepted_at=at,
        changed_at=delivery.changed_at,
    )
    return [only]


def reported(made: Sequence[MailAttempt], sending: int | None) -> MailAttempt | None:
    """The attempt that a report is on: the one whose last sending it names, or without a name the
    first that had the e-mail and of which no end was heard. None: a report on a try that was made
    again, or on what has ended."""
    had = [each for each in made if each.had_it]
    if sending is not None:
        return next((each for each in had if each.sending == sending), None)
    awaited = [each for each in had if each.state is DeliveryState.ACCEPTED]
    unheard = [each for each in had if each.state is DeliveryState.EXPIRED]
    return next(iter([*unheard, *awaited, *had]), None)


def edition(made: Sequence[MailAttempt]) -> int:
    """Which text the e-mail has now, from 1: each link that was shown to others is replaced, and
    the new one goes out in an e-mail with a Message-ID of its own."""
    return 1 + sum(each.was_shown for each in made)
