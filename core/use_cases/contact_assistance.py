"""The help icon: a message to the assistance cell, durable and with a reference (R1)."""

from __future__ import annotations

from dataclasses import dataclass

from core.assistance import AssistanceRequest, AssistanceTopic
from core.delivery import Delivery
from core.events import AssistanceAsked
from core.identifiers import CHANCE_BYTES, new_id
from core.locale import Locale
from core.messages import MessageKind
from core.policy import UNAMBIGUOUS
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.unit_of_work import AssistanceUnit, Begin
from core.security_code import RenewalStep, SecurityCodeAnswer
from core.use_cases.consume_security_code import SecurityCodes, consume
from core.voter import EmailAddress

REFERENCE_LENGTH = 8


@dataclass(frozen=True)
class AssistanceDemand:
    """The assistance form, parsed."""

    topic: AssistanceTopic
    message: str
    contact: EmailAddress
    security_code: SecurityCodeAnswer
    locale: Locale


@dataclass(frozen=True)
class ContactAssistance:
    """Takes a message, whether a voter's or not: the register is not asked."""

    begin: Begin[AssistanceUnit]
    security_codes: SecurityCodes
    clock: Clock
    randomness: Randomness
    events: Events

    async def __call__(self, demand: AssistanceDemand) -> str:
        """The reference to quote. Raises `SecurityCodeRejected`, `SecurityCodesUnavailable`,
        `StoreUnavailable`."""
        checked = await self.security_codes.check(RenewalStep.ASSISTANCE, demand.security_code)
        asked = self._request(demand)
        message = Delivery.queued(
            MessageKind.ASSISTANCE, asked.id, demand.locale, asked.received_at
        )
        async with self.begin() as unit:
            refusal = await consume(unit.codes, demand.security_code.id, checked)
            if refusal is None:
                await unit.assistance.add(asked)
                await unit.queue(message)
        if refusal is not None:
            raise refusal
        self.events.record(AssistanceAsked(asked.id, asked.reference))
        return asked.reference

    def _request(self, demand: AssistanceDemand) -> AssistanceRequest:
        now = self.clock.now()
        symbols = self.randomness.token(REFERENCE_LENGTH)
        return AssistanceRequest(
            id=new_id(now, self.randomness.token(CHANCE_BYTES)),
            reference="".join(UNAMBIGUOUS[byte % len(UNAMBIGUOUS)] for byte in symbols),
            topic=demand.topic,
            contact=demand.contact,
            message=demand.message,
            locale=demand.locale,
            received_at=now,
        )
