"""An e-mail that one relay refuses, or defers for too long, goes out by the next (R51)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.errors import LinkRejected, MessageDeferred, MessageRefused
from core.events import EmailRerouted, LinkRevoked, MessageEnded
from core.locale import Locale
from core.messages import MessageKind
from core.recovery_request import State

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ACCEPTED, FAILED, QUEUED = DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.QUEUED
REFUSED = MessageRefused("550 5.7.1 no")
BUSY = MessageDeferred("451 4.7.1 later", is_answer=True)
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
