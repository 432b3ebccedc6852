"""What is recorded when an SMS was handed over, when its receipt comes, and when it is given up.

Anyone who moves an SMS records it here: request, delivery and attempt in one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.events import Event, MessageEnded
from core.jobs import Job, JobKind
from core.messages import MessageKind
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, SmsUnit
from core.receipts import Receipt
from core.recovery_request import RecoveryRequest
from core.unreached import Cause
from core.use_cases.dispatch_sms import Dispatched


@dataclass(frozen=True)
class ConcludeSms:
    """Shared by the use cases that send an SMS and the one that takes receipts.

    All write in one order, attempt, delivery, request: two of them never wait for each other. What
    is done within the caller's unit gives back what to `tell` once that has committed.
    """

    begin: Begin[SmsUnit]
    clock: Clock
    events: Events

    async def handed_over(
        self,
        unit: SmsUnit,
        request: RecoveryRequest,
        was: RecoveryRequest,
        sms: Delivery,
        handed: Dispatched,
        notice: Delivery | None = None,
    ) -> Sequence[Event]:
        """Within the caller's unit: a route has the SMS, who waits for its receipt and the `notice`
        are queued, and receipts that were faster than this commit are heard. Raises
        `ConcurrentChange`."""
        attempt, now = handed.attempt, self.clock.now()
        await unit.attempts.save(attempt, was=handed.opened)
        accepted = sms.accepted(handed.acceptance, now, attempt.country)
        await unit.deliveries.save(accepted, was=sms)
        await unit.requests.save(request, was=was)
        if attempt.receipt_due_at is not None:
            follow = Job(JobKind.FOLLOW_SMS, attempt.id)
            await unit.jobs.enqueue(follow, at=attempt.receipt_due_at)
        if notice is not None:
            await unit.queue(notice)
        made = [attempt] if handed.is_only else await unit.attempts.of(sms.id)
        told: list[Event] = []
        for each in made:
            if not each.is_open:
                told += (await self.hear_early(unit, each))[1]
        return told

    def tell(self, told: Sequence[Event]) -> None:
        """Of a unit that has committed."""
        for event in told:
            self.events.record(event)

    async def held(self, request: RecoveryRequest, cause: Cause | None) -> None:
        """What the SMS waits for is noted down, once."""
        if cause is None or cause is request.cause:
            return
        async with self.begin() as unit:
            await unit.requests.note(request, cause)

    async def hear_early(self, unit: SmsUnit, attempt: Attempt) -> tuple[Attempt, Sequence[Event]]:
        """The attempt as the receipts say that were held for it, if any were."""
        told: list[Event] = []
        for receipt in await unit.early_receipts.take(attempt):
            attempt, more = await self.receipted(unit, attempt, receipt)
            told += more
        return attempt, told

    async def receipted(
        self, unit: SmsUnit, attempt: Attempt, receipt: Receipt
    ) -> tuple[Attempt, Sequence[Event]]:
        """Within the caller's unit: the end of an attempt that a route had. Delivered ends the
        delivery and the request; any other end has the next route tried. Repeating it changes
        nothing. Raises `ConcurrentChange`."""
        after = attempt.receipted(receipt, self.clock.now())
        if after == attempt:
            return attempt, ()
        await unit.attempts.save(after, was=attempt)
        if after.state is DeliveryState.DELIVERED:
            return after, await self._delivered(unit, after)
        if after.state is not DeliveryState.ACCEPTED:
            job = Job(JobKind.FAIL_OVER, after.id)
            await unit.jobs.enqueue(job, at=self.clock.now())
        return after, ()

    async def _delivered(self, unit: SmsUnit, attempt: Attempt) -> Sequence[Event]:
        sms = await unit.deliveries.get(attempt.delivery)
        if sms is None or sms.state is DeliveryState.DELIVERED:
            return ()
        now = self.clock.now()
        ended = sms.ended(DeliveryState.DELIVERED, now, None, attempt.operator)
        await unit.deliveries.save(ended.by(attempt.route, attempt.reference), was=sms)
        request = await unit.requests.get(sms.subject)
        if request is not None:
            await unit.requests.save(request.delivered(now), was=request)
        return (MessageEnded(sms.subject, sms.kind, ended.state, None),)

    async def given_up(
        self,
        request: RecoveryRequest,
        sms: Delivery,
        ended: Delivery,
        explanation: MessageKind | None,
        in_force: bool,
        unsent: bool = False,
        cause: Cause | None = None,
    ) -> None:
        """Ends in a named state, and the registered mailbox is told: above all when the old
        password no longer works and the new one reached nobody. `unsent`: no route was given what
        was to go out now."""
        now = self.clock.now()
        async with self.begin() as unit:
            for each in await unit.attempts.of(sms.id):
                if each.is_open:  # it may have arrived all the same: a late receipt is heard
                    over = each.withdrawn(now) if unsent else each.missing(now)
                    await unit.attempts.save(over, was=each)
            await unit.deliveries.save(ended, was=sms)
            await unit.requests.save(request.given_up(now, in_force, cause), was=request)
            if explanation is not None:
                await unit.queue(Delivery.queued(explanation, request.id, sms.locale, now))
        self.events.record(MessageEnded(request.id, sms.kind, ended.state, ended.reason))
