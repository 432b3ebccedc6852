"""Screens 2 and 3: the voter asks for a new password; everyone gets the same confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.errors import RenewalClosed, SecurityCodeProblem, SecurityCodeRejected
from core.events import RenewalRequested
from core.identifiers import CHANCE_BYTES, new_id
from core.jobs import Job, JobKind
from core.keys import Keyring
from core.locale import Locale
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.intake import Intake
from core.ports.randomness import Randomness
from core.ports.unit_of_work import Begin, RenewalUnit
from core.recovery_request import RecoveryRequest
from core.security_code import CheckedAnswer, RenewalStep, SecurityCodeAnswer
from core.use_cases.consume_security_code import SecurityCodes, consume
from core.voter import ElectoralNumber, EmailAddress, Numel, Numic
from core.voting_round import Calendar

_KINDS: dict[type, str] = {Numic: "Numic", Numel: "Numel"}
"""Part of what pairs are pseudonyms of: another word would forget the quotas of every pair."""


@dataclass(frozen=True)
class RenewalDemand:
    """The form of screen 2, parsed."""

    number: ElectoralNumber
    email: EmailAddress
    security_code: SecurityCodeAnswer
    locale: Locale
    partner: str | None = None
    """One of the partners in the settings, or None for the portal itself."""


@dataclass(frozen=True)
class RequestRenewal:
    """Accepts a demand without asking the register anything.

    What is done, and how long it takes, is the same for every voter, known or not, because nothing
    here can tell them apart (R3, R23, R24). The worker decides later, in `send_link`.
    """

    begin: Begin[RenewalUnit]
    intake: Intake
    security_codes: SecurityCodes
    calendar: Calendar
    keyring: Keyring
    clock: Clock
    randomness: Randomness
    events: Events

    async def __call__(self, demand: RenewalDemand) -> None:
        """Returns when the demand is durable. Raises `RenewalClosed`, `SecurityCodeRejected`,
        `SecurityCodesUnavailable`, `StoreUnavailable`."""
        now = self.clock.now()
        rounds = tuple(each.id for each in self.calendar.all_open_at(now))
        if not rounds:
            raise RenewalClosed
        checked = await self.security_codes.check(RenewalStep.REQUEST, demand.security_code)
        if checked.problem is not None:
            raise await self._refusal(demand.security_code.id, checked, checked.problem)
        code_id, until = demand.security_code.id, checked.consume_until
        request = self._request(demand, now, rounds)
        job = Job(JobKind.SEND_LINK, request.id)
        if not await self.intake.accept(code_id, until, request, job):
            raise SecurityCodeRejected(SecurityCodeProblem.USED)
        self.events.record(RenewalRequested(request.id))

    async def _refusal(
        self, code_id: str, checked: CheckedAnswer, problem: SecurityCodeProblem
    ) -> SecurityCodeRejected:
        """A wrong answer uses its code up as well, and stores nothing else (R27)."""
        async with self.begin() as unit:
            refusal = await consume(unit.codes, code_id, checked)
        return refusal or SecurityCodeRejected(problem)

    def _request(
        self, demand: RenewalDemand, now: datetime, rounds: tuple[str, ...]
    ) -> RecoveryRequest:
        return RecoveryRequest(
            id=new_id(now, self.randomness.token(CHANCE_BYTES)),
            number=demand.number,
            typed_email=demand.email,
            pair=self.keyring.pseudonym(pair_of(demand.number, demand.email)),
            locale=demand.locale,
            received_at=now,
            partner=demand.partner,
            rounds=rounds,
        )


def pair_of(number: ElectoralNumber, email: EmailAddress) -> str:
    """What was typed, as one text to be pseudonymised: quotas are counted by it (R26)."""
    return f"{_KINDS[type(number)]}:{number.value}:{email.comparable}"
