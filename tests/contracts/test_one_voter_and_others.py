"""What others do in a voter's name for a day, on every engine: a relative who reads the mailbox, a
stranger who knows number and address."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.captcha.digits import DigitsCaptcha
from adapters.register.memory import MemoryRegister
from adapters.store.intake import UnitIntake
from core.errors import LinkRejected
from core.locale import Locale
from core.one_time_link import digest_of
from core.password_issuer import PasswordIssuer
from core.policy import STANDARD
from core.recovery_request import Dismissal, State
from core.security_code import RenewalStep, SecurityCodeAnswer, SecurityCodeKind
from core.use_cases.confirm_renewal import Confirmation, ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.request_renewal import RenewalDemand, RequestRenewal
from core.use_cases.send_link import SendLink
from core.voter import EmailAddress, Identifier, Numic, PhoneNumber, Voter
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents

NUMIC, EMAIL = Numic("00012345"), EmailAddress("camille.martin@example.org")
VOTER = Voter(NUMIC, EMAIL, PhoneNumber("+33639980001"))
IDENTIFIER = Identifier.parse("K7WPQ2M4XN9B")
WRONG = Identifier.parse("AAAAAAAAAAAA")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Voting:
    """The verbs of a renewal; SMS arrive at once."""

    def __init__(self, store, clock, randomness, keyring):
        self.store, self.clock, self.keyring, self.events = store, clock, keyring, KeptEvents()
        now, begin, read = clock.now(), store.begin, store.read
        calendar = Calendar.of([VotingRound("2027-1", now - DAY, now + 4 * DAY)])
        register = MemoryRegister({NUMIC: VOTER}, {NUMIC: IDENTIFIER})
        self.captcha = DigitsCaptcha(keyring, clock, randomness, STANDARD.security_code_lifetime)
        self.codes = SecurityCodes({SecurityCodeKind.DIGITS: self.captcha})
        common = {"clock": clock, "randomness": randomness, "events": self.events}
        self.request = RequestRenewal(
            begin=begin,
            intake=UnitIntake(begin),
            security_codes=self.codes,
            calendar=calendar,
            keyring=keyring,
            **common,
        )
        ports = {"begin": begin, "read": read, "register": register, "calendar": calendar}
        self.send = SendLink(policy=STANDARD, keyring=keyring, **ports, **common)
        self.redeem = ConfirmRenewal(
            security_codes=self.codes, issuer=PasswordIssuer(keyring, STANDARD), **ports, **common
        )
        self.inspect = InspectLink(read, keyring, clock)

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

    async def confirm(self, token, identifier=IDENTIFIER):
        code = await self.code(RenewalStep.CONFIRM)
        await self.redeem(Confirmation(token, identifier, code))
        async with self.store.begin() as unit:
            was = await unit.links.find(digest_of(token))
            await unit.requests.save(replace(was, state=State.DELIVERED, seed=None), was=was)


@pytest.fixture
def voting(store, clock, randomness, keyring):
    return Voting(store, clock, randomness, keyring)


async def test_a_relative_who_reads_the_mailbox(voting, clock):
    """R61: A1: somebody who asks every two minutes for 24 hours and confirms each link renews three
    times; the voter's last password stays good for the 23 hours after. Two e-mails say so."""
    begun, renewed, told = clock.now(), [], 0
    while clock.now() < begun + DAY - MINUTE:
        request, token = await voting.ask()
        told += request.reason is Dismissal.RENEWALS_USED_UP and request.written_at is not None
        if token:
            await voting.confirm(token)
            renewed.append(clock.now())
        clock.advance(2 * MINUTE)
    assert len(renewed) == STANDARD.renewals_per_day
    assert begun + DAY - renewed[-1] > 23 * HOUR
    assert told == STANDARD.explanations_per_day


async def test_a_relative_who_guesses_identifiers(voting, clock):
    """R16, R61: A1: wrong identifiers revoke six links a day, with five guesses each, no more."""
    begun, guesses = clock.now(), 0
    while clock.now() < begun + DAY - MINUTE:
        _, token = await voting.ask()
        for _ in range(5 if token else 0):
            with pytest.raises(LinkRejected, match="IDENTIFIER_MISMATCH"):
                await voting.confirm(token, WRONG)
            guesses += 1
        clock.advance(4 * MINUTE)
    assert guesses == STANDARD.messages_per_day * STANDARD.link_attempts


async def test_a_stranger_who_asks_a_thousand_times(voting, clock):
    """R26, R61: A7: a thousand requests within 48 hours cause six e-mails in any 24, and after each
    of them the voter's latest link works."""
    written, token = [], None
    for _ in range(1000):
        clock.advance(2 * DAY / 1000)
        _, newer = await voting.ask()
        if newer:
            token = newer
            written.append(clock.now())
        assert (await voting.inspect(token)).problem is None
    most = max(sum(at <= other < at + DAY for other in written) for at in written)
    assert most <= STANDARD.messages_per_day
    assert len(written) <= STANDARD.messages_per_round
    await voting.confirm(token)
