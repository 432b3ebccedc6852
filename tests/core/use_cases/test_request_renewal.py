"""Screens 2 and 3: asking for a new password."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.errors import RenewalClosed, SecurityCodeRejected, StoreUnavailable
from core.events import RenewalRequested
from core.locale import Locale
from core.recovery_request import State
from core.security_code import RenewalStep, SecurityCodeAnswer
from core.use_cases.request_renewal import pair_of
from core.voter import EmailAddress, Numel, Numic


async def refusal(portal, code):
    with pytest.raises(SecurityCodeRejected) as refused:
        await portal.request_renewal(await portal.demand(code=code))
    return refused.value.code


async def test_a_demand_is_stored_with_its_job(portal):
    """R2, R29: one commit holds the request, the job and the consumed code."""
    request_id = await portal.ask(locale=Locale.EN)
    request = await portal.request(request_id)
    assert request.state is State.RECEIVED
    assert (request.number, request.typed_email) == (portal.numic, portal.email_address)
    assert (request.locale, request.received_at) == (Locale.EN, portal.clock.now())
    assert await portal.due() == {f"send_link:{request_id}"}
    assert portal.events.kept == [RenewalRequested(request_id)]
    assert portal.begin.begun == 1


@pytest.mark.parametrize(
    ("number", "email"),
    [
        (Numic("00012345"), "camille.martin@example.org"),
        (Numic("99999999"), "camille.martin@example.org"),
        (Numic("00012345"), "dominique.bernard@example.org"),
        (Numel("000054321"), "camille.martin@example.org"),
    ],
    ids=["known", "unknown", "another e-mail", "by NUMEL"],
)
async def test_everybody_gets_the_same(portal, number, email):
    """R3, R23: known or not, the answer is nothing but the end of the call, after the same steps,
    and the register was not asked."""
    answer = await portal.request_renewal(
        await portal.demand(number=number, email=EmailAddress(email))
    )
    assert answer is None
    assert portal.register.asked == 0
    assert portal.begin.begun == 1
    assert len(await portal.due()) == 1


async def test_the_register_may_be_down(portal):
    """R23: the demand is taken while the register is away."""
    portal.register.down = True
    assert (await portal.request(await portal.ask())).state is State.RECEIVED


async def test_the_pair_is_a_pseudonym(portal):
    """R26, R42: the same pair has the same pseudonym however it is typed, and tells nothing."""
    one = await portal.request(await portal.ask())
    same = await portal.request(await portal.ask(email=EmailAddress("CAMILLE.Martin@example.ORG")))
    other = await portal.request(await portal.ask(number=Numel("000012345")))
    assert one.pair == same.pair != other.pair
    assert "12345" not in one.pair


async def test_a_wrong_code_stores_its_consumption_alone(portal):
    """R27: no request, no job, no event; and the right digits come too late."""
    code = await portal.code(wrong=True)
    assert await refusal(portal, code) == "SECURITY_CODE_WRONG"
    right = SecurityCodeAnswer(code.id, portal.captcha.answer_to(code.id))
    assert await refusal(portal, right) == "SECURITY_CODE_USED"
    assert await portal.due() == set()
    assert portal.events.kept == []
    assert await portal.column("consumed_code", "id") == [code.id]
    assert await portal.all("requests") == []


async def test_a_code_is_good_for_one_demand(portal):
    """R27: of twenty demands at once with one code, one is taken."""
    code = await portal.code()

    async def ask():
        await portal.request_renewal(await portal.demand(code=code))

    ended = await asyncio.gather(*[ask() for _ in range(20)], return_exceptions=True)
    assert ended.count(None) == 1
    assert {end.code for end in ended if end} == {"SECURITY_CODE_USED"}
    assert len(await portal.due()) == 1


async def test_a_late_code(portal):
    """R27: after its end a code is refused, and nothing is stored."""
    code = await portal.code()
    portal.clock.advance(portal.policy.security_code_lifetime)
    before = await portal.stored()
    assert await refusal(portal, code) == "SECURITY_CODE_EXPIRED"
    assert await portal.stored() == before


async def test_a_code_of_another_step_or_of_nobody(portal):
    """R27: a code of screen 5, or one never issued, is no code of screen 2."""
    before = await portal.stored()
    assert await refusal(portal, await portal.code(RenewalStep.CONFIRM)) == "SECURITY_CODE_UNKNOWN"
    assert await refusal(portal, SecurityCodeAnswer("x", "1234")) == "SECURITY_CODE_UNKNOWN"
    assert await portal.stored() == before


@pytest.mark.parametrize("when", [timedelta(days=-2), timedelta(days=2)])
async def test_outside_of_a_round(portal, when):
    """R12: before and after the round nothing is taken, nor is the code used up."""
    code = await portal.code()
    portal.clock.advance(when)
    before = await portal.stored()
    with pytest.raises(RenewalClosed):
        await portal.request_renewal(await portal.demand(code=code))
    assert await portal.stored() == before


async def test_a_store_that_fails_keeps_nothing(portal):
    """R29: when the commit fails the voter is told, and the code is still good."""
    code = await portal.code()
    before = await portal.stored()
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable):
        await portal.request_renewal(await portal.demand(code=code))
    assert await portal.stored() == before
    assert portal.events.kept == []
    await portal.ask(code=code)


def test_pairs_keep_the_words_of_the_releases_before():
    """R26: a quota's window outlives an upgrade, whatever the classes are called by then."""
    address = EmailAddress.parse("Camille.Martin@example.org")
    assert pair_of(Numic("00012345"), address) == "Numic:00012345:camille.martin@example.org"
    assert pair_of(Numel("000123456"), address) == "Numel:000123456:camille.martin@example.org"
