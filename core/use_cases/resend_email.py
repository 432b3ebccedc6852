"""An e-mail that one relay did not bring goes by the next, or ends: part of the step that learns of
it (R51)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange
from core.events import EmailRerouted, Event, LinkReplaced, MessageEnded
from core.jobs import Job, JobKind
from core.keys import Keyring
from core.mail_attempt import MailAttempt
from core.mail_routes import MailRouteTable
from core.messages import MessageKind
from core.one_time_link import NONCE_BYTES, OneTimeLink
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from core.ports.unit_of_work import EmailUnit
from core.recovery_request import RecoveryRequest, State
from core.use_cases.end_link import end_link_of, note_arrival


@dataclass(frozen=True)
class Part:
    """One relay's part in an e-mail, and what it belongs to. `attempt` is to be stored in the place
    of the one with its number in `made`; `is_stored`: whether those are (see `attempts_of`)."""

    delivery: Delivery
    request: RecoveryRequest | None
    attempt: MailAttempt
    made: Sequence[MailAttempt]
    is_stored: bool = True

    @property
    def was(self) -> MailAttempt:
        return next(each for each in self.made if each.number == self.attempt.number)

    @property
    def is_latest(self) -> bool:
        """Whether no other relay has the e-mail since, nor is to have it."""
        return not self.delivery.is_open and all(
            each.number <= self.attempt.number for each in self.made
        )

    @property
    def has_link(self) -> bool:
        """Whether it carries a link that works."""
        is_link = self.delivery.kind is MessageKind.LINK
        return is_link and self.request is not None and self.request.state is State.LINK_SENT

    @property
    def link_digest(self) -> bytes | None:
        return self.request.link.digest if self.request and self.request.link else None

    def with_(self, attempt: MailAttempt) -> Part:
        """As it is to be stored."""
        return replace(self, attempt=attempt)


@dataclass(frozen=True)
class ResendEmail:
    """Decides within the unit of whoever learns that an e-mail did not arrive."""

    table: MailRouteTable
    policy: RenewalPolicy
    keyring: Keyring
    clock: Clock
    randomness: Randomness

    def routes_left(self, part: Part) -> Sequence[str]:
        """None for an e-mail that is too old, or was given up."""
        age = self.clock.now() - part.delivery.queued_at
        if age > self.policy.message_deadline or part.delivery.state is DeliveryState.EXPIRED:
            return ()
        others = [each for each in part.made if each.number != part.attempt.number]
        domain = part.attempt.domain or part.delivery.destination or ""
        return self.table.left(domain, [*others, replace(part.attempt, state=DeliveryState.FAILED)])

    async def after(self, unit: EmailUnit, part: Part, shown: bool) -> Sequence[Event]:
        """Store the attempt's end, and what follows: the next relay sends it again, with a fresh
        link when the old one was `shown`; without a next one delivery and link end. What to tell
        once the unit has committed. Raises `ConcurrentChange`."""
        delivery, attempt, now = part.delivery, part.attempt, self.clock.now()
        if shown and delivery.is_open:  # the next relay may be given the old link at this moment
            raise ConcurrentChange(delivery.id)
        if not part.is_latest and not shown:
            await save_attempt(unit, part)
            return []
        if not self.routes_left(part):
            return await self._end(unit, part)
        await save_attempt(unit, part)
        await unit.deliveries.save(delivery.rerouted(attempt.reason, now), was=delivery)
        await unit.jobs.enqueue(Job(JobKind.RESEND_EMAIL, attempt.id), at=now)
        told: list[Event] = [
            EmailRerouted(delivery.subject, delivery.kind, attempt.route, attempt.reason)
        ]
        if shown and part.request is not None and part.request.link is not None:
            fresh = self._fresh(part.request, part.request.link)
            await unit.requests.save(fresh, was=part.request)
            told.append(LinkReplaced(delivery.subject, part.request.voter))
        return told

    async def _end(self, unit: EmailUnit, part: Part) -> Sequence[Event]:
        """A relay that had the e-mail later may have brought it: then only the link ends."""
        told: list[Event] = []
        if part.is_latest:
            now: datetime = self.clock.now()
            failed = part.delivery.ended(DeliveryState.FAILED, now, part.attempt.reason)
            told += await save_end(unit, part, failed)
        else:
            await save_attempt(unit, part)
        return told + await end_link_of(unit, part.delivery, self.clock.now())

    def _fresh(self, request: RecoveryRequest, link: OneTimeLink) -> RecoveryRequest:
        """With another token, until the same moment and with the attempts that are left."""
        nonce = self.randomness.token(NONCE_BYTES)
        fresh = OneTimeLink.issue(
            self.keyring, request.id, nonce, link.expires_at, link.attempts_left
        )
        return replace(request, link=fresh)


async def save_attempt(unit: EmailUnit, part: Part) -> None:
    """Raises `ConcurrentChange`."""
    if part.is_stored:
        await unit.mail_attempts.save(part.attempt, was=part.was)
    else:
        await unit.mail_attempts.add(part.attempt)


async def save_end(unit: EmailUnit, part: Part, delivery: Delivery) -> list[Event]:
    """The end of attempt and delivery; what to tell. Raises `ConcurrentChange`."""
    await save_attempt(unit, part)
    await unit.deliveries.save(delivery, was=part.delivery)
    await note_arrival(unit, delivery)
    return [MessageEnded(delivery.subject, delivery.kind, delivery.state, delivery.reason)]
