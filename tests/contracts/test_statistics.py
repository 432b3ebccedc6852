"""The port `RecoveryStatistics`, over every engine: how a round's requests went."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.store import statistics_recount
from adapters.store.statistics_recount import recount
from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.passages import STRETCHES, Axis, Step, length_of
from core.reasons import Dismissal
from core.receipts import Receipt
from core.recovery_request import State
from core.statistics import Window, hour_of
from core.use_cases.fold_statistics import FoldStatistics

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ROUND = "2027-1"


@pytest.fixture(params=["folded", "due", "anew"])
def counted(request, store, noon, clock):
    """The cells of the round's requests around noon, by their groups: from what a worker has
    counted, before it has, and without it."""

    async def counted(*by, round_id=ROUND, since=noon - HOUR, until=noon + HOUR):
        window = Window(round_id, hour_of(since), hour_of(until), by)
        if request.param == "folded":
            await FoldStatistics(store.begin, clock)()
        async with store.read() as unit:
            if request.param == "anew":
                return (await recount(unit.sql, window)).cells
            count = await unit.statistics.count(window)
            return (await unit.statistics.catch_up(window, count)).cells

    return counted


@pytest.fixture
def added(store):
    async def added(*rows):
        async with store.begin() as unit:
            for each in rows:
                if isinstance(each, Delivery):
                    await unit.deliveries.add(each)
                elif isinstance(each, Attempt):
                    await unit.attempts.add(each)
                else:
                    await unit.requests.add(each)

    return added


@pytest.fixture
async def arrived(store, link_sent, added, noon):
    """The link's e-mail is taken after 2 s, the link used after 90 s more. The first route takes
    the SMS after 5 s and does not bring it; the second takes it a minute later and does, 7 s after
    that, as its receipt says, which comes an hour later."""
    used, taken = noon + 92 * SECOND, noon + 97 * SECOND
    mail = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon).to("example.org")
    sms = Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, used)
    request = link_sent(
        "r1",
        state=State.CONFIRMED,
        confirmed_at=used,
        partner="consulat",
        constituency="2",
        post="Salta",
        country="AR",
    )
    first = Attempt(sms.id, 1, "north", "AR", 70_000, taken, recorded_at=taken)
    second = Attempt(sms.id, 2, "south", "AR", 70_000, taken + MINUTE, recorded_at=taken + MINUTE)
    await added(request, mail, sms, first, second)
    mailed = mail.accepted(Acceptance("relay"), noon + 2 * SECOND)
    handed = sms.accepted(Acceptance("north"), taken, "AR")
    again = handed.accepted(Acceptance("south"), taken + MINUTE)
    brought = taken + MINUTE + 7 * SECOND
    receipt = Receipt(
        "south", DeliveryState.DELIVERED, brought, attempt=second.id, operator="722-34"
    )
    late = noon + HOUR
    over = again.ended(DeliveryState.DELIVERED, late, None, "722-34")
    async with store.begin() as unit:
        await unit.deliveries.save(mailed, was=mail)
        await unit.deliveries.save(handed, was=sms)
        await unit.deliveries.save(again, was=handed)
    async with store.begin() as unit:
        await unit.attempts.save(second.receipted(receipt, late), was=second)
        await unit.deliveries.save(over, was=again)
        await unit.requests.save(request.password_handed_over(taken).delivered(late), was=request)
    return request


def reached(tally):
    return {step for step, number in zip(Step, tally.reached, strict=True) if number}


async def test_nobody(counted):
    """R32: a round without requests has no cell."""
    assert await counted() == {}
    assert await counted(Axis.COUNTRY, Axis.HOUR) == {}


@pytest.mark.usefixtures("arrived")
async def test_all_of_the_way(counted):
    """R32: each step, and how long it took: by what was taken first, and as the receipt says."""
    (found,) = (await counted()).values()
    assert reached(found) == set(Step) - {Step.DISMISSED, Step.UNDELIVERED}
    seconds = dict(zip(STRETCHES, (2, 90, 5, MINUTE.seconds + 7, 164), strict=True))
    told = dict(zip(STRETCHES, map(dict, found.times), strict=True))
    assert told == {each: {length_of(took): 1} for each, took in seconds.items()}


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("axis", "group"),
    [
        (Axis.STEP, "delivered"),
        (Axis.REASON, ""),
        (Axis.CONSTITUENCY, "2"),
        (Axis.POST, "Salta"),
        (Axis.COUNTRY, "AR"),
        (Axis.ROUTE, "south"),
        (Axis.OPERATOR, "722-34"),
        (Axis.MAILBOX_DOMAIN, "example.org"),
        (Axis.PARTNER, "consulat"),
        (Axis.HOUR, "2027-06-05T12:00:00+00:00"),
    ],
)
async def test_by_each_axis(counted, axis, group):
    """R32, R49: alone, and beside another one, in the order in which they are asked for."""
    assert set(await counted(axis)) == {(group,)}
    other = Axis.POST if axis is not Axis.POST else Axis.COUNTRY
    beside = "Salta" if axis is not Axis.POST else "AR"
    assert set(await counted(axis, other)) == {(group, beside)}
    assert set(await counted(other, axis)) == {(beside, group)}


async def test_where_requests_end(counted, received, link_sent, added, noon):
    """R32: dismissed, with its reason; a link that ran out; an SMS that no route took, and one that
    was taken and given up."""
    taken = Delivery.queued(MessageKind.PASSWORD, "d", Locale.FR, noon)
    taken = taken.accepted(Acceptance("north"), noon, "AR")
    lost = {"state": State.UNDELIVERED, "confirmed_at": noon}
    await added(
        received("a", rounds=(ROUND,)).dismissed(Dismissal.NO_PHONE, noon, "v1"),
        link_sent("b", state=State.EXPIRED),
        link_sent("c", **lost),
        link_sent("d", **lost),
        taken.failed("no route", noon),
    )
    found = await counted(Axis.STEP, Axis.REASON)
    sent = {Step.RECEIVED, Step.LINK_SENT}
    assert {groups: reached(each) for groups, each in found.items()} == {
        ("dismissed", "no_phone"): {Step.RECEIVED, Step.DISMISSED},
        ("link_sent", ""): sent,
        ("undelivered", ""): sent | {Step.CONFIRMED, Step.PASSWORD_SENT, Step.UNDELIVERED},
    }
    assert [each.reached for each in (await counted()).values()] == [[4, 1, 3, 2, 1, 0, 2]]


async def test_whose_a_request_is(counted, received, link_sent, added):
    """R49: the voter's round's; while nobody knows the voter, of each that was open."""
    both = (ROUND, "2027-2")
    await added(
        received("a", rounds=both),
        received("b", rounds=("2027-12",)),
        received("c"),
        link_sent("d", rounds=both),
        link_sent("e", rounds=both, round_id="2027-2"),
    )
    sums = [sum(x.requests for x in (await counted(round_id=id)).values()) for id in both]
    assert sums == [2, 2]


async def test_a_window_holds_its_beginning(counted, received, added, noon):
    """R32: and not its end: windows side by side count each request once."""
    begin = hour_of(noon)
    for id, at in {"a": begin - timedelta.resolution, "b": begin, "c": begin + HOUR}.items():
        await added(received(id, rounds=(ROUND,), received_at=at))
    window = {"since": begin, "until": begin + HOUR}
    assert {key[0] for key in await counted(Axis.HOUR, **window)} == {begin.isoformat()}
    assert [x.requests for x in (await counted(**window)).values()] == [1]
    assert len(await counted(Axis.HOUR, since=begin - HOUR, until=begin + 2 * HOUR)) == 3


async def test_what_release_0_2_0_did(store, counted, link_sent, added, noon):
    """R32: it kept no changes of messages: their rows say what they can."""
    used, taken = noon + MINUTE, noon + 2 * MINUTE
    await added(
        link_sent("r1", state=State.DELIVERED, confirmed_at=used),
        Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon).accepted(
            Acceptance("relay"), noon + SECOND, "example.org"
        ),
        Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, used)
        .accepted(Acceptance("north"), taken, "AR")
        .ended(DeliveryState.DELIVERED, taken + 3 * SECOND, None),
        Attempt("r1.password", 1, "north", "AR", 70_000, taken),
    )
    async with store.begin() as unit:
        await unit.sql.execute("DELETE FROM message_change")
        await unit.sql.execute(
            "INSERT INTO statistics_due (request) SELECT id FROM recovery_request"
        )
    ((groups, found),) = (await counted(Axis.COUNTRY)).items()
    assert groups == ("AR",)
    lengths = [length_of(each) for each in (1, 59, 60, 3, 123)]
    assert [dict(each) for each in found.times] == [{length: 1} for length in lengths]


@pytest.mark.parametrize("portion", [1, 2, 3])
async def test_portions_are_one_count(counted, received, added, monkeypatch, portion):
    """R32: however many requests a statement looks at."""
    for number in range(7):
        await added(received(f"r{number}", rounds=(ROUND,), partner=f"p{number % 3}"))
    whole = await counted(Axis.PARTNER)
    assert {key[0]: each.requests for key, each in whole.items()} == {"p0": 3, "p1": 2, "p2": 2}
    monkeypatch.setattr(statistics_recount, "PORTION", portion)
    assert await counted(Axis.PARTNER) == whole
