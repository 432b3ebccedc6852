"""What the contract suites share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.captcha.digits import DigitsCaptcha
from adapters.countries import NumberingPlan
from adapters.register.memory import MemoryRegister
from adapters.sealing import AesGcmSealing
from core.attempt import Attempt
from core.locale import Locale
from core.one_time_link import digest_of
from core.password_issuer import PasswordIssuer
from core.password_keys import RingPasswordKeys
from core.policy import STANDARD
from core.recovery_request import State
from core.security_code import RenewalStep, SecurityCodeAnswer, SecurityCodeKind
from core.use_cases.confirm_renewal import Confirmation, ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.request_renewal import RenewalDemand, RequestRenewal
from core.use_cases.send_link import SendLink
from core.voter import EmailAddress, Identifier, Numic, PhoneNumber, Voter
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents

NUMIC, EMAIL = Numic("00012345"), EmailAddress("camille.martin@example.org")
VOTER = Voter(NUMIC, EMAIL, PhoneNumber("+33639980001"))
IDENTIFIER = Identifier.parse("K7WPQ2M4XN9B")
DAY = timedelta(days=1)


class Voting:
    """The verbs of a renewal; SMS arrive at once."""

    numic, identifier = NUMIC, IDENTIFIER

    def __init__(self, store, clock, randomness, keyring):
        self.store, self.clock, self.keyring, self.events = store, clock, keyring, KeptEvents()
        self.randomness = randomness
        now, begin, read = clock.now(), store.begin, store.read
        calendar = Calendar.of([VotingRound("2027-1", now - DAY, now + 4 * DAY)])
        self.register = MemoryRegister({NUMIC: VOTER}, {NUMIC: IDENTIFIER})
        self.captcha = DigitsCaptcha(keyring, clock, randomness, STANDARD.security_code_lifetime)
        self.codes = SecurityCodes({SecurityCodeKind.DIGITS: self.captcha})
        common = {"clock": clock, "randomness": randomness, "events": self.events}
        self.request = RequestRenewal(
            begin=begin,
            intake=store.intake,
            security_codes=self.codes,
            calendar=calendar,
            keyring=keyring,
            **common,
        )
        ports = {"begin": begin, "read": read, "register": self.register, "calendar": calendar}
        sealing = AesGcmSealing(keyring, randomness)
        keys = KeepRoundKeys(begin, read, sealing, clock, randomness)
        self.send = SendLink(
            policy=STANDARD,
            keyring=keyring,
            round_keys=keys,
            countries=NumberingPlan(),
            **ports,
            **common,
        )
        self.redeem = ConfirmRenewal(
            security_codes=self.codes,
            keyring=keyring,
            issuer=PasswordIssuer(RingPasswordKeys(keyring), STANDARD),
            **ports,
            **common,
        )
        self.inspect = InspectLink(read, calendar, keyring, STANDARD, clock)

    async def code(self, step):
        issued = await IssueSecurityCode(self.codes)(step, SecurityCodeKind.DIGITS)
        return SecurityCodeAnswer(issued.id, self.captcha.answer_to(issued.id))

    async def ask(self):
        """The request, decided; and the token of its link, if it has one."""
        code = await self.code(RenewalStep.REQUEST)
        await self.request(RenewalDemand(NUMIC, EMAIL, code, Locale.FR))
        id = self.events.kept[-1].request_id
        await self.send(id)
        async with self.store.read() as unit:
            request = await unit.requests.get(id)
        return request, request.link and request.link.token(self.keyring, id)

    async def confirm(self, token, identifier=IDENTIFIER, network=""):
        code = await self.code(RenewalStep.CONFIRM)
        await self.redeem(Confirmation(token, identifier, code, network))
        async with self.store.begin() as unit:
            was = await unit.links.find(digest_of(token))
            await unit.requests.save(replace(was, state=State.DELIVERED, seed=None), was=was)


@pytest.fixture(autouse=True)
def _hashes_cost_little(hashes_cost_little: None) -> None:
    """None of these tests speaks of it."""


@pytest.fixture
def voting(store, clock, randomness, keyring):
    return Voting(store, clock, randomness, keyring)


@pytest.fixture
def begun(noon: datetime) -> Callable[..., Attempt]:
    """Makes an attempt that was just begun; fields may be given."""

    def make(delivery: str = "r1.password", number: int = 1, **fields: object) -> Attempt:
        return replace(Attempt(delivery, number, "north", "AR", 70_000, noon), **fields)

    return make
