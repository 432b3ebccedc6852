"""Screen 6: the password comes into force and goes out by SMS, whatever fails on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.errors import (
    ConcurrentChange,
    CredentialsProblem,
    CredentialsRefused,
    CredentialsUnavailable,
    KeyUnavailable,
    MessageDeferred,
    MessageRefused,
    RegisterUnavailable,
    StoreUnavailable,
)
from core.events import MessageEnded, PasswordIssued, PasswordsRefused
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import MessageKind, PasswordSms
from core.recovery_request import State
from core.voter import PhoneNumber
from core.voting_round import Calendar, VotingRound

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
    assert (message.id, message.to) == (f"{request_id}.password.1", portal.voter.phone)
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
    password = portal.issue_password.hand_over.issuer.derive(
        request_id, (await portal.request(request_id)).seed, "2027"
    )
    assert not await in_force(portal, password.reveal())
    await portal.issue_password(request_id)
    assert await in_force(portal, password.reveal())


async def test_a_second_run_does_nothing(portal, request_id):
    """R29: run again when all is done, it sends no second SMS; an unknown request is no error."""
    await portal.issue_password(request_id)
    before = await portal.stored()
    await portal.issue_password(request_id)
    await portal.issue_password("gone")
    assert await portal.stored() == before
    assert len(portal.sms.sent) == 1


class TestCrashes:
    @pytest.mark.parametrize("times", [1, 3])
    async def test_the_last_commit_fails(self, portal, request_id, times):
        """R20, R29: every run sends the same password, and that one is in force at the end."""
        portal.credentials.down = True
        with pytest.raises(CredentialsUnavailable):
            await portal.issue_password(request_id)  # the first commit is made
        portal.credentials.down = False
        for _ in range(times):
            portal.begin.sparing, portal.begin.failing = 1, 1  # the attempt is recorded
            with pytest.raises(StoreUnavailable):
                await portal.issue_password(request_id)
            assert (await portal.request(request_id)).state is State.CONFIRMED
        await portal.issue_password(request_id)
        assert len(portal.sms.sent) == times + 1
        assert len(set(passwords(portal))) == 1
        assert await in_force(portal, passwords(portal)[0])
        assert (await portal.request(request_id)).state is State.PASSWORD_SENT

    async def test_the_first_commit_fails(self, portal, request_id):
        """R19, R29: the credential store is not touched before it is recorded that it will be."""
        portal.begin.failing = 1
        with pytest.raises(StoreUnavailable):
            await portal.issue_password(request_id)
        assert portal.sms.sent == []
        await portal.issue_password(request_id)
        assert await in_force(portal, passwords(portal)[0])

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
        before = await portal.stored_but_for_causes()
        portal.register.down = True
        with pytest.raises(RegisterUnavailable):
            await portal.issue_password(request_id)
        assert await portal.stored_but_for_causes() == before
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
        portal.begin.sparing, portal.begin.failing = 1, 1
        with pytest.raises(StoreUnavailable):
            await portal.issue_password(request_id)
        portal.keyring = Keyring((SecretKey("2028", b"x" * 32), *portal.keyring.keys))
        portal.wire()
        await portal.issue_password(request_id)
        assert len(set(passwords(portal))) == 1

    async def test_two_workers_at_once(self, portal, request_id):
        """R29: one of them records the attempt and sends, the other is told."""
        ended = await portal.at_once(*[portal.issue_password(request_id) for _ in range(2)])
        assert {type(end) for end in ended} == {type(None), ConcurrentChange}
        assert len(passwords(portal)) == 1
        issued = [each for each in portal.events.kept if isinstance(each, PasswordIssued)]
        assert len(issued) == 1


async def told(portal):
    """What the mailbox got after the link, by a worker that runs on."""
    before = len(portal.email.sent)
    await portal.work()
    return [(each.kind, dict(each.facts)) for each in portal.email.sent[before:]]


class TestEnds:
    async def given_up(self, portal, request_id, sms, state, reason):
        request, delivery = await portal.request(request_id), await sms()
        assert (request.state, request.seed) == (State.UNDELIVERED, None)
        assert (delivery.state, delivery.reason) == (state, reason)
        assert portal.events.kept[-1] == MessageEnded(
            request_id, MessageKind.PASSWORD, state, reason
        )
        assert await portal.delivery(f"{request_id}.password_changed") is None
        before = await portal.stored()
        await portal.issue_password(request_id)
        assert await portal.stored() == before

    async def put_off(self, portal, request_id):
        """The password came into force, the SMS did not go out."""
        portal.sms.setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await portal.issue_password(request_id)

    async def test_refused(self, portal, request_id, sms):
        """R19, R29: a number that no gateway serves: undelivered, with the reason, never retried;
        and the mailbox is told that the old password works no longer."""
        portal.sms.setbacks.append(MessageRefused("invalid number"))
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, "invalid number")
        assert portal.sms.sent == []
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 1})]

    async def test_in_the_language_of_the_screen(self, portal):
        """R61: A3: what explains why no SMS comes is in the language of the confirmation, too."""
        request, token = await portal.link()
        await portal.confirm(token, locale=Locale.EN)
        portal.sms.setbacks.append(MessageRefused("invalid number"))
        await portal.issue_password(request.id)
        told = await portal.delivery(f"{request.id}.password_not_sent")
        assert told.locale is Locale.EN

    async def test_a_locked_account(self, portal, request_id, sms):
        """R19, R29: L2: an answer about one voter: not tried for hours; no SMS goes out, and the
        mailbox is told that the voter has no password that works."""
        portal.credentials.refusal = CredentialsRefused("rehearsed lock")
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, "rehearsed lock")
        assert portal.sms.sent == []
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 1})]

    @pytest.mark.parametrize("why", [each for each in CredentialsProblem if each.value != "locked"])
    async def test_a_rule_of_the_credential_store(self, portal, request_id, sms, why):
        """R19, R29: L2: ends at once, with the reason; the mailbox is told that the password was
        not changed, even when that was not known before; operators are told which rule."""
        portal.credentials.down = True
        with pytest.raises(CredentialsUnavailable):
            await portal.issue_password(request_id)
        portal.credentials.down = False
        portal.credentials.refusal = CredentialsRefused("rehearsed rule", why)
        await portal.issue_password(request_id)
        assert PasswordsRefused(why, "rehearsed rule") in portal.events.kept
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, "rehearsed rule")
        assert not (await portal.request(request_id)).password_was_in_force
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 0})]

    async def test_what_no_route_was_given_is_no_route_s_fault(self, portal, request_id):
        """R31: L2: a rule that refuses every password would make each healthy route fall."""
        portal.credentials.refusal = CredentialsRefused("a rule", CredentialsProblem.UNFIT)
        await portal.issue_password(request_id)
        async with portal.store.read() as unit:
            (attempt,) = await unit.attempts.of(f"{request_id}.password")
            assert (attempt.state, attempt.reason) == (DeliveryState.FAILED, "not handed over")
            assert not await unit.routes.tallies(attempt.begun_at, portal.clock.now())
            known_as = (await portal.request(request_id)).known_as
            assert not await unit.attempts.routes_of(known_as, attempt.begun_at, "another")

    async def test_a_password_that_is_too_young_is_waited_for(self, portal, request_id):
        """R29: L2: until it may be changed, when that is told and comes in time."""
        until = portal.clock.now() + portal.policy.message_deadline
        young = CredentialsProblem.TOO_YOUNG
        portal.credentials.refusal = CredentialsRefused("too young", young, until)
        assert await portal.issue_password(request_id) == until
        assert (await portal.request(request_id)).state is State.CONFIRMED
        portal.clock.advance(portal.policy.message_deadline)
        portal.credentials.refusal = None
        assert await portal.issue_password(request_id) is None
        assert await in_force(portal, passwords(portal)[0])

    @pytest.mark.parametrize("round_ends", [False, True])
    async def test_one_that_stays_too_young_is_not(self, portal, request_id, sms, round_ends):
        """R12, R29: L2: after the SMS would be given up, or the round is over, it is too late."""
        wait = portal.policy.message_deadline
        if round_ends:
            now = portal.clock.now()
            portal.calendar = Calendar.of([VotingRound("2027-1", now, now + wait / 2)])
            portal.wire()
        until = portal.clock.now() + (wait if round_ends else wait + MINUTE)
        young = CredentialsProblem.TOO_YOUNG
        portal.credentials.refusal = CredentialsRefused("too young", young, until)
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, "too young")

    async def test_an_end_and_its_explanation_are_one_commit(self, portal, request_id):
        """R29: what is given up and the e-mail that says so are recorded together, or neither."""
        portal.known(phone=None)
        begun, before = portal.begin.begun, await portal.stored()
        portal.begin.failing = 1
        with pytest.raises(StoreUnavailable):
            await portal.issue_password(request_id)
        assert await portal.stored() == before
        await portal.issue_password(request_id)
        assert portal.begin.begun == begun + 2
        notice = await portal.delivery(f"{request_id}.no_phone")
        assert (notice.state, notice.locale) == (DeliveryState.QUEUED, Locale.FR)
        assert f"deliver_email:{notice.id}" in await portal.due()

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
        """R19, R29: what no gateway took in six hours ends as expired; nothing is sent any more,
        and the mailbox is told that the old password works no longer."""
        await self.put_off(portal, request_id)
        portal.clock.advance(portal.policy.message_deadline + timedelta(seconds=1))
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.EXPIRED, "busy")
        assert portal.sms.sent == []
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 1})]

    async def test_the_deadline_passes_before_the_first_try(self, portal, request_id, sms):
        """R19, R29: a job that waited too long changes nothing any more, and says so."""
        portal.clock.advance(portal.policy.message_deadline + timedelta(seconds=1))
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.EXPIRED, None)
        assert portal.kept_credentials._hashes == {}
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 0})]

    @pytest.mark.parametrize(
        ("change", "reason", "explanation"),
        [
            ({"phone": None}, "no phone number on record", MessageKind.NO_PHONE),
            (
                {"phone": None, "has_unusable_phone": True},
                "phone number unusable",
                MessageKind.PHONE_UNUSABLE,
            ),
            (
                {"identifier_renewed_in": "2027-1"},
                "the identifier was renewed",
                MessageKind.IDENTIFIER_RENEWED,
            ),
        ],
    )
    async def test_the_register_has_changed(
        self, portal, request_id, sms, change, reason, explanation
    ):
        """R7, R8: looked at once more, before anything changes: nothing comes into force, nothing
        is sent, and the mailbox is told why."""
        portal.known(**change)
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, reason)
        assert portal.kept_credentials._hashes == {}
        assert await told(portal) == [(explanation, {})]

    @pytest.mark.parametrize("change", [{"phone": None}, {"identifier_renewed_in": "2027-1"}])
    async def test_the_register_has_changed_since_the_first_try(self, portal, request_id, change):
        """R7, R8, R19: when the password is in force already, above all that is told."""
        await self.put_off(portal, request_id)
        portal.known(**change)
        await portal.issue_password(request_id)
        assert portal.sms.sent == []
        assert (await portal.request(request_id)).password_was_in_force
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 1})]

    async def test_an_identifier_renewed_in_an_earlier_round(self, portal, request_id):
        """R8: only the round of the renewal counts."""
        portal.known(identifier_renewed_in="2022-1")
        await portal.issue_password(request_id)
        assert len(portal.sms.sent) == 1

    async def test_the_voter_is_gone(self, portal, request_id, sms):
        """R25: who left the register gets no password, and there is nobody to explain it to."""
        portal.voters.clear()
        await portal.issue_password(request_id)
        reason = "the voter is no longer in the register"
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, reason)
        assert portal.kept_credentials._hashes == {}
        assert await told(portal) == []

    async def test_the_number_moved_to_another_voter(self, portal):
        """R8, R25: a NUMEL that the register gives to another voter meanwhile renews nobody's
        password, least of all the other voter's."""
        request, token = await portal.link(number=portal.voter.numel)
        await portal.confirm(token)
        other = portal.move_numel()
        await portal.issue_password(request.id)
        assert (await portal.request(request.id)).state is State.UNDELIVERED
        assert (portal.sms.sent, portal.kept_credentials._hashes) == ([], {})
        assert await told(portal) == []
        assert other.email not in {each.to for each in portal.email.sent}

    @pytest.mark.parametrize("later", [False, True])
    async def test_the_round_is_over(self, portal, request_id, sms, later):
        """R12: a job that comes after its round, even into the next one, changes nothing, and the
        mailbox is told that the old password was not touched."""
        now = portal.clock.now()
        coming = VotingRound("2027-2", now, now + timedelta(days=2))
        portal.calendar = Calendar.of([coming] if later else [])
        portal.wire()
        await portal.issue_password(request_id)
        await self.given_up(portal, request_id, sms, DeliveryState.FAILED, "the round is over")
        assert portal.kept_credentials._hashes == {}
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 0})]

    async def test_the_round_ends_after_the_first_try(self, portal, request_id):
        """R12, R19: ... unless it was touched before the round ended."""
        await self.put_off(portal, request_id)
        portal.calendar = Calendar.of([])
        portal.wire()
        await portal.issue_password(request_id)
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 1})]

    async def test_the_voter_may_ask_again(self, portal, request_id):
        """R26: a password that reached nobody can be replaced after the cool-down, whatever else
        was asked in the voter's name before."""
        portal.sms.setbacks.append(MessageRefused("invalid number"))
        await portal.issue_password(request_id)
        portal.clock.advance(portal.policy.link_cooldown)
        await portal.issue_password(await portal.confirmed())
        assert await in_force(portal, passwords(portal)[0])

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
    seen = [repr(await portal.stored())]
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable) as failure:
        await portal.issue_password(request_id)
    seen += [repr(await portal.stored()), repr(failure.value)]
    await portal.work()
    seen += [repr(await portal.stored()), repr(portal.events.kept), repr(portal.sms.sent)]
    seen += [repr(message.facts) for message in portal.email.sent]
    for password in passwords(portal):
        assert not [each for each in seen if password in each]


class TestLostKey:
    @pytest.fixture
    def lose(self, portal):
        """Take the key of the renewal out of the ring; gives back how to put it in again."""
        ring = portal.keyring

        def lose():
            portal.keyring = Keyring((SecretKey("2030", b"z" * 32),))
            portal.wire()

            def put_back():
                portal.keyring = ring
                portal.wire()

            return put_back

        return lose

    async def test_nothing_is_lost(self, portal, request_id, lose):
        """R14, R29: without its key a renewal waits; the key put back, it goes on."""
        before, put_back = await portal.stored_but_for_causes(), lose()
        with pytest.raises(KeyUnavailable, match="not here"):
            await portal.issue_password(request_id)
        assert await portal.stored_but_for_causes() == before
        assert (portal.sms.sent, portal.kept_credentials._hashes) == ([], {})
        put_back()
        await portal.issue_password(request_id)
        assert await in_force(portal, passwords(portal)[0])

    async def test_a_worker_with_other_keys_gives_nothing_up(self, portal, request_id, lose):
        """R29: a worker that was started with the wrong keys puts the job off, again and again."""
        put_back = lose()
        for _ in range(20):
            await portal.work()
            portal.clock.advance(10 * MINUTE)
        assert (await portal.request(request_id)).state is State.CONFIRMED
        put_back()
        await portal.work()
        assert (await portal.request(request_id)).state is State.PASSWORD_SENT

    async def test_not_for_ever(self, portal, request_id, sms, lose):
        """R20, R29: a key that never comes back ends in a named state, with the deadline, and the
        voter is told that the old password still works."""
        lose()
        portal.clock.advance(portal.policy.message_deadline + timedelta(seconds=1))
        await portal.issue_password(request_id)
        request = await portal.request(request_id)
        assert (request.state, request.seed) == (State.UNDELIVERED, None)
        assert (await sms()).state is DeliveryState.EXPIRED
        assert await told(portal) == [(MessageKind.PASSWORD_NOT_SENT, {"in_force": 0})]


async def test_an_unclear_answer_of_the_store_counts_as_in_force(portal, request_id):
    """R22: the store took the password and failed to say so, then time ran out: the voter is not
    told that the old password still works."""
    portal.credentials.mute = True
    with pytest.raises(CredentialsUnavailable):
        await portal.issue_password(request_id)
    portal.clock.advance(portal.policy.message_deadline + MINUTE)
    await portal.issue_password(request_id)
    assert (await portal.request(request_id)).password_was_in_force
    notice = await portal.delivery(f"{request_id}.password_not_sent")
    assert notice.state is DeliveryState.QUEUED


async def renew(portal):
    """One more renewal: its SMS says whether it is the last."""
    portal.clock.advance(70 * MINUTE)
    await portal.confirmed()
    await portal.work()
    return portal.sms.sent[-1].is_last


async def test_the_last_of_a_day_says_so(portal):
    """R61: A1: the third SMS within 24 hours says that it is the last; on the next day they begin
    anew."""
    assert [await renew(portal) for _ in range(3)] == [False, False, True]
    portal.clock.advance(timedelta(hours=24))
    assert await renew(portal) is False


async def test_the_last_of_a_round_says_so(portal):
    """R61: A1: likewise the last of the round, on whatever day."""
    portal.policy = replace(portal.policy, renewals_per_round=4)
    portal.wire()
    assert [await renew(portal) for _ in range(3)] == [False, False, True]
    portal.clock.advance(timedelta(hours=24))
    assert await renew(portal) is True


async def test_one_that_makes_up_for_a_lost_one_is_the_last(portal):
    """R61: A1: a voter whose third SMS did not arrive gets a fourth, and after that no more."""
    assert [await renew(portal) for _ in range(3)] == [False, False, True]
    latest = max(await portal.all("requests"), key=lambda each: each.received_at)
    async with portal.begin() as unit:
        lost = replace(latest, state=State.UNDELIVERED, seed=None)
        await unit.requests.save(lost, was=latest)
    assert await renew(portal) is True
