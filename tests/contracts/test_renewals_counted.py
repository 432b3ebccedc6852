"""Renewals of one voter are counted in the commit that redeems, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.captcha.digits import DigitsCaptcha
from adapters.register.memory import MemoryRegister
from core.errors import LinkRejected
from core.one_time_link import OneTimeLink
from core.password_issuer import PasswordIssuer
from core.password_keys import RingPasswordKeys
from core.policy import STANDARD
from core.recovery_request import State
from core.security_code import RenewalStep, SecurityCodeAnswer, SecurityCodeKind
from core.use_cases.confirm_renewal import Confirmation, ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.issue_security_code import IssueSecurityCode
from core.voter import EmailAddress, Identifier, Numic, PhoneNumber, Voter
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents

NUMIC = Numic("00012345")
VOTER = Voter(NUMIC, EmailAddress("camille.martin@example.org"), PhoneNumber("+33639980001"))
IDENTIFIER = Identifier.parse("K7WPQ2M4XN9B")
DAY = timedelta(days=1)


@pytest.fixture
def confirm(store, clock, randomness, keyring, noon):
    """Confirms a renewal by the token of its link."""
    captcha = DigitsCaptcha(keyring, clock, randomness, STANDARD.security_code_lifetime)
    codes = SecurityCodes({SecurityCodeKind.DIGITS: captcha})
    verb = ConfirmRenewal(
        store.begin,
        store.read,
        codes,
        MemoryRegister({NUMIC: VOTER}, {NUMIC: IDENTIFIER}),
        Calendar.of([VotingRound("2027-1", noon - DAY, noon + 5 * DAY)]),
        keyring,
        PasswordIssuer(RingPasswordKeys(keyring), STANDARD),
        clock,
        randomness,
        KeptEvents(),
    )

    async def confirm(token):
        issued = await IssueSecurityCode(codes)(RenewalStep.CONFIRM, SecurityCodeKind.DIGITS)
        answer = SecurityCodeAnswer(issued.id, captcha.answer_to(issued.id))
        await verb(Confirmation(token, IDENTIFIER, answer))

    return confirm


@pytest.fixture
def links(store, link_sent, keyring, clock):
    """Stores requests of one voter under each key, all with a link that is open; their tokens."""

    async def store_links(*ids):
        tokens, now = [], clock.now()
        async with store.begin() as unit:
            for number, id in enumerate(ids):
                voter = keyring.pseudonyms(NUMIC.value)[number % 2]
                link = OneTimeLink.issue(keyring, id, id.encode(), now + 4 * DAY, 5)
                sent = link_sent(id, number=NUMIC, voter=voter, link=link, written_at=now)
                await unit.requests.add(sent)
                tokens.append(link.token(keyring, id))
        return tokens

    return store_links


async def test_of_many_at_once_no_more_than_the_cap(store, confirm, links):
    """R61: A1: of twelve links of one voter, all confirmed at once, three succeed; the others are
    refused by a code of their own, and are not used up."""
    ids = [f"r{number}" for number in range(12)]
    calls = [confirm(token) for token in await links(*ids)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert ended.count(None) == STANDARD.renewals_per_day == 3
    assert {end.code for end in ended if end} == {"RENEWALS_STOPPED"}
    async with store.read() as unit:
        states = [(await unit.requests.get(id)).state for id in ids]
    assert states.count(State.CONFIRMED) == 3
    assert states.count(State.LINK_SENT) == 9


async def test_the_last_that_did_not_arrive_is_waived(store, confirm, links, clock):
    """R61: A1: beyond the cap a voter whose last SMS did not arrive renews again; whose SMS arrived
    late after all does not. A link that was used is told so, cap or not."""
    tokens = await links("r0", "r1", "r2", "r3", "r4")
    for token in tokens[:3]:
        clock.advance(timedelta(seconds=1))
        await confirm(token)

    async def end(id, state):
        async with store.begin() as unit:
            was = await unit.requests.get(id)
            await unit.requests.save(replace(was, state=state), was=was)

    await end("r1", State.UNDELIVERED)
    with pytest.raises(LinkRejected, match="RENEWALS_STOPPED"):
        await confirm(tokens[3])
    await end("r2", State.UNDELIVERED)
    clock.advance(timedelta(seconds=1))
    await confirm(tokens[3])
    with pytest.raises(LinkRejected, match="RENEWALS_STOPPED"):
        await confirm(tokens[4])
    with pytest.raises(LinkRejected, match="LINK_USED"):
        await confirm(tokens[0])


async def test_six_a_round(confirm, links, clock):
    """R61: A1: the days of a round go by, its six renewals do not come back."""
    tokens = await links(*(f"r{number}" for number in range(8)))
    ended = []
    for token in tokens:
        ended.append(await asyncio.gather(confirm(token), return_exceptions=True))
        clock.advance(timedelta(hours=9))
    codes = [getattr(end, "code", "") for (end,) in ended]
    assert codes == [""] * 6 + ["RENEWALS_STOPPED"] * 2
