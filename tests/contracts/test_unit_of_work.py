"""The port `UnitOfWork`, over every engine: each promise of the ports' docstrings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.assistance import AssistanceRequest, AssistanceTopic
from core.delivery import Delivery, DeliveryState
from core.errors import ConcurrentChange, StoreUnavailable
from core.jobs import Job, JobKind
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.rows_deleted import RowsDeleted
from core.unreached import Cause
from core.voter import EmailAddress, Numel
from core.voter_history import MOST_COUNTED, Earlier, History

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
SEED = bytes(range(32))


class Interrupted(Exception):
    """What goes wrong in the middle of a unit."""


async def put(store, *requests):
    async with store.begin() as unit:
        for request in requests:
            await unit.requests.add(request)


async def stored(store, request_id="r1"):
    async with store.read() as unit:
        return await unit.requests.get(request_id)


class TestRequests:
    async def test_an_absent_request_is_none(self, store):
        """What is not stored is None, by id and by link."""
        async with store.read() as unit:
            assert await unit.requests.get("nobody") is None
            assert await unit.links.find(b"?" * 32) is None

    async def test_a_new_request_comes_back_whole(self, store, received):
        """Every field of a received request survives, to the microsecond."""
        request = received(typed_email=EmailAddress("Zoë.Müller@exämple.org"), locale=Locale.EN)
        await put(store, request)
        assert await stored(store) == request

    async def test_a_numel_stays_a_numel(self, store, received):
        """R8: the kind of the number is stored with it."""
        request = received(number=Numel("000012345"))
        await put(store, request)
        assert await stored(store) == request

    @pytest.mark.parametrize("state", State)
    async def test_every_state_and_field_comes_back(self, store, received, link_sent, state, noon):
        """A request in any state, with every field set, is read as it was saved."""
        was = received()
        request = link_sent(
            state=state,
            reason=Dismissal.OVER_QUOTA,
            typed_email=EmailAddress("camille.martin@example.org"),
            confirmed_at=noon + SECOND,
            seed=SEED,
            password_key="2027",
            changed_at=noon + MINUTE,
            password_was_in_force=True,
        )
        await put(store, was)
        async with store.begin() as unit:
            await unit.requests.save(request, was=was)
        assert await stored(store) == request

    @pytest.mark.parametrize("reason", Dismissal)
    async def test_every_reason_comes_back(self, store, received, reason, noon):
        """R45: a dismissal keeps its reason, and forgets the typed address."""
        dismissed = received().dismissed(reason, noon, "voter")
        await put(store, dismissed)
        assert await stored(store) == dismissed

    async def test_where_the_voter_is_counted_comes_back(self, store, received, noon):
        """R49: constituency, post and country."""
        decided = received().dismissed(Dismissal.EMAIL_DIFFERS, noon, "voter")
        decided = replace(decided, constituency="2", post="Buenos Aires", country="AR")
        await put(store, decided)
        assert await stored(store) == decided

    async def test_a_link_whose_email_failed_comes_back(self, store, link_sent, noon):
        """R30, R45, R61: M1: why it was revoked stands in the row; it counts as an e-mail that
        failed, and pushes out none that arrived, however many there are."""
        revoked = link_sent().mail_failed(noon)
        await put(store, revoked)
        assert await stored(store) == revoked
        async with store.begin() as unit:
            since = noon - timedelta(days=1)
            history = await unit.history.of(("none",), (revoked.voter,), since, since, "another")
        assert [each.did_mail_fail for each in history.earlier] == [True]
        assert (history.failed(noon), history.written(noon)) == ([revoked.written_at], [])
        before = link_sent("before", written_at=noon - HOUR)
        more = [link_sent(f"r{number}").mail_failed(noon) for number in range(2, MOST_COUNTED + 2)]
        await put(store, before, *more)
        async with store.begin() as unit:
            history = await unit.history.of(("none",), (revoked.voter,), since, since, "another")
        assert len(history.failed(noon)) == MOST_COUNTED
        assert history.written(noon) == [before.written_at]

    async def test_two_who_change_different_things_lose_nothing(self, store, link_sent, noon):
        """R20, R48: both have read the same; the second to write knows nothing of what the first
        has noted, and leaves it."""
        was = link_sent(state=State.CONFIRMED, confirmed_at=noon, seed=SEED)
        await put(store, was)
        async with store.begin() as unit:
            await unit.requests.note(was, Cause.CAP)
        async with store.begin() as unit:
            await unit.requests.save(replace(was, partner="consulat"), was=was)
        async with store.begin() as unit:
            await unit.requests.save(replace(was, password_was_in_force=True), was=was)
        expected = {"cause": Cause.CAP, "partner": "consulat", "password_was_in_force": True}
        assert await stored(store) == replace(was, **expected)

    async def test_a_new_state_brings_its_own_cause(self, store, link_sent, noon):
        """R48: whatever was noted since it was read; a seed that was wiped meanwhile stays so."""
        was = link_sent(state=State.PASSWORD_SENT, confirmed_at=noon, seed=SEED)
        await put(store, was)
        wiped = was.resent(noon, keeps_seed=False, cause=Cause.CAP)
        async with store.begin() as unit:
            await unit.requests.save(wiped, was=was)
        delivered = replace(was.delivered(noon), seed=SEED)
        async with store.begin() as unit:
            await unit.requests.save(delivered, was=was)
        assert await stored(store) == replace(delivered, seed=None)

    async def test_saving_over_a_changed_state_is_refused(self, store, received, noon):
        """A request that stands in another state than expected is not overwritten."""
        was = received()
        await put(store, was)
        async with store.begin() as unit:
            await unit.requests.save(was.dismissed(Dismissal.NO_PHONE, noon, "v"), was=was)
        late = was.dismissed(Dismissal.UNKNOWN_VOTER, noon, None)
        with pytest.raises(ConcurrentChange):
            async with store.begin() as unit:
                await unit.requests.save(late, was=was)
        assert (await stored(store)).reason is Dismissal.NO_PHONE

    @pytest.mark.parametrize("asks", [False, True])
    async def test_a_change_that_is_refused_takes_the_others_with_it(
        self, store, received, noon, asks
    ):
        """R29: whichever comes first, and whether anything was asked between them."""
        was, sms = received(), Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, noon)
        notice = Delivery.queued(MessageKind.PASSWORD_CHANGED, "r1", Locale.FR, noon)
        async with store.begin() as unit:
            await unit.requests.add(was)
            await unit.deliveries.add(sms.failed("late", noon))

        async def renew():
            async with store.begin() as unit:
                await unit.requests.save(was.dismissed(Dismissal.NO_PHONE, noon, "v"), was=was)
                if asks:
                    await unit.requests.get(was.id)
                await unit.deliveries.save(sms.accepted(Acceptance("a"), noon), was=sms)
                await unit.queue(notice)

        with pytest.raises(ConcurrentChange):
            await renew()
        assert await stored(store) == was
        async with store.read() as unit:
            assert await unit.deliveries.get(notice.id) is None

    async def test_a_unit_sees_what_it_has_changed(self, store, received, noon):
        """R29: each of its queries does, and each later change of the same row."""
        was, many = received(), [received(f"m{number}") for number in range(30)]
        dismissed = was.dismissed(Dismissal.NO_PHONE, noon, "v")
        async with store.begin() as unit:
            for each in (was, *many):
                await unit.requests.add(each)
            await unit.requests.save(dismissed, was=was)
            assert await unit.requests.get(was.id) == dismissed
            await unit.requests.save(replace(dismissed, partner="p"), was=dismissed)
        assert await stored(store) == replace(dismissed, partner="p")
        async with store.read() as unit:
            assert [await unit.requests.get(each.id) for each in many] == many

    async def test_saving_what_is_gone_is_refused(self, store, received):
        """A request that was deleted meanwhile does not come back by being saved."""
        with pytest.raises(ConcurrentChange):
            async with store.begin() as unit:
                await unit.requests.save(received(), was=received())
        assert await stored(store) is None


class TestRedeem:
    async def test_a_good_link_is_redeemed(self, store, link_sent, noon):
        """R13: the confirmed request is given back, with seed and key stored."""
        request = link_sent()
        await put(store, request)
        async with store.begin() as unit:
            confirmed = await unit.links.redeem(request.link.digest, noon, SEED, "2027")
        expected = replace(
            request,
            state=State.CONFIRMED,
            confirmed_at=noon,
            seed=SEED,
            password_key="2027",
            changed_at=noon,
        )
        assert confirmed == expected
        assert await stored(store) == expected

    async def test_exactly_one_of_a_hundred(self, store, link_sent, noon):
        """R13: of 100 concurrent confirmations of one link, exactly one redeems it."""
        request = link_sent()
        await put(store, request)

        async def attempt(number: int):
            async with store.begin() as unit:
                found = await unit.links.find(request.link.digest)
                await asyncio.sleep(0)
                assert found is not None
                return await unit.links.redeem(
                    request.link.digest, noon, bytes([number]) * 32, "2027"
                )

        won = [one for one in await asyncio.gather(*map(attempt, range(100))) if one]
        assert len(won) == 1
        assert (await stored(store)).seed == won[0].seed

    @pytest.mark.parametrize("state", [state for state in State if state is not State.LINK_SENT])
    async def test_only_an_open_link_is_redeemed(self, store, link_sent, noon, state):
        """R13: a link used, superseded, revoked or expired is never redeemed."""
        request = link_sent(state=state)
        await put(store, request)
        async with store.begin() as unit:
            assert await unit.links.redeem(request.link.digest, noon, SEED, "2027") is None
        assert await stored(store) == request

    async def test_a_link_ends_at_its_end(self, store, link_sent, noon):
        """R17: one microsecond before its end a link is good, at its end it is not."""
        early, late = link_sent("early"), link_sent("late")
        await put(store, early, late)
        async with store.begin() as unit:
            end = noon + HOUR
            last = end - timedelta(microseconds=1)
            assert await unit.links.redeem(late.link.digest, end, SEED, "2027") is None
            assert await unit.links.redeem(early.link.digest, last, SEED, "2027")

    async def test_a_rolled_back_redemption_leaves_the_link_good(self, store, link_sent, noon):
        """R29: a unit that fails after redeeming has not used the link up."""
        request = link_sent()
        await put(store, request)

        async def interrupted():
            async with store.begin() as unit:
                assert await unit.links.redeem(request.link.digest, noon, SEED, "2027")
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        assert await stored(store) == request


class TestAttempts:
    async def test_wrong_identifiers_are_counted(self, store, link_sent, noon):
        """R16, R61: each wrong identifier counts, also beyond the last that all networks have: the
        link stays good, for others."""
        request = link_sent()
        await put(store, request)
        left = []
        for _ in range(6):
            async with store.begin() as unit:
                left.append(await unit.links.spend_attempt(request.link.digest, noon + MINUTE))
        assert left == [4, 3, 2, 1, 0, -1]
        read = await stored(store)
        assert read.state is State.LINK_SENT
        assert read.link.attempts_left == -1
        assert read.changed_at == noon + MINUTE

    async def test_concurrent_attempts_are_all_counted(self, store, link_sent, noon):
        """R16: of twenty guesses at once each is counted, so that five are within the five."""
        request = link_sent()
        await put(store, request)

        async def guess(_: int):
            async with store.begin() as unit:
                await asyncio.sleep(0)
                return await unit.links.spend_attempt(request.link.digest, noon)

        left = await asyncio.gather(*map(guess, range(20)))
        assert sorted(left) == list(range(-15, 5))

    async def test_a_link_that_ran_out_is_not_counted(self, store, link_sent, noon):
        """R17: at its end a link has no attempts to spend; nor has an unknown one."""
        request = link_sent()
        await put(store, request)
        async with store.begin() as unit:
            assert await unit.links.spend_attempt(request.link.digest, noon + HOUR) is None
            assert await unit.links.spend_attempt(b"?" * 32, noon) is None
        assert await stored(store) == request


class TestSupersede:
    async def test_every_open_link_of_the_voter_is_revoked(self, store, link_sent, noon):
        """R17: links under any of the voter's pseudonyms end; nobody else's, no finished one."""
        mine = [link_sent("a", voter="new key"), link_sent("b", voter="old key")]
        others = [
            link_sent("c", voter="else"),
            link_sent("d", voter="old key", state=State.EXPIRED),
        ]
        await put(store, *mine, *others)
        async with store.begin() as unit:
            assert await unit.links.supersede(["new key", "old key"], noon + MINUTE) == 2
        for each in mine:
            read = await stored(store, each.id)
            assert (read.state, read.changed_at) == (State.SUPERSEDED, noon + MINUTE)
        for each in others:
            assert await stored(store, each.id) == each

    async def test_no_pseudonym_no_link(self, store, link_sent, noon):
        """Without a pseudonym nothing is revoked, least of all everything."""
        await put(store, link_sent("a", voter=None), link_sent("b"))
        async with store.begin() as unit:
            assert await unit.links.supersede([], noon) == 0


class TestHistory:
    async def of(self, store, noon, pairs=("pair",), voters=("voter",), but="me"):
        async with store.read() as unit:
            return await unit.history.of(pairs, voters, noon - HOUR, noon - 2 * HOUR, but)

    async def test_nothing_happened(self, store, noon):
        """A new voter has an empty history."""
        assert await self.of(store, noon) == History()

    async def test_what_led_to_an_email(self, store, received, link_sent, noon):
        """R26, R61: requests under every pseudonym of the voter, with what became of them; not
        those from before, those that sent nothing, another voter's and the request's own."""
        used = {"state": State.DELIVERED, "confirmed_at": noon, "changed_at": noon + MINUTE}
        told = {"state": State.DISMISSED, "reason": Dismissal.NO_PHONE, "voter": "voter"}
        await put(
            store,
            link_sent("a", pair="x", written_at=noon - 2 * HOUR, **used),
            link_sent("b", pair="x", written_at=noon - MINUTE, voter="old key"),
            received("c", pair="x", written_at=noon - 2 * MINUTE, **told),
            received("d", pair="x", **told),
            link_sent("e", pair="x", written_at=noon - 2 * HOUR - timedelta(microseconds=1)),
            link_sent("f", pair="x", written_at=noon, voter="else"),
            link_sent("me", pair="x", written_at=noon),
        )
        history = await self.of(store, noon, voters=("voter", "old key"))
        end = link_sent().link.expires_at
        assert history.asked == 0
        assert list(history.earlier) == [
            Earlier(State.LINK_SENT, noon - MINUTE, end, round_id="2027-1", changed_at=noon),
            Earlier(State.DISMISSED, noon - 2 * MINUTE),
            Earlier(State.DELIVERED, noon - 2 * HOUR, end, noon, "2027-1", noon + MINUTE),
        ]

    async def test_the_latest_of_very_many(self, store, link_sent, noon):
        """R26: a voter who was written to more often than any cap costs no more to look at."""
        much = [link_sent(f"r{number}") for number in range(MOST_COUNTED + 1)]
        at = [noon - timedelta(seconds=number) for number in range(len(much))]
        await put(
            store, *(replace(one, written_at=when) for one, when in zip(much, at, strict=True))
        )
        history = await self.of(store, noon)
        assert [each.written_at for each in history.earlier] == at[:-1]

    async def test_requests_within_the_window_are_counted(self, store, received, noon):
        """R26: examined requests of the pair count; waiting ones, those over quota, older ones,
        other pairs' and the request itself do not, so that asking on never prolongs a refusal."""
        gone = {"state": State.DISMISSED, "reason": Dismissal.UNKNOWN_VOTER}
        await put(
            store,
            received("a", **gone),
            received("b", **gone, pair="old key"),
            received("c", **gone | {"reason": Dismissal.OVER_QUOTA}),
            received("d"),
            received("e", **gone, received_at=noon - HOUR),
            received("f", **gone, pair="else"),
            received("g", state=State.CONFIRMED),
            received("me", **gone),
        )
        history = await self.of(store, noon, pairs=("pair", "old key"))
        assert history.asked == 3

    async def test_no_pseudonyms_nothing_counted(self, store, link_sent, noon):
        """An unknown voter has no pseudonym and so no messages."""
        await put(store, link_sent("a", voter=None))
        assert await self.of(store, noon, pairs=(), voters=()) == History()


class TestDeliveries:
    @pytest.mark.parametrize("kind", MessageKind)
    async def test_a_delivery_comes_back_whole(self, store, noon, kind):
        """R29: a queued message of each kind survives."""
        delivery = Delivery.queued(kind, "r1", Locale.EN, noon)
        async with store.begin() as unit:
            assert await unit.deliveries.get(delivery.id) is None
            await unit.deliveries.add(delivery)
        async with store.read() as unit:
            assert await unit.deliveries.get(delivery.id) == delivery

    @pytest.mark.parametrize("kind", MessageKind)
    async def test_a_queued_message_has_a_job(self, store, noon, kind):
        """R29: the message and the job that sends it are one commit; it is due at once."""
        message = Delivery.queued(kind, "r1", Locale.EN, noon)
        expected = Job(JobKind.DELIVER_EMAIL, message.id)
        if kind is MessageKind.PASSWORD:
            expected = Job(JobKind.ISSUE_PASSWORD, "r1")
        if kind is MessageKind.ASSISTANCE:
            expected = Job(JobKind.DELIVER_TO_CELL, message.id)
        async with store.begin() as unit:
            await unit.queue(message)
        async with store.begin() as unit:
            assert await unit.deliveries.get(message.id) == message
            (claimed,) = await unit.jobs.claim(expected.kind, 9, noon, noon)
        assert claimed.job == expected

    @pytest.mark.parametrize("state", DeliveryState)
    async def test_every_state_and_field_comes_back(self, store, noon, state):
        """R29: each named state is stored, with route, reference, reason and attempts, where the
        message went and when it was accepted."""
        was = Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, noon)
        now = replace(
            was,
            state=state,
            attempts=7,
            route="relay",
            reference="<id@example.org>",
            reason="550 5.1.1",
            changed_at=noon + SECOND,
            destination="AR",
            operator="722-34",
            accepted_at=noon + MINUTE,
        )
        other = replace(now, id="r2.password", subject="r2")
        async with store.begin() as unit:
            await unit.deliveries.add(was)
            await unit.deliveries.save(now, was=was)
            await unit.deliveries.add(other)
        async with store.read() as unit:
            assert await unit.deliveries.get(was.id) == now
            assert await unit.deliveries.get(other.id) == other

    async def test_saving_what_is_gone_is_refused(self, store, noon):
        """R44: a delivery that was deleted meanwhile does not come back by being saved."""
        gone = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)
        with pytest.raises(ConcurrentChange):
            async with store.begin() as unit:
                await unit.deliveries.save(gone, was=gone)
        async with store.read() as unit:
            assert await unit.deliveries.get(gone.id) is None

    async def test_saving_over_a_changed_state_is_refused(self, store, noon):
        """R30: whoever comes second with the same move is told so."""
        was = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)
        accepted = was.accepted(Acceptance("relay"), noon)
        async with store.begin() as unit:
            await unit.deliveries.add(was)
            await unit.deliveries.save(accepted, was=was)
        with pytest.raises(ConcurrentChange):
            async with store.begin() as unit:
                await unit.deliveries.save(was.failed("late", noon), was=was)
        async with store.read() as unit:
            assert await unit.deliveries.get(was.id) == accepted


class TestAssistance:
    @pytest.mark.parametrize("topic", AssistanceTopic)
    async def test_a_message_comes_back_until_it_is_handed_over(self, store, noon, topic):
        """R1: the cell's message is kept whole, and wiped once the cell has it."""
        asked = AssistanceRequest(
            "a1",
            "ABCD2345",
            topic,
            EmailAddress("camille.martin@example.org"),
            "Bonjour,\nje n’ai rien reçu.",
            Locale.FR,
            noon,
        )
        async with store.begin() as unit:
            assert await unit.assistance.get("a1") is None
            await unit.assistance.add(asked)
        async with store.begin() as unit:
            assert await unit.assistance.get("a1") == asked
            await unit.assistance.save(asked.handed_over())
        async with store.read() as unit:
            assert await unit.assistance.get("a1") == replace(asked, contact=None, message=None)

    async def test_saving_what_is_gone_stores_nothing(self, store, noon):
        """A message deleted meanwhile does not come back."""
        gone = AssistanceRequest(
            "a1", "ABCD2345", AssistanceTopic.OTHER, None, None, Locale.FR, noon
        )
        async with store.begin() as unit:
            await unit.assistance.save(gone)
            assert await unit.assistance.get("a1") is None


class TestConsumedCodes:
    async def test_once(self, store, noon):
        """R27: the first answer consumes a code, in this unit and in every later one."""
        async with store.begin() as unit:
            assert await unit.codes.consume("c", noon)
            assert not await unit.codes.consume("c", noon)
        async with store.begin() as unit:
            assert not await unit.codes.consume("c", noon)
            assert await unit.codes.consume("other", noon)
            assert await unit.codes.is_consumed("c")
            assert not await unit.codes.is_consumed("third")
            assert await unit.codes.consume("third", noon)

    async def test_one_of_a_hundred(self, store, noon):
        """R27: of 100 concurrent answers exactly one is the first."""

        async def answer(_: int):
            async with store.begin() as unit:
                await asyncio.sleep(0)
                return await unit.codes.consume("c", noon)

        assert sum(await asyncio.gather(*map(answer, range(100)))) == 1

    async def test_a_rolled_back_answer_consumes_nothing(self, store, noon):
        """R29: a code whose unit failed can still be answered."""

        async def interrupted():
            async with store.begin() as unit:
                assert await unit.codes.consume("c", noon)
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        async with store.begin() as unit:
            assert await unit.codes.consume("c", noon)


class TestHousekeeping:
    async def test_links_that_ran_out_expire(self, store, link_sent, noon):
        """R17: open links past their end are marked; others are left alone."""
        old, young = link_sent("old"), link_sent("young")
        young = replace(young, link=young.link.living_until(noon + 2 * HOUR))
        used = link_sent("used", state=State.CONFIRMED)
        await put(store, old, young, used)
        async with store.begin() as unit:
            assert await unit.housekeeping.expire_links(noon + HOUR) == 1
            assert await unit.housekeeping.expire_links(noon + HOUR) == 0
        read = await stored(store, "old")
        assert (read.state, read.changed_at) == (State.EXPIRED, noon + HOUR)
        assert await stored(store, "young") == young
        assert await stored(store, "used") == used

    async def test_a_link_whose_email_still_waits_does_not_expire(self, store, link_sent, noon):
        """R17: the lifetime counts from the sending; an outage of the relay does not eat it up."""
        waiting = link_sent("waiting")
        await put(store, waiting)
        email = Delivery.queued(MessageKind.LINK, "waiting", Locale.FR, noon)
        async with store.begin() as unit:
            await unit.deliveries.add(email)
            assert await unit.housekeeping.expire_links(noon + 2 * HOUR) == 0
            await unit.deliveries.save(email.expired(noon + 2 * HOUR), was=email)
            assert await unit.housekeeping.expire_links(noon + 2 * HOUR) == 1

    async def test_old_dead_letters_go(self, store, noon):
        """R44: a job that was given up before the term goes; later ones, and jobs that still wait
        however long, stay."""
        async with store.begin() as unit:
            jobs = [Job(JobKind.SEND_LINK, name) for name in ("old", "young", "waiting")]
            await unit.jobs.enqueue(*jobs, at=noon)
            claimed = await unit.jobs.claim(JobKind.SEND_LINK, 3, noon, noon)
            for job in claimed:
                if job.job.subject == "old":
                    await unit.jobs.bury(job, "KeyError", noon)
                elif job.job.subject == "young":
                    await unit.jobs.bury(job, "KeyError", noon + HOUR)
        async with store.begin() as unit:
            assert await unit.housekeeping.delete_answered(noon + HOUR) == RowsDeleted(dead_jobs=1)
        async with store.read() as unit:
            assert [each.job.subject for each in await unit.jobs.dead(10)] == ["young"]
            assert await unit.jobs.due([*JobKind], noon) == [JobKind.SEND_LINK]

    async def test_old_assistance_messages_go(self, store, noon):
        """R44: messages to the assistance cell go after the term, with their deliveries."""
        old = AssistanceRequest(
            "old", "ABCD2345", AssistanceTopic.OTHER, None, None, Locale.FR, noon
        )
        new = replace(old, id="new", received_at=noon + HOUR)
        async with store.begin() as unit:
            for each in (old, new):
                await unit.assistance.add(each)
                await unit.deliveries.add(
                    Delivery.queued(MessageKind.ASSISTANCE, each.id, Locale.FR, noon)
                )
            deleted = await unit.housekeeping.delete_answered(noon + HOUR)
            assert deleted == RowsDeleted(messages=1, assistance_messages=1)
        async with store.read() as unit:
            assert await unit.assistance.get("old") is None
            assert await unit.assistance.get("new") == new
            assert await unit.deliveries.get("old.assistance") is None
            assert await unit.deliveries.get("new.assistance") is not None

    async def test_security_codes_are_forgotten_when_they_have_run_out(self, store, noon):
        """R27: a consumed code is remembered as long as it could be answered again."""
        async with store.begin() as unit:
            await unit.codes.consume("old", noon)
            await unit.codes.consume("young", noon + SECOND)
        async with store.begin() as unit:
            assert await unit.housekeeping.forget_security_codes(noon + SECOND) == 1
            assert not await unit.codes.consume("young", noon)
            assert await unit.codes.consume("old", noon)


class TestUnits:
    async def test_a_unit_sees_its_own_changes_and_others_do_not(self, store, received):
        """What is not committed is seen by nobody else."""
        async with store.begin() as unit:
            await unit.requests.add(received())
            assert await unit.requests.get("r1") == received()
            assert await stored(store) is None
        assert await stored(store) == received()

    async def test_rollback_leaves_nothing(self, store, received, noon):
        """R29: a job queued first goes with the unit, as does every row written after it."""
        job = Job(JobKind.SEND_LINK, "r1")
        delivery = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)

        async def interrupted():
            async with store.begin() as unit:
                await unit.jobs.enqueue(job, at=noon)
                await unit.requests.add(received())
                await unit.deliveries.add(delivery)
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        async with store.read() as unit:
            assert not await unit.jobs.due([JobKind.SEND_LINK], noon)
            assert await unit.requests.get("r1") is None
            assert await unit.deliveries.get(delivery.id) is None

    async def test_a_failing_unit_does_not_harm_its_neighbours(self, store, received, noon):
        """R29: of units that share a commit, each failing one is rolled back alone."""

        async def one(number: int):
            async with store.begin() as unit:
                await unit.requests.add(received(f"r{number}"))
                await unit.jobs.enqueue(Job(JobKind.SEND_LINK, f"r{number}"), at=noon)
                if number % 3 == 0:
                    raise Interrupted

        ended = await asyncio.gather(*map(one, range(30)), return_exceptions=True)
        failed = [number for number, end in enumerate(ended) if isinstance(end, Interrupted)]
        assert failed == list(range(0, 30, 3))
        for number in range(30):
            assert (await stored(store, f"r{number}") is None) == (number in failed)
        async with store.begin() as unit:
            claimed = await unit.jobs.claim(JobKind.SEND_LINK, 100, noon, noon)
        assert len(claimed) == 20

    async def test_a_cancelled_unit_leaves_nothing(self, store, received):
        """R29: a caller that goes away in the middle of a unit leaves no half of it behind."""
        inside = asyncio.Event()

        async def hang():
            async with store.begin() as unit:
                await unit.requests.add(received())
                inside.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(hang())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await stored(store) is None
        await put(store, received())
        assert await stored(store) == received()

    async def test_the_same_id_twice_is_refused(self, store, received):
        """A second row of the same id replaces nothing."""
        await put(store, received())
        with pytest.raises(StoreUnavailable):
            await put(store, received(pair="another"))
        assert (await stored(store)).pair == "pair"

    async def test_a_reading_unit_cannot_write(self, store, received, noon):
        """R15: what only looks cannot change anything."""
        for write in (
            lambda unit: unit.requests.add(received()),
            lambda unit: unit.codes.consume("c", noon),
            lambda unit: unit.jobs.enqueue(Job(JobKind.SEND_LINK, "r1"), at=noon),
        ):
            with pytest.raises(StoreUnavailable):
                async with store.read() as unit:
                    await write(unit)
        assert await stored(store) is None


class TestAfterTheAudit:
    @pytest.mark.parametrize("behind", [timedelta(0), 4 * MINUTE])
    async def test_the_renewal_that_is_confirmed_last_is_the_latest(
        self, store, link_sent, noon, behind
    ):
        """R19: even by a machine whose clock is behind that of the machine before."""
        first, second = link_sent("r1"), link_sent("r2")
        await put(store, first, second)
        async with store.begin() as unit:
            one = await unit.links.redeem(first.link.digest, noon, SEED, "2027")
        async with store.begin() as unit:
            other = await unit.links.redeem(second.link.digest, noon - behind, SEED, "2027")
        assert other.confirmed_at > one.confirmed_at
        assert other.confirmed_at - one.confirmed_at == timedelta(microseconds=1)
        assert await stored(store, "r2") == other

    async def test_what_holds_a_seed_for_too_long_is_overdue(self, store, link_sent, noon):
        """R20: confirmed before then, in whatever state, oldest first, so many at most."""
        held = [
            link_sent("r1", state=State.CONFIRMED, confirmed_at=noon, seed=SEED),
            link_sent("r2", state=State.PASSWORD_SENT, confirmed_at=noon - MINUTE, seed=SEED),
            link_sent("r3", state=State.PASSWORD_SENT, confirmed_at=noon - MINUTE, seed=None),
            link_sent("r4", state=State.CONFIRMED, confirmed_at=noon + HOUR, seed=SEED),
        ]
        await put(store, *held)
        async with store.read() as unit:
            overdue = unit.housekeeping.overdue
            assert list(await overdue(noon + MINUTE, 10)) == ["r2", "r1"]
            assert list(await overdue(noon + MINUTE, 1)) == ["r2"]
            assert list(await overdue(noon - HOUR, 10)) == []
