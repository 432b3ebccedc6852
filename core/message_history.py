"""The changes of a message, with those that release 0.2.0 did not keep, as far as its rows say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.mail_attempt import MailAttempt
from core.message_change import MessageChange
from core.messages import Channel

QUEUED, ACCEPTED = DeliveryState.QUEUED, DeliveryState.ACCEPTED


def of_attempt(
    attempt: Attempt | MailAttempt, changes: Sequence[MessageChange]
) -> list[MessageChange]:
    """Of this attempt among these, from its beginning."""
    kept = _kept(changes, attempt.delivery, attempt.number)
    return [*_before(attempt, kept), *kept]


def of_message(delivery: Delivery, changes: Sequence[MessageChange]) -> list[MessageChange]:
    """Of the message as a whole."""
    return _kept(changes, delivery.id, 0) or list(_as_it_stands(delivery))


def _kept(changes: Sequence[MessageChange], delivery: str, number: int) -> list[MessageChange]:
    return [each for each in changes if (each.delivery, each.number) == (delivery, number)]


def _before(
    attempt: Attempt | MailAttempt, kept: Sequence[MessageChange]
) -> Iterator[MessageChange]:
    """What came before the first change that was kept, or all of it, as the attempt's row says."""
    if kept and kept[0].was is None:
        return
    begun = MessageChange(
        attempt.delivery,
        attempt.number,
        Channel.SMS if isinstance(attempt, Attempt) else Channel.EMAIL,
        attempt.route,
        attempt.country if isinstance(attempt, Attempt) else attempt.domain,
        QUEUED,
        attempt.begun_at,
        attempt.begun_at,
    )
    yield begun
    if _was_taken(attempt, kept):
        at = _taken_at(attempt)
        yield replace(begun, was=QUEUED, state=ACCEPTED, happened_at=at, recorded_at=at)
    if not kept and attempt.state not in (QUEUED, ACCEPTED):
        at = attempt.changed_at or attempt.begun_at
        ended = replace(begun, was=ACCEPTED, state=attempt.state, reason=attempt.reason)
        operator = attempt.operator if isinstance(attempt, Attempt) else None
        yield replace(ended, operator=operator, happened_at=at, recorded_at=at)


def _was_taken(attempt: Attempt | MailAttempt, kept: Sequence[MessageChange]) -> bool:
    if kept:
        return kept[0].was not in (None, QUEUED)
    if isinstance(attempt, MailAttempt):
        return attempt.had_it
    return attempt.state is ACCEPTED or attempt.receipt_due_at is not None


def _taken_at(attempt: Attempt | MailAttempt) -> datetime:
    taken = attempt.accepted_at if isinstance(attempt, MailAttempt) else None
    return taken or attempt.begun_at


def _as_it_stands(delivery: Delivery) -> Iterator[MessageChange]:
    """Of a message whose changes nobody kept."""
    accepted = MessageChange(
        delivery.id,
        0,
        delivery.kind.channel,
        delivery.route or "",
        delivery.destination or "",
        ACCEPTED,
        delivery.accepted_at or delivery.queued_at,
        delivery.accepted_at or delivery.queued_at,
        was=QUEUED,
    )
    if delivery.was_handed_over:
        yield accepted
    if delivery.state not in (QUEUED, ACCEPTED):
        at = delivery.changed_at or delivery.queued_at
        ended = replace(accepted, was=ACCEPTED, state=delivery.state, reason=delivery.reason)
        yield replace(ended, operator=delivery.operator, happened_at=at, recorded_at=at)
