"""Screen 4: an e-mail goes out, or ends with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.errors import (
    ConcurrentChange,
    LinkRejected,
    MessageDeferred,
    MessageRefused,
    Overtaken,
    RegisterUnavailable,
    StoreUnavailable,
)
from core.events import LinkRevoked, MessageEnded
from core.locale import Locale
from core.messages import MessageKind
from core.partner import Suspension
from core.reasons import Revocation
from core.recovery_request import State
from core.use_cases.request_renewal import RenewalDemand
from core.voter import EmailAddress, Identifier
from core.voting_round import Calendar, VotingRound

MINUTE = timedelta(minutes=1)
WRONG = Identifier.parse("AAAAAAAAAAAA")


@pytest.fixture
async def request_(portal):
    """A request whose link waits for its e-mail."""
    return await portal.ask_and_decide(locale=Locale.EN)


@pytest.fixture
def deliver(portal, request_):
    async def deliver():
        await portal.deliver_email(f"{request_.id}.link")
        return await portal.delivery(f"{request_.id}.link")

    return deliver


async def test_a_link_for_a_phone_that_is_gone_tells_no_number(portal, request_, deliver):
    """R50: the number told is the register's at the moment of sending, or none."""
    portal.known(phone=None)
    await deliver()
    (message,) = portal.email.sent
    assert not {"phone_country", "phone_end"} & set(message.facts)


OTHER = EmailAddress("camille@example.org")
THIRD = EmailAddress("martin@example.org")


@pytest.mark.parametrize("typed", [OTHER, EmailAddress("Martin@Example.org")])
async def test_of_several_addresses_on_file_the_typed_one_is_written_to(portal, typed):
    """L3, R25: as it is on file, not as it was typed; for every e-mail of the request."""
    portal.known(other_emails=(OTHER, THIRD))
    request = await portal.ask_and_decide(email=typed)
    await portal.deliver_email(f"{request.id}.link")
    (message,) = portal.email.sent
    assert message.to in (OTHER, THIRD)
    assert message.to.same_as(typed)


async def test_when_the_typed_address_is_gone_the_first_on_file_is_written_to(
    portal, request_, deliver
):
    """R25: the register is asked at the moment of sending."""
    portal.known(email=OTHER, other_emails=(THIRD,))
    await deliver()
    (message,) = portal.email.sent
    assert message.to == OTHER


async def test_a_link_goes_to_the_address_on_file(portal, request_, deliver):
    """R4, R25, R34: the link's token and end, in the locale of the request, under the delivery's
    id; the relay's answer is kept."""
    delivery = await deliver()
    (message,) = portal.email.sent
    assert (message.id, message.kind) == (delivery.id, MessageKind.LINK)
    assert (message.to, message.locale) == (portal.email_address, Locale.EN)
    assert dict(message.facts) == {
        "token": request_.link.token(portal.keyring, request_.id),
        "expires_at": request_.link.expires_at,
        "phone_country": "FR",
        "phone_end": "01",
    }
    assert delivery.state is DeliveryState.ACCEPTED
    assert (delivery.route, delivery.reference, delivery.attempts) == ("trial", "1", 1)
    assert portal.events.kept[-1] == MessageEnded(
        request_.id, MessageKind.LINK, DeliveryState.ACCEPTED, None
    )


async def test_it_goes_out_once(portal, deliver):
    """R29: a delivery that has ended is not sent again; one that is gone is no error."""
    await deliver()
    await deliver()
    await portal.deliver_email("gone.link")
    assert len(portal.email.sent) == 1


async def test_the_typed_address_is_never_written_to(portal):
    """R25: however the address was typed, the one on file is used."""
    await portal.link(email=EmailAddress("CAMILLE.MARTIN@EXAMPLE.ORG"))
    assert portal.email.sent[0].to == portal.email_address


async def test_the_address_on_file_may_change(portal, deliver):
    """R25, R44: the message goes to the address that the register has when it is sent."""
    portal.known(email=EmailAddress("camille@example.org"))
    await deliver()
    assert portal.email.sent[0].to.value == "camille@example.org"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (MessageKind.NO_PHONE, {"phone": None}),
        (MessageKind.IDENTIFIER_RENEWED, {"identifier_renewed_in": "2027-1"}),
    ],
)
async def test_an_explanation(portal, kind, change):
    """R7, R8: the registered mailbox gets the explanation, which holds no link."""
    portal.known(**change)
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.{kind}")
    (message,) = portal.email.sent
    assert (message.kind, message.to, dict(message.facts)) == (kind, portal.email_address, {})


async def test_a_notice_says_when_the_password_changed(portal):
    """R22: after a renewal the mailbox is told, without any secret."""
    request_id = await portal.confirmed()
    confirmed_at = portal.clock.now()
    await portal.issue_password(request_id)
    portal.clock.advance(MINUTE)
    await portal.deliver_email(f"{request_id}.password_changed")
    message = portal.email.sent[-1]
    assert message.kind is MessageKind.PASSWORD_CHANGED
    assert dict(message.facts) == {"changed_at": confirmed_at}


async def test_a_refusal_ends_it(portal, request_, deliver):
    """R29: refused for good, the delivery ends as failed, with the reason; nothing is retried."""
    portal.email.setbacks.append(MessageRefused("550 5.1.1"))
    delivery = await deliver()
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, "550 5.1.1")
    assert portal.events.kept[-2:] == [
        MessageEnded(request_.id, MessageKind.LINK, DeliveryState.FAILED, "550 5.1.1"),
        LinkRevoked(request_.id, request_.voter, Revocation.MAIL_FAILED),
    ]
    await deliver()
    assert portal.email.sent == []


async def test_where_it_was_to_go_is_known_though_it_did_not(portal):
    """R32: M5: the mailbox's domain stands with an e-mail that waits, and with one that is
    refused; in ASCII and lower case."""
    portal.known(email=EmailAddress("camille@Élection.Example.ORG"))
    request = await portal.ask_and_decide(email=EmailAddress("camille@élection.example.org"))
    portal.email.setbacks.extend([MessageDeferred("450 busy"), MessageRefused("550 no")])
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(f"{request.id}.link")
    waiting = await portal.delivery(f"{request.id}.link")
    await portal.deliver_email(f"{request.id}.link")
    refused = await portal.delivery(f"{request.id}.link")
    assert (waiting.state, refused.state) == (DeliveryState.QUEUED, DeliveryState.FAILED)
    assert waiting.destination == refused.destination == "xn--lection-9xa.example.org"


async def test_a_deferral_is_tried_again(portal, deliver):
    """R29: put off, it stays queued with what was heard; the next try ends it."""
    portal.email.setbacks.extend([MessageDeferred("450 busy"), MessageDeferred("timeout")])
    for heard in ("450 busy", "timeout"):
        with pytest.raises(MessageDeferred):
            await deliver()
        (delivery,) = await portal.all("deliveries")
        assert (delivery.state, delivery.reason) == (DeliveryState.QUEUED, heard)
    delivery = await deliver()
    assert (delivery.state, delivery.attempts) == (DeliveryState.ACCEPTED, 3)
    assert delivery.reason is None


async def test_it_is_given_up_after_the_deadline(portal, request_, deliver):
    """R29: what no relay took in six hours ends as expired, and is not sent any more."""
    portal.email.setbacks.append(MessageDeferred("450 busy"))
    with pytest.raises(MessageDeferred):
        await deliver()
    portal.clock.advance(portal.policy.message_deadline + timedelta(seconds=1))
    delivery = await deliver()
    assert (delivery.state, delivery.reason) == (DeliveryState.EXPIRED, "450 busy")
    assert portal.email.sent == []
    assert portal.events.kept[-1].state == DeliveryState.EXPIRED


class TestLifetime:
    async def test_it_starts_anew_after_waiting(self, portal, request_, deliver):
        """R17: a link whose e-mail waited for half an hour lives an hour from its sending."""
        portal.clock.advance(30 * MINUTE)
        await deliver()
        (message,) = portal.email.sent
        end = portal.clock.now() + timedelta(hours=1)
        assert message.facts["expires_at"] == end
        assert (await portal.inspect_link(message.facts["token"])).expires_at == end
        assert (await portal.request(request_.id)).link.attempts_left == 20

    async def test_it_stays_as_it_is_when_sent_promptly(self, portal, request_, deliver):
        """R17: within a minute the end of the link does not move."""
        portal.clock.advance(MINUTE)
        await deliver()
        assert (await portal.request(request_.id)).link == request_.link

    async def test_it_never_outlives_the_round(self, portal, request_, deliver):
        """R12: started anew, a link still ends with its round."""
        portal.clock.advance(timedelta(minutes=59))
        portal.calendar = type(portal.calendar).of(
            [type(portal.round)("2027-1", portal.round.opens_at, portal.clock.now() + MINUTE)]
        )
        portal.wire()
        await portal.deliver_email(f"{request_.id}.link")
        assert portal.email.sent[0].facts["expires_at"] == portal.clock.now() + MINUTE

    async def test_attempts_already_spent_stay_spent(self, portal, request_):
        """R16: sent again after a crash, a link whose identifier was guessed meanwhile keeps its
        count, even when the guess comes between reading and writing."""
        token = request_.link.token(portal.keyring, request_.id)
        portal.clock.advance(30 * MINUTE)
        guess, sending = await portal.at_once(
            portal.confirm(token, WRONG), portal.deliver_email(f"{request_.id}.link")
        )
        assert isinstance(guess, LinkRejected)
        assert sending is None
        assert (await portal.request(request_.id)).link.attempts_left == 19

    async def test_a_link_used_at_that_very_moment(self, portal, request_):
        """R13: a link that is redeemed while its e-mail is sent again is not sent."""
        token = request_.link.token(portal.keyring, request_.id)
        portal.clock.advance(30 * MINUTE)
        ended = await portal.at_once(
            portal.confirm(token), portal.deliver_email(f"{request_.id}.link")
        )
        assert ended == [None, None]
        delivery = await portal.delivery(f"{request_.id}.link")
        assert (delivery.state, portal.email.sent) == (DeliveryState.DELIVERED, [])
        assert (await portal.request(request_.id)).state is State.CONFIRMED

    async def test_a_store_that_lets_others_go_first(self, portal, request_, deliver):
        """R29: a deadlock over the link says nothing of whether it was used: it is sent later."""
        portal.clock.advance(30 * MINUTE)
        portal.begin.failing, portal.begin.failure = 1, Overtaken
        with pytest.raises(Overtaken):
            await deliver()
        assert (await portal.delivery(f"{request_.id}.link")).state is DeliveryState.QUEUED
        assert (await deliver()).state is DeliveryState.ACCEPTED
        assert len(portal.email.sent) == 1

    async def test_a_request_deleted_at_that_very_moment(self, portal, request_):
        """R44: a request that is gone by the time its link starts anew is not brought back."""
        portal.clock.advance(30 * MINUTE)

        ended = await portal.at_once(
            portal.delete("recovery_request"), portal.deliver_email(f"{request_.id}.link")
        )
        assert ended == [None, None]
        assert await portal.request(request_.id) is None
        assert portal.email.sent == []


class TestNothingLeftToSay:
    async def test_the_next_round_has_begun(self, portal, request_):
        """R12: a late e-mail does not move its link into the next round."""
        now, half = portal.clock.now(), 30 * MINUTE
        rounds = [
            VotingRound("2027-1", portal.round.opens_at, now + half),
            VotingRound("2027-2", now + half, now + 48 * half),
        ]
        portal.calendar = Calendar.of(rounds)
        portal.wire()
        portal.clock.advance(half)
        await portal.deliver_email(f"{request_.id}.link")
        assert (await portal.delivery(f"{request_.id}.link")).state is DeliveryState.EXPIRED
        assert portal.email.sent == []
        assert (await portal.request(request_.id)).link == request_.link

    @pytest.mark.parametrize("kind", [MessageKind.LINK, MessageKind.NO_PHONE])
    async def test_the_number_moved_to_another_voter(self, portal, kind):
        """R25: a NUMEL that is another voter's by now brings that voter no e-mail of this one."""
        if kind is MessageKind.NO_PHONE:
            portal.known(phone=None)
        request = await portal.ask_and_decide(number=portal.voter.numel)
        portal.move_numel()
        await portal.deliver_email(f"{request.id}.{kind}")
        assert (await portal.delivery(f"{request.id}.{kind}")).state is DeliveryState.EXPIRED
        assert portal.email.sent == []

    async def test_a_link_that_was_superseded(self, portal, deliver):
        """R17: a newer link makes the older one's e-mail pointless."""
        portal.clock.advance(2 * MINUTE)
        await portal.link()
        assert (await deliver()).state is DeliveryState.EXPIRED
        assert len(portal.email.sent) == 1

    @pytest.mark.parametrize("days", [0, 3])
    async def test_a_link_that_was_used(self, portal, request_, deliver, days):
        """R13, R32: a used link is not sent, also when its time is up; its e-mail has arrived."""
        await portal.confirm(request_.link.token(portal.keyring, request_.id))
        portal.clock.advance(days * timedelta(days=1))
        ended = await deliver()
        assert (ended.state, ended.reason) == (DeliveryState.DELIVERED, "link_used")
        assert portal.email.sent == []

    async def test_a_round_that_closed(self, portal, request_, deliver):
        """R12: after the round no link goes out."""
        portal.calendar = type(portal.calendar).of([])
        portal.wire()
        await portal.deliver_email(f"{request_.id}.link")
        assert (await portal.delivery(f"{request_.id}.link")).state is DeliveryState.EXPIRED

    @pytest.mark.parametrize("gone", ["voter", "email", "request"])
    async def test_nobody_to_say_it_to(self, portal, request_, deliver, gone):
        """R25: who left the register, or has no address there any more, is not written to."""
        if gone == "voter":
            portal.voters.clear()
        elif gone == "email":
            portal.known(email=None)
        else:
            await portal.delete("recovery_request")
        assert (await deliver()).state is DeliveryState.EXPIRED
        assert portal.email.sent == []


class TestOutages:
    async def test_the_register_is_down(self, portal, deliver):
        """R29: nothing is sent or recorded while it cannot be known to whom."""
        before = await portal.stored()
        portal.register.down = True
        with pytest.raises(RegisterUnavailable):
            await deliver()
        assert await portal.stored() == before
        portal.register.down = False
        assert (await deliver()).state is DeliveryState.ACCEPTED

    async def test_the_store_fails_after_the_sending(self, portal, deliver):
        """R29, R34: it goes out again under the same id, which makes the same Message-ID."""
        portal.begin.failing = 1
        with pytest.raises(StoreUnavailable):
            await deliver()
        assert (await deliver()).state is DeliveryState.ACCEPTED
        first, second = portal.email.sent
        assert first == second

    async def test_two_workers_at_once(self, portal, request_):
        """R29: one of them records the end, the other is told and finds it done next time."""
        sending = [portal.deliver_email(f"{request_.id}.link") for _ in range(2)]
        ended = await portal.at_once(*sending)
        assert {type(end) for end in ended} == {type(None), ConcurrentChange}
        assert len([each for each in portal.events.kept if isinstance(each, MessageEnded)]) == 1


async def test_links_of_a_suspended_partner_lead_to_the_portal(portal, noon):
    """R61, A5: whatever was asked before; once it is resumed they lead back."""
    request = RenewalDemand(
        portal.numic, portal.email_address, await portal.code(), Locale.FR, "consulat"
    )
    await portal.request_renewal(request)
    request_id = portal.events.kept[-1].request_id
    await portal.send_link(request_id)
    async with portal.store.begin() as unit:
        await unit.suspensions.add(Suspension("consulat", noon, "jeanne", "leaked"))
        await unit.suspensions.add(Suspension("annuaire", noon, "jeanne", "leaked"))
    compose = portal.deliver_email.compose
    delivery = await portal.delivery(f"{request_id}.link")
    assert "partner" not in (await compose(delivery)).facts
    async with portal.store.begin() as unit:
        await unit.suspensions.end("consulat", noon, "jeanne")
    assert (await compose(delivery)).facts["partner"] == "consulat"


async def test_a_late_email_does_not_shorten_a_link(portal):
    """R17, R26: A7: the last link of a day, which lives until the next may follow, keeps its end
    when the relay takes its e-mail late."""
    portal.clock.advance(MINUTE)
    for _ in range(3):
        request = await portal.ask_and_decide()
        portal.clock.advance(timedelta(hours=2, minutes=10))
    end = request.link.expires_at
    await portal.deliver_email(f"{request.id}.link")
    assert (await portal.request(request.id)).link.expires_at == end
    assert portal.email.sent[-1].facts["expires_at"] == end
