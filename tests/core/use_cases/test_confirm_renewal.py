"""Screens 5 and 6: the link is redeemed, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.errors import (
    LinkRejected,
    RegisterUnavailable,
    RenewalClosed,
    SecurityCodeRejected,
    StoreUnavailable,
)
from core.events import IdentifierMismatched, RenewalConfirmed
from core.keys import Keyring
from core.recovery_request import State
from core.security_code import RenewalStep, SecurityCodeAnswer
from core.use_cases.confirm_renewal import Confirmation
from core.voter import Identifier

WRONG = Identifier.parse("AAAAAAAAAAAA")


async def rejection(portal, token, identifier=None, network=""):
    with pytest.raises(LinkRejected) as rejected:
        await portal.confirm(token, identifier or portal.identifier, network=network)
    return rejected.value.code, rejected.value.attempts_left


async def test_a_confirmation_is_durable_with_its_job(portal):
    """R6, R29: one commit holds the redeemed link, the seed, the SMS to come and its job."""
    request, token = await portal.link()
    begun = portal.begin.begun
    await portal.confirm(token)
    confirmed = await portal.request(request.id)
    assert (confirmed.state, confirmed.confirmed_at) == (State.CONFIRMED, portal.clock.now())
    assert len(confirmed.seed) == 32
    assert confirmed.password_key == "2027"
    sms = await portal.delivery(f"{request.id}.password")
    assert (sms.state, sms.locale) == (DeliveryState.QUEUED, request.locale)
    assert f"issue_password:{request.id}" in await portal.due()
    assert portal.events.kept[-1] == RenewalConfirmed(request.id, request.voter)
    assert portal.begin.begun == begun + 1


async def test_the_identifier_may_be_typed_freely(portal):
    """R10: case, spaces, O and 0, I and 1."""
    portal.identifiers[portal.numic] = Identifier.parse("K7WPQ2M4XN01")
    _, token = await portal.link()
    await portal.confirm(token, Identifier.parse("k7wp q2m4 xnoi"))


async def test_seeds_differ(portal):
    """R20: every renewal has a seed of its own."""
    seeds = set()
    for _ in range(3):
        request, token = await portal.link()
        await portal.confirm(token)
        seeds.add((await portal.request(request.id)).seed)
        portal.clock.advance(timedelta(minutes=2))
    assert len(seeds) == 3


async def test_exactly_one_of_many(portal):
    """R13: of fifty confirmations at once, each with a security code of its own, one succeeds."""
    request, token = await portal.link()
    calls = [portal.confirm(token) for _ in range(50)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert ended.count(None) == 1
    assert {end.code for end in ended if end} == {"LINK_USED"}
    confirmed = [each for each in portal.events.kept if isinstance(each, RenewalConfirmed)]
    assert confirmed == [RenewalConfirmed(request.id, request.voter)]


async def test_two_that_were_both_judged_good(portal):
    """R13: the register said yes to both before either redeemed: still only one succeeds."""
    _, token = await portal.link()
    ended = await portal.at_once(portal.confirm(token), portal.confirm(token))
    assert sorted(getattr(end, "code", "") for end in ended) == ["", "LINK_USED"]


class TestRejectedLinks:
    @pytest.mark.parametrize("token", ["", "A" * 43, "\ud800"])
    async def test_unknown(self, portal, token):
        """R37: no such link; the register is not asked."""
        assert await rejection(portal, token) == ("UNKNOWN_LINK", 0)
        assert portal.register.asked == 0

    async def test_expired(self, portal):
        """R17: at its end a link is no longer good, tidied up or not."""
        _, token = await portal.link()
        asked = portal.register.asked
        portal.clock.advance(timedelta(hours=1))
        assert await rejection(portal, token) == ("LINK_EXPIRED", 0)
        await portal.purge_expired()
        assert await rejection(portal, token) == ("LINK_EXPIRED", 0)
        assert portal.register.asked == asked

    async def test_used(self, portal):
        """R4: good for one renewal only, also after the password has gone out."""
        _, token = await portal.link()
        await portal.confirm(token)
        assert await rejection(portal, token) == ("LINK_USED", 0)
        await portal.work()
        assert await rejection(portal, token) == ("LINK_USED", 0)

    async def test_superseded(self, portal):
        """R17: the newer link is good, the older one is not."""
        _, old = await portal.link()
        portal.clock.advance(timedelta(minutes=2))
        _, new = await portal.link()
        assert await rejection(portal, old) == ("LINK_REVOKED", 0)
        await portal.confirm(new)

    async def test_five_wrong_identifiers(self, portal):
        """R16: four are counted down, and after the fifth the right one comes too late, whatever it
        would be told; what is typed then is not counted."""
        request, token = await portal.link()
        heard = [await rejection(portal, token, WRONG) for _ in range(5)]
        assert heard == [("IDENTIFIER_MISMATCH", left) for left in (4, 3, 2, 1, 0)]
        for identifier in (WRONG, None):
            assert await rejection(portal, token, identifier) == ("LINK_REVOKED", 0)
        portal.known(identifier_renewed_in="2027-1")
        assert await rejection(portal, token) == ("LINK_REVOKED", 0)
        mismatches = [each for each in portal.events.kept if isinstance(each, IdentifierMismatched)]
        assert mismatches == [IdentifierMismatched(request.id, left) for left in (4, 3, 2, 1, 0)]
        left = (await portal.request(request.id)).link.attempts_left
        assert left == portal.policy.link_attempts_in_all - 5

    async def test_wrong_identifiers_from_elsewhere(self, portal):
        """R16, R61: A14: whoever reads the mailbox and types wrong identifiers uses up the tries of
        a network, and the voter redeems the link from hers."""
        _, token = await portal.link()
        for network in ("203.0.113.7", "203.0.113.8", "2001:db8:7::/48"):
            heard = [await rejection(portal, token, WRONG, network) for _ in range(6)]
            assert heard[4:] == [("IDENTIFIER_MISMATCH", 0), ("LINK_REVOKED", 0)]
        assert await rejection(portal, token, WRONG) == ("IDENTIFIER_MISMATCH", 4)
        await portal.confirm(token)

    async def test_wrong_identifiers_from_everywhere(self, portal):
        """R16, R61: guessing stays bounded: after twenty in all a network has three tries; and the
        voter, in a network of her own, hers."""
        _, token = await portal.link()
        heard = [await rejection(portal, token, WRONG, f"203.0.113.{n}") for n in range(20)]
        assert heard[:16] == [("IDENTIFIER_MISMATCH", 4)] * 16
        assert heard[16:] == [("IDENTIFIER_MISMATCH", left) for left in (3, 2, 2, 2)]
        once_more = [await rejection(portal, token, WRONG, "203.0.113.7") for _ in range(3)]
        mismatches = [("IDENTIFIER_MISMATCH", left) for left in (1, 0)]
        assert once_more == [*mismatches, ("LINK_REVOKED", 0)]
        assert await rejection(portal, token, None, "203.0.113.7") == ("LINK_REVOKED", 0)
        for left in (2, 1):
            assert await rejection(portal, token, WRONG) == ("IDENTIFIER_MISMATCH", left)
        await portal.confirm(token)

    async def test_four_wrong_then_right(self, portal):
        """R16: a failed form does not burn the link."""
        _, token = await portal.link()
        for _ in range(4):
            await rejection(portal, token, WRONG)
        await portal.confirm(token)

    async def test_guesses_at_once(self, portal):
        """R16: of twenty guesses at once five are answered; the right one among the rest is not."""
        _, token = await portal.link()
        guesses = [portal.confirm(token, WRONG) for _ in range(20)]
        ended = await asyncio.gather(*guesses, portal.confirm(token), return_exceptions=True)
        codes = [end.code for end in ended]
        assert codes == ["IDENTIFIER_MISMATCH"] * 5 + ["LINK_REVOKED"] * 16

    async def test_the_end_of_a_link_between_judging_and_counting(self, portal):
        """R17: a wrong identifier that comes at the end of the link is not counted."""
        _, token = await portal.link()
        portal.clock.advance(timedelta(minutes=59))
        confirmation = Confirmation(token, WRONG, await portal.code(RenewalStep.CONFIRM))
        async with portal.store.begin():
            late = asyncio.create_task(portal.confirm_renewal(confirmation))
            await asyncio.sleep(0)
            portal.clock.advance(timedelta(minutes=1))
        with pytest.raises(LinkRejected, match="LINK_EXPIRED"):
            await late

    @pytest.mark.parametrize("gone", ["voter", "identifier"])
    async def test_a_voter_who_left_the_register(self, portal, gone):
        """R37: the answer is that of a wrong identifier, and it counts."""
        _, token = await portal.link()
        (portal.voters if gone == "voter" else portal.identifiers).clear()
        assert await rejection(portal, token) == ("IDENTIFIER_MISMATCH", 4)


class TestChangesOfTheRegister:
    async def test_an_identifier_renewed_in_this_round(self, portal):
        """R8: the link does not renew the password of whoever has renewed the identifier since it
        was sent; it is told to who knows the new identifier only, and the link is not used up."""
        request, token = await portal.link()
        renewed = Identifier.parse("T4RJH8C2VW6D")
        portal.identifiers[portal.numic] = renewed
        portal.known(identifier_renewed_in="2027-1")
        for _ in range(7):
            assert await rejection(portal, token, renewed) == ("IDENTIFIER_RENEWED", 0)
        assert (await portal.request(request.id)).link.attempts_left == 20
        assert await rejection(portal, token) == ("IDENTIFIER_MISMATCH", 4)
        assert (await portal.request(request.id)).state is State.LINK_SENT
        assert await portal.delivery(f"{request.id}.password") is None
        assert not [each for each in portal.events.kept if isinstance(each, RenewalConfirmed)]

    async def test_an_identifier_renewed_in_this_round_consumes_the_code(self, portal):
        """R27: the security code of such a form serves no second one."""
        _, token = await portal.link()
        portal.known(identifier_renewed_in="2027-1")
        code = await portal.code(RenewalStep.CONFIRM)
        with pytest.raises(LinkRejected, match="IDENTIFIER_RENEWED"):
            await portal.confirm(token, code=code)
        with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_USED"):
            await portal.confirm(token, code=code)

    async def test_an_identifier_renewed_in_an_earlier_round(self, portal):
        """R8: only the round of the link counts."""
        _, token = await portal.link()
        portal.known(identifier_renewed_in="2022-1")
        await portal.confirm(token)

    async def test_the_number_moved_to_another_voter(self, portal):
        """R5, R8: a NUMEL that is another voter's by now confirms nothing with either voter's
        identifier: the link is that of the voter who got it."""
        request, token = await portal.link(number=portal.voter.numel)
        other = portal.move_numel()
        theirs = portal.identifiers[other.numic]
        assert await rejection(portal, token, theirs) == ("IDENTIFIER_MISMATCH", 4)
        assert await rejection(portal, token) == ("IDENTIFIER_MISMATCH", 3)
        assert (await portal.request(request.id)).state is State.LINK_SENT

    async def test_the_voter_is_known_under_an_older_key(self, portal):
        """R14: a rotation between link and form does not make the voter another."""
        newest, older = portal.keyring.keys
        portal.keyring = Keyring((older,))
        portal.wire()
        _, token = await portal.link()
        portal.keyring = Keyring((newest, older))
        portal.wire()
        await portal.confirm(token)


class TestSecurityCodes:
    @pytest.mark.parametrize("identifier", [None, WRONG])
    async def test_a_wrong_code_costs_the_link_nothing(self, portal, identifier):
        """R16: it is consumed, the register is not asked, and the link keeps its attempts."""
        request, token = await portal.link()
        asked = portal.register.asked
        for _ in range(7):
            code = await portal.code(RenewalStep.CONFIRM, wrong=True)
            with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_WRONG"):
                await portal.confirm(token, identifier or portal.identifier, code)
        assert portal.register.asked == asked
        assert (await portal.request(request.id)).link.attempts_left == 20
        await portal.confirm(token)

    async def test_a_code_is_good_for_one_confirmation(self, portal):
        """R27: the code of a confirmation with a wrong identifier serves no second one."""
        _, token = await portal.link()
        code = await portal.code(RenewalStep.CONFIRM)
        with pytest.raises(LinkRejected):
            await portal.confirm(token, WRONG, code)
        with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_USED"):
            await portal.confirm(token, portal.identifier, code)
        await portal.confirm(token)

    async def test_a_code_of_screen_two(self, portal):
        """R27: a code is bound to its step, and costs the link nothing."""
        request, token = await portal.link()
        with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_UNKNOWN"):
            await portal.confirm(token, code=await portal.code(RenewalStep.REQUEST))
        assert (await portal.request(request.id)).state is State.LINK_SENT

    async def test_a_late_code(self, portal):
        """R27: a code that ran out is refused, though the link is good."""
        _, token = await portal.link()
        code = await portal.code(RenewalStep.CONFIRM)
        portal.clock.advance(timedelta(minutes=10))
        with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_EXPIRED"):
            await portal.confirm(token, code=code)

    async def test_the_same_code_twice_at_once(self, portal):
        """R27: of two confirmations with one code, one is judged by the link."""
        _, token = await portal.link()
        code = await portal.code(RenewalStep.CONFIRM)
        ended = await portal.at_once(
            portal.confirm(token, code=code),
            portal.confirm(token, code=SecurityCodeAnswer(code.id, code.answer)),
        )
        assert sorted(getattr(end, "code", "") for end in ended) == ["", "SECURITY_CODE_USED"]


class TestOutages:
    async def test_the_register_is_down(self, portal):
        """R16, R29: neither the link nor the code is used up; afterwards both serve."""
        _, token = await portal.link()
        code = await portal.code(RenewalStep.CONFIRM)
        before = await portal.stored()
        portal.register.down = True
        with pytest.raises(RegisterUnavailable):
            await portal.confirm(token, code=code)
        assert await portal.stored() == before
        portal.register.down = False
        await portal.confirm(token, code=code)

    @pytest.mark.parametrize("identifier", [None, WRONG])
    async def test_the_store_fails(self, portal, identifier):
        """R29: a commit that fails has neither redeemed nor counted, nor is any event told."""
        _, token = await portal.link()
        code = await portal.code(RenewalStep.CONFIRM)
        before, events = await portal.stored(), list(portal.events.kept)
        portal.begin.failing = 1
        with pytest.raises(StoreUnavailable):
            await portal.confirm(token, identifier or portal.identifier, code)
        assert await portal.stored() == before
        assert portal.events.kept == events
        await portal.confirm(token, code=code)

    async def test_the_round_is_closed(self, portal):
        """R12: after the round nothing is confirmed, and nothing is used up."""
        _, token = await portal.link()
        code = await portal.code(RenewalStep.CONFIRM)
        portal.calendar = type(portal.calendar).of([])
        portal.wire()
        before = await portal.stored()
        with pytest.raises(RenewalClosed):
            await portal.confirm(token, code=code)
        assert await portal.stored() == before
