"""Delivery: the record of one e-mail or SMS, from the commit that causes it to its end (R29).

It holds references, not addresses: whom to write to is read from the register at the moment of
sending (R25, R44).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.jobs import Job, JobKind
from core.locale import Locale
from core.messages import Acceptance, MessageKind


class DeliveryState(StrEnum):
    """A message is queued, then accepted by a relay or provider, and ends in one of the last three;
    *accepted* is the end where nobody reports (most e-mail, routes without receipts)."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Delivery:
    """One message. `subject` is the id of what caused it: a recovery or an assistance request.

    `destination` is where it goes, as far as rates are told apart: the country of an SMS (ISO
    3166), the domain of a mailbox. `operator` is the network that a receipt names.
    """

    id: str
    kind: MessageKind
    subject: str
    locale: Locale
    queued_at: datetime
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    route: str | None = None
    reference: str | None = None
    reason: str | None = None
    changed_at: datetime | None = None
    destination: str | None = None
    operator: str | None = None
    accepted_at: datetime | None = None

    @classmethod
    def queued(cls, kind: MessageKind, subject: str, locale: Locale, now: datetime) -> Delivery:
        """The one message of this kind that `subject` causes: its id says so."""
        return cls(delivery_id(subject, kind), kind, subject, locale, now)

    @property
    def job(self) -> Job:
        """What sends it. A password is made when it is sent, from what its request holds."""
        if self.kind is MessageKind.PASSWORD:
            return Job(JobKind.ISSUE_PASSWORD, self.subject)
        if self.kind is MessageKind.ASSISTANCE:
            return Job(JobKind.DELIVER_TO_CELL, self.id)
        return Job(JobKind.DELIVER_EMAIL, self.id)

    @property
    def is_open(self) -> bool:
        """Whether the message still has to be handed over."""
        return self.state is DeliveryState.QUEUED

    @property
    def was_handed_over(self) -> bool:
        """Whether a relay or provider has had it: what it says of it later counts."""
        return self.accepted_at is not None

    @property
    def next_sending(self) -> int:
        """The number of the try that comes next, from 1. A crash in it gives it again."""
        return self.attempts + 1

    def accepted(self, by: Acceptance, now: datetime, destination: str | None = None) -> Delivery:
        """A relay or provider has taken the message over."""
        return replace(
            self._tried(now),
            state=DeliveryState.ACCEPTED,
            route=by.route,
            reference=by.reference,
            reason=None,
            destination=destination or self.destination,
            accepted_at=now,
        )

    def ended(
        self, state: DeliveryState, at: datetime, reason: str | None, operator: str | None = None
    ) -> Delivery:
        """As a receipt or a bounce says of what was handed over."""
        heard = operator or self.operator
        return replace(self, state=state, changed_at=at, reason=reason, operator=heard)

    def delayed(self, reason: str | None, now: datetime) -> Delivery:
        """Still on its way, late, as its mail server says."""
        return replace(self, reason=f"delayed: {reason or 'reason unknown'}", changed_at=now)

    def to(self, destination: str) -> Delivery:
        """It goes to this country or mailbox domain, whatever becomes of it."""
        return replace(self, destination=destination)

    def by(self, route: str, reference: str | None) -> Delivery:
        """It was this route that did it, whichever had the message last."""
        return replace(self, route=route, reference=reference)

    def rerouted(self, reason: str | None, now: datetime) -> Delivery:
        """A relay had it, and did not bring it as far as is known: another is to carry it."""
        return replace(self, state=DeliveryState.QUEUED, reason=reason, changed_at=now)

    def failed(self, reason: str, now: datetime) -> Delivery:
        """Refused for good, with the reason in a few words."""
        return replace(self._tried(now), state=DeliveryState.FAILED, reason=reason)

    def expired(self, now: datetime) -> Delivery:
        """Nobody took it before its time ran out; `reason` keeps the last thing heard."""
        return replace(self, state=DeliveryState.EXPIRED, changed_at=now)

    def deferred(self, reason: str, now: datetime) -> Delivery:
        """Not taken this time; to be tried again."""
        return replace(self._tried(now), reason=reason)

    def _tried(self, now: datetime) -> Delivery:
        return replace(self, attempts=self.attempts + 1, changed_at=now)


def delivery_id(subject: str, kind: MessageKind) -> str:
    """One subject causes one message of a kind, so the two name it."""
    return f"{subject}.{kind}"
