"""Which voters are unreached, and why, over every engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState, delivery_id
from core.delivery_figures import CauseCount, Unreached, unreached
from core.locale import Locale
from core.messages import MessageKind
from core.reasons import Revocation
from core.recovery_request import State
from core.unreached import Cause
from core.unreached_voters import UnreachedWanted
from core.use_cases.fold_figures import FoldFigures
from core.voter import Numic

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PATIENCE = 30 * MINUTE
ROUND = ("2027-1",)


async def found(store, now, rounds=ROUND):
    """The same before and after a folding, and told one by one."""
    told = []
    for _ in range(2):
        async with store.read() as unit:
            told.append(unreached(await unit.figures.standings(rounds, now - PATIENCE, now)))
        await FoldFigures(store.begin)()
    assert told[0] == told[1]
    causes = Counter(each.cause for each in await one_by_one(store, now, rounds))
    assert causes == {each.cause: each.voters for each in told[0].causes}
    return told[0]


async def one_by_one(store, now, rounds=ROUND, cause=None):
    """Each voter of these rounds who is unreached, in the order of the list, in pages of one."""
    listed = {}
    for round_id in rounds:
        wanted = UnreachedWanted(round_id, now, PATIENCE, rounds, cause)
        after = None
        async with store.read() as unit:
            while page := await unit.unreached_voters.longest(wanted, 1, after):
                after = page[0].place
                listed[page[0].request_id] = page[0]
            whole = await unit.unreached_voters.longest(wanted, 100, None)
        assert [each.place for each in whole] == sorted(each.place for each in whole)
        assert {each.request_id for each in whole} <= set(listed)
        for name in {each.cause for each in whole} if cause is None else ():
            same = await one_by_one(store, now, (round_id,), name)
            assert {x.cause for x in same} == {name}
    return list(listed.values())


def only(cause, voters=1, **places):
    return Unreached(causes=(CauseCount(cause, voters),), **places)


@pytest.fixture
def confirmed(link_sent, noon):
    """Makes a request confirmed a while ago."""

    def make(id="r1", ago=HOUR, state=State.CONFIRMED, round_voter="v", cause=None, **fields):
        made = link_sent(id, round_voter=round_voter)
        return replace(made, state=state, confirmed_at=noon - ago, cause=cause, **fields)

    return make


async def put(store, *requests, deliveries=()):
    async with store.begin() as unit:
        for request in requests:
            await unit.requests.add(request)
        for each in deliveries:
            await unit.deliveries.add(each)


@pytest.mark.parametrize(
    ("state", "ago", "cause", "expected"),
    [
        (State.CONFIRMED, HOUR, None, only(Cause.UNTRIED, waiting=1)),
        (State.CONFIRMED, HOUR, Cause.CAP, only(Cause.CAP, waiting=1)),
        (State.PASSWORD_SENT, HOUR, Cause.NO_RECEIPT, only(Cause.NO_RECEIPT, waiting=1)),
        (State.PASSWORD_SENT, HOUR, None, only(Cause.NO_RECEIPT, waiting=1)),
        (State.UNDELIVERED, HOUR, Cause.REFUSED, only(Cause.REFUSED, lost=1)),
        (State.UNDELIVERED, MINUTE, None, only(Cause.REFUSED, lost=1)),
        (State.UNDELIVERED, HOUR, Cause.NO_ROUTE, only(Cause.NO_ROUTE, lost=1)),
        (
            State.PASSWORD_SENT,
            HOUR,
            Cause.RECEIPT_NOT_EXPECTED,
            Unreached(receipts_not_expected=1),
        ),
        (State.CONFIRMED, MINUTE, Cause.CAP, Unreached()),
        (State.PASSWORD_SENT, MINUTE, None, Unreached()),
        (State.DELIVERED, HOUR, None, Unreached()),
    ],
)
async def test_a_voter_is_unreached(store, confirmed, noon, state, ago, cause, expected):
    """R32, R48: while the end is open for too long, or bad, whether or not the old password works
    still."""
    await put(store, confirmed(state=state, ago=ago, cause=cause))
    assert await found(store, noon) == expected


async def test_only_of_the_rounds_asked_for(store, confirmed, noon):
    """R48, R49: those of a round that is over are past help."""
    await put(
        store,
        confirmed("a"),
        confirmed("b", state=State.UNDELIVERED, round_id="2022-1", round_voter="w"),
        confirmed("c", round_id="2022-1", round_voter="x"),
    )
    assert await found(store, noon) == only(Cause.UNTRIED, waiting=1)
    seen = await found(store, noon, ("2022-1", "2027-1"))
    assert (seen.waiting, seen.lost) == (2, 1)
    assert (await found(store, noon, ())) == Unreached()


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((State.UNDELIVERED, State.DELIVERED), Unreached()),
        ((State.UNDELIVERED, State.UNDELIVERED), only(Cause.REFUSED, lost=1)),
        ((State.DELIVERED, State.CONFIRMED), only(Cause.UNTRIED, waiting=1)),
        ((State.CONFIRMED, State.DELIVERED), Unreached()),
    ],
)
async def test_a_later_renewal_takes_over(store, confirmed, noon, states, expected):
    """R32, R48: one voter counts once, by the latest renewal; a late receipt for the one before
    changes nothing."""
    first = confirmed("a", state=states[0])
    second = confirmed("b", ago=50 * MINUTE, state=states[1])
    await put(store, first, second)
    async with store.begin() as unit:
        await unit.round_voters.overtake(second)
    assert await found(store, noon) == expected
    async with store.begin() as unit:
        await unit.requests.save(replace(first, state=State.DELIVERED, cause=None), was=first)
    assert await found(store, noon) == expected


async def sent(store, request, state=DeliveryState.ACCEPTED):
    """The request, with the e-mail of its link in this state."""
    queued = Delivery.queued(MessageKind.LINK, request.id, Locale.FR, request.received_at)
    await put(store, request, deliveries=[replace(queued, state=state)])


@pytest.mark.parametrize("cause", [Cause.LINK_BOUNCED, Cause.LINK_GIVEN_UP, Cause.LINK_DEFERRED])
async def test_a_link_that_did_not_arrive(store, link_sent, noon, cause):
    """R48: whatever the state of the request, until the voter has another link."""
    link = link_sent("a", round_voter="v")
    await sent(store, link)
    async with store.begin() as unit:
        await unit.requests.note_link("a", cause)
    assert await found(store, noon) == only(cause, links=1)
    async with store.begin() as unit:
        assert await unit.housekeeping.expire_links(noon + 2 * HOUR) == 1
    assert await found(store, noon) == only(cause, links=1)
    another = link_sent("b", round_voter="v")
    await sent(store, another)
    async with store.begin() as unit:
        await unit.round_voters.overtake(another)
    assert await found(store, noon) == Unreached()


async def test_a_link_that_nobody_took_is_told_apart(store, link_sent, noon):
    """R48: in no alert; a bounce that comes late says that it did not arrive."""
    await sent(store, link_sent("a", round_voter="v"))
    async with store.begin() as unit:
        await unit.housekeeping.expire_links(noon + 2 * HOUR)
    assert await found(store, noon) == Unreached(links_not_taken=1)
    for cause, expected in (
        (Cause.LINK_BOUNCED, only(Cause.LINK_BOUNCED, links=1)),
        (None, Unreached(links_not_taken=1)),
    ):
        async with store.begin() as unit:
            await unit.requests.note_link("a", cause)
        assert await found(store, noon) == expected


async def test_a_link_that_a_restore_has_ended(store, link_sent, noon):
    """R48: F-3: its voter holds nothing, whatever becomes of the e-mail, until another is sent."""
    link = link_sent("a", round_voter="v")
    await sent(store, link)
    async with store.begin() as unit:
        await unit.requests.save(link.restored(noon), was=link)
    for cause in (None, Cause.LINK_BOUNCED):
        assert await found(store, noon) == only(Cause.LINK_WITHDRAWN, links=1)
        async with store.begin() as unit:
            await unit.requests.note_link("a", cause)
    assert await found(store, noon) == only(Cause.LINK_WITHDRAWN, links=1)
    another = link_sent("b", round_voter="v")
    await sent(store, another)
    async with store.begin() as unit:
        await unit.round_voters.overtake(another)
    assert await found(store, noon) == Unreached()


async def test_an_email_that_waits_beyond_its_link(store, link_sent, noon):
    """R48: while the relay takes nothing; told before it is given up."""
    await sent(store, link_sent("a", round_voter="v"), DeliveryState.QUEUED)
    assert await found(store, noon) == Unreached()
    later = noon + 2 * HOUR
    async with store.begin() as unit:
        assert await unit.housekeeping.expire_links(later) == 0
    assert await found(store, later) == only(Cause.LINK_DEFERRED, links=1)


async def test_a_voter_who_lost_a_password_counts_there(store, confirmed, link_sent, noon):
    """R48: once, though the link after it bounced, too; when the SMS comes after all, the link is
    what is missing."""
    lost = confirmed("a", state=State.UNDELIVERED)
    await put(store, lost)
    await sent(store, link_sent("b", round_voter="v"))
    async with store.begin() as unit:
        await unit.requests.note_link("b", Cause.LINK_BOUNCED)
    assert await found(store, noon) == only(Cause.REFUSED, lost=1)
    async with store.begin() as unit:
        await unit.requests.save(lost.delivered(noon), was=lost)
    assert await found(store, noon) == only(Cause.LINK_BOUNCED, links=1)


async def test_requests_that_nobody_decides_on(store, received, noon):
    """R48: each number once, after the time that voters are to have patience for."""
    old = noon - HOUR
    await put(
        store,
        received("a", received_at=old),
        received("b", received_at=old),
        received("c", received_at=old, number=Numic("00099999")),
        received("d", number=Numic("00088888")),
    )
    assert await found(store, noon) == only(Cause.LINK_UNDECIDED, 2, links=2)


async def test_a_redeemed_link_starts_anew(store, voting, noon):
    """R48: F-6: whatever was noted of its e-mail, it has arrived."""
    request, token = await voting.ask()
    async with store.begin() as unit:
        await unit.requests.note_link(request.id, Cause.LINK_GIVEN_UP)
    await voting.confirm(token)
    async with store.begin() as unit:
        await unit.requests.note_link(request.id, Cause.LINK_BOUNCED)
        assert (await unit.requests.get(request.id)).cause is None


async def test_renewals_overtake_each_other_by_themselves(store, voting, clock):
    """R48: a link the links before it, a confirmation all that came before."""

    async def overtaken():
        async with store.read() as unit:
            rows = await unit.sql.fetch(
                "SELECT overtaken FROM recovery_request ORDER BY received_at"
            )
        return [row[0] for row in rows]

    for _ in range(3):
        clock.advance(HOUR)
        _, token = await voting.ask()
    assert await overtaken() == [1, 1, 0]
    await voting.confirm(token)
    clock.advance(HOUR)
    _, token = await voting.ask()
    assert await overtaken() == [1, 1, 0, 0]
    await voting.confirm(token)
    assert await overtaken() == [1, 1, 1, 0]


async def test_what_release_0_2_0_left_is_sorted_out(store, confirmed, link_sent, begun, noon):
    """R48: once it is known whose they are: which request counts, and what was not noted."""
    old = {"round_voter": None, "voter": "p"}

    def received(id, ago, **fields):
        return replace(link_sent(id, **old), received_at=noon - ago, **fields)

    expired = {"state": State.EXPIRED}
    failed = {"state": State.REVOKED, "reason": Revocation.MAIL_FAILED}
    await put(
        store,
        *(received(f"l{n}", 9 * HOUR - n * MINUTE, **expired) for n in range(2)),
        replace(confirmed("a", state=State.UNDELIVERED, **old), received_at=noon - 8 * HOUR),
        replace(confirmed("b", ago=MINUTE * 50, state=State.PASSWORD_SENT, **old), voter="p"),
        received("other", HOUR, **expired),
        received("third", HOUR, **failed),
        received("fourth", HOUR, **expired),
    )
    async with store.begin() as unit:
        await unit.attempts.add(
            begun(delivery_id("b", MessageKind.PASSWORD), state=DeliveryState.ACCEPTED)
        )
        gone = Delivery.queued(MessageKind.LINK, "fourth", Locale.FR, noon)
        await unit.deliveries.add(gone.expired(noon))
        voters = dict.fromkeys(("l0", "l1", "a", "b"), "v")
        await unit.round_voters.know(voters | {"other": "w", "third": "x", "fourth": "y"}, ["v"])
    seen = await found(store, noon)
    assert (seen.waiting, seen.lost, seen.links) == (0, 0, 2)
    assert (seen.receipts_not_expected, seen.links_not_taken) == (1, 1)
    assert {each.cause for each in seen.causes} == {Cause.LINK_BOUNCED, Cause.LINK_GIVEN_UP}


async def test_what_is_deleted_is_not_counted(store, confirmed, noon):
    """R47, R48: nor is a difference or bucket of it left."""
    await put(store, confirmed("a", state=State.UNDELIVERED))
    await found(store, noon)
    async with store.begin() as unit:
        await unit.destructions.delete(["a"])
    assert await found(store, noon) == Unreached()
    async with store.read() as unit:
        assert not await unit.sql.fetch("SELECT * FROM figure_bucket")


async def test_a_gateway_of_0_2_0_overtakes_nothing_by_itself(store, confirmed, noon):
    """R48: while it runs beside a worker of this version, the worker sorts that out."""
    lost = confirmed("a", state=State.UNDELIVERED)
    renewed = confirmed("b", ago=MINUTE, state=State.DELIVERED, changed_at=noon)
    await put(store, lost, renewed, confirmed("c", round_voter="w", changed_at=noon))
    async with store.begin() as unit:
        assert not await unit.round_voters.to_sort_out(noon + MINUTE, 2)
    assert (await found(store, noon)).lost == 1
    async with store.begin() as unit:
        voters = await unit.round_voters.to_sort_out(noon, 2)
        assert voters == [(lost.round_voter, lost.voter)]
        assert await unit.round_voters.sort_out(voters) == 1
        assert not await unit.round_voters.to_sort_out(noon, 2)
        assert await unit.round_voters.sort_out(voters) == 0
    assert await found(store, noon) == only(Cause.UNTRIED, waiting=1)
