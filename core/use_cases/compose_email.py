"""What an e-mail says and to whom: read from register and request when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.delivery import Delivery, delivery_id
from core.errors import ConcurrentChange
from core.keys import Keyring
from core.messages import EmailMessage, Fact, MessageKind
from core.one_time_link import OneTimeLink
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.countries import Countries
from core.ports.register import Register
from core.ports.unit_of_work import Begin, CountingUnit, EmailUnit
from core.recovery_request import RecoveryRequest, State
from core.use_cases.request_renewal import pair_of
from core.voter import EmailAddress, PhoneNumber, Voter
from core.voting_round import Calendar

PROMPT = timedelta(minutes=1)
"""A link that waited longer than this for its e-mail has its lifetime started again (R17)."""


@dataclass(frozen=True)
class ComposeEmail:
    """Turns a delivery into its message. A voter is only ever written to at the address on file,
    never at the one that was typed (R25)."""

    begin: Begin[EmailUnit]
    read: Begin[EmailUnit]
    look_back: Begin[CountingUnit]
    register: Register
    assistance_address: EmailAddress
    calendar: Calendar
    policy: RenewalPolicy
    keyring: Keyring
    clock: Clock
    countries: Countries

    async def __call__(self, delivery: Delivery) -> EmailMessage | None:
        """The message, or None when there is nothing left to say, or nobody to say it to.

        Raises `RegisterUnavailable`, `StoreUnavailable`, and `ConcurrentChange` when the link was
        used or revoked at this very moment.
        """
        if delivery.kind is MessageKind.ASSISTANCE:
            return await self._to_assistance(delivery)
        async with self.read() as unit:
            request = await unit.requests.get(delivery.subject)
        if request is None:
            return None
        voter = await self.register.find(request.number)
        if voter is None or voter.email is None or not request.is_of(voter, self.keyring):
            return None
        facts = await self._facts(delivery, request, voter)
        if facts is None:
            return None
        to = self._typed(voter, request) or voter.email
        return EmailMessage(
            delivery.id, delivery.kind, to, delivery.locale, facts, delivery.next_sending
        )

    def _typed(self, voter: Voter, request: RecoveryRequest) -> EmailAddress | None:
        """Of several addresses on file the one that was typed. It is forgotten since, and known by
        the pseudonym of what was typed."""
        if not voter.other_emails:
            return None
        for each in voter.emails:
            if request.pair in self.keyring.pseudonyms(pair_of(request.number, each)):
                return each
        return None

    async def _facts(
        self, delivery: Delivery, request: RecoveryRequest, voter: Voter
    ) -> Mapping[str, Fact] | None:
        kind = delivery.kind
        if await self._is_untrue(kind, request, voter):
            return None
        if kind is MessageKind.LINK:
            link = await self._link(request, is_resent=delivery.was_handed_over)
            return link and {**link, **self._where_to(voter.phone)}
        if kind is MessageKind.PASSWORD_CHANGED and request.confirmed_at is not None:
            return {"changed_at": request.confirmed_at}
        if kind is MessageKind.PASSWORD_NOT_SENT:
            return {"in_force": int(request.password_was_in_force)}
        return {}

    async def _is_untrue(self, kind: MessageKind, request: RecoveryRequest, voter: Voter) -> bool:
        """Whether what the e-mail says of the SMS is no longer so: that it is on its way, when
        another e-mail says that it could not be delivered; or that, and with it that the voter has
        no password, when a late receipt says that it was, or she has renewed once more."""
        if kind is MessageKind.PASSWORD_NOT_SENT:
            was_delivered = request.state is State.DELIVERED
            return was_delivered or await self._has_renewed_since(request, voter)
        if kind is not MessageKind.PASSWORD_CHANGED or request.state is not State.UNDELIVERED:
            return False
        async with self.read() as unit:
            refusal = delivery_id(request.id, MessageKind.PASSWORD_NOT_SENT)
            return await unit.deliveries.get(refusal) is not None

    async def _has_renewed_since(self, request: RecoveryRequest, voter: Voter) -> bool:
        if request.confirmed_at is None:
            return False
        since, voters = request.confirmed_at, self.keyring.pseudonyms(voter.numic.value)
        async with self.look_back() as unit:
            history = await unit.history.of((), voters, since, since, but=request.id)
        return any(each.confirmed_at and each.confirmed_at > since for each in history.earlier)

    def _where_to(self, phone: PhoneNumber | None) -> Mapping[str, Fact]:
        """What the mailbox's owner may see of the number: enough to notice a stranger's before the
        password is sent there, too little to dial (R50)."""
        if phone is None:
            return {}
        return {"phone_country": self.countries.of(phone), "phone_end": phone.value[-2:]}

    async def _link(self, request: RecoveryRequest, is_resent: bool) -> Mapping[str, Fact] | None:
        """Its lifetime counts from the last sending (R17). `is_kept`: it lives longer than others,
        until another may follow; who asks meanwhile is sent nothing, so this e-mail says so."""
        now = self.clock.now()
        voting_round = self.calendar.open_named(request.round_id, now)
        link = request.link
        if link is None or voting_round is None or request.state is not State.LINK_SENT:
            return None
        if link.key_id not in self.keyring:
            return None
        if is_resent or request.written_at is None or now - request.written_at > PROMPT:
            restarted = max(link.expires_at, now + self.policy.link_lifetime)
            expires_at = min(restarted, voting_round.closes_at)
            link = await self._restart(request, expires_at)
        facts: dict[str, Fact] = {
            "token": link.token(self.keyring, request.id),
            "expires_at": link.expires_at,
        }
        if link.expires_at - now > self.policy.link_lifetime:
            facts["is_kept"] = 1
        partner = await self._front_end(request)
        return facts | {"partner": partner} if partner else facts

    async def _front_end(self, request: RecoveryRequest) -> str | None:
        """The partner whose pages were used; None for the portal, to which the links of one that is
        suspended lead."""
        if request.partner is None:
            return None
        async with self.read() as unit:
            suspended = {each.partner for each in await unit.suspensions.in_force()}
        return None if request.partner in suspended else request.partner

    async def _restart(self, request: RecoveryRequest, expires_at: datetime) -> OneTimeLink:
        """The link with its new end, and with the attempts that it has left at this moment."""
        async with self.begin() as unit:
            current = await unit.requests.get(request.id)
            if current is None or current.link is None or current.state is not request.state:
                raise ConcurrentChange(request.id)
            link = current.link.living_until(expires_at)
            await unit.requests.save(replace(current, link=link), was=current)
        return link

    async def _to_assistance(self, delivery: Delivery) -> EmailMessage | None:
        async with self.read() as unit:
            asked = await unit.assistance.get(delivery.subject)
        if asked is None or asked.message is None or asked.contact is None:
            return None
        facts: dict[str, Fact] = {
            "reference": asked.reference,
            "topic": asked.topic.value,
            "contact": asked.contact.value,
            "message": asked.message,
            "received_at": asked.received_at,
        }
        return EmailMessage(
            delivery.id,
            delivery.kind,
            self.assistance_address,
            delivery.locale,
            facts,
            delivery.next_sending,
        )
