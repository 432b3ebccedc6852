"""Receipts whose ids can be read in more than one way are tied once it is known which is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.delivery_figures import UNTIED_AFTER, AlertRule
from core.errors import ConcurrentChange, Overtaken
from core.events import MessageEnded, ReceiptIdsDiffer, ReceiptsTied, ReceiptsUntied
from core.messages import Acceptance, MessageKind
from core.receipts import Reading, Receipt, Way
from core.recovery_request import State
from core.use_cases.settle_receipts import PORTION, WAIT
from core.use_cases.watch_receipts import WatchReceipts

DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED
SECOND = timedelta(seconds=1)


class Named:
    """The port `Sms`: gives its messages these ids."""

    def __init__(self, ids, meanwhile=None):
        self.ids, self.meanwhile = iter(ids), meanwhile

    async def send(self, message):
        id = next(self.ids)
        if self.meanwhile:
            await self.meanwhile(id)
        return Acceptance("trial", id)


def receipt(portal, id, state=DELIVERED):
    """As the adapter reads an id of digits, or with letters, when it does not know the route."""
    otherwise = []
    if id.isdigit():
        otherwise.append(Reading(Way.HEX_TO_DECIMAL, f"{int(id):x}"))
    otherwise.append(Reading(Way.DECIMAL_TO_HEX, str(int(id, 16))))
    now = portal.clock.now()
    return Receipt("trial", state, now, None, id, otherwise=tuple(otherwise))


async def sent(portal, *ids, meanwhile=None):
    """Requests whose SMS the route has under these ids."""
    portal.providers["trial"] = Named(ids, meanwhile)
    requests = []
    for _ in ids:
        requests.append(await portal.confirmed())
        await portal.issue_password(requests[-1])
        portal.clock.advance(timedelta(minutes=30))
    return requests


async def settle(portal):
    portal.clock.advance(WAIT + SECOND)
    return await portal.settle_receipts()


async def attempt(portal, request_id):
    [made] = await portal.attempts(f"{request_id}.password")
    return made


async def held(portal):
    async with portal.store.read() as unit:
        counted = await unit.early_receipts.untied(
            portal.clock.now() - timedelta(days=1), portal.clock.now() + SECOND
        )
    return sum(counted.values())


@pytest.mark.parametrize(
    ("response", "id", "way"),
    [
        ("2dc6c2", "3000002", Way.HEX_TO_DECIMAL),
        ("3000002", "2dc6c2", Way.DECIMAL_TO_HEX),
        ("a28", "2600", Way.HEX_TO_DECIMAL),
        ("2600", "a28", Way.DECIMAL_TO_HEX),
    ],
)
async def test_an_id_in_the_other_base(portal, response, id, way):
    """R30: it is tied when every response is stored, not before, and operators are told once how
    the route writes its ids (S1)."""
    [request_id] = await sent(portal, response)
    await portal.record_receipt(receipt(portal, id))
    assert await portal.settle_receipts() == 0
    assert (await portal.request(request_id)).state is State.PASSWORD_SENT
    assert await settle(portal) == 1
    assert (await portal.request(request_id)).state is State.DELIVERED
    assert await held(portal) == 0
    assert portal.events.kept.count(ReceiptIdsDiffer("trial", way)) == 1
    await portal.record_receipt(receipt(portal, id))
    assert await settle(portal) == 1
    assert portal.events.kept.count(ReceiptIdsDiffer("trial", way)) == 1


async def test_a_sure_id_is_tied_at_once(portal):
    """R30: nobody waits for what is written in the same way and can mean nothing else."""
    first, second = await sent(portal, "3000002", "a28")
    await portal.record_receipt(receipt(portal, "3000002"))
    await portal.record_receipt(receipt(portal, "a28"))
    for each in (first, second):
        assert (await portal.request(each)).state is State.DELIVERED
    assert not [each for each in portal.events.kept if isinstance(each, ReceiptIdsDiffer)]


async def test_a_short_id_is_tied_when_all_responses_are_stored(portal):
    """R30: 16 may be the decimal of 10, whose response is not stored yet."""
    [request_id] = await sent(portal, "16")
    await portal.record_receipt(receipt(portal, "16"))
    assert (await portal.request(request_id)).state is State.PASSWORD_SENT
    assert await settle(portal) == 1
    assert (await portal.request(request_id)).state is State.DELIVERED


async def test_two_that_it_may_mean(portal):
    """R30, R20: which of the two has arrived is not known: neither has, and it stays to be
    counted."""
    requests = await sent(portal, "10", "16")
    await portal.record_receipt(receipt(portal, "16"))
    assert await settle(portal) == 0
    assert {(await portal.request(each)).state for each in requests} == {State.PASSWORD_SENT}
    assert await held(portal) == 1


@pytest.mark.parametrize("hexadecimal", [False, True])
async def test_the_others_tell_how_a_route_writes(portal, hexadecimal):
    """R30: what is doubtful alone is not among its like: of ids from 10 to 59 each receipt ends its
    own attempt, whichever way the SMSC writes."""
    portal.renew_without_end()
    numbers = range(10, 60)
    requests = await sent(portal, *(f"{each:x}" if hexadecimal else str(each) for each in numbers))
    ends = {number: (DELIVERED if number % 3 else FAILED) for number in numbers}
    for number, end in ends.items():
        await portal.record_receipt(receipt(portal, str(number), end))
    assert await settle(portal) == len(ends)
    told = [(await attempt(portal, each)).state for each in requests]
    assert told == list(ends.values())
    assert await held(portal) == 0


async def test_what_was_seen_before_tells_it_too(portal):
    """R30: a short id in the other base is no chance on a route that has written so before."""
    first, second = await sent(portal, "2dc6c2", "10")
    await portal.record_receipt(receipt(portal, "16"))
    assert await settle(portal) == 0
    await portal.record_receipt(receipt(portal, "3000002"))
    assert await settle(portal) == 2
    for each in (first, second):
        assert (await portal.request(each)).state is State.DELIVERED
    [third] = await sent(portal, "11")
    await portal.record_receipt(receipt(portal, "17"))
    assert await settle(portal) == 1
    assert (await portal.request(third)).state is State.DELIVERED


async def test_a_receipt_that_is_faster_than_its_response(portal):
    """R30: of two SMS under way, the first receipt comes before its response and looks like the
    other's: it waits, and ends its own."""
    early = receipt(portal, "16")

    async def meanwhile(id):
        if id == "10":
            await portal.record_receipt(early)

    requests = await sent(portal, "16", "10", meanwhile=meanwhile)
    assert [(await portal.request(each)).state for each in requests] == [State.PASSWORD_SENT] * 2
    await settle(portal)
    assert [(await portal.request(each)).state for each in requests] == [State.PASSWORD_SENT] * 2


async def test_it_ties_to_nothing(portal):
    """R30: the receipt of an SMS that is not ours stays, and is forgotten like the others."""
    await sent(portal, "2dc6c2")
    await portal.record_receipt(receipt(portal, "9000009"))
    assert await settle(portal) == 0
    assert await held(portal) == 1
    portal.clock.advance(timedelta(days=1))
    await portal.purge_expired()
    assert await held(portal) == 0


async def test_more_than_a_portion(portal):
    """R30: those that tie to nothing are not in the way of those behind."""
    [request_id] = await sent(portal, "2dc6c2")
    async with portal.begin() as unit:
        for number in range(PORTION):
            await unit.early_receipts.hold(
                receipt(portal, str(9_000_000 + number)), portal.clock.now()
            )
    await portal.record_receipt(receipt(portal, "3000002"))
    assert await settle(portal) == 1
    assert (await portal.request(request_id)).state is State.DELIVERED


async def test_somebody_else_is_at_it(portal):
    """R30: another worker settles the same receipt, or moves the attempt: nothing is lost."""
    [request_id] = await sent(portal, "2dc6c2")
    await portal.record_receipt(receipt(portal, "3000002"))
    portal.clock.advance(WAIT + SECOND)
    assert sorted(await portal.at_once(portal.settle_receipts(), portal.settle_receipts())) == [
        0,
        1,
    ]
    assert (await portal.request(request_id)).state is State.DELIVERED


@pytest.mark.parametrize("failure", [ConcurrentChange, Overtaken])
async def test_the_attempt_moves_meanwhile(portal, failure):
    """R30: the receipt stays for the next time."""
    [request_id] = await sent(portal, "2dc6c2")
    await portal.record_receipt(receipt(portal, "3000002"))
    portal.clock.advance(WAIT + SECOND)

    class Moved:
        async def receipted(self, *_):
            raise failure("moved")

    assert await replace(portal.settle_receipts, conclude=Moved())() == 0
    assert await portal.settle_receipts() == 1
    assert (await portal.request(request_id)).state is State.DELIVERED


async def test_a_tie_that_is_not_stored_is_not_told(portal):
    """R30, R32: the end of an SMS is told once, of the commit that holds it."""

    def ended():
        told = [each for each in portal.events.kept if isinstance(each, MessageEnded)]
        return [each.state for each in told if each.kind is MessageKind.PASSWORD]

    await sent(portal, "2dc6c2")
    await portal.record_receipt(receipt(portal, "3000002"))
    portal.begin.failing, portal.begin.failure = 1, Overtaken
    assert (await settle(portal), ended()) == (0, [])
    assert (await settle(portal), ended()) == (1, [DELIVERED])


async def test_an_alert_when_receipts_tie_to_nothing(portal):
    """R32: five of a route in the window, once; and once when they are over. A setting that reads
    the ids wrong shows within minutes (S2)."""
    watch = WatchReceipts(portal.store.read, AlertRule(), portal.clock, portal.events)

    async def told():
        await watch()
        kept, portal.events.kept[:] = list(portal.events.kept), []
        return [each for each in kept if isinstance(each, ReceiptsUntied | ReceiptsTied)]

    async def reported(count):
        for number in range(count):
            await portal.record_receipt(receipt(portal, f"9{number:07}"))

    await reported(4)
    portal.clock.advance(UNTIED_AFTER + SECOND)
    assert await told() == []
    await portal.record_receipt(receipt(portal, "80000000"))
    assert await told() == []
    portal.clock.advance(UNTIED_AFTER + SECOND)
    assert await told() == [ReceiptsUntied("trial", 5)]
    assert await told() == []
    portal.clock.advance(timedelta(hours=1))
    assert await told() == [ReceiptsTied("trial", 0)]
    assert await told() == []
