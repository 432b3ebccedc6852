"""The ports `MailAttempts` and `MailRoutes`, over every engine: each promise they make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange
from core.link_shares import LinkCount, MailVerdict
from core.locale import Locale
from core.mail_attempt import MailAttempt
from core.messages import MessageKind
from core.one_time_link import OneTimeLink
from core.recovery_request import RecoveryRequest, State
from core.route_health import Health
from core.voter import Numic

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def begun(noon):
    """Makes an attempt that was just begun; fields may be given."""

    def make(delivery="r1.link", number=1, **fields):
        return replace(MailAttempt(delivery, number, "a", "aol.com", noon, 1), **fields)

    return make


@pytest.fixture
def sent(store, noon):
    """Stores a link that a route took at `at`, with its request; the attempt."""

    async def send(id, at=noon, route="a", state=DeliveryState.ACCEPTED, **fields):
        link = OneTimeLink("2027", b"n", id.encode() * 16, at + HOUR, 5)
        request = RecoveryRequest(
            id, Numic("00012345"), None, "pair", Locale.FR, at, link=link, voter="v1",
            state=State.LINK_SENT,
        )  # fmt: skip
        attempt = MailAttempt(f"{id}.link", 1, route, "aol.com", at, 1).accepted("4X", at)
        async with store.begin() as unit:
            await unit.requests.add(replace(request, **fields))
            await unit.deliveries.add(Delivery.queued(MessageKind.LINK, id, Locale.FR, at))
            await unit.mail_attempts.add(replace(attempt, state=state))
        return replace(attempt, state=state)

    return send


async def add(store, *attempts):
    async with store.begin() as unit:
        for attempt in attempts:
            await unit.mail_attempts.add(attempt)


async def of(store, delivery="r1.link"):
    async with store.read() as unit:
        return list(await unit.mail_attempts.of(delivery))


async def links(store, since, before, within=5 * MINUTE):
    async with store.read() as unit:
        return set(await unit.mail_routes.links(since, before, within))


async def untaken(store, since, now, limit=10):
    async with store.read() as unit:
        found = await unit.mail_routes.untaken("a", "aol.com", since, now, limit)
    return [each.delivery for each in found]


@pytest.mark.parametrize("state", DeliveryState)
async def test_every_state_and_field_comes_back(store, begun, noon, state):
    """R29, R51: an attempt in any state is read as it was stored and as it was saved."""
    whole = begun(
        state=state,
        sending=3,
        reference="4X",
        reason="5.1.1 no such mailbox",
        was_shown=True,
        accepted_at=noon + SECOND,
        changed_at=noon + MINUTE,
    )
    second = replace(whole, number=2)
    async with store.begin() as unit:
        await unit.mail_attempts.add(whole)
        await unit.mail_attempts.add(begun(number=2))
        await unit.mail_attempts.save(second, was=begun(number=2))
    await add(store, begun("r2.link"))
    assert await of(store) == [whole, second]
    assert await of(store, "nobody.link") == []


async def test_a_number_is_given_once(store, begun):
    """R51: two workers at one e-mail do not both begin the same attempt."""
    await add(store, begun())
    with pytest.raises(ConcurrentChange):
        await add(store, begun(route="b"))
    assert await of(store) == [begun()]


async def test_one_that_has_moved_is_not_saved(store, begun):
    """R51: whoever comes second hears of it."""
    failed = begun(state=DeliveryState.FAILED)
    await add(store, failed)
    with pytest.raises(ConcurrentChange):
        async with store.begin() as unit:
            await unit.mail_attempts.save(begun(reason="late"), was=begun())
    assert await of(store) == [failed]


async def test_the_routes_that_a_voter_had_a_link_by(store, sent, noon):
    """R51: since then, by other e-mails, and not when that link was used: then it arrived."""
    await sent("r1")
    await sent("r2", route="b", at=noon - HOUR)
    await sent("r3", route="c", confirmed_at=noon, state=DeliveryState.ACCEPTED)
    await sent("r4", route="d", voter="v2")
    async with store.read() as unit:
        routes = unit.mail_attempts.routes_of
        assert set(await routes(["v1"], noon - HOUR, "r9.link")) == {"a", "b"}
        assert set(await routes(["v1"], noon - MINUTE, "r9.link")) == {"a"}
        assert set(await routes(["v1"], noon - HOUR, "r1.link")) == {"b"}
        assert set(await routes(["nobody"], noon - HOUR, "r9.link")) == set()
        assert set(await routes([], noon - HOUR, "r9.link")) == set()


async def test_a_rotation_hides_none_of_them(store, sent, noon):
    """R51: under another key the voter has another pseudonym, and the same name in the round."""
    await sent("r1", voter="before", round_voter="w")
    await sent("r2", route="b", voter="after", round_voter="w")
    await sent("r3", route="c", voter="other", round_voter="x")
    async with store.read() as unit:
        after = (await unit.requests.get("r2")).known_as
        assert set(await unit.mail_attempts.routes_of(after, noon, "r9.link")) == {"a", "b"}


async def test_links_and_how_many_were_taken(store, sent, noon):
    """R51: those of the stretch, taken in time, by the route that carried them last."""
    await sent("r1", confirmed_at=noon + 5 * MINUTE)
    await sent("r2", confirmed_at=noon + 5 * MINUTE + SECOND)
    await sent("r3")
    await sent("r4", state=DeliveryState.EXPIRED, confirmed_at=noon + MINUTE)
    await sent("r5", state=DeliveryState.FAILED)
    await sent("r6", route="b", state=DeliveryState.DELIVERED, confirmed_at=noon + MINUTE)
    await sent("r7", at=noon - MINUTE)
    await sent("r8", at=noon + MINUTE)
    found = await links(store, noon, noon + MINUTE)
    assert found == {LinkCount("a", "aol.com", 5, 1), LinkCount("b", "aol.com", 1, 1)}


async def test_other_emails_are_no_links(store, sent, begun, noon):
    """R51: a notice is not taken by anyone."""
    await sent("r1")
    async with store.begin() as unit:
        notice = Delivery.queued(MessageKind.PASSWORD_CHANGED, "r1", Locale.FR, noon)
        await unit.deliveries.add(notice)
        await unit.mail_attempts.add(begun(notice.id).accepted(None, noon))
    assert await links(store, noon, noon + MINUTE) == {LinkCount("a", "aol.com", 1, 0)}
    assert await untaken(store, noon, noon) == ["r1.link"]


async def test_links_that_wait_to_be_taken(store, sent, noon):
    """R51: the oldest first, so many at most; none that is used, ended or run out, and none of
    which the end is known."""
    await sent("r1", at=noon + MINUTE)
    await sent("r2")
    await sent("r3", state=DeliveryState.DELIVERED)
    await sent("r4", route="b")
    await sent("r5", confirmed_at=noon)
    async with store.begin() as unit:
        was = await unit.requests.get("r5")
        await unit.requests.save(replace(was, state=State.CONFIRMED), was=was)
    assert await untaken(store, noon, noon + MINUTE) == ["r2.link", "r1.link"]
    assert await untaken(store, noon, noon + MINUTE, limit=1) == ["r2.link"]
    assert await untaken(store, noon + SECOND, noon + MINUTE) == ["r1.link"]
    assert await untaken(store, noon, noon + HOUR) == ["r1.link"]


async def test_a_verdict_has_one_winner(store, noon):
    """R51: of several workers that judge at once, one does."""
    fallen = MailVerdict("a", "aol.com", Health.FAILING, noon)
    sound = replace(fallen, health=Health.SOUND, since=noon + HOUR)
    for verdict, was, won in (
        (fallen, None, True),
        (fallen, None, False),
        (sound, fallen, True),
        (sound, fallen, False),
    ):
        async with store.begin() as unit:
            assert await unit.mail_routes.judge(verdict, was) is won
    async with store.read() as unit:
        assert list(await unit.mail_routes.verdicts()) == [sound]


async def test_they_go_with_their_request(store, sent):
    """R47: what is deleted of a request includes its attempts, and they are counted."""
    await sent("r1")
    await sent("r2")
    async with store.begin() as unit:
        assert await unit.destructions.delete(["r1"]) == (1, 1, 1)
    assert await of(store) == []
    assert len(await of(store, "r2.link")) == 1
