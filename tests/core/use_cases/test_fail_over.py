"""An SMS that does not arrive goes out again by the next route, with the same password."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.attempt import Attempt
from core.circuit import CircuitState
from core.delivery import DeliveryState
from core.delivery_figures import unreached
from core.errors import ConcurrentChange, MessageDeferred, MessageRefused, StoreUnavailable
from core.events import MessageEnded, RouteFell, RouteRecovered, SmsResent, SpendingStopped
from core.messages import MessageKind
from core.receipts import Receipt
from core.recovery_request import State
from core.route_health import Health, HealthRule, Verdict
from core.routes import Route, RouteTable, is_probe
from core.spending import SpendingRule
from core.voter import PhoneNumber

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
WITHIN = {"receipt_within": 5 * MINUTE}
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED
EXPIRED, ACCEPTED = DeliveryState.EXPIRED, DeliveryState.ACCEPTED


class Sending:
    """One confirmed request, and what becomes of its SMS."""

    def __init__(self, portal, request_id):
        self.portal, self.id = portal, request_id
        self.sms_id = f"{request_id}.password"

    async def issue(self):
        return await self.portal.issue_password(self.id)

    async def fail_over(self, number=1):
        return await self.portal.fail_over(f"{self.sms_id}.{number}")

    async def receipt(self, state, number=1, route="a", **fields):
        now = self.portal.clock.now()
        receipt = Receipt(route, state, now, attempt=f"{self.sms_id}.{number}", **fields)
        await self.portal.record_receipt(receipt)

    async def request(self):
        return await self.portal.request(self.id)

    async def sms(self):
        return await self.portal.delivery(self.sms_id)

    async def states(self):
        return [(each.route, each.state) for each in await self.portal.attempts(self.sms_id)]

    def received(self):
        """The passwords that each provider was given."""
        return {
            name: [each.password.reveal() for each in provider.sent]
            for name, provider in self.portal.providers.items()
        }

    async def is_told(self):
        return await self.portal.delivery(f"{self.id}.password_not_sent") is not None


@pytest.fixture
async def sending(portal):
    portal.route_by(a=WITHIN, b=WITHIN)
    return Sending(portal, await portal.confirmed())


class TestTheMailbox:
    """R22: U4: of two e-mails about one SMS none says what the other denies."""

    @pytest.fixture
    async def refused(self, portal):
        """The provider takes the SMS, and at once says that it cannot be delivered."""
        portal.route_by(a=WITHIN)
        sending = Sending(portal, await portal.confirmed())
        await sending.issue()
        await sending.receipt(FAILED)
        await sending.fail_over()
        return sending

    async def mails(self, sending, *kinds):
        """What the mailbox gets when the two are sent in this order."""
        for kind in kinds:
            await sending.portal.deliver_email(f"{sending.id}.{kind}")
        kept = (MessageKind.PASSWORD_CHANGED, MessageKind.PASSWORD_NOT_SENT)
        return [each.kind for each in sending.portal.email.sent if each.kind in kept]

    @pytest.mark.parametrize("turned", [False, True])
    async def test_a_refusal_takes_the_place_of_the_notice(self, refused, turned):
        """It tells that the old password is dead and that the new one does not come; the notice
        would say that it is being sent."""
        assert (await refused.request()).password_was_in_force
        kinds = ["password_changed", "password_not_sent"][:: -1 if turned else 1]
        assert await self.mails(refused, *kinds) == [MessageKind.PASSWORD_NOT_SENT]

    async def test_a_late_receipt_takes_the_refusal_back(self, refused):
        """It arrived: the notice is true again, and the refusal is not."""
        await refused.receipt(DELIVERED)
        assert (await refused.request()).state is State.DELIVERED
        kinds = ("password_not_sent", "password_changed")
        assert await self.mails(refused, *kinds) == [MessageKind.PASSWORD_CHANGED]

    async def test_a_later_renewal_takes_the_refusal_back(self, refused):
        """Told late, of an older SMS, that she has no password, a voter who has one starts over."""
        refused.portal.clock.advance(refused.portal.policy.link_cooldown)
        again = await refused.portal.confirmed()
        await refused.portal.issue_password(again)
        assert await self.mails(refused, "password_not_sent") == []
        refused.id = again
        assert await self.mails(refused, "password_changed") == [MessageKind.PASSWORD_CHANGED]

    async def test_without_a_word_from_the_routes(self, portal):
        """An SMS given up without a receipt may have arrived: nothing says that it did not, and the
        notice is sent."""
        portal.route_by(a=WITHIN)
        sending = Sending(portal, await portal.confirmed())
        await sending.issue()
        portal.clock.advance(5 * MINUTE)
        await sending.fail_over()
        assert (await sending.request()).state is State.UNDELIVERED
        assert await self.mails(sending, "password_changed") == [MessageKind.PASSWORD_CHANGED]


class TestWaiting:
    async def test_the_seed_is_kept_while_a_route_is_left(self, sending):
        """R20, R31: and wiped with the last one."""
        await sending.issue()
        request = await sending.request()
        assert (request.state, request.seed is None) == (State.PASSWORD_SENT, False)
        sending.portal.clock.advance(5 * MINUTE)
        await sending.fail_over()
        assert (await sending.request()).seed is None

    async def test_it_waits_until_the_receipt_is_due(self, sending):
        """R31: the job sleeps until then; before, nothing is sent again."""
        await sending.issue()
        due = sending.portal.clock.now() + 5 * MINUTE
        assert f"follow_sms:{sending.sms_id}.1" not in await sending.portal.due()
        assert await sending.fail_over() == due
        assert sending.received()["b"] == []
        sending.portal.clock.advance(5 * MINUTE)
        assert f"follow_sms:{sending.sms_id}.1" in await sending.portal.due()

    async def test_a_missing_receipt_sends_it_by_the_next_route(self, sending):
        """R19, R31: with the same password, in force as before."""
        await sending.issue()
        sending.portal.clock.advance(5 * MINUTE)
        assert await sending.fail_over() is None
        sent = sending.received()
        assert len(sent["a"]) == len(sent["b"]) == 1
        assert sent["a"] == sent["b"]
        verify = sending.portal.kept_credentials.verify
        assert await verify(sending.portal.numic, sent["b"][0])
        assert await sending.states() == [("a", EXPIRED), ("b", ACCEPTED)]
        assert ((await sending.sms()).route, (await sending.sms()).destination) == ("b", "FR")
        assert sending.portal.events.kept[-1] == SmsResent(sending.id, "a", "b", "FR")
        assert f"follow_sms:{sending.sms_id}.2" in await sending.portal.column("job", "key")

    async def test_looking_twice_sends_once(self, sending):
        """R29, R31: the first attempt's job finds the second one waited for."""
        await sending.issue()
        sending.portal.clock.advance(5 * MINUTE)
        await sending.fail_over()
        assert await sending.fail_over() is None
        assert len(sending.received()["b"]) == 1

    async def test_one_route_without_an_answer_ends_as_expired(self, portal):
        """R29: nobody knows whether it arrived: the voter is not told that it did not."""
        portal.route_by(a=WITHIN)
        sending = Sending(portal, await portal.confirmed())
        await sending.issue()
        assert (await sending.request()).seed is None
        portal.clock.advance(5 * MINUTE)
        await sending.fail_over()
        sms = await sending.sms()
        assert (sms.state, sms.reason) == (EXPIRED, "no receipt in time")
        assert (await sending.request()).state is State.UNDELIVERED
        assert not await sending.is_told()

    async def test_a_route_without_receipts_is_not_waited_for(self, portal):
        """R29: accepted is then the end, and the seed is gone."""
        portal.route_by(a={}, b={})
        sending = Sending(portal, await portal.confirmed())
        await sending.issue()
        assert (await sending.request()).seed is None
        assert not [each for each in await portal.column("job", "key") if "follow" in each]
        assert await sending.fail_over() is None


class TestReceipts:
    async def test_delivered_is_the_end(self, sending):
        """R20, R30: delivery and request say so, with the operator, and the seed is wiped."""
        await sending.issue()
        await sending.receipt(DELIVERED, operator="20801")
        sms, request = await sending.sms(), await sending.request()
        assert (sms.state, sms.operator, sms.route) == (DELIVERED, "20801", "a")
        assert (request.state, request.seed) == (State.DELIVERED, None)
        sending.portal.clock.advance(5 * MINUTE)
        assert await sending.fail_over() is None
        assert sending.received()["b"] == []

    async def test_a_bad_one_fails_over_at_once(self, sending):
        """R31: without waiting for the time limit."""
        await sending.issue()
        await sending.receipt(FAILED, reason="absent subscriber")
        assert f"fail_over:{sending.sms_id}.1" in await sending.portal.due()
        await sending.portal.work()
        assert len(sending.received()["b"]) == 1
        assert await sending.states() == [("a", FAILED), ("b", ACCEPTED)]

    async def test_every_route_says_no(self, sending):
        """R29, R31: it ends as failed, with the last reason, and the mailbox is told."""
        await sending.issue()
        await sending.receipt(FAILED, reason="blocked")
        await sending.fail_over()
        await sending.receipt(FAILED, 2, "b", reason="absent subscriber", operator="20801")
        await sending.fail_over(2)
        sms = await sending.sms()
        assert (sms.state, sms.reason, sms.operator) == (FAILED, "absent subscriber", "20801")
        assert (await sending.request()).state is State.UNDELIVERED
        assert await sending.is_told()
        assert sending.portal.events.kept[-1] == MessageEnded(
            sending.id, MessageKind.PASSWORD, FAILED, "absent subscriber"
        )

    async def test_a_late_delivery_turns_it_around(self, sending):
        """R30: the first route delivers after all, when everything was given up."""
        await sending.issue()
        await sending.receipt(FAILED)
        await sending.fail_over()
        await sending.receipt(FAILED, 2, "b")
        await sending.fail_over(2)
        await sending.receipt(DELIVERED, 1)
        assert ((await sending.sms()).state, (await sending.sms()).route) == (DELIVERED, "a")
        assert (await sending.request()).state is State.DELIVERED

    async def test_the_first_delivers_while_the_second_is_under_way(self, sending):
        """R30: the SMS arrived, whichever route did it; nothing more is sent."""
        await sending.issue()
        sending.portal.clock.advance(5 * MINUTE)
        await sending.fail_over()
        await sending.receipt(DELIVERED, 1)
        await sending.receipt(FAILED, 2, "b")
        await sending.fail_over(2)
        assert ((await sending.sms()).state, (await sending.sms()).route) == (DELIVERED, "a")
        assert not await sending.is_told()

    async def test_a_receipt_before_the_commit_is_heard(self, sending):
        """R30: the phone is faster than our record of the hand-over, which then fails once."""
        begin = sending.portal.begin
        begin.sparing, begin.failing = 1, 1
        with pytest.raises(StoreUnavailable):
            await sending.issue()
        await sending.receipt(DELIVERED)
        assert (await sending.request()).state is State.CONFIRMED
        await sending.issue()
        assert (await sending.request()).state is State.DELIVERED
        assert (await sending.sms()).state is DELIVERED

    async def test_a_receipt_of_another_attempt_is_heard_with_the_first(self, sending):
        """R30: the second route has ended before the first takes the SMS after all."""
        sending.portal.providers["a"].setbacks.append(MessageDeferred("busy"))
        sending.portal.providers["b"].setbacks.append(MessageRefused("no"))
        with pytest.raises(MessageDeferred):
            await sending.issue()
        await sending.receipt(DELIVERED, 2, "b")
        await sending.issue()
        assert len(sending.received()["a"]) == 1
        assert (await sending.request()).state is State.DELIVERED

    async def test_an_overdue_receipt_that_is_held_is_heard_first(self, sending):
        """R30, R31: one by a reference that came in the very moment of the commit. Its end is told
        once, though the store is away at first."""
        await sending.issue()
        early = Receipt("a", DELIVERED, sending.portal.clock.now(), reference="1")
        async with sending.portal.store.begin() as unit:
            await unit.early_receipts.hold(early, sending.portal.clock.now())
        sending.portal.clock.advance(5 * MINUTE)
        sending.portal.begin.failing = 1
        with pytest.raises(StoreUnavailable):
            await sending.fail_over()
        assert await sending.fail_over() is None
        assert (await sending.request()).state is State.DELIVERED
        assert sending.received()["b"] == []
        ends = [each for each in sending.portal.events.kept if isinstance(each, MessageEnded)]
        assert [each.state for each in ends if each.kind is MessageKind.PASSWORD] == [DELIVERED]


class TestCrashes:
    @pytest.mark.parametrize("sparing", [0, 1, 2, 3])
    async def test_killed_at_any_commit(self, sending, sparing):
        """R29, R31: run again, the SMS goes out by the second route with the same password."""
        await sending.issue()
        sending.portal.clock.advance(5 * MINUTE)
        sending.portal.begin.sparing, sending.portal.begin.failing = sparing, 1
        with pytest.raises(StoreUnavailable):
            await sending.fail_over()
        sending.portal.begin.failing = 0
        await sending.fail_over()
        sent = sending.received()
        assert set(sent["b"]) == set(sent["a"])
        assert (await sending.states())[-1] == ("b", ACCEPTED)
        assert (await sending.request()).seed is None

    async def test_delivered_while_the_next_route_takes_it(self, sending):
        """R30: whoever is late is told, and nothing of the end is undone."""
        await sending.issue()
        sending.portal.clock.advance(5 * MINUTE)
        provider = sending.portal.providers["b"]
        send = provider.send

        async def send_and_be_overtaken(message):
            await sending.receipt(DELIVERED)
            return await send(message)

        provider.send = send_and_be_overtaken
        with pytest.raises(ConcurrentChange):
            await sending.fail_over()
        assert await sending.fail_over() is None
        assert (await sending.request()).state is State.DELIVERED

    async def test_unknown_attempts_are_no_error(self, sending):
        """R29: deleted meanwhile, or never there."""
        for name in ("", "gone.password.1", f"{sending.sms_id}.9"):
            assert await sending.portal.fail_over(name) is None


class TestEnds:
    async def test_a_later_renewal_overtakes(self, sending):
        """R19: a dead password is not sent again, and that is no news for the voter."""
        await sending.issue()
        portal = sending.portal
        portal.clock.advance(3 * MINUTE)
        later = Sending(portal, await portal.confirmed())
        await later.issue()
        portal.clock.advance(3 * MINUTE)
        await sending.fail_over()
        assert (await sending.request()).state is State.UNDELIVERED
        assert len(sending.received()["b"]) == 1  # the later one's
        assert not await sending.is_told()

    async def test_after_the_deadline_nothing_is_sent(self, sending):
        """R20, R29: the seed goes, and the delivery has an end."""
        await sending.issue()
        sending.portal.clock.advance(sending.portal.policy.message_deadline + MINUTE)
        await sending.fail_over()
        assert sending.received()["b"] == []
        assert ((await sending.sms()).state, (await sending.request()).seed) == (EXPIRED, None)

    async def test_a_second_route_that_is_busy_is_tried_later(self, sending):
        """R29: the worker hears of it, and nothing is given up."""
        await sending.issue()
        await sending.receipt(FAILED)
        sending.portal.providers["b"].setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred, match="busy"):
            await sending.fail_over()
        await sending.fail_over()
        assert len(sending.received()["b"]) == 1
        assert [each.number for each in await sending.portal.attempts(sending.sms_id)] == [1, 2]


class TestAudit:
    """What an audit found, each with its scenario."""

    async def test_a_voter_who_waits_for_an_sms_is_counted(self, sending):
        """R32: from the first hand-over on, not only after a second run."""
        await sending.issue()
        assert (await sending.request()).password_was_in_force
        now = sending.portal.clock.now()
        async with sending.portal.store.read() as unit:
            found = unreached(await unit.figures.standings(("2027-1",), now + MINUTE, now))
        assert (found.waiting, found.lost) == (1, 0)

    async def test_while_no_route_answers_the_old_password_works(self, portal):
        """R19: it is not killed for an SMS that nobody will take."""
        portal.route_by(a=WITHIN)
        first = Sending(portal, await portal.confirmed())
        portal.clock.advance(3 * MINUTE)
        second = Sending(portal, await portal.confirmed())
        portal.providers["a"].setbacks.extend([MessageDeferred("down")] * 5)
        for _ in range(5):
            with pytest.raises(MessageDeferred):
                await first.issue()
        with pytest.raises(MessageDeferred, match="does not answer"):
            await second.issue()
        assert not (await second.request()).password_was_in_force

    async def test_every_hand_over_counts_in_the_caps(self, portal):
        """R28: a provider that takes the SMS and answers too late may charge for each."""
        portal.spending = SpendingRule(prefix_per_hour=3)
        providers = portal.route_by(a=WITHIN)
        sending = Sending(portal, await portal.confirmed())
        providers["a"].setbacks.extend([MessageDeferred("late")] * 3)
        for _ in range(3):
            with pytest.raises(MessageDeferred):
                await sending.issue()
        assert await sending.issue() == portal.clock.now() + 5 * MINUTE
        assert providers["a"].sent == []

    async def test_a_receipt_while_the_sms_is_still_on_its_way_to_another_route(self, sending):
        """R30: refused by the first route, which then reports it delivered; heard with the next
        hand-over."""
        sending.portal.providers["a"].setbacks.append(MessageRefused("no"))
        sending.portal.providers["b"].setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await sending.issue()
        await sending.receipt(DELIVERED)
        assert (await sending.request()).state is State.CONFIRMED
        await sending.issue()
        assert (await sending.request()).state is State.DELIVERED
        assert ((await sending.sms()).state, (await sending.sms()).route) == (DELIVERED, "a")

    async def test_a_late_delivery_by_an_attempt_that_was_never_settled(self, sending):
        """R30: everything was given up; the route had it all the same."""
        await sending.issue()
        sending.portal.providers["b"].setbacks.append(MessageDeferred("timeout"))
        await sending.receipt(FAILED)
        with pytest.raises(MessageDeferred):
            await sending.fail_over()
        sending.portal.clock.advance(sending.portal.policy.message_deadline + MINUTE)
        await sending.fail_over()
        assert (await sending.request()).state is State.UNDELIVERED
        await sending.receipt(DELIVERED, 2, "b")
        assert (await sending.request()).state is State.DELIVERED

    async def test_another_attempt_that_is_overdue_is_left_to_its_own_job(self, sending):
        """R29: a late no to the first says nothing of the second."""
        await sending.issue()
        sending.portal.clock.advance(5 * MINUTE)
        await sending.fail_over()
        sending.portal.clock.advance(5 * MINUTE + SECOND)
        await sending.receipt(FAILED, 1)
        await sending.fail_over(1)
        assert (await sending.request()).state is State.PASSWORD_SENT

    async def test_what_no_job_ends_is_ended_all_the_same(self, sending):
        """R20, R29: the jobs are gone, dead letters; after the deadline the seed goes, too."""
        await sending.issue()
        unissued = Sending(sending.portal, await self.confirmed_later(sending.portal))
        await sending.portal.delete("job")
        assert await sending.portal.end_overdue() == 0
        sending.portal.clock.advance(sending.portal.policy.message_deadline + 20 * MINUTE)
        assert await sending.portal.end_overdue() == 2
        for each in (sending, unissued):
            request = await each.request()
            assert (request.state, request.seed) == (State.UNDELIVERED, None)
            assert (await each.sms()).state is EXPIRED
        assert await sending.portal.end_overdue() == 0

    async def test_a_route_that_never_answers_is_not_waited_for(self, sending, monkeypatch):
        """R29: the next one has its turn before the lease is over."""
        monkeypatch.setattr("core.use_cases.dispatch_sms.PATIENCE", 0.05)

        async def never(message):
            await asyncio.sleep(60)

        sending.portal.providers["a"].send = never
        await sending.issue()
        assert await sending.states() == [("a", DeliveryState.QUEUED), ("b", ACCEPTED)]
        assert (await sending.portal.attempts(sending.sms_id))[0].reason == "a: no answer in time"

    async def confirmed_later(self, portal):
        portal.clock.advance(3 * MINUTE)
        return await portal.confirmed()


class TestDispatch:
    async def test_whoever_asks_anew_gets_it_by_another_route(self, sending):
        """R31: the first SMS is said to have been delivered; the voter knows better."""
        await sending.issue()
        await sending.receipt(DELIVERED)
        later = await self.confirmed_later(sending.portal)
        await later.issue()
        assert await later.states() == [("b", ACCEPTED)]

    async def test_a_route_that_may_not_have_had_it_is_still_one(self, sending):
        """R20, R31: both were busy, and the first one took it then: the second is left, and so is
        the seed."""
        for provider in sending.portal.providers.values():
            provider.setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await sending.issue()
        await sending.issue()
        assert await sending.states() == [("a", ACCEPTED), ("b", DeliveryState.QUEUED)]
        await sending.receipt(FAILED)
        await sending.fail_over()
        assert len(sending.received()["b"]) == 1

    async def test_a_refusal_goes_to_the_next_route_at_once(self, sending):
        """R31: within the same job."""
        sending.portal.providers["a"].setbacks.append(MessageRefused("not routable"))
        await sending.issue()
        assert await sending.states() == [("a", FAILED), ("b", ACCEPTED)]

    async def test_a_route_that_is_down_is_passed_over(self, sending):
        """R31: its attempt stays open, as it may have the SMS."""
        sending.portal.providers["a"].setbacks.append(MessageDeferred("timeout"))
        await sending.issue()
        assert await sending.states() == [("a", DeliveryState.QUEUED), ("b", ACCEPTED)]

    async def test_nobody_takes_it_now(self, sending):
        """R29: what each route said is kept."""
        for name, provider in sending.portal.providers.items():
            provider.setbacks.append(MessageDeferred(f"{name} is busy"))
        with pytest.raises(MessageDeferred, match="a is busy; b is busy"):
            await sending.issue()

    async def test_a_destination_that_is_not_served(self, portal):
        """R28: no SMS goes to a country that is not in the table."""
        providers = portal.route_by(a=WITHIN)
        portal.table = RouteTable({"a": Route("a")}, {"AR": ("a",)})
        portal.wire()
        sending = Sending(portal, await portal.confirmed())
        await sending.issue()
        assert providers["a"].sent == []
        assert (await sending.sms()).reason == "destination not allowed"
        assert await sending.is_told()
        assert portal.kept_credentials._hashes == {}  # the old password goes on working

    async def test_a_broken_route_is_left_alone_for_a_while(self, sending):
        """R31: after five failures in a row it is not asked; then one probe is let through."""
        portal = sending.portal
        portal.renew_without_end()
        second, third = [await self.confirmed_later(portal) for _ in range(2)]
        portal.providers["a"].setbacks.extend([MessageDeferred("no connection")] * 5)
        portal.providers["b"].setbacks.extend([MessageDeferred("busy")] * 4)
        for _ in range(4):
            with pytest.raises(MessageDeferred):
                await second.issue()
        await second.issue()
        assert portal.dispatch.circuits.of("a").circuit.state is CircuitState.OPEN
        await third.issue()
        assert await third.states() == [("b", ACCEPTED)]
        portal.clock.advance(6 * SECOND)
        fourth = await self.confirmed_later(portal)
        await fourth.issue()
        assert await fourth.states() == [("a", ACCEPTED)]
        assert portal.dispatch.circuits.of("a").circuit.state is CircuitState.CLOSED

    async def test_when_none_answers_none_is_asked(self, portal):
        """R29: the SMS waits, and the record says for what."""
        portal.route_by(a=WITHIN)
        sending = Sending(portal, await portal.confirmed())
        portal.providers["a"].setbacks.extend([MessageDeferred("no connection")] * 5)
        for _ in range(5):
            with pytest.raises(MessageDeferred, match="no connection"):
                await sending.issue()
        with pytest.raises(MessageDeferred, match="a: does not answer"):
            await sending.issue()
        assert (await sending.sms()).reason == "a: does not answer"

    async def confirmed_later(self, portal):
        """Another confirmed request of the voter, after the cool-down."""
        portal.clock.advance(3 * MINUTE)
        return Sending(portal, await portal.confirmed())

    async def test_the_pace_of_a_route_is_kept(self, portal):
        """R31: beyond its rate the job waits for a place that is kept for it; woken early, or late,
        it takes no other."""
        providers = portal.route_by(a={"rate": 0.1})
        first = Sending(portal, await portal.confirmed())
        second = await self.confirmed_later(portal)
        await first.issue()
        assert await second.issue() == portal.clock.now() + 10 * SECOND
        portal.clock.advance(4 * SECOND)
        assert await second.issue() == portal.clock.now() + 6 * SECOND
        assert len(providers["a"].sent) == 1
        portal.clock.advance(6 * SECOND)
        assert await second.issue() is None
        third = await self.confirmed_later(portal)
        assert await third.issue() is None
        assert len(providers["a"].sent) == 3
        assert [each.number for each in await portal.attempts(second.sms_id)] == [1]

    async def test_a_retry_takes_a_place_of_its_own(self, portal):
        """R31: what a route could not take counts in its pace all the same."""
        providers = portal.route_by(a={"rate": 0.1})
        sending = Sending(portal, await portal.confirmed())
        providers["a"].setbacks.append(MessageDeferred("busy"))
        with pytest.raises(MessageDeferred):
            await sending.issue()
        assert await sending.issue() == portal.clock.now() + 10 * SECOND
        portal.clock.advance(10 * SECOND)
        assert await sending.issue() is None

    async def test_each_route_is_given_the_number_as_it_wants_it(self, portal):
        """R31, R35: N5: country and caps go by the number on record."""
        portal.known(phone=PhoneNumber("+5491155550001"))
        portal.spending = SpendingRule(prefix_per_hour=1)
        providers = portal.route_by(a={**WITHIN, "prefixes": {"+549": "+54"}}, b=WITHIN)
        sending = Sending(portal, await portal.confirmed())
        await sending.issue()
        (attempt,) = await portal.attempts(sending.sms_id)
        assert attempt.country == "AR"
        portal.clock.advance(timedelta(hours=1))
        await sending.receipt(FAILED)
        await sending.fail_over()
        sent = {name: [each.to.value for each in each.sent] for name, each in providers.items()}
        assert sent == {"a": ["+541155550001"], "b": ["+5491155550001"]}

    async def test_a_cap_holds_sms_back_and_alerts(self, portal):
        """R28: the second SMS to these numbers within the hour waits; an hour later it goes."""
        portal.spending = SpendingRule(prefix_per_hour=1)
        providers = portal.route_by(a=WITHIN)
        first = Sending(portal, await portal.confirmed())
        await first.issue()
        second = await self.confirmed_later(portal)
        assert await second.issue() == portal.clock.now() + 5 * MINUTE
        assert not (await second.request()).password_was_in_force  # nothing has changed yet
        (voter,) = {each.voter for each in await portal.all("requests")}
        assert portal.events.kept[-1] == SpendingStopped("prefix", "FR", {voter: 1.0})
        assert len(providers["a"].sent) == 1
        portal.clock.advance(timedelta(hours=1))
        await second.issue()
        assert len(providers["a"].sent) == 2

    async def test_one_cap_is_one_alert(self, portal):
        """R28, R48: however many SMS wait for it, how often, and in which worker; again when it
        holds them back in the next hour."""
        portal.spending = SpendingRule(prefix_per_hour=1)
        portal.route_by(a=WITHIN)
        await Sending(portal, await portal.confirmed()).issue()
        waiting = await self.confirmed_later(portal)

        def alerts():
            return sum(isinstance(each, SpendingStopped) for each in portal.events.kept)

        for _ in range(3):
            await waiting.issue()
            portal.wire()
        assert alerts() == 1
        portal.clock.advance(timedelta(hours=1))
        async with portal.store.begin() as unit:
            await unit.routes.charge("FR", "+3363998", 0, portal.clock.now())
        await waiting.issue()
        assert alerts() == 2

    async def test_one_voter_does_not_fill_a_cap_of_all(self, portal):
        """R28, R61: A2: with a cap of two the second renewal of one voter waits, and the first of
        another goes out."""
        portal.spending = SpendingRule(prefix_per_hour=2)
        providers = portal.route_by(a=WITHIN)
        await Sending(portal, await portal.confirmed()).issue()
        again = await self.confirmed_later(portal)
        assert await again.issue() == portal.clock.now() + 5 * MINUTE
        other = portal.another_voter()
        request, token = await portal.link(number=other.numic, email=other.email)
        await portal.confirm(token, portal.identifiers[other.numic])
        assert await Sending(portal, request.id).issue() is None
        assert len(providers["a"].sent) == 2


class TestHealth:
    RULE = HealthRule(sample=3, probes=2, probe_one_in=2)

    @pytest.fixture
    def watched(self, portal):
        portal.health = self.RULE
        portal.route_by(a=WITHIN, b=WITHIN)
        return portal

    async def sent(self, portal, count, state):
        """So many SMS by the first route, with this end."""
        for number in range(count):
            now = portal.clock.now()
            async with portal.store.begin() as unit:
                await unit.attempts.add(Attempt(f"{now}{number}", 1, "a", "FR", 0, now, state))

    async def test_it_falls_is_passed_over_and_recovers(self, watched):
        """R31, R32: with an alert for each turn."""
        await self.sent(watched, 3, FAILED)
        watched.clock.advance(SECOND)
        await watched.watch_routes()
        assert watched.events.kept[-1] == RouteFell("a", "FR", 0, 3)
        sending = Sending(watched, await watched.confirmed())
        await sending.issue()
        (attempt,) = await watched.attempts(sending.sms_id)
        probed = attempt.route == "a"
        assert probed == is_probe(sending.sms_id, 2)
        watched.clock.advance(MINUTE)
        await self.sent(watched, 12, DELIVERED)
        await watched.watch_routes()
        assert isinstance(watched.events.kept[-1], RouteRecovered)
        async with watched.store.read() as unit:
            (verdict,) = await unit.routes.verdicts()
        assert verdict == Verdict("a", "FR", Health.SOUND, watched.clock.now())

    async def test_a_route_that_delivers_is_never_written_down(self, watched):
        """R31: only what falls is recorded."""
        await self.sent(watched, 10, DELIVERED)
        await watched.watch_routes()
        async with watched.store.read() as unit:
            assert await unit.routes.verdicts() == []

    async def test_two_workers_alert_once(self, watched):
        """R32: one of them is first."""
        await self.sent(watched, 3, FAILED)
        await watched.at_once(watched.watch_routes(), watched.watch_routes())
        assert [type(each) for each in watched.events.kept].count(RouteFell) == 1
