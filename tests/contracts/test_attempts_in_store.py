"""The ports `Attempts` and `EarlyReceipts`, over every engine: each promise of their docstrings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.errors import ConcurrentChange, StoreUnavailable
from core.messages import Acceptance
from core.receipts import Reading, Receipt, Way

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


class Interrupted(Exception):
    """What goes wrong in the middle of a unit."""


@pytest.fixture
def receipt(noon):
    """Makes a receipt of route north, on the first attempt unless it names a reference."""

    def make(**fields):
        fields = {"route": "north", "state": DeliveryState.DELIVERED, "at": noon, **fields}
        if "reference" not in fields:
            fields.setdefault("attempt", "r1.password.1")
        return Receipt(**fields)

    return make


async def add(store, *attempts):
    async with store.begin() as unit:
        for attempt in attempts:
            await unit.attempts.add(attempt)


async def of(store, delivery="r1.password"):
    async with store.read() as unit:
        return list(await unit.attempts.of(delivery))


async def hold(store, now, *receipts):
    async with store.begin() as unit:
        for each in receipts:
            await unit.early_receipts.hold(each, now)


async def take(store, attempt):
    async with store.begin() as unit:
        return list(await unit.early_receipts.take(attempt))


class TestAttempts:
    @pytest.mark.parametrize("state", DeliveryState)
    async def test_every_state_and_field_comes_back(self, store, begun, noon, state):
        """R29: an attempt in any state is read as it was stored and as it was saved."""
        whole = begun(
            state=state,
            receipt_due_at=noon + MINUTE,
            reference="0123456789",
            operator="722-34",
            reason="absent subscriber",
            changed_at=noon + SECOND,
            cost=3_000_000_000,
        )
        second = replace(whole, number=2)
        async with store.begin() as unit:
            await unit.attempts.add(whole)
            await unit.attempts.add(begun(number=2, cost=3_000_000_000))
            await unit.attempts.save(second, was=begun(number=2))
            assert list(await unit.attempts.of("r1.password")) == [whole, second]
        assert await of(store) == [whole, second]

    async def test_a_repeated_attempt_moves_its_beginning(self, store, begun, noon):
        """R29: what is saved includes the moment at which it was begun anew."""
        again = begun().again(noon + MINUTE)
        await add(store, begun())
        async with store.begin() as unit:
            await unit.attempts.save(again, was=begun())
        assert await of(store) == [again]

    async def test_they_come_in_the_order_of_their_numbers(self, store, begun):
        """R31: the tenth comes after the second; another delivery's are left out."""
        made = [begun(number=number) for number in (10, 2, 1)]
        await add(store, *made, begun("r2.password"))
        assert await of(store) == made[::-1]
        assert await of(store, "nobody") == []

    async def test_a_number_is_given_once(self, store, begun):
        """R31: the second attempt of one number is refused, and with it all of its unit."""
        await add(store, begun())
        with pytest.raises(ConcurrentChange):
            await add(store, begun("r2.password"), begun(route="south"), begun("r3.password"))
        assert await of(store) == [begun()]
        assert await of(store, "r2.password") == []
        assert await of(store, "r3.password") == []

    async def test_a_number_is_given_once_within_a_unit(self, store, begun):
        """R31: the unit's own attempts count."""
        with pytest.raises(ConcurrentChange):
            await add(store, begun(), begun(route="south"))
        assert await of(store) == []

    async def test_of_those_that_open_one_at_once_one_wins(self, store, begun):
        """R29: twenty workers at one SMS make one attempt."""

        async def open_by(route):
            async with store.begin() as unit:
                await asyncio.sleep(0)
                await unit.attempts.add(begun(route=route))

        routes = [f"route {number}" for number in range(20)]
        ended = await asyncio.gather(*map(open_by, routes), return_exceptions=True)
        assert [type(end) for end in ended if end] == [ConcurrentChange] * 19
        assert [each.route for each in await of(store)] == [routes[ended.index(None)]]

    async def test_a_rolled_back_attempt_was_never_made(self, store, begun):
        """R29: its number is free again."""

        async def interrupted():
            async with store.begin() as unit:
                await unit.attempts.add(begun())
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        await add(store, begun(route="south"))
        assert await of(store) == [begun(route="south")]

    async def test_saving_over_a_changed_state_is_refused(self, store, begun, noon):
        """R30: of a receipt and the end of the wait for it, the second hears that it is second."""
        was = begun(state=DeliveryState.ACCEPTED)
        delivered = replace(was, state=DeliveryState.DELIVERED)
        await add(store, was)
        async with store.begin() as unit:
            await unit.attempts.save(delivered, was=was)
        with pytest.raises(ConcurrentChange):
            async with store.begin() as unit:
                await unit.attempts.save(was.missing(noon), was=was)
        assert await of(store) == [delivered]

    async def test_saving_what_is_gone_is_refused(self, store, begun):
        """R44: an attempt that was deleted does not come back by being saved."""
        with pytest.raises(ConcurrentChange):
            async with store.begin() as unit:
                await unit.attempts.save(begun(), was=begun())
        assert await of(store) == []

    async def test_exactly_one_of_many_moves_it(self, store, begun, noon):
        """R30: of twenty receipts at once, one moves the attempt."""
        was = begun(state=DeliveryState.ACCEPTED)
        await add(store, was)

        async def save(number):
            async with store.begin() as unit:
                await asyncio.sleep(0)
                await unit.attempts.save(was.refused(str(number), noon), was=was)

        ended = await asyncio.gather(*map(save, range(20)), return_exceptions=True)
        assert [type(end) for end in ended if end] == [ConcurrentChange] * 19
        assert [each.reason for each in await of(store)] == [str(ended.index(None))]


class TestFind:
    async def find(self, store, route, *references):
        async with store.begin() as unit:
            found = list(await unit.attempts.find(route, *references))
        async with store.read() as unit:
            assert list(await unit.attempts.look_up(route, *references)) == found
        return found

    async def test_by_reference_of_the_route(self, store, begun):
        """R30: a reference means something to the route that gave it, and to no other."""
        north = begun(reference="77")
        south = begun(number=2, route="south", reference="77")
        await add(store, north, south, begun(number=3, reference=None))
        assert await self.find(store, "north", "77") == [north]
        assert await self.find(store, "south", "77") == [south]
        assert await self.find(store, "east", "77") == []
        assert await self.find(store, "north", "78") == []
        assert await self.find(store, "north", "") == []
        assert await self.find(store, "north") == []

    async def test_under_any_of_several_references(self, store, begun, noon):
        """R30: an id that may be read in several ways finds what each way names."""
        made = [
            begun(f"r{number}.password", reference=str(number), begun_at=noon + number * MINUTE)
            for number in range(4)
        ]
        await add(store, *made)
        assert await self.find(store, "north", "2", "3", "1", "none") == made[:0:-1]

    async def test_twenty_at_most(self, store, begun):
        """R30: a gateway that names all its messages alike fills no memory."""
        await add(store, *(begun(number=number, reference="77") for number in range(1, 25)))
        found = await self.find(store, "north", "77")
        assert [each.number for each in found] == list(range(24, 4, -1))

    async def test_the_latest_of_a_reference_that_came_round_again(self, store, begun, noon):
        """R30: gateways count their messages and start over."""
        newer = begun("r2.password", reference="77", begun_at=noon + HOUR)
        await add(store, begun(reference="77"), newer, begun("r3.password", reference="77"))
        found = await self.find(store, "north", "77")
        assert (found[0], len(found)) == (newer, 3)

    async def test_the_later_number_of_two_begun_at_once(self, store, begun):
        """R30: within one moment the number decides."""
        await add(store, begun(number=2, reference="77"), begun(reference="77"))
        assert (await self.find(store, "north", "77"))[0].number == 2

    async def test_within_the_unit_and_by_who_only_reads(self, store, begun):
        """R30: what the unit has just stored is found, and a reading unit may look."""
        known = begun(reference="77")
        async with store.begin() as unit:
            await unit.attempts.add(known)
            assert list(await unit.attempts.find("north", "77")) == [known]
        async with store.read() as unit:
            assert list(await unit.attempts.find("north", "77")) == [known]


class TestEarlyReceipts:
    @pytest.mark.parametrize("state", [each for each in DeliveryState if each != "queued"])
    async def test_a_receipt_comes_back_whole(self, store, begun, receipt, noon, state):
        """R30: every state and field survives the wait."""
        held = receipt(
            state=state,
            reference="77",
            attempt="x.1",
            operator="722-34",
            reason="unknown subscriber",
        )
        bare = receipt(state=state, at=noon - HOUR)
        await hold(store, noon, held, bare)
        assert await take(store, begun(reference="77")) == [held, bare]

    async def test_by_id_and_by_reference_of_the_route(self, store, begun, receipt, noon):
        """R30: under its id or its reference, of its own route; every other receipt stays."""
        mine = [receipt(), receipt(reference="77"), receipt(attempt="else.1", reference="77")]
        others = [
            receipt(route="south"),
            receipt(route="south", reference="77"),
            receipt(attempt="r1.password.2"),
            receipt(reference="78"),
        ]
        await hold(store, noon, *others[:2], *mine, *others[2:])
        assert await take(store, begun(reference="77")) == mine
        assert await take(store, begun(reference="77")) == []
        south = begun(route="south", reference="77")
        assert await take(store, south) == others[:2]
        assert await take(store, begun(number=2, reference="78")) == others[2:]

    async def test_without_a_reference_the_id_alone(self, store, begun, receipt, noon):
        """R30: an attempt without a reference is given neither receipts without an id, nor those on
        another attempt that name no reference."""
        other = receipt(attempt="r2.password.1")
        await hold(store, noon, receipt(reference="77"), receipt(), other)
        assert await take(store, begun()) == [receipt()]
        assert await take(store, begun(reference="77")) == [receipt(reference="77")]

    async def test_in_the_order_of_their_coming(self, store, begun, receipt, noon):
        """R30: neither their own time nor the moment of holding decides, but who came first."""
        came = [
            receipt(attempt="r1.password.1", reference=str(number), at=noon - number * SECOND)
            for number in range(12)
        ]
        for number, each in enumerate(came):
            await hold(store, noon - number * MINUTE, each)
        assert await take(store, begun()) == came

    async def test_seen_in_the_unit_that_held_it(self, store, begun, receipt, noon):
        """R29: a unit takes what it has just held, and then it is gone."""
        async with store.begin() as unit:
            await unit.early_receipts.hold(receipt(), noon)
            assert list(await unit.early_receipts.take(begun())) == [receipt()]
            assert list(await unit.early_receipts.take(begun())) == []
        assert await take(store, begun()) == []

    async def test_rollback_puts_back_what_was_taken(self, store, begun, receipt, noon):
        """R29: a unit that fails after taking has not taken; one that fails after holding has not
        held."""
        await hold(store, noon, receipt(reason="kept"))

        async def interrupted():
            async with store.begin() as unit:
                assert len(await unit.early_receipts.take(begun())) == 1
                await unit.early_receipts.hold(receipt(reason="lost"), noon)
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        assert [each.reason for each in await take(store, begun())] == ["kept"]

    async def test_taken_once(self, store, begun, receipt, noon):
        """R30: of twenty that take at once, each receipt goes to one."""
        came = [
            receipt(attempt="r1.password.1", reference=str(number), reason=str(number))
            for number in range(5)
        ]
        await hold(store, noon, *came)
        taken = await asyncio.gather(*[take(store, begun()) for _ in range(20)])
        assert (
            sorted((each for some in taken for each in some), key=lambda each: each.reason) == came
        )

    async def test_what_nobody_asked_for_is_forgotten(self, store, begun, receipt, noon):
        """R44: what was held before then goes, and is counted; what was held then stays."""
        await hold(store, noon - MICROSECOND, receipt(reason="old"), receipt(reference="none"))
        await hold(store, noon, receipt(reason="young", state=DeliveryState.FAILED))
        async with store.begin() as unit:
            assert await unit.early_receipts.forget(noon) == 2
            assert await unit.early_receipts.forget(noon) == 0
        assert [each.reason for each in await take(store, begun())] == ["young"]

    async def test_one_that_can_be_read_in_two_ways_waits_for_what_is_sure(
        self, store, begun, receipt, noon
    ):
        """R30: it is kept for who looks at all of them, unless its reference leaves no doubt; it
        comes back whole."""
        otherwise = (Reading(Way.HEX_TO_DECIMAL, "10"), Reading(Way.TEXT, "a-b:c"))
        doubtful = receipt(reference="16", otherwise=otherwise)
        sure = receipt(reference="3000004", otherwise=(Reading(Way.HEX_TO_DECIMAL, "2dc6c4"),))
        await hold(store, noon, doubtful, sure, receipt(reference="17"))
        assert await take(store, begun(reference="16")) == []
        assert await take(store, begun(reference="17")) == [receipt(reference="17")]
        assert await take(store, begun(reference="3000004")) == [sure]
        assert [each.receipt for each in await self.doubtful(store, noon + SECOND)] == [doubtful]

    async def doubtful(self, store, before, after=0, limit=10):
        async with store.read() as unit:
            return list(await unit.early_receipts.doubtful(before, after, limit))

    async def test_doubtful_ones_come_in_portions(self, store, receipt, noon):
        """R30: the oldest first, only those that have waited, each once."""
        otherwise = (Reading(Way.DECIMAL_TO_HEX, "1"),)
        for number in range(5):
            await hold(
                store,
                noon + number * SECOND,
                receipt(reference=f"a{number}", otherwise=otherwise),
                receipt(reference=f"b{number}"),
            )
        first = await self.doubtful(store, noon + 4 * SECOND, limit=3)
        assert [each.receipt.reference for each in first] == ["a0", "a1", "a2"]
        rest = await self.doubtful(store, noon + 4 * SECOND, after=first[-1].id)
        assert [each.receipt.reference for each in rest] == ["a3"]

        async def remove(id):
            async with store.begin() as unit:
                return await unit.early_receipts.remove(id)

        assert [await remove(rest[0].id), await remove(rest[0].id)] == [True, False]
        assert await self.doubtful(store, noon + 4 * SECOND, after=first[-1].id) == []

    async def test_what_ties_to_nothing_is_counted_by_route(self, store, receipt, noon):
        """R32: what has waited for so long, and not longer than the window; nothing of it is lost
        by counting."""
        await hold(store, noon - MICROSECOND, receipt(reference="old"))
        await hold(store, noon, receipt(reference="1"), receipt(reference="2"), receipt())
        await hold(store, noon, receipt(route="south", reference="1"))
        await hold(store, noon + MINUTE, receipt(reference="young"))
        for _ in range(2):
            async with store.read() as unit:
                counted = await unit.early_receipts.untied(noon, noon + MINUTE)
            assert dict(counted) == {"north": 3, "south": 1}

    async def test_no_receipt_is_missed(self, store, begun, receipt, noon):
        """R30: of a receipt by reference and the commit that makes the reference known, whichever
        is second meets the first: the attempt is found, or the receipt is taken."""
        names = [f"r{number}.password" for number in range(30)]
        await add(store, *map(begun, names))

        async def handed_over(name):
            was = begun(name)
            accepted = was.accepted(Acceptance("north", f"ref {name}"), noon, HOUR)
            async with store.begin() as unit:
                await unit.attempts.save(accepted, was=was)
                await asyncio.sleep(0)
                return bool(await unit.early_receipts.take(accepted))

        async def reported(name):
            async with store.begin() as unit:
                found = await unit.attempts.find("north", f"ref {name}")
                await asyncio.sleep(0)
                if not found:
                    await unit.early_receipts.hold(receipt(reference=f"ref {name}"), noon)
                return bool(found)

        async def heard(name):
            ended = await asyncio.gather(handed_over(name), reported(name))
            return sum(ended)

        assert await asyncio.gather(*map(heard, names)) == [1] * len(names)


async def test_a_reading_unit_cannot_write(store, begun, receipt, noon):
    """R15: what only looks cannot change anything."""
    for write in (
        lambda unit: unit.attempts.add(begun()),
        lambda unit: unit.early_receipts.hold(receipt(), noon),
    ):
        with pytest.raises(StoreUnavailable):
            async with store.read() as unit:
                await write(unit)
    assert await of(store) == []
    assert await take(store, begun()) == []


class TestRoutesOfAVoter:
    @pytest.fixture
    async def sent(self, store, link_sent, begun, noon):
        """Makes a request of a voter with an attempt at its SMS."""

        async def send(id, voter="voter", round_voter=None, **fields):
            async with store.begin() as unit:
                await unit.requests.add(link_sent(id, voter=voter, round_voter=round_voter))
                attempt = begun(f"{id}.password", state=DeliveryState.ACCEPTED)
                await unit.attempts.add(replace(attempt, **fields))

        return send

    async def routes(self, store, since, but="r9.password"):
        async with store.read() as unit:
            return set(await unit.attempts.routes_of(["voter", "w"], since, but))

    async def test_those_that_had_an_sms_for_the_voter(self, store, begun, sent, noon):
        """R31: by any of the voter's deliveries but the one that is asked about. A route that was
        not given the SMS had none."""
        assert await self.routes(store, noon - HOUR) == set()
        await sent("r1", route="a", begun_at=noon)
        await sent("r2", route="b", begun_at=noon, state=DeliveryState.FAILED)
        await sent("r3", route="c", begun_at=noon, voter="other")
        unsent = begun(number=4, route="d", begun_at=noon).withdrawn(noon)
        await sent("r4", route="d", begun_at=noon, state=unsent.state, reason=unsent.reason)
        assert await self.routes(store, noon - HOUR) == {"a", "b"}
        assert await self.routes(store, noon - HOUR, "r1.password") == {"b"}

    async def test_who_has_most_of_a_country(self, store, sent, noon):
        """R61: A2: an alert about a cap names the heaviest three, with the share of each; other
        countries and earlier hours do not count."""
        async with store.read() as unit:
            assert await unit.attempts.heaviest("AR", noon - HOUR) == {}
        for number, voter in enumerate(["relative"] * 4 + ["b", "b", "a", "c"]):
            await sent(f"r{number}", voter=voter, route="a", begun_at=noon)
        await sent("r8", voter="c", route="a", begun_at=noon - 2 * HOUR)
        await sent("r9", voter="c", route="a", begun_at=noon, country="CL")
        async with store.read() as unit:
            heaviest = await unit.attempts.heaviest("AR", noon - HOUR)
        assert heaviest == {"relative": 0.5, "b": 0.25, "a": 0.12}

    async def test_a_rotation_hides_nothing(self, store, sent, noon):
        """R31, R61: A2: under another key the voter has another pseudonym, and the same name in the
        round. Told is the pseudonym that is in use."""
        await sent("r1", voter="before", round_voter="w", route="a", begun_at=noon - MINUTE)
        await sent("r2", voter="after", round_voter="w", route="b", begun_at=noon)
        await sent("r3", voter="other", round_voter="x", route="c", begun_at=noon)
        assert await self.routes(store, noon - HOUR) == {"a", "b"}
        async with store.read() as unit:
            heaviest = await unit.attempts.heaviest("AR", noon - HOUR)
        assert heaviest == {"after": 0.67, "other": 0.33}

    async def test_not_those_of_long_ago_nor_those_that_never_had_it(self, store, sent, noon):
        """R31: within the time asked for, and really handed over."""
        await sent("r1", route="a", begun_at=noon - 2 * HOUR)
        await sent("r2", route="b", begun_at=noon, state=DeliveryState.QUEUED)
        assert await self.routes(store, noon - HOUR) == set()


async def test_a_receipt_that_is_repeated_is_held_once(store, receipt, begun, noon):
    """R30: however often a provider says it, for a message of anyone's."""
    async with store.begin() as unit:
        for _ in range(3):
            await unit.early_receipts.hold(receipt(reference="x"), noon)
        await unit.early_receipts.hold(receipt(), noon)
        taken = await unit.early_receipts.take(begun(reference="x"))
    assert len(taken) == 2
