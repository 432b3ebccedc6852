"""What happened to one request, from the form to the SMS, in the order in which it happened (R45).

Made of the request's row, of its messages and of their changes. What release 0.2.0 did is told as
far as the rows say; what it overwrote is lost. It holds no address, number, link or password.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.attempt import NO_RECEIPT, Attempt
from core.delivery import Delivery, DeliveryState, delivery_id
from core.mail_attempt import MailAttempt
from core.message_change import MessageChange
from core.message_history import of_attempt, of_message
from core.messages import Channel, MessageKind
from core.reasons import Dismissal, Revocation
from core.recovery_request import RecoveryRequest, State

QUEUED, ACCEPTED = DeliveryState.QUEUED, DeliveryState.ACCEPTED


class Step(StrEnum):
    """What can happen."""

    RECEIVED = "received"
    DISMISSED = "dismissed"
    LINK_ISSUED = "link_issued"
    LINK_EXPIRED = "link_expired"
    LINK_SUPERSEDED = "link_superseded"
    LINK_REVOKED = "link_revoked"
    CONFIRMED = "confirmed"
    EMAIL_DEFERRED = "email_deferred"
    EMAIL_HANDED_OVER = "email_handed_over"
    EMAIL_ARRIVED = "email_arrived"
    EMAIL_FAILED = "email_failed"
    EMAIL_GIVEN_UP = "email_given_up"
    SMS_BEGUN = "sms_begun"
    SMS_DEFERRED = "sms_deferred"
    SMS_REFUSED = "sms_refused"
    SMS_HANDED_OVER = "sms_handed_over"
    SMS_ARRIVED = "sms_arrived"
    SMS_FAILED = "sms_failed"
    SMS_SILENT = "sms_silent"
    SMS_GIVEN_UP = "sms_given_up"


@dataclass(frozen=True)
class Entry:
    """One line. `recorded_at` is later than `at` where an operator's receipt came late. `country`
    is an SMS's; the domain of a mailbox is not told, as it may be one person's."""

    at: datetime
    step: Step
    recorded_at: datetime
    message: MessageKind | None = None
    number: int | None = None
    """Of the attempt, from 1: a second one has failed over."""
    route: str | None = None
    country: str | None = None
    operator: str | None = None
    reason: str | None = None
    """What the relay or provider said; of a decision its code."""
    partner: str | None = None


@dataclass(frozen=True)
class Case:
    """Everything that is known of one request."""

    request: RecoveryRequest
    deliveries: Sequence[Delivery] = ()
    attempts: Sequence[Attempt | MailAttempt] = ()
    changes: Sequence[MessageChange] = ()


def timeline(case: Case) -> tuple[Entry, ...]:
    """From the first to the last."""
    entries = [*_of_request(case), *_of_messages(case)]
    return tuple(sorted(entries, key=lambda each: each.at))


def _of_request(case: Case) -> Iterator[Entry]:
    request = case.request
    yield _now(request.received_at, Step.RECEIVED, partner=request.partner)
    changed_at = request.changed_at or request.received_at
    if isinstance(request.reason, Dismissal):
        yield _now(changed_at, Step.DISMISSED, reason=request.reason.value)
    if request.link is not None:
        yield _now(_issued_at(case), Step.LINK_ISSUED)
    if request.confirmed_at is not None:
        yield _now(request.confirmed_at, Step.CONFIRMED)
    if request.state in _LINK_ENDS:
        why = request.reason.value if isinstance(request.reason, Revocation) else None
        yield _now(changed_at, _LINK_ENDS[request.state], reason=why)


def _issued_at(case: Case) -> datetime:
    mail = delivery_id(case.request.id, MessageKind.LINK)
    queued = (each.queued_at for each in case.deliveries if each.id == mail)
    return case.request.written_at or next(queued, case.request.received_at)


_LINK_ENDS = {
    State.EXPIRED: Step.LINK_EXPIRED,
    State.SUPERSEDED: Step.LINK_SUPERSEDED,
    State.REVOKED: Step.LINK_REVOKED,
}


def _now(at: datetime, step: Step, reason: str | None = None, partner: str | None = None) -> Entry:
    return Entry(at, step, at, reason=reason, partner=partner)


def _of_messages(case: Case) -> Iterator[Entry]:
    for delivery in case.deliveries:
        attempts = [each for each in case.attempts if each.delivery == delivery.id]
        for attempt in attempts:
            yield from _told(delivery.kind, of_attempt(attempt, case.changes))
        whole = of_message(delivery, case.changes)
        if attempts:  # they tell all but that nothing more is tried
            whole = [each for each in whole if each.state in _GIVEN_UP]
        yield from _told(delivery.kind, whole)


_GIVEN_UP = (DeliveryState.FAILED, DeliveryState.EXPIRED)


def _told(kind: MessageKind, changes: Sequence[MessageChange]) -> Iterator[Entry]:
    """The changes that somebody should read."""
    for place, change in enumerate(changes):
        is_last = place == len(changes) - 1
        step = _sms_step(change, is_last) if kind.channel is Channel.SMS else _mail_step(change)
        if step is not None:
            yield Entry(
                change.happened_at,
                step,
                change.recorded_at,
                message=kind,
                number=change.number or None,
                route=change.route or None,
                country=(change.place or None) if kind.channel is Channel.SMS else None,
                operator=change.operator,
                reason=change.reason,
            )


def _sms_step(change: MessageChange, is_last: bool) -> Step | None:
    if change.number == 0 and change.state in _GIVEN_UP:
        return Step.SMS_GIVEN_UP
    if change.state is QUEUED:
        if change.reason:
            return Step.SMS_DEFERRED
        return Step.SMS_BEGUN if is_last and change.was is None else None
    if change.state is change.was:  # only its operator became known
        return None
    if change.state is DeliveryState.FAILED and change.was in (None, QUEUED):
        return Step.SMS_REFUSED
    if change.state is DeliveryState.EXPIRED and change.reason == NO_RECEIPT:
        return Step.SMS_SILENT
    return _SMS_STEPS[change.state]


def _mail_step(change: MessageChange) -> Step | None:
    if change.number == 0 and change.state in _GIVEN_UP:
        return Step.EMAIL_GIVEN_UP
    is_still = change.state is QUEUED or change.state is change.was
    if is_still:
        return Step.EMAIL_DEFERRED if change.reason else None
    return _MAIL_STEPS[change.state]


_SMS_STEPS = {
    DeliveryState.ACCEPTED: Step.SMS_HANDED_OVER,
    DeliveryState.DELIVERED: Step.SMS_ARRIVED,
    DeliveryState.FAILED: Step.SMS_FAILED,
    DeliveryState.EXPIRED: Step.SMS_FAILED,
}
_MAIL_STEPS = {
    DeliveryState.ACCEPTED: Step.EMAIL_HANDED_OVER,
    DeliveryState.DELIVERED: Step.EMAIL_ARRIVED,
    DeliveryState.FAILED: Step.EMAIL_FAILED,
    DeliveryState.EXPIRED: Step.EMAIL_FAILED,
}
