"""Worker: an SMS whose receipt is bad, or overdue, goes out again by the next route (R31).

It carries the same password. The seed that it is derived from is kept for as long as a route is
left, and wiped with the last (R20).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.attempt import Attempt, delivery_and_number
from core.delivery import Delivery, DeliveryState
from core.errors import DependencyFailure
from core.events import SmsResent
from core.messages import MessageKind
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, SmsUnit
from core.recovery_request import RecoveryRequest, State
from core.unreached import Cause, cause_of_failure
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.dispatch_sms import Dispatched
from core.use_cases.hand_over_password import GivenUp, HandOverPassword, Held


@dataclass(frozen=True)
class _Case:
    """One attempt among those of its SMS, and what they belong to."""

    attempt: Attempt
    made: Sequence[Attempt]
    sms: Delivery
    request: RecoveryRequest


@dataclass(frozen=True)
class FailOver:
    """Looks after one attempt: at the time by which its receipt is due, or when a bad one came."""

    begin: Begin[SmsUnit]
    read: Begin[SmsUnit]
    hand_over: HandOverPassword
    conclude: ConcludeSms
    clock: Clock
    events: Events

    async def __call__(self, attempt_id: str) -> datetime | None:
        """When to look again, or None when there is nothing more to do. Raises what
        `HandOverPassword` raises for neighbours that are down: to be tried again later."""
        case = await self._case(attempt_id)
        if case is None or case.request.state is not State.PASSWORD_SENT:
            return None
        if self._is_settled(case):
            return None
        due = case.attempt.receipt_due_at
        if case.attempt.state is DeliveryState.ACCEPTED:
            if due is None or due > self.clock.now():
                return due
            await self._give_up_waiting(case.attempt)
        return await self._next_route(case)

    async def _case(self, attempt_id: str) -> _Case | None:
        """As stored, once the receipts that are held for the attempt were heard."""
        parsed = delivery_and_number(attempt_id)
        if parsed is None:
            return None
        async with self.begin() as unit:
            made = {each.number: each for each in await unit.attempts.of(parsed[0])}
            attempt = made.get(parsed[1])
            if attempt is None:
                return None
            attempt, told = await self.conclude.hear_early(unit, attempt)
            made[attempt.number] = attempt
            sms = await unit.deliveries.get(attempt.delivery)
            request = await unit.requests.get(sms.subject) if sms else None
        self.conclude.tell(told)
        if sms is None or request is None:
            return None
        return _Case(attempt, list(made.values()), sms, request)

    def _is_settled(self, case: _Case) -> bool:
        """Whether the SMS has arrived, or another attempt is still waited for: that one has its own
        job."""
        waiting = (
            each.state is DeliveryState.ACCEPTED
            for each in case.made
            if each.number != case.attempt.number
        )
        return any(waiting) or any(each.state is DeliveryState.DELIVERED for each in case.made)

    async def _give_up_waiting(self, attempt: Attempt) -> None:
        async with self.begin() as unit:
            await unit.attempts.save(attempt.missing(self.clock.now()), was=attempt)

    async def _next_route(self, case: _Case) -> datetime | None:
        request, sms = case.request, case.sms
        if request.seed is None or request.password_key is None or request.confirmed_at is None:
            await self._give_up(case, GivenUp("no route left", MessageKind.PASSWORD_NOT_SENT))
            return None
        try:
            outcome = await self.hand_over(
                request, sms, request.seed, request.password_key, request.confirmed_at
            )
        except DependencyFailure as failure:
            await self.conclude.held(request, cause_of_failure(failure))
            raise
        if isinstance(outcome, Held):
            await self.conclude.held(request, outcome.cause)
            return outcome.until
        if isinstance(outcome, GivenUp):
            await self._give_up(case, outcome)
        else:
            await self._handed_over(case, outcome)
        return None

    async def _handed_over(self, case: _Case, handed: Dispatched) -> None:
        resent = case.request.resent(self.clock.now(), handed.resendable, handed.cause)
        async with self.begin() as unit:
            told = await self.conclude.handed_over(unit, resent, case.request, case.sms, handed)
        self.conclude.tell(told)
        self.events.record(
            SmsResent(
                case.request.id, case.attempt.route, handed.attempt.route, handed.attempt.country
            )
        )

    async def _give_up(self, case: _Case, end: GivenUp) -> None:
        """*Failed* when every route said so, and then the voter is told; *expired* when one of them
        may have delivered it and never said."""
        async with self.read() as unit:
            made = await unit.attempts.of(case.sms.id)
        unheard = any(each.is_unheard for each in made)
        state = DeliveryState.EXPIRED if unheard else DeliveryState.FAILED
        why = next((each.reason for each in reversed(made) if each.reason), end.reason)
        ended = case.sms.ended(state, self.clock.now(), why, case.attempt.operator)
        told = None if unheard else end.explanation and MessageKind.PASSWORD_NOT_SENT
        cause = _heard_of(unheard) if end.cause in (None, Cause.REFUSED) else end.cause
        cause = None if end.is_late else cause
        await self.conclude.given_up(
            case.request, case.sms, ended, told, in_force=True, cause=cause
        )


def _heard_of(unheard: bool) -> Cause:
    """What the routes said of an SMS that they had."""
    return Cause.NO_RECEIPT if unheard else Cause.REFUSED
