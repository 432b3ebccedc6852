"""The heart of issuing a password, the first time and again by another route: look at the voter
once more, make the password the voter's only one, hand it to a route."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from core.delivery import Delivery
from core.errors import CredentialsRefused, KeyUnavailable, MessageRefused
from core.events import PasswordsRefused
from core.keys import Keyring
from core.messages import MessageKind, PasswordSms
from core.password_issuer import PasswordIssuer
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.credentials import Credentials, Issuance
from core.ports.events import Events
from core.ports.register import Register
from core.ports.unit_of_work import Begin, CountingUnit, SmsUnit
from core.quotas import looked_at_since
from core.recovery_request import RecoveryRequest
from core.unreached import Cause
from core.use_cases.dispatch_sms import Dispatched, DispatchSms, Postponed
from core.voter import PhoneNumber, Voter
from core.voting_round import Calendar


@dataclass(frozen=True)
class GivenUp:
    """The SMS will not go out, for this reason. `explanation` is the e-mail that says so to the
    voter, if there is one to say it to."""

    reason: str
    explanation: MessageKind | None = None
    is_late: bool = False
    left_without: bool = False
    """The voter has no password that works: every route that was left refused it when it was in
    force already, or the account is locked."""
    unsent: bool = False
    """No route was given the SMS this time."""
    unchanged: bool = False
    """The credential store says that the old password is as it was."""
    cause: Cause | None = None
    """None: whatever stood in the way last."""


@dataclass(frozen=True)
class Held:
    """The SMS has to wait: run again at `until`."""

    until: datetime
    cause: Cause


class _Abandoned(Exception):
    """Carries the end out of the steps of a run."""

    def __init__(
        self,
        reason: str,
        explanation: MessageKind | None = None,
        cause: Cause | None = None,
        **more: bool,
    ) -> None:
        super().__init__(reason)
        self.end = GivenUp(reason, explanation, cause=cause, **more)


_forbidden = partial(_Abandoned, cause=Cause.REGISTER)
"""By what the register says."""


@dataclass(frozen=True)
class HandOverPassword:
    """Every run derives the same password, so a run that was killed is simply run again: the store
    ends with that password, and every SMS carries it, whichever route it takes (R19, R20, R29)."""

    begin: Begin[SmsUnit]
    read: Begin[CountingUnit]
    register: Register
    credentials: Credentials
    dispatch: DispatchSms
    keyring: Keyring
    issuer: PasswordIssuer
    calendar: Calendar
    policy: RenewalPolicy
    clock: Clock
    events: Events

    async def __call__(
        self, request: RecoveryRequest, sms: Delivery, seed: bytes, key_id: str, at: datetime
    ) -> Dispatched | GivenUp | Held:
        """A route has the SMS; or none will; or it has to wait. `at`: when the renewal was
        confirmed, which orders passwords. Raises `MessageDeferred`, `RegisterUnavailable`,
        `CredentialsUnavailable`, `KeyUnavailable`, `StoreUnavailable`: to be tried again later."""
        try:
            return await self._hand_over(request, sms, seed, key_id, at)
        except Postponed as wait:
            return Held(wait.until, wait.cause)
        except _Abandoned as abandoned:
            return abandoned.end
        except MessageRefused as refusal:
            told, cause = MessageKind.PASSWORD_NOT_SENT, Cause.REFUSED
            return GivenUp(refusal.reason, told, left_without=True, cause=cause)

    async def _hand_over(
        self, request: RecoveryRequest, sms: Delivery, seed: bytes, key_id: str, at: datetime
    ) -> Dispatched:
        voter, phone = await self._eligible(request, sms, key_id)
        password = self.issuer.derive(request.id, seed, key_id)

        async def announce(unit: SmsUnit) -> None:
            await self._announce(unit, request)

        async def bring_into_force() -> None:
            issuance = Issuance(request.id, request.round_id or "", at)
            try:
                taken = await self.credentials.put(voter.numic, password, issuance)
            except CredentialsRefused as refusal:
                raise self._end_or_wait(refusal, request, sms) from None
            if not taken:
                raise _Abandoned("superseded by a later renewal", cause=Cause.CREDENTIALS)

        is_last = await self._is_last(request, voter, at)
        message = PasswordSms(sms.id, phone, sms.locale, password, at, is_last)
        pseudonyms = self.keyring.pseudonyms(voter.numic.value)
        known_as = (*pseudonyms, *request.known_as)
        return await self.dispatch(message, known_as, announce, bring_into_force)

    def _end_or_wait(
        self, refusal: CredentialsRefused, request: RecoveryRequest, sms: Delivery
    ) -> _Abandoned | Postponed:
        """A password that is too young is waited for, if its time is known, and comes before the
        SMS would be given up and the round ends. All else ends at once: the voter is told."""
        if refusal.is_by_policy:
            self.events.record(PasswordsRefused(refusal.why, refusal.reason))
        if refusal.until is not None:
            in_round = self.calendar.open_named(request.round_id, refusal.until) is not None
            in_time = refusal.until - sms.queued_at <= self.policy.message_deadline
            if in_round and in_time:
                return Postponed(refusal.until, Cause.CREDENTIALS)
        return _Abandoned(
            refusal.reason,
            MessageKind.PASSWORD_NOT_SENT,
            Cause.CREDENTIALS,
            left_without=not refusal.is_by_policy,
            unchanged=refusal.is_by_policy,
            unsent=True,
        )

    async def _is_last(self, request: RecoveryRequest, voter: Voter, at: datetime) -> bool:
        """Whether the renewal that was confirmed then was the last that the voter had, for the day
        or the round: told so in the SMS itself, she asks for help before it is needed (R61)."""
        voting_round = self.calendar.open_named(request.round_id, at)
        if voting_round is None:
            return False
        voters = self.keyring.pseudonyms(voter.numic.value)
        since = looked_at_since(voting_round, at)
        async with self.read() as unit:
            history = await unit.history.of((), voters, asked_since=at, since=since, but="")
        return history.are_renewals_used_up(self.policy, voting_round, at)

    async def _announce(self, unit: SmsUnit, request: RecoveryRequest) -> None:
        """From here on the old password may be dead, whatever the store's answer or a crash let us
        know: the voter must then not be told that nothing was changed."""
        if not request.password_was_in_force:
            await unit.requests.save(replace(request, password_was_in_force=True), was=request)

    async def _eligible(
        self, request: RecoveryRequest, sms: Delivery, key_id: str
    ) -> tuple[Voter, PhoneNumber]:
        """The voter and the phone, looked at once more before anything changes (R7, R8, R12).

        Raises `_Abandoned` when the password may not, or cannot, be issued any more.
        """
        now = self.clock.now()
        if now - sms.queued_at > self.policy.message_deadline:
            late = "nobody took the SMS in time"
            raise _Abandoned(late, MessageKind.PASSWORD_NOT_SENT, is_late=True)
        if self.calendar.open_named(request.round_id, now) is None:
            told, cause = MessageKind.PASSWORD_NOT_SENT, Cause.ROUND_CLOSED
            raise _Abandoned("the round is over", told, cause=cause)
        if key_id not in self.issuer.keys:
            raise KeyUnavailable("the key of this renewal is not here, or not any more")
        voter = await self.register.find(request.number)
        if voter is None or not request.is_of(voter, self.keyring):
            raise _forbidden("the voter is no longer in the register")
        if voter.has_renewed_identifier_in(request.round_id or ""):
            raise _forbidden("the identifier was renewed", MessageKind.IDENTIFIER_RENEWED)
        if voter.phone is None and voter.has_unusable_phone:
            raise _forbidden("phone number unusable", MessageKind.PHONE_UNUSABLE)
        if voter.phone is None:
            raise _forbidden("no phone number on record", MessageKind.NO_PHONE)
        if not self.dispatch.serves(voter.phone):
            told, cause = MessageKind.PASSWORD_NOT_SENT, Cause.NO_ROUTE
            raise _Abandoned("destination not allowed", told, cause=cause)
        return voter, voter.phone
