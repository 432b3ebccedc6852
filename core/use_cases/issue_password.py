"""Worker, screen 6: the new password comes into force and goes out by SMS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.delivery import Delivery, delivery_id
from core.errors import DependencyFailure, MessageDeferred
from core.events import PasswordIssued
from core.messages import MessageKind
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, SmsUnit
from core.recovery_request import RecoveryRequest, State
from core.unreached import cause_of_failure
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.dispatch_sms import Dispatched
from core.use_cases.hand_over_password import GivenUp, HandOverPassword, Held


@dataclass(frozen=True)
class IssuePassword:
    """Issues the password of one confirmed request."""

    begin: Begin[SmsUnit]
    read: Begin[SmsUnit]
    hand_over: HandOverPassword
    conclude: ConcludeSms
    clock: Clock
    events: Events

    async def __call__(self, request_id: str) -> datetime | None:
        """When to be run again, or None when done. Raises `RegisterUnavailable`,
        `CredentialsUnavailable`, `KeyUnavailable`, `MessageDeferred`, `StoreUnavailable`: to be
        tried again later."""
        async with self.read() as unit:
            request = await unit.requests.get(request_id)
            sms = await unit.deliveries.get(delivery_id(request_id, MessageKind.PASSWORD))
        if request is None or sms is None or request.state is not State.CONFIRMED:
            return None
        if request.seed is None or request.confirmed_at is None or request.password_key is None:
            return None
        try:
            outcome = await self.hand_over(
                request, sms, request.seed, request.password_key, request.confirmed_at
            )
        except MessageDeferred as deferral:
            async with self.begin() as unit:
                await unit.deliveries.save(sms.deferred(str(deferral), self.clock.now()), was=sms)
            await self.conclude.held(request, cause_of_failure(deferral))
            raise
        except DependencyFailure as failure:
            await self.conclude.held(request, cause_of_failure(failure))
            raise
        if isinstance(outcome, Held):
            await self.conclude.held(request, outcome.cause)
            return outcome.until
        if isinstance(outcome, GivenUp):
            await self._give_up(request, sms, outcome)
        else:
            await self._handed_over(request, sms, outcome)
        return None

    async def _give_up(self, request: RecoveryRequest, sms: Delivery, given_up: GivenUp) -> None:
        now = self.clock.now()
        ended = sms.expired(now) if given_up.is_late else sms.failed(given_up.reason, now)
        was_in_force = request.password_was_in_force and not given_up.unchanged
        in_force = was_in_force or given_up.left_without
        told = given_up.explanation and MessageKind.PASSWORD_NOT_SENT
        explanation = told if in_force else given_up.explanation
        await self.conclude.given_up(
            request, sms, ended, explanation, in_force, given_up.unsent, given_up.cause
        )

    async def _handed_over(
        self, request: RecoveryRequest, sms: Delivery, handed: Dispatched
    ) -> None:
        """The SMS is with a route: so says the record, and the voter's mailbox is told (R22)."""
        now = self.clock.now()
        notice = Delivery.queued(MessageKind.PASSWORD_CHANGED, request.id, sms.locale, now)
        async with self.begin() as unit:
            sent = request.password_handed_over(now, handed.resendable, handed.cause)
            told = await self.conclude.handed_over(unit, sent, request, sms, handed, notice)
        self.conclude.tell(told)
        self.events.record(PasswordIssued(request.id, request.voter, handed.attempt.route))
