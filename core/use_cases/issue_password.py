"""Worker, screen 6: the new password comes into force and goes out by SMS."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.delivery import Delivery, delivery_id
from core.errors import KeyUnavailable, MessageDeferred, MessageRefused
from core.events import MessageEnded, PasswordIssued
from core.jobs import Job, JobKind
from core.messages import Acceptance, MessageKind, PasswordSms
from core.password_issuer import PasswordIssuer
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.credentials import Credentials, Issuance
from core.ports.events import Events
from core.ports.register import Register
from core.ports.sms import Sms
from core.ports.unit_of_work import BeginUnit
from core.recovery_request import RecoveryRequest, State
from core.voter import PhoneNumber, Voter
from core.voting_round import Calendar


@dataclass(frozen=True)
class IssuePassword:
    """Issues the password of one confirmed request.

    Every run derives the same password, so a run that was killed is simply run again: the store
    ends with that password, and every SMS carries it (R19, R20, R29).
    """

    begin: BeginUnit
    read: BeginUnit
    register: Register
    credentials: Credentials
    sms: Sms
    issuer: PasswordIssuer
    calendar: Calendar
    policy: RenewalPolicy
    clock: Clock
    events: Events

    async def __call__(self, request_id: str) -> None:
        """Raises `RegisterUnavailable`, `CredentialsUnavailable`, `KeyUnavailable`,
        `MessageDeferred`, `StoreUnavailable`: to be tried again later."""
        async with self.read() as unit:
            request = await unit.requests.get(request_id)
            sms = await unit.deliveries.get(delivery_id(request_id, MessageKind.PASSWORD))
        if request is None or sms is None or request.state is not State.CONFIRMED:
            return
        try:
            await self._issue(request, sms)
        except _Abandoned as reason:
            now = self.clock.now()
            ended = sms.expired(now) if reason.is_late else sms.failed(str(reason), now)
            in_force = request.password_was_in_force
            told = reason.explanation and MessageKind.PASSWORD_NOT_SENT
            await self._give_up(
                request, sms, ended, told if in_force else reason.explanation, in_force
            )
        except MessageRefused as refusal:
            ended = sms.failed(refusal.reason, self.clock.now())
            await self._give_up(request, sms, ended, MessageKind.PASSWORD_NOT_SENT, in_force=True)
        except MessageDeferred as deferral:
            async with self.begin() as unit:
                await unit.deliveries.save(sms.deferred(str(deferral), self.clock.now()), was=sms)
            raise

    async def _issue(self, request: RecoveryRequest, sms: Delivery) -> None:
        if request.seed is None or request.confirmed_at is None or request.password_key is None:
            return
        voter, phone = await self._eligible(request, sms)
        password = self.issuer.derive(request.id, request.seed, request.password_key)
        issuance = Issuance(request.id, request.round_id or "", request.confirmed_at)
        await self._announce(request)
        if not await self.credentials.put(voter.numic, password, issuance):
            raise _Abandoned("superseded by a later renewal")
        text = PasswordSms(sms.id, phone, request.locale, password, request.confirmed_at)
        await self._conclude(request, sms, await self.sms.send(text))

    async def _announce(self, request: RecoveryRequest) -> None:
        """From here on the old password may be dead, whatever the store's answer or a crash let us
        know: the voter must then not be told that nothing was changed."""
        if not request.password_was_in_force:
            async with self.begin() as unit:
                await unit.requests.save(replace(request, password_was_in_force=True), was=request)

    async def _eligible(self, request: RecoveryRequest, sms: Delivery) -> tuple[Voter, PhoneNumber]:
        """The voter and the phone, looked at once more before anything changes (R7, R8, R12).

        Raises `_Abandoned` when the password may not, or cannot, be issued any more.
        """
        now = self.clock.now()
        if now - sms.queued_at > self.policy.message_deadline:
            late = "nobody took the SMS in time"
            raise _Abandoned(late, MessageKind.PASSWORD_NOT_SENT, is_late=True)
        voting_round = self.calendar.open_at(now)
        if voting_round is None or voting_round.id != request.round_id:
            raise _Abandoned("the round is over", MessageKind.PASSWORD_NOT_SENT)
        if (request.password_key or "") not in self.issuer.keyring:
            raise KeyUnavailable("the key of this renewal is not in the ring")
        voter = await self.register.find(request.number)
        if voter is None or not request.is_of(voter, self.issuer.keyring):
            raise _Abandoned("the voter is no longer in the register")
        if voter.identifier_renewed_in == request.round_id:
            raise _Abandoned("the identifier was renewed", MessageKind.IDENTIFIER_RENEWED)
        if voter.phone is None:
            raise _Abandoned("no phone number on record", MessageKind.NO_PHONE)
        return voter, voter.phone

    async def _conclude(
        self, request: RecoveryRequest, sms: Delivery, acceptance: Acceptance
    ) -> None:
        now = self.clock.now()
        notice = Delivery.queued(MessageKind.PASSWORD_CHANGED, request.id, request.locale, now)
        async with self.begin() as unit:
            await unit.requests.save(request.password_handed_over(now), was=request)
            await unit.deliveries.save(sms.accepted(acceptance, now), was=sms)
            await unit.deliveries.add(notice)
            await unit.jobs.enqueue(Job(JobKind.DELIVER_EMAIL, notice.id), at=now)
        self.events.record(PasswordIssued(request.id, request.voter, acceptance.route))

    async def _give_up(
        self,
        request: RecoveryRequest,
        sms: Delivery,
        ended: Delivery,
        explanation: MessageKind | None,
        in_force: bool,
    ) -> None:
        """Ends in a named state, and the registered mailbox is told: above all when the old
        password no longer works and the new one reached nobody."""
        now = self.clock.now()
        async with self.begin() as unit:
            await unit.requests.save(request.given_up(now, in_force), was=request)
            await unit.deliveries.save(ended, was=sms)
            if explanation is not None:
                email = Delivery.queued(explanation, request.id, request.locale, now)
                await unit.deliveries.add(email)
                await unit.jobs.enqueue(Job(JobKind.DELIVER_EMAIL, email.id), at=now)
        self.events.record(MessageEnded(request.id, sms.kind, ended.state, ended.reason))


class _Abandoned(Exception):
    """The password will not be issued, for the reason in the text; `explanation` is the e-mail
    that says so to the voter, if there is one to say it to."""

    def __init__(
        self, reason: str, explanation: MessageKind | None = None, is_late: bool = False
    ) -> None:
        super().__init__(reason)
        self.explanation = explanation
        self.is_late = is_late
