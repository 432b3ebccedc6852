"""An e-mail that one relay refuses, or defers for too long, goes out by the next (R51)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.errors import LinkRejected, MessageDeferred, MessageRefused
from core.events import EmailRerouted, LinkReplaced, LinkRevoked, MessageEnded
from core.locale import Locale
from core.messages import MessageKind
from core.one_time_link import digest_of
from core.recovery_request import State
from core.use_cases.record_bounce import Bounce, BounceOutcome
from core.voter import Identifier

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ACCEPTED, FAILED, QUEUED = DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.QUEUED
REFUSED = MessageRefused("550 5.7.1 no")
BUSY = MessageDeferred("451 4.7.1 later", is_answer=True)
WRONG = Identifier.parse("AAAAAAAAAAAA")
DOWN = MessageDeferred("no connection")


@pytest.fixture
def relays(portal):
    return portal.mail_by("a", "b")


@pytest.fixture
async def mail(portal, relays):
    """The id of a link's e-mail that is to go out."""
    request = await portal.ask_and_decide()
    return f"{request.id}.link"


async def states(portal, mail):
    return [(each.route, each.state) for each in await portal.mail_attempts(mail)]


async def test_refused_by_one_it_goes_by_the_next(portal, relays, mail):
    """R51: at once, with the same link under the same name; both attempts are kept."""
    relays["a"].setbacks.append(REFUSED)
    await portal.work()
    assert await states(portal, mail) == [("a", FAILED), ("b", ACCEPTED)]
    delivery = await portal.delivery(mail)
    assert (delivery.state, delivery.route, delivery.attempts) == (ACCEPTED, "b", 2)
    (message,) = relays["b"].sent
    assert (message.id, message.sending, message.edition) == (mail, 2, 1)
    request_id = delivery.subject
    assert portal.events.kept[-2:] == [
        EmailRerouted(request_id, MessageKind.LINK, "a", REFUSED.reason),
        MessageEnded(request_id, MessageKind.LINK, ACCEPTED, None),
    ]
    await portal.confirm(message.facts["token"])


async def test_refused_by_all_it_has_failed(portal, relays, mail):
    """R51: the link ends when no route is left, with the last word."""
    relays["a"].setbacks.append(REFUSED)
    relays["b"].setbacks.append(MessageRefused("554 5.7.1 neither"))
    await portal.work()
    delivery = await portal.delivery(mail)
    assert (delivery.state, delivery.route) == (FAILED, "b")
    assert delivery.reason == "554 5.7.1 neither"
    assert (await portal.request(delivery.subject)).state is State.REVOKED
    assert isinstance(portal.events.kept[-1], LinkRevoked)


async def test_deferred_it_stays_with_its_relay_for_a_while(portal, relays, mail):
    """R51: a relay that may have it is asked again, until it has deferred for a minute."""
    relays["a"].setbacks.extend([BUSY, BUSY])
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(mail)
    portal.clock.advance(59 * SECOND)
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(mail)
    assert await states(portal, mail) == [("a", QUEUED)]
    portal.clock.advance(2 * SECOND)
    await portal.deliver_email(mail)
    assert await states(portal, mail) == [("a", QUEUED), ("b", ACCEPTED)]


async def test_past_the_limit_the_next_tries_at_once(portal, relays, mail):
    """R51: no waiting for a job's next turn."""
    relays["a"].setbacks.append(BUSY)
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(mail)
    portal.clock.advance(MINUTE)
    relays["b"].setbacks.append(BUSY)
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(mail)
    assert await states(portal, mail) == [("a", QUEUED), ("b", QUEUED)]
    relays["b"].setbacks.append(BUSY)
    with pytest.raises(MessageDeferred):  # b is within its minute
        await portal.deliver_email(mail)
    portal.clock.advance(MINUTE)
    await portal.deliver_email(mail)  # all defer: the one that rested longest
    assert await states(portal, mail) == [("a", ACCEPTED), ("b", QUEUED)]


async def test_the_limit_falls_in_a_handing_over(portal, relays, mail):
    """R51: a relay whose time is over when it defers again is left at once."""
    relays["a"].setbacks.extend([BUSY, BUSY])
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(mail)
    portal.clock.advance(59 * SECOND)
    sent = relays["a"].send

    async def slowly(message):
        portal.clock.advance(2 * SECOND)
        return await sent(message)

    relays["a"].send = slowly
    assert await portal.deliver_email(mail) == portal.clock.now()
    await portal.deliver_email(mail)
    assert await states(portal, mail) == [("a", QUEUED), ("b", ACCEPTED)]


async def test_a_relay_that_is_down_is_left_alone(portal, relays):
    """R51: after five calls without an answer the next e-mails go by the other relay at once; an
    answer about one e-mail shows that the relay is well."""
    portal.renew_without_end()
    relays["a"].setbacks.extend([BUSY] * 6 + [DOWN] * 5)
    for _ in range(10):
        request = await portal.ask_and_decide()
        with pytest.raises(MessageDeferred):
            await portal.deliver_email(f"{request.id}.link")
    request = await portal.ask_and_decide()
    assert await portal.deliver_email(f"{request.id}.link") == portal.clock.now()
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.link")
    assert (len(relays["a"].sent), len(relays["b"].sent)) == (0, 1)


async def test_one_relay_that_is_down_is_asked_all_the_same(portal):
    """R29: as it was with 0.2.0: there is no other."""
    portal.email.setbacks.extend([DOWN] * 20)
    request = await portal.ask_and_decide()
    for _ in range(20):
        with pytest.raises(MessageDeferred):
            await portal.deliver_email(f"{request.id}.link")
    await portal.deliver_email(f"{request.id}.link")
    assert len(portal.email.sent) == 1


async def test_who_asks_again_is_served_by_the_other(portal, relays, mail):
    """R51: the link did not arrive, whatever is said of it. One that was used did."""
    await portal.deliver_email(mail)
    portal.clock.advance(3 * MINUTE)
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.link")
    assert [len(each.sent) for each in relays.values()] == [1, 1]
    await portal.confirm(relays["b"].sent[0].facts["token"])
    portal.clock.advance(3 * MINUTE)
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.link")
    assert [len(each.sent) for each in relays.values()] == [1, 2]


async def test_the_order_is_the_domain_s(portal):
    """R51: another first choice for the mailboxes of one domain."""
    relays = portal.mail_by("a", "b", **{"example.org": ("b", "a")})
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.link")
    assert [len(each.sent) for each in relays.values()] == [0, 1]


async def test_notices_have_routes_too(portal, relays):
    """R51: whatever the e-mail says."""
    request_id = (await portal.ask_and_decide()).id
    await portal.deliver_email(f"{request_id}.link")
    await portal.confirm(relays["a"].sent[-1].facts["token"])
    async with portal.store.begin() as unit:
        notice = Delivery.queued(
            MessageKind.PASSWORD_CHANGED, request_id, Locale.FR, portal.clock.now()
        )
        await unit.queue(notice)
    relays["a"].setbacks.append(REFUSED)
    assert await portal.deliver_email(notice.id) is not None
    await portal.deliver_email(notice.id)
    assert relays["b"].sent[-1].id == notice.id


async def test_a_route_that_is_taken_out_of_the_table(portal, relays, mail):
    """R51: an e-mail that has had every route of today ends, with what was heard last."""
    relays["a"].setbacks.append(REFUSED)
    await portal.deliver_email(mail)
    portal.mail_by("a")
    await portal.deliver_email(mail)
    delivery = await portal.delivery(mail)
    assert (delivery.state, delivery.reason) == (FAILED, REFUSED.reason)
    with pytest.raises(LinkRejected):
        await portal.confirm("x" * 43)


class TestReports:
    """What a mail server reports later, of an e-mail that a relay took."""

    @pytest.fixture
    async def sent(self, portal, relays, mail):
        """The e-mail, once relay a has taken it."""
        await portal.deliver_email(mail)
        return mail

    def bounce(self, portal, mail, sending=1, state=FAILED, **fields):
        reason = "5.7.1 not authorised"
        return Bounce(mail, state, reason, portal.clock.now(), sending, **fields)

    async def test_returned_by_one_it_goes_by_the_next(self, portal, relays, sent):
        """R51, R34, R17: with the same link and Message-ID; its lifetime begins anew."""
        portal.clock.advance(30 * SECOND)
        outcome = await portal.record_bounce(self.bounce(portal, sent))
        assert outcome is BounceOutcome.RECORDED
        assert (await portal.delivery(sent)).state is QUEUED
        await portal.work()
        assert await states(portal, sent) == [("a", FAILED), ("b", ACCEPTED)]
        (first,), (second,) = relays["a"].sent, relays["b"].sent
        assert (second.facts["token"], second.edition) == (first.facts["token"], 1)
        ends = portal.clock.now() + portal.policy.link_lifetime
        assert second.facts["expires_at"] == ends
        await portal.confirm(second.facts["token"])

    async def test_returned_by_all_it_ends_with_its_link(self, portal, relays, sent):
        """R51: as by the only relay."""
        await portal.record_bounce(self.bounce(portal, sent))
        await portal.work()
        await portal.record_bounce(self.bounce(portal, sent, sending=2))
        delivery = await portal.delivery(sent)
        assert (delivery.state, delivery.route) == (FAILED, "b")
        assert (await portal.request(delivery.subject)).state is State.REVOKED

    async def test_a_link_that_came_back_open_is_replaced(self, portal, relays, sent):
        """R51, R14: a report that holds the link: the next relay sends another, in another e-mail;
        the old one opens nothing."""
        token = relays["a"].sent[0].facts["token"]
        await portal.record_bounce(self.bounce(portal, sent, tokens=frozenset({digest_of(token)})))
        kinds = [type(each) for each in portal.events.kept[-2:]]
        assert kinds == [EmailRerouted, LinkReplaced]
        await portal.work()
        (message,) = relays["b"].sent
        assert message.facts["token"] != token
        assert message.edition == 2
        with pytest.raises(LinkRejected):
            await portal.confirm(token)
        await portal.confirm(message.facts["token"])

    async def test_wrong_identifiers_count_on(self, portal, relays, sent):
        """R16: a fresh link has the attempts that were left."""
        token = relays["a"].sent[0].facts["token"]
        with pytest.raises(LinkRejected):
            await portal.confirm(token, WRONG)
        await portal.record_bounce(self.bounce(portal, sent, tokens=frozenset({digest_of(token)})))
        request = await portal.request((await portal.delivery(sent)).subject)
        assert request.link.attempts_left == portal.policy.link_attempts_in_all - 1

    async def test_open_tokens_of_others_change_nothing(self, portal, relays, sent):
        """R51: only the link of this e-mail."""
        await portal.record_bounce(self.bounce(portal, sent, tokens=frozenset({digest_of("x")})))
        await portal.work()
        assert relays["b"].sent[0].edition == 1

    async def test_a_late_report_on_an_earlier_relay(self, portal, relays, sent):
        """R51: once the next one has the e-mail, it ends its own attempt only; with the link in it
        open the link ends, as no relay is left to send another."""
        await portal.record_bounce(
            self.bounce(portal, sent, state=DeliveryState.ACCEPTED, is_delay=True)
        )
        await portal.work()
        assert await states(portal, sent) == [("a", DeliveryState.EXPIRED), ("b", ACCEPTED)]
        token = relays["b"].sent[0].facts["token"]
        await portal.record_bounce(self.bounce(portal, sent, tokens=frozenset({digest_of(token)})))
        assert await states(portal, sent) == [("a", FAILED), ("b", ACCEPTED)]
        delivery = await portal.delivery(sent)
        assert delivery.state is ACCEPTED
        assert (await portal.request(delivery.subject)).state is State.REVOKED

    async def test_a_late_report_without_the_link(self, portal, relays, sent):
        """R51: the voter's link is left."""
        await portal.record_bounce(
            self.bounce(portal, sent, state=DeliveryState.ACCEPTED, is_delay=True)
        )
        await portal.work()
        await portal.record_bounce(self.bounce(portal, sent))
        await portal.confirm(relays["b"].sent[0].facts["token"])

    async def test_a_report_while_the_next_relay_is_at_it(self, portal, relays, sent):
        """R51: with the link open in it it is to come again: the next relay may be given the old
        link at this moment."""
        late = self.bounce(portal, sent, state=DeliveryState.ACCEPTED, is_delay=True)
        await portal.record_bounce(late)
        token = relays["a"].sent[0].facts["token"]
        shown = self.bounce(portal, sent, tokens=frozenset({digest_of(token)}))
        assert await portal.record_bounce(shown) is BounceOutcome.TOO_EARLY

    async def test_it_arrived_after_all(self, portal, relays, sent):
        """R51: a good report on the first relay ends the e-mail before the next one has it."""
        late = self.bounce(portal, sent, state=DeliveryState.ACCEPTED, is_delay=True)
        await portal.record_bounce(late)
        await portal.record_bounce(self.bounce(portal, sent, state=DeliveryState.DELIVERED))
        await portal.work()
        delivery = await portal.delivery(sent)
        assert (delivery.state, delivery.route) == (DeliveryState.DELIVERED, "a")
        assert not relays["b"].sent

    async def test_what_has_been_used_or_asked_for_again_is_not_sent(self, portal, relays, sent):
        """R51, R17: a newer link has taken its place: the older e-mail ends as it came back."""
        await portal.record_bounce(self.bounce(portal, sent))
        portal.clock.advance(3 * MINUTE)
        newer = await portal.ask_and_decide()
        await portal.work()
        delivery = await portal.delivery(sent)
        assert (delivery.state, delivery.reason) == (FAILED, "5.7.1 not authorised")
        assert [each.id for each in relays["b"].sent] == [f"{newer.id}.link"]

    async def test_too_old_an_email_is_not_sent_again(self, portal, relays, sent):
        """R51: six hours after it was queued nobody waits for it."""
        portal.clock.advance(portal.policy.message_deadline + SECOND)
        await portal.record_bounce(self.bounce(portal, sent))
        assert (await portal.delivery(sent)).state is FAILED

    async def test_one_that_0_2_0_sent(self, portal, relays, sent):
        """R51: its record is the attempt of the only relay of then, under its name."""
        await portal.delete("mail_attempt")
        await portal.record_bounce(self.bounce(portal, sent))
        await portal.work()
        assert await states(portal, sent) == [("a", FAILED), ("b", ACCEPTED)]

    async def test_a_report_twice(self, portal, relays, sent):
        """R30: the second one changes nothing."""
        await portal.record_bounce(self.bounce(portal, sent))
        await portal.work()
        before = await portal.stored()
        assert await portal.record_bounce(self.bounce(portal, sent)) is BounceOutcome.KNOWN
        assert await portal.stored() == before
