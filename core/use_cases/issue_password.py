"""Worker, screen 6: the new password comes into force and goes out by SMS."""

from __future__ import annotations

from dataclasses import dataclass

from core.delivery import Delivery, delivery_id
from core.errors import MessageDeferred, MessageRefused
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
    policy: RenewalPolicy
    clock: Clock
    events: Events

    async def __call__(self, request_id: str) -> None:
        """Raises `RegisterUnavailable`, `CredentialsUnavailable`, `MessageDeferred`,
        `StoreUnavailable`: to be tried again later."""
        async with self.read() as unit:
            request = await unit.requests.get(request_id)
            sms = await unit.deliveries.get(delivery_id(request_id, MessageKind.PASSWORD))
        if request is None or sms is None or request.state is not State.CONFIRMED:
            return
        try:
            await self._issue(request, sms)
        except MessageRefused as refusal:
            await self._give_up(request, sms, sms.failed(refusal.reason, self.clock.now()))
        except MessageDeferred as deferral:
            async with self.begin() as unit:
                await unit.deliveries.save(sms.deferred(str(deferral), self.clock.now()), was=sms)
            raise

    async def _issue(self, request: RecoveryRequest, sms: Delivery) -> None:
        if self.clock.now() - sms.queued_at > self.policy.message_deadline:
            await self._give_up(request, sms, sms.expired(self.clock.now()))
            return
        if request.seed is None or request.confirmed_at is None or request.password_key is None:
            return
        if request.password_key not in self.issuer.keyring:
            raise MessageRefused("the key of this renewal is gone")
        voter = await self.register.find(request.number)
        if voter is None or voter.phone is None:
            raise MessageRefused("no phone number on record")
        password = self.issuer.derive(request.id, request.seed, request.password_key)
        issuance = Issuance(request.id, request.round_id or "", request.confirmed_at)
        if not await self.credentials.put(voter.numic, password, issuance):
            raise MessageRefused("superseded by a later renewal")
        text = PasswordSms(sms.id, voter.phone, request.locale, password, request.confirmed_at)
        await self._conclude(request, sms, await self.sms.send(text))

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

    async def _give_up(self, request: RecoveryRequest, sms: Delivery, ended: Delivery) -> None:
        async with self.begin() as unit:
            await unit.requests.save(request.given_up(self.clock.now()), was=request)
            await unit.deliveries.save(ended, was=sms)
        self.events.record(MessageEnded(request.id, sms.kind, ended.state, ended.reason))
