"""Screen 6: the password comes into force and goes out by SMS, whatever fails on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.errors import (
    ConcurrentChange,
    CredentialsUnavailable,
    MessageDeferred,
    MessageRefused,
    RegisterUnavailable,
    StoreUnavailable,
)
from core.events import MessageEnded, PasswordIssued
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import MessageKind, PasswordSms
from core.recovery_request import State
from core.voter import PhoneNumber

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def request_id(portal):
    return await portal.confirmed()


@pytest.fixture
def sms(portal, request_id):
    async def sms():
        return await portal.delivery(f"{request_id}.password")

    return sms


def passwords(portal):
    """What the phones have received, in order."""
    return [message.password.reveal() for message in portal.sms.sent]


async def in_force(portal, password):
    return await portal.kept_credentials.verify(portal.numic, password)


async def test_it_comes_into_force_and_goes_out(portal, request_id, sms):
    """R6, R20, R22: the voter has it by SMS, the seed is wiped, the notice is queued."""
    await portal.issue_password(request_id)
    (message,) = portal.sms.sent
    assert isinstance(message, PasswordSms)
    assert (message.id, message.to) == (f"{request_id}.password", portal.voter.phone)
    assert (message.locale, message.issued_at) == (Locale.FR, portal.clock.now())
    assert await in_force(portal, message.password.reveal())
    request = await portal.request(request_id)
    assert (request.state, request.seed) == (State.PASSWORD_SENT, None)
    delivery = await sms()
    assert (delivery.state, delivery.route) == (DeliveryState.ACCEPTED, "trial")
    notice = await portal.delivery(f"{request_id}.password_changed")
    assert notice.state is DeliveryState.QUEUED
    assert f"deliver_email:{notice.id}" in await portal.due()
    assert portal.events.kept[-1] == PasswordIssued(request_id, request.voter, "trial")


async def test_nothing_changes_before(portal, request_id):
    """R19: until the worker runs, no password is in force, and none was in force before."""
    password = portal.issue_password.issuer.derive(
        request_id, (await portal.request(request_id)).seed, "2027"
    )
    assert not await in_force(portal, password.reveal())
    await portal.issue_password(request_id)
    assert await in_force(portal, password.reveal())


async def test_a_second_run_does_nothing(portal, request_id):
    """R29: run again when all is done, it sends no second SMS; an unknown request is no error."""
    await portal.issue_password(request_id)
    before = portal.stored()
    await portal.issue_password(request_id)
    await portal.issue_password("gone")
    assert portal.stored() == before
    assert len(portal.sms.sent) == 1


class TestCrashes:
    @pytest.mark.parametrize("times", [1, 3])
    async def test_the_last_commit_fails(self, portal, request_id, times):
        """R20, R29: every run sends the same password, and that one is in force at the end."""
        portal.begin.failing = times
        for _ in range(times):
            with pytest.raises(StoreUnavailable):
                await portal.issue_password(request_id)
            assert (await portal.request(request_id)).state is State.CONFIRMED
        await portal.issue_password(request_id)
        assert len(portal.sms.sent) == times + 1
        assert len(set(passwords(portal))) == 1
        assert await in_force(portal, passwords(portal)[0])
        assert (await portal.request(request_id)).state is State.PASSWORD_SENT

    async def test_the_credentials_are_down(self, portal, request_id, sms):
        """R19, R29: no SMS goes out before its password is in force."""
        portal.credentials.down = True
        with pytest.raises(CredentialsUnavailable):
            await portal.issue_password(request_id)
        assert portal.sms.sent == []
        assert (await sms()).state is DeliveryState.QUEUED
        portal.credentials.down = False
        await portal.issue_password(request_id)
        assert await in_force(portal, passwords(portal)[0])

    async def test_the_register_is_down(self, portal, request_id):
        """R29: nothing changes while it cannot be known where to send."""
        before = portal.stored()
        portal.register.down = True
        with pytest.raises(RegisterUnavailable):
            await portal.issue_password(request_id)
        assert portal.stored() == before
        portal.register.down = False
        await portal.issue_password(request_id)

    async def test_killed_between_password_and_sms(self, portal, request_id):
        """R20: a gateway puts the SMS off: the password already in force is the one sent later."""
        portal.sms.setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await portal.issue_password(request_id)
        portal.clock.advance(MINUTE)
        await portal.issue_password(request_id)
        (password,) = passwords(portal)
        assert await in_force(portal, password)

    async def test_a_key_was_added_meanwhile(self, portal, request_id):
        """R14, R20: the seed stays with its key: a rotation changes no password under way."""
        portal.begin.failing = 1
        with pytest.raises(StoreUnavailable):
            await portal.issue_password(request_id)
        portal.keyring = Keyring((SecretKey("2028", b"x" * 32), *portal.keyring.keys))
        portal.wire()
        await portal.issue_password(request_id)
        assert len(set(passwords(portal))) == 1

    async def test_two_workers_at_once(self, portal, request_id):
        """R29: both send the same password; one records it, the other is told."""
        ended = await portal.at_once(*[portal.issue_password(request_id) for _ in range(2)])
        while len(portal.sms.sent) < 2:
            await portal.issue_password(request_id)
        assert {type(end) for end in ended} <= {type(None), ConcurrentChange}
        assert len(set(passwords(portal))) == 1
        issued = [each for each in portal.events.kept if isinstance(each, PasswordIssued)]
        assert len(issued) == 1


class TestEnds:
    async def given_up(self, portal, request_id, sms, state, reason):
        request, delivery = await portal.request(request_id), await sms()
        assert (request.state, request.seed) == (State.UNDELIVERED, None)
        assert (delivery.state, delivery.reason) == (state, reason)
        assert portal.events.kept[-1] == MessageEnded(
            request_id, MessageKind.PASSWORD, state, reason
        )
        assert await portal.delivery(f"{request_id}.password_changed") is None
        before = portal.stored()
        await portal.issue_password(request_id)
        assert portal.stored() == before

    async def test_refused(self, portal, request_id, sms):
        """R29: a number that no gateway serves: undelivered, with the reason, and never retried."""
        portal.sms.setbacks.append(MessageRefused("invalid number"))
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, "invalid number")
        assert portal.sms.sent == []

    async def test_deferred_then_sent(self, portal, request_id, sms):
        """R29: put off, it stays queued with what was heard, and the failure is passed on."""
        portal.sms.setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await portal.issue_password(request_id)
        delivery = await sms()
        assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
        assert delivery.reason == "busy"
        assert (await portal.request(request_id)).seed is not None
        await portal.issue_password(request_id)
        assert ((await sms()).state, (await sms()).attempts) == (DeliveryState.ACCEPTED, 2)

    async def test_given_up_after_the_deadline(self, portal, request_id, sms):
        """R29: what no gateway took in six hours ends as expired; nothing is sent any more."""
        portal.sms.setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await portal.issue_password(request_id)
        portal.clock.advance(portal.policy.message_deadline + timedelta(seconds=1))
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.EXPIRED, "busy")
        assert portal.sms.sent == []

    @pytest.mark.parametrize("change", ["phone", "voter"])
    async def test_the_phone_is_gone(self, portal, request_id, sms, change):
        """R7: a number removed meanwhile: nothing comes into force, nothing is sent."""
        if change == "phone":
            portal.known(phone=None)
        else:
            portal.voters.clear()
        await portal.issue_password(request_id)
        reason = "no phone number on record"
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, reason)
        assert portal.kept_credentials._hashes == {}

    async def test_the_phone_has_changed(self, portal, request_id):
        """R28: the SMS goes to the number that the register has at that moment."""
        portal.known(phone=PhoneNumber("+33639980002"))
        await portal.issue_password(request_id)
        assert portal.sms.sent[0].to.value == "+33639980002"

    async def test_superseded_by_a_later_renewal(self, portal, request_id, sms):
        """R19: when a later password is already in force, the older is neither set nor sent."""
        portal.clock.advance(2 * MINUTE)
        later = await portal.confirmed()
        await portal.issue_password(later)
        await portal.issue_password(request_id)
        (password,) = passwords(portal)
        assert await in_force(portal, password)
        reason = "superseded by a later renewal"
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, reason)

    async def test_the_newest_password_works_and_older_ones_fail(self, portal, request_id):
        """R19: only the last one counts."""
        await portal.issue_password(request_id)
        portal.clock.advance(2 * MINUTE)
        await portal.issue_password(await portal.confirmed())
        old, new = passwords(portal)
        assert await in_force(portal, new)
        assert not await in_force(portal, old)

    async def test_a_seed_that_was_wiped(self, portal, request_id):
        """R20: without a seed there is no password to issue, and nothing is sent."""
        request = await portal.request(request_id)
        async with portal.store.begin() as unit:
            await unit.requests.save(replace(request, seed=None), was=request)
        await portal.issue_password(request_id)
        assert portal.sms.sent == []


async def test_the_password_is_nowhere_else(portal, request_id):
    """R20: not in the store, the events, the jobs or an e-mail, before, during or after."""
    seen = [repr(portal.store._committed)]
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable) as failure:
        await portal.issue_password(request_id)
    seen += [repr(portal.store._committed), repr(failure.value)]
    await portal.work()
    seen += [repr(portal.store._committed), repr(portal.events.kept), repr(portal.sms.sent)]
    seen += [repr(message.facts) for message in portal.email.sent]
    for password in passwords(portal):
        assert not [each for each in seen if password in each]


async def test_a_lost_key_ends_in_a_named_state(portal, request_id, sms):
    """R29: a seed whose key is gone is worth nothing; the old password stays, operators see why."""
    lost = replace(
        portal.issue_password,
        issuer=replace(
            portal.issue_password.issuer, keyring=Keyring((SecretKey("2030", b"z" * 32),))
        ),
    )
    await lost(request_id)
    assert (await portal.request(request_id)).state is State.UNDELIVERED
    delivery = await sms()
    assert (delivery.state, delivery.reason) == (
        DeliveryState.FAILED,
        "the key of this renewal is gone",
    )
    assert portal.sms.sent == []
