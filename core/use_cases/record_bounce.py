"""A mail server reports that an e-mail did not arrive, or that it did (R30; RFC 3464).

A bad report ends the attempt of the relay that it is on. The next relay sends the e-mail again;
with the last one the link ends (R51).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.delivery import DeliveryState
from core.errors import ConcurrentChange, Overtaken
from core.events import Event, MessageDelayed
from core.mail_attempt import attempts_of, reported
from core.messages import Channel, MessageKind
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, EmailUnit
from core.use_cases.resend_email import Part, ResendEmail, save_attempt, save_end


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
    tokens: frozenset[bytes] = frozenset()
    """SHA-256 of all that may be a link's token in it: whether the link lies open there."""


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
    resend: ResendEmail
    clock: Clock
    events: Events

    async def __call__(self, bounce: Bounce) -> BounceOutcome:
        """Raises `StoreUnavailable`: to be reported again."""
        try:
            async with self.begin() as unit:
                delivery = await unit.deliveries.get(bounce.delivery)
                if delivery is None or delivery.kind.channel is not Channel.EMAIL:
                    return BounceOutcome.UNKNOWN
                stored = await unit.mail_attempts.of(delivery.id)
                made = attempts_of(delivery, stored)
                attempt = reported(made, bounce.sending)
                if attempt is None:
                    return BounceOutcome.TOO_EARLY if delivery.is_open else BounceOutcome.KNOWN
                request = await unit.requests.get(delivery.subject)
                part = Part(delivery, request, attempt, made, is_stored=bool(stored))
                told = await self._record(unit, part, bounce)
        except (ConcurrentChange, Overtaken):
            return BounceOutcome.TOO_EARLY
        for event in told:
            self.events.record(event)
        return BounceOutcome.RECORDED if told else BounceOutcome.KNOWN

    async def _record(self, unit: EmailUnit, part: Part, bounce: Bounce) -> Sequence[Event]:
        """What to tell once the unit has committed; nothing when the report changes nothing: one on
        a link that was used all the same, among others."""
        attempt, now = part.attempt, self.clock.now()
        if _was_used(part):
            return []
        if bounce.is_delay:
            return await self._late(unit, part, bounce.reason)
        is_heard = attempt.state in (DeliveryState.FAILED, DeliveryState.DELIVERED)
        if bounce.state is DeliveryState.ACCEPTED or is_heard:
            return []
        shown = part.has_link and part.link_digest in bounce.tokens
        ended = attempt.ended(bounce.state, bounce.reason, now, was_shown=shown)
        if bounce.state is DeliveryState.DELIVERED:
            return await self._arrived(unit, part.with_(ended))
        if _was_passed_on(part, bounce):
            return await self._ended(unit, part.with_(ended), DeliveryState.FAILED)
        return await self.resend.after(unit, part.with_(ended), shown)

    async def _arrived(self, unit: EmailUnit, part: Part) -> Sequence[Event]:
        by = part.attempt
        delivery = part.delivery.ended(DeliveryState.DELIVERED, self.clock.now(), by.reason)
        return await save_end(unit, part, delivery.by(by.route, by.reference))

    async def _ended(self, unit: EmailUnit, part: Part, state: DeliveryState) -> Sequence[Event]:
        if not part.is_latest:
            await save_attempt(unit, part)
            return []
        ended = part.delivery.ended(state, self.clock.now(), part.attempt.reason)
        return await save_end(unit, part, ended)

    async def _late(self, unit: EmailUnit, part: Part, reason: str | None) -> Sequence[Event]:
        """Another relay may be faster. Without one: an e-mail that outlasts its link brings a dead
        one, which is its end; else it may arrive."""
        delivery, now = part.delivery, self.clock.now()
        if delivery.state is not DeliveryState.ACCEPTED or not part.is_latest:
            return []
        told = MessageDelayed(delivery.subject, delivery.kind, reason)
        delayed = delivery.delayed(reason, now)
        link = part.request.link if part.request else None
        if delivery.kind is MessageKind.LINK and (link is None or link.is_expired(now)):
            expired = part.attempt.ended(DeliveryState.EXPIRED, delayed.reason, now)
            return await save_end(unit, part.with_(expired), delayed.expired(now))
        if self.resend.routes_left(part):
            late = part.attempt.ended(DeliveryState.EXPIRED, delayed.reason, now)
            return [told, *await self.resend.after(unit, part.with_(late), shown=False)]
        if delayed.reason == delivery.reason:
            return []
        await unit.deliveries.save(delayed, was=delivery)
        return [told]


def _was_used(part: Part) -> bool:
    """A link that was redeemed has arrived, whatever became of a copy that was passed on."""
    if part.delivery.kind is not MessageKind.LINK or part.request is None:
        return False
    return part.request.confirmed_at is not None


def _was_passed_on(part: Part, bounce: Bounce) -> bool:
    """Whether only others than the voter's own mail domain failed: it forwards there, and who does
    not read the copy may well read the e-mail. Her link is left."""
    domain = part.attempt.domain
    return bool(bounce.domains) and bool(domain) and domain not in bounce.domains
