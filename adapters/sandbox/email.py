"""Mailboxes with a fate: what becomes of an e-mail, and of the link in it, hangs on the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from core.delivery import Delivery, DeliveryState
from core.errors import LinkProblem, MessageDeferred
from core.messages import Acceptance, EmailMessage, MessageKind
from core.one_time_link import digest_of
from core.ports.clock import Clock
from core.ports.email import Email
from core.ports.unit_of_work import BeginUnit
from core.reasons import Revocation
from core.recovery_request import RecoveryRequest
from core.use_cases.record_bounce import Bounce, RecordBounce
from core.voter import EmailAddress
from core.voter_freeze import VoterFreeze

from ..email.inbox import ROUTE
from .outbox import Outbox
from .register import SandboxRegister

_REASONS = {DeliveryState.FAILED: "5.1.1 no such mailbox"}
LATE = timedelta(hours=1)
"""As long as a link lives."""
_UNSENT = (DeliveryState.QUEUED, DeliveryState.EXPIRED)


class SandboxEmail:
    """The port `Email`, of one relay, over another one. What has to wait for the hand-over to be
    recorded, such as a bounce, is kept until `settle`. `returned`: whose e-mails come back, with
    all that they hold; `late`: whose links are brought when they have run out."""

    def __init__(
        self,
        email: Email,
        outbox: Outbox,
        fates: Mapping[EmailAddress, DeliveryState],
        returned: Collection[EmailAddress] = (),
        late: Collection[EmailAddress] = (),
    ) -> None:
        self._email, self._outbox, self._fates = email, outbox, fates
        self._returned, self._late = returned, late
        self.handed: list[EmailMessage] = []
        """What was handed over since the last time that this list was emptied."""

    async def send(self, message: EmailMessage) -> Acceptance:
        self._outbox.note(message.id, message.to.value)
        if self._fates.get(message.to) in _UNSENT:
            raise MessageDeferred("4.2.0 mailbox busy")
        self.handed.append(message)
        return Acceptance(ROUTE) if self.is_late(message) else await self._email.send(message)

    def is_late(self, message: EmailMessage) -> bool:
        """Whether its mail server keeps it for `LATE`."""
        return message.to in self._late and message.kind is MessageKind.LINK

    async def bring_late(self, message: EmailMessage, clock: Clock) -> Bounce:
        """It is there now, and its mail server has reported that it is late."""
        await self._email.send(message)
        still_tried, reason = DeliveryState.ACCEPTED, "4.2.2 mailbox full"
        return Bounce(message.id, still_tried, reason, clock.now(), message.sending, is_delay=True)

    def report_on(self, message: EmailMessage, clock: Clock) -> Bounce | None:
        """What its mail server says of it afterwards, if anything."""
        now, sending = clock.now(), message.sending
        if message.to in self._returned:
            shown = frozenset({digest_of(str(message.facts.get("token", "")))})
            failed = DeliveryState.FAILED
            return Bounce(message.id, failed, "5.7.1 not authorised", now, sending, tokens=shown)
        fate = self._fates.get(message.to)
        if fate is not DeliveryState.DELIVERED and fate is not DeliveryState.FAILED:
            return None
        return Bounce(message.id, fate, _REASONS.get(fate), now, sending)


class Aftermath:
    """What happens once an e-mail was handed over: reports on it, and the end of its link."""

    def __init__(
        self,
        relays: Collection[SandboxEmail],
        register: SandboxRegister,
        links: Mapping[EmailAddress, LinkProblem | Revocation],
        begin: BeginUnit,
        clock: Clock,
        is_told: bool,
    ) -> None:
        """`is_told`: whether mail servers' reports come to the gateway."""
        self._relays, self._register, self._links = relays, register, links
        self._begin, self._clock, self._is_told = begin, clock, is_told
        self._kept: list[tuple[datetime, SandboxEmail, EmailMessage]] = []

    async def settle(self, record_bounce: RecordBounce) -> bool:
        """Let it happen to every e-mail handed over since the last time, or kept until now;
        whether there was any."""
        handed = [(relay, message) for relay in self._relays for message in relay.handed]
        for relay in self._relays:
            relay.handed = []
        now = self._clock.now()
        self._kept += [(now + LATE, *each) for each in handed if each[0].is_late(each[1])]
        due = [each for each in self._kept if each[0] <= now]
        self._kept = [each for each in self._kept if each[0] > now]
        for _, relay, message in due:
            late = await relay.bring_late(message, self._clock)
            if self._is_told:
                await record_bounce(late)
        for relay, message in handed:
            report = relay.report_on(message, self._clock)
            if report is not None and self._is_told:
                await record_bounce(report)
            if message.kind is MessageKind.LINK and message.to in self._links:
                await self._end_link(message, self._links[message.to])
        return bool(handed or due)

    async def _end_link(self, message: EmailMessage, end: LinkProblem | Revocation) -> None:
        async with self._begin() as unit:
            request = await unit.requests.get(message.id.removesuffix(f".{message.kind}"))
            if request is None or request.link is None or request.voter is None:
                return
            if end is LinkProblem.IDENTIFIER_RENEWED:
                self._register.renew_identifier(request.number, request.round_id or "")
            elif end is LinkProblem.REVOKED:
                await unit.links.supersede((request.voter,), self._clock.now())
            elif end is LinkProblem.RENEWALS_STOPPED:
                voter, now = {request.link.key_id: request.voter}, self._clock.now()
                order = VoterFreeze(request.id, voter, now, "sandbox", "a scenario")
                await unit.freezes.add(order)
            elif end is Revocation.RESTORED:
                told, now = MessageKind.LINK_WITHDRAWN, self._clock.now()
                await unit.requests.save(request.restored(now), was=request)
                await unit.queue(Delivery.queued(told, request.id, request.locale, now))
            else:
                await unit.requests.save(self._run_out(request), was=request)

    def _run_out(self, request: RecoveryRequest) -> RecoveryRequest:
        end = self._clock.now() - timedelta(seconds=1)
        return replace(request, link=request.link and request.link.living_until(end))
