"""A receipt came in: in any order, any number of times, before the answer as well as after."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store.diskless import DisklessStore
from adapters.trial import SeededRandomness, SetClock
from core.delivery import DeliveryState
from core.errors import ConcurrentChange, Overtaken, StoreUnavailable
from core.events import MessageEnded
from core.messages import Acceptance, MessageKind
from core.receipts import Receipt
from core.recovery_request import State
from core.use_cases.record_receipt import TRIES

ACCEPTED, DELIVERED = DeliveryState.ACCEPTED, DeliveryState.DELIVERED
FAILED, EXPIRED = DeliveryState.FAILED, DeliveryState.EXPIRED


@pytest.fixture
async def request_id(portal):
    """A request whose SMS a route has, under the reference "1"."""
    request_id = await portal.confirmed()
    await portal.issue_password(request_id)
    return request_id


@pytest.fixture
def receipt(portal, request_id):
    """Makes a receipt for the one attempt at that SMS."""

    def receipt(state=DELIVERED, **fields):
        attempt = f"{request_id}.password.1"
        made = Receipt("trial", state, portal.clock.now(), attempt, operator="208-01")
        return replace(made, **fields)

    return receipt


async def states(portal, request_id):
    """Of the request, its SMS, and the attempts at it."""
    request = await portal.request(request_id)
    sms = await portal.delivery(f"{request_id}.password")
    made = await portal.attempts(f"{request_id}.password")
    return request.state, sms.state, [each.state for each in made]


async def test_delivered(portal, request_id, receipt):
    """R29, R30: request, SMS and attempt end as delivered, with the network that it reached."""
    await portal.record_receipt(receipt())
    assert await states(portal, request_id) == (State.DELIVERED, DELIVERED, [DELIVERED])
    sms = await portal.delivery(f"{request_id}.password")
    assert (sms.operator, sms.reason, sms.route) == ("208-01", None, "trial")
    assert portal.events.kept[-1] == MessageEnded(request_id, MessageKind.PASSWORD, DELIVERED, None)


async def test_by_the_routes_reference(portal, request_id, receipt):
    """R30: a route that echoes no id of ours is heard by its own name for the SMS."""
    await portal.record_receipt(receipt(attempt=None, reference="1"))
    assert await states(portal, request_id) == (State.DELIVERED, DELIVERED, [DELIVERED])


async def test_the_seed_goes_with_the_delivery(portal, receipt, request_id):
    """R20: once the SMS has arrived nothing is left that the password could be made from."""
    await portal.record_receipt(receipt())
    assert (await portal.request(request_id)).seed is None


@pytest.mark.parametrize("state", [FAILED, EXPIRED])
async def test_a_bad_receipt_has_the_next_route_tried(portal, request_id, receipt, state):
    """R30, R31: the attempt ends with its reason, the SMS goes on: that is a job's, in the same
    commit."""
    await portal.record_receipt(receipt(state, reason="subscriber absent"))
    assert await states(portal, request_id) == (State.PASSWORD_SENT, ACCEPTED, [state])
    [attempt] = await portal.attempts(f"{request_id}.password")
    assert (attempt.reason, attempt.operator) == ("subscriber absent", "208-01")
    assert f"fail_over:{attempt.id}" in await portal.due()


async def test_on_its_way(portal, request_id, receipt):
    """R30: a receipt that is no end changes nothing but what is known."""
    await portal.record_receipt(receipt(ACCEPTED, reason="buffered"))
    assert await states(portal, request_id) == (State.PASSWORD_SENT, ACCEPTED, [ACCEPTED])


async def test_a_repetition_changes_nothing(portal, receipt):
    """R30: the second time nothing is written and nothing told."""
    await portal.record_receipt(receipt())
    stored, told = await portal.stored(), list(portal.events.kept)
    portal.clock.advance(timedelta(hours=1))
    await portal.record_receipt(receipt())
    assert await portal.stored() == stored
    assert portal.events.kept == told


async def test_delivered_wins_over_what_was_said_before(portal, request_id, receipt):
    """R30: an SMS that arrived after all has arrived, even once it was given up."""
    await portal.record_receipt(receipt(FAILED, reason="subscriber absent"))
    await portal.work()
    assert (await portal.request(request_id)).state is State.UNDELIVERED
    await portal.record_receipt(receipt())
    assert await states(portal, request_id) == (State.DELIVERED, DELIVERED, [DELIVERED])


@pytest.mark.parametrize(
    "fields",
    [
        {"route": "other"},
        {"attempt": "r0.password.1"},
        {"attempt": "nonsense"},
        {"attempt": None, "reference": "2"},
        {"attempt": None, "reference": "1", "route": "other"},
    ],
)
async def test_a_receipt_for_nobody_is_held_and_says_nothing(portal, request_id, receipt, fields):
    """R30: another route's receipt, or one for an SMS that is not known (yet), moves no SMS."""
    before = await states(portal, request_id)
    await portal.record_receipt(receipt(**fields))
    assert await states(portal, request_id) == before


def ends_told(portal):
    """Of SMS."""
    told = [each for each in portal.events.kept if isinstance(each, MessageEnded)]
    return [each.state for each in told if each.kind is MessageKind.PASSWORD]


async def test_the_store_is_down(portal, request_id, receipt):
    """R29, R30: whoever reports is told to report again, and then it is recorded, and told."""
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable):
        await portal.record_receipt(receipt())
    assert ends_told(portal) == []
    await portal.record_receipt(receipt())
    assert (await portal.request(request_id)).state is State.DELIVERED
    assert ends_told(portal) == [DELIVERED]


async def test_a_commit_that_is_made_again_is_told_once(portal, request_id, receipt):
    """R30, R32: the store lets others go first at the commit."""
    portal.begin.failing, portal.begin.failure = 2, Overtaken
    await portal.record_receipt(receipt())
    assert ends_told(portal) == [DELIVERED]


async def test_two_at_once(portal, request_id, receipt):
    """R30: of two receipts at the same moment neither is lost."""
    failed, delivered = receipt(FAILED), receipt()
    ended = await portal.at_once(portal.record_receipt(failed), portal.record_receipt(delivered))
    assert ended == [None, None]
    assert (await states(portal, request_id))[1:] == (DELIVERED, [DELIVERED])


class Unsteady:
    """A `BeginUnit` whose attempts someone else moves, so many times."""

    def __init__(self, begin, times, failure=ConcurrentChange):
        self.begin, self.times, self.failure = begin, times, failure

    def __call__(self):
        return self._unit()

    @asynccontextmanager
    async def _unit(self):
        async with self.begin() as unit:
            if self.times:
                self.times -= 1
                raise self.failure("moved")
            yield unit


@pytest.mark.parametrize("times", [1, TRIES - 1])
@pytest.mark.parametrize("failure", [ConcurrentChange, Overtaken])
async def test_someone_else_is_at_it(portal, request_id, receipt, times, failure):
    """R30: read anew and recorded."""
    record = replace(portal.record_receipt, begin=Unsteady(portal.begin, times, failure))
    await record(receipt())
    assert (await portal.request(request_id)).state is State.DELIVERED


async def test_someone_else_never_lets_go(portal, request_id, receipt):
    """R30: after some tries whoever reports is told to report again."""
    record = replace(portal.record_receipt, begin=Unsteady(portal.begin, TRIES))
    with pytest.raises(StoreUnavailable):
        await record(receipt())
    assert (await portal.request(request_id)).state is State.PASSWORD_SENT


class FasterThanItsAnswer:
    """The port `Sms`: reports on the SMS before it says that it has it."""

    def __init__(self, record, receipts):
        self.record, self.receipts = record, receipts

    async def send(self, message):
        for receipt in self.receipts:
            await self.record(replace(receipt, attempt=receipt.attempt and message.id))
        return Acceptance("trial", "ref")


async def reported(portal, early, late):
    """A request whose route reports `early`, then answers, then reports `late`."""
    portal.providers["trial"] = FasterThanItsAnswer(portal.record_receipt, early)
    request_id = await portal.confirmed()
    await portal.issue_password(request_id)
    for receipt in late:
        id = f"{request_id}.password.1"
        await portal.record_receipt(replace(receipt, attempt=receipt.attempt and id))
    return request_id


def receipts_in(portal, given):
    now = portal.clock.now()
    by_id = Receipt("trial", DELIVERED, now, attempt="filled in", operator="208-01")
    by_reference = replace(by_id, attempt=None, reference="ref")
    return [replace(by_reference if other else by_id, state=state) for state, other in given]


async def test_a_handing_over_that_is_not_recorded_tells_no_end(portal):
    """R29, R32: the commit that would have heard a faster receipt fails, and is made again."""
    sms = FasterThanItsAnswer(portal.record_receipt, receipts_in(portal, [(DELIVERED, False)]))

    class BeforeAnOutage:
        async def send(self, message):
            acceptance = await sms.send(message)
            portal.begin.failing = 1
            return acceptance

    portal.providers["trial"] = BeforeAnOutage()
    request_id = await portal.confirmed()
    with pytest.raises(StoreUnavailable):
        await portal.issue_password(request_id)
    assert ends_told(portal) == []
    portal.providers["trial"] = portal.sms
    await portal.issue_password(request_id)
    assert (await portal.request(request_id)).state is State.DELIVERED
    assert ends_told(portal) == [DELIVERED]


@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("state", [DELIVERED, FAILED])
async def test_a_receipt_that_is_faster_than_the_answer(portal, state, other):
    """R30: it is held, and heard in the commit that makes the attempt known."""
    request_id = await reported(portal, receipts_in(portal, [(state, other)]), [])
    assert (await states(portal, request_id))[2] == [state]


orders = st.lists(st.tuples(st.sampled_from([ACCEPTED, DELIVERED, FAILED]), st.booleans()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=orders, data=st.data())
async def test_the_order_of_receipts_does_not_matter(portal, noon, keyring, given, data):
    """R30: any receipts of one attempt, by id or by reference, repeated, in any order, some of them
    before the answer: delivered wins, then failed; request, SMS and attempt agree."""
    ended = set()
    orders = [given, data.draw(st.permutations(given)), [*given, *given]]
    cuts = [data.draw(st.integers(0, len(order))) for order in orders]
    for order, cut in zip(
        orders, cuts, strict=True
    ):  # a draw may leave: none while a store is open
        store = DisklessStore()
        await store.open()
        fresh = type(portal)(store, SetClock(noon), SeededRandomness(), keyring)
        received = receipts_in(fresh, order)
        request_id = await reported(fresh, received[:cut], received[cut:])
        request, sms, [attempt] = await states(fresh, request_id)
        ended.add((request, sms, attempt))
        await store.close()
    said = {state for state, _ in given}
    best = next((each for each in (DELIVERED, FAILED) if each in said), ACCEPTED)
    has_arrived = best is DELIVERED
    assert ended == {
        (
            State.DELIVERED if has_arrived else State.PASSWORD_SENT,
            DELIVERED if has_arrived else ACCEPTED,
            best,
        )
    }
