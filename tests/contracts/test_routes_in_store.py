"""The port `RouteLedger`, over every engine: each promise of its docstrings."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from core.delivery import DeliveryState
from core.errors import StoreUnavailable
from core.route_health import Health, Tally, Verdict
from core.spending import DAY_COST, Charged

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
NOTHING = timedelta(0)


class Interrupted(Exception):
    """What goes wrong in the middle of a unit."""


async def add(store, *attempts):
    async with store.begin() as unit:
        for attempt in attempts:
            await unit.attempts.add(attempt)


class TestPace:
    async def pace(self, store, now, rate=10.0, burst=1, route="north"):
        """As the use case does it: whoever has to wait rolls back."""
        wait = NOTHING
        with suppress(Interrupted):
            async with store.begin() as unit:
                wait = await unit.routes.pace(route, rate, burst, now)
                if wait:
                    raise Interrupted
        return wait

    async def test_one_after_the_other(self, store, noon):
        """R31: at ten a second one goes every 100 ms; who is early hears how early."""
        tenth = SECOND / 10
        assert await self.pace(store, noon) == NOTHING
        assert await self.pace(store, noon) == tenth
        assert await self.pace(store, noon + tenth - MICROSECOND) == MICROSECOND
        assert await self.pace(store, noon + tenth) == NOTHING
        assert await self.pace(store, noon + tenth) == tenth

    async def test_a_burst_at_once(self, store, noon):
        """R31: a rested route takes its burst at once, then goes by its rate."""
        waits = [await self.pace(store, noon, burst=4) for _ in range(6)]
        assert waits == [NOTHING] * 4 + [SECOND / 10] * 2
        later = noon + SECOND / 10
        assert [await self.pace(store, later, burst=4) for _ in range(2)] == [NOTHING, SECOND / 10]

    async def test_a_rest_saves_up_one_burst_not_more(self, store, noon):
        """R31: after an hour without SMS there is room for a burst, as after a second."""
        await self.pace(store, noon, burst=4)
        waits = [await self.pace(store, noon + HOUR, burst=4) for _ in range(6)]
        assert waits.count(NOTHING) == 4

    async def test_routes_have_their_own(self, store, noon):
        """R31: one route's pace holds no other up."""
        for route in ("north", "south"):
            assert await self.pace(store, noon, route=route) == NOTHING
            assert await self.pace(store, noon, route=route) > NOTHING

    async def test_less_than_one_a_second(self, store, noon):
        """R31: a route may be slow."""
        assert await self.pace(store, noon, rate=0.1) == NOTHING
        assert await self.pace(store, noon, rate=0.1) == 10 * SECOND

    async def test_a_rate_that_is_no_whole_time_is_kept(self, store, noon):
        """R31: three a second are never more than three: 333,334 microseconds apart."""
        assert await self.pace(store, noon, rate=3.0) == NOTHING
        assert await self.pace(store, noon, rate=3.0) == timedelta(microseconds=333_334)

    async def test_a_clock_that_is_behind_gains_nothing(self, store, noon):
        """R31: a worker whose clock is an hour slow waits; it does not empty the bucket anew."""
        await self.pace(store, noon)
        assert await self.pace(store, noon - HOUR) == HOUR + SECOND / 10
        assert await self.pace(store, noon + SECOND / 10) == NOTHING

    async def test_seen_within_the_unit(self, store, noon):
        """R31: a unit that takes two has taken two."""
        async with store.begin() as unit:
            waits = [await unit.routes.pace("north", 10, 2, noon) for _ in range(3)]
        assert waits == [NOTHING, NOTHING, SECOND / 10]

    async def test_rollback_gives_it_back(self, store, noon):
        """R29: an SMS that did not go, for whatever reason, used up nothing."""

        async def interrupted():
            async with store.begin() as unit:
                assert await unit.routes.pace("north", 10, 1, noon) == NOTHING
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        assert await self.pace(store, noon) == NOTHING

    @pytest.mark.parametrize(("rate", "burst"), [(7.0, 1), (50.0, 5), (300.0, 20)])
    async def test_never_more_than_the_rate_and_a_burst(self, store, clock, rate, burst):
        """R31: many takers at once, whose time goes on in uneven steps: in no interval do more go
        than the burst and what the rate gives for its length, and nearly as many do."""
        gone = []

        async def taker(steps):
            for step in range(steps):
                clock.advance(timedelta(milliseconds=(step * 7) % 11))
                at = clock.now()
                if await self.pace(store, at, rate, burst) == NOTHING:
                    gone.append(at)
                await asyncio.sleep(0)

        started = clock.now()
        await asyncio.gather(*[taker(15) for _ in range(10)])
        took = (clock.now() - started).total_seconds()
        gone.sort()
        for first, since in enumerate(gone):
            for last in range(first, len(gone)):
                length = (gone[last] - since).total_seconds()
                assert last - first + 1 <= burst + rate * length
        assert len(gone) >= min(150, rate * took * 0.5)

    async def test_many_takers_at_one_moment(self, store, noon):
        """R31: forty at once get one burst between them."""
        waits = await asyncio.gather(*[self.pace(store, noon, burst=8) for _ in range(40)])
        assert waits.count(NOTHING) == 8
        assert set(waits) == {NOTHING, SECOND / 10}


class TestCharge:
    async def charge(self, store, now, country="AR", prefix="+5491155", cost=70):
        async with store.begin() as unit:
            return await unit.routes.charge(country, prefix, cost, now)

    async def test_the_sms_is_in_its_counts(self, store, noon):
        """R28: the first one counts as one, the next as two."""
        assert await self.charge(store, noon) == Charged(1, 1, 70)
        assert await self.charge(store, noon, cost=5) == Charged(2, 2, 75)

    async def test_prefix_country_and_everything(self, store, noon):
        """R28: SMS are counted by block and by country; their cost over all countries."""
        await self.charge(store, noon)
        assert await self.charge(store, noon, prefix="+5411445") == Charged(1, 2, 140)
        assert await self.charge(store, noon, "FR", "+3363998", 10) == Charged(1, 1, 150)
        assert await self.charge(store, noon) == Charged(2, 3, 220)

    async def test_a_name_of_both_kinds_is_two_names(self, store, noon):
        """R28: a prefix and a country of the same name have nothing to do with each other."""
        assert await self.charge(store, noon, "AR", "AR") == Charged(1, 1, 70)
        assert await self.charge(store, noon, "AR", "AR") == Charged(2, 2, 140)

    async def test_hours_are_utc_s(self, store, noon):
        """R28: a count ends with its hour, the cost does not; half-hour zones change nothing."""
        hour = noon.replace(minute=0, second=0, microsecond=0)
        await self.charge(store, hour)
        kolkata = timezone(timedelta(hours=5, minutes=30))
        end = (hour + HOUR - MICROSECOND).astimezone(kolkata)
        assert await self.charge(store, end) == Charged(2, 2, 140)
        assert await self.charge(store, hour + HOUR) == Charged(1, 1, 210)
        assert await self.charge(store, hour - MICROSECOND) == Charged(1, 1, 280)

    async def test_days_are_utc_s(self, store, noon):
        """R28: the day's cost starts over at midnight, whatever the day is elsewhere."""
        midnight = noon.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
        auckland = timezone(timedelta(hours=12))
        await self.charge(store, midnight - MICROSECOND)
        assert (await self.charge(store, (midnight - DAY).astimezone(auckland))).day_cost == 140
        assert (await self.charge(store, midnight.astimezone(auckland))).day_cost == 70

    async def test_costs_beyond_four_bytes(self, store, noon):
        """R28: a day may cost thousands: in millionths that is no small number."""
        await self.charge(store, noon, cost=3_000_000_000)
        assert (await self.charge(store, noon, cost=3_000_000_000)).day_cost == 6_000_000_000

    async def test_nothing_to_pay(self, store, noon):
        """R28: free SMS are counted, too."""
        assert await self.charge(store, noon, cost=0) == Charged(1, 1, 0)

    async def test_seen_within_the_unit_and_undone_with_it(self, store, noon):
        """R29: an SMS that did not go is not counted and costs nothing."""

        async def interrupted():
            async with store.begin() as unit:
                await unit.routes.charge("AR", "+5491155", 70, noon)
                assert await unit.routes.charge("AR", "+5491155", 70, noon) == Charged(2, 2, 140)
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        assert await self.charge(store, noon) == Charged(1, 1, 70)

    async def test_many_at_once_are_all_counted(self, store, noon):
        """R28: of sixty at once, to six prefixes in two countries, none is lost."""

        async def one(number):
            country = "AR" if number % 2 else "FR"
            return await self.charge(store, noon, country, f"+{number % 6}", 1)

        charged = await asyncio.gather(*map(one, range(60)))
        assert sorted(each.day_cost for each in charged) == list(range(1, 61))
        assert sorted(each.to_country for each in charged) == sorted([*range(1, 31)] * 2)
        assert sorted(each.to_prefix for each in charged) == sorted([*range(1, 11)] * 6)

    async def test_counts_of_what_has_ended_are_forgotten(self, store, noon):
        """R44: the row of an hour goes when the hour ended before then, that of a day when the day
        did; how many is told."""
        hour = noon.replace(minute=0, second=0, microsecond=0)
        await self.charge(store, hour - DAY)
        await self.charge(store, hour - HOUR)
        await self.charge(store, hour)
        async with store.begin() as unit:
            assert await unit.routes.forget(hour) == 3  # yesterday, and two of its hours' counts
            assert await unit.routes.forget(hour) == 0
            assert await unit.routes.forget(hour + MICROSECOND) == 2
        assert await self.charge(store, hour) == Charged(2, 2, 210)


class TestVerdicts:
    FALLEN = Health.FAILING

    async def judge(self, store, verdict, was=None):
        async with store.begin() as unit:
            return await unit.routes.judge(verdict, was)

    async def verdicts(self, store):
        async with store.read() as unit:
            return {(each.route, each.country): each for each in await unit.routes.verdicts()}

    async def test_none_was_ever_judged(self, store):
        """R31: a new deployment thinks well of its routes."""
        assert await self.verdicts(store) == {}

    async def test_a_verdict_for_each_route_and_country(self, store, noon):
        """R31: a route stands differently from country to country, to the microsecond."""
        places = [("north", "AR"), ("north", "FR"), ("south", "AR")]
        judged = {place: Verdict(*place, self.FALLEN, noon) for place in places}
        async with store.begin() as unit:
            for verdict in judged.values():
                assert await unit.routes.judge(verdict, None)
            assert len(await unit.routes.verdicts()) == 3
        assert await self.verdicts(store) == judged

    async def test_a_verdict_replaces_the_one_it_knows(self, store, noon):
        """R32: a route that recovered stands so, since then."""
        fell = Verdict("north", "AR", Health.FAILING, noon)
        rose = Verdict("north", "AR", Health.SOUND, noon + HOUR)
        assert await self.judge(store, fell)
        assert await self.judge(store, rose, was=fell)
        assert await self.verdicts(store) == {("north", "AR"): rose}

    @pytest.mark.parametrize("difference", ["health", "since", "absent", "present"])
    async def test_not_another_one(self, store, noon, difference):
        """R31: whoever judges from what is no longer so is told, and changes nothing."""
        stands = Verdict("north", "AR", Health.FAILING, noon)
        known = {
            "health": replace(stands, health=Health.SOUND),
            "since": replace(stands, since=noon - MICROSECOND),
            "absent": Verdict("south", "AR", Health.FAILING, noon),
            "present": None,
        }[difference]
        assert await self.judge(store, stands)
        place = known or stands
        verdict = Verdict(place.route, place.country, Health.SOUND, noon + HOUR)
        assert not await self.judge(store, verdict, was=known)
        assert await self.verdicts(store) == {("north", "AR"): stands}

    @pytest.mark.parametrize("first", [True, False])
    async def test_of_many_that_judge_at_once_one_wins(self, store, noon, first):
        """R31: twenty workers see a route fall; one of them reports it."""
        was = None if first else Verdict("north", "AR", Health.SOUND, noon)
        if was:
            assert await self.judge(store, was)
        late = [Verdict("north", "AR", Health.FAILING, noon + n * SECOND) for n in range(1, 21)]

        async def judge(verdict):
            async with store.begin() as unit:
                await asyncio.sleep(0)
                return await unit.routes.judge(verdict, was)

        won = await asyncio.gather(*map(judge, late))
        assert won.count(True) == 1
        assert await self.verdicts(store) == {("north", "AR"): late[won.index(True)]}

    async def test_rollback_leaves_the_route_as_it_stood(self, store, noon):
        """R29: a verdict whose unit failed can be given again."""
        fell = Verdict("north", "AR", Health.FAILING, noon)

        async def interrupted():
            async with store.begin() as unit:
                assert await unit.routes.judge(fell, None)
                raise Interrupted

        with pytest.raises(Interrupted):
            await interrupted()
        assert await self.verdicts(store) == {}
        assert await self.judge(store, fell)


class TestTallies:
    async def tallies(self, store, since, now):
        async with store.read() as unit:
            found = list(await unit.routes.tallies(since, now))
            for each in found:
                one = await unit.routes.tally(each.route, each.country, since, now)
                assert one == each
        assert len({(each.route, each.country) for each in found}) == len(found)
        return {(each.route, each.country): (each.settled, each.delivered) for each in found}

    @pytest.mark.parametrize(
        ("state", "due", "counted"),
        [
            (DeliveryState.QUEUED, None, None),
            (DeliveryState.ACCEPTED, None, None),
            (DeliveryState.ACCEPTED, NOTHING, None),
            (DeliveryState.ACCEPTED, SECOND, None),
            (DeliveryState.ACCEPTED, -MICROSECOND, (1, 0)),
            (DeliveryState.DELIVERED, SECOND, (1, 1)),
            (DeliveryState.DELIVERED, None, (1, 1)),
            (DeliveryState.FAILED, None, (1, 0)),
            (DeliveryState.FAILED, SECOND, (1, 0)),
            (DeliveryState.EXPIRED, -SECOND, (1, 0)),
        ],
    )
    async def test_what_is_settled(self, store, begun, noon, state, due, counted):
        """R32: an end settles, a receipt that is overdue settles; what still has time does not, nor
        what no receipt is due for."""
        now = noon + MINUTE
        await add(store, begun(state=state, receipt_due_at=now + due if due is not None else None))
        found = await self.tallies(store, noon, now)
        assert found == ({("north", "AR"): counted} if counted else {})

    async def test_by_route_and_country(self, store, begun, noon):
        """R31: each route in each country is counted for itself."""
        ends = [
            ("north", "AR", DeliveryState.DELIVERED),
            ("north", "AR", DeliveryState.FAILED),
            ("north", "AR", DeliveryState.DELIVERED),
            ("north", "FR", DeliveryState.EXPIRED),
            ("south", "AR", DeliveryState.DELIVERED),
            ("south", "FR", DeliveryState.QUEUED),
        ]
        made = [
            begun(f"r{number}.password", route=route, country=country, state=state)
            for number, (route, country, state) in enumerate(ends)
        ]
        await add(store, *made)
        assert await self.tallies(store, noon, noon) == {
            ("north", "AR"): (3, 2),
            ("north", "FR"): (1, 0),
            ("south", "AR"): (1, 1),
        }

    async def test_from_the_moment_on(self, store, begun, noon):
        """R32: what was begun at that moment counts, what was begun before it does not; a repeated
        attempt counts from when it was made again."""
        delivered = DeliveryState.DELIVERED
        again = begun("r3.password", begun_at=noon - HOUR)
        await add(
            store,
            begun("r1.password", state=delivered),
            begun("r2.password", state=delivered, begun_at=noon - MICROSECOND),
            again,
        )
        async with store.begin() as unit:
            await unit.attempts.save(replace(again.again(noon), state=delivered), was=again)
        assert await self.tallies(store, noon, noon) == {("north", "AR"): (2, 2)}
        assert await self.tallies(store, noon - MICROSECOND, noon) == {("north", "AR"): (3, 3)}
        assert await self.tallies(store, noon + MICROSECOND, noon) == {}

    async def test_nothing_is_a_tally_too(self, store, begun, noon):
        """R32: a route of which nothing is settled in a country has a tally of nothing there."""
        await add(store, begun(), begun("r2.password", state=DeliveryState.FAILED, country="FR"))
        async with store.read() as unit:
            for place in (("north", "AR"), ("south", "FR"), ("nowhere", "XX")):
                assert await unit.routes.tally(*place, noon, noon) == Tally(*place, 0, 0)

    async def test_what_was_not_handed_over_says_nothing_of_its_route(self, store, begun, noon):
        """R31: L2: or a rule of the credential store would make a healthy route fall."""
        await add(store, begun().withdrawn(noon), begun("r2.password", state=DeliveryState.FAILED))
        async with store.read() as unit:
            assert list(await unit.routes.tallies(noon, noon)) == [Tally("north", "AR", 1, 0)]

    async def test_within_the_unit(self, store, begun, noon):
        """R29: a unit counts what it has just stored."""
        async with store.begin() as unit:
            await unit.attempts.add(begun(state=DeliveryState.DELIVERED))
            assert list(await unit.routes.tallies(noon, noon)) == [Tally("north", "AR", 1, 1)]


class TestUnits:
    async def test_a_reading_unit_cannot_write(self, store, noon):
        """R15: what only looks cannot change anything."""
        for write in (
            lambda unit: unit.routes.pace("north", 1, 1, noon),
            lambda unit: unit.routes.charge("AR", "+5491155", 70, noon),
            lambda unit: unit.routes.judge(Verdict("north", "AR", Health.FAILING, noon), None),
        ):
            with pytest.raises(StoreUnavailable):
                async with store.read() as unit:
                    await write(unit)
        async with store.begin() as unit:
            assert await unit.routes.pace("north", 1, 1, noon) == NOTHING
            assert await unit.routes.charge("AR", "+5491155", 70, noon) == Charged(1, 1, 70)
            assert not await unit.routes.verdicts()

    async def test_others_see_it_after_the_commit(self, store, begun, noon):
        """R29: what is not committed is seen by nobody else."""
        async with store.begin() as unit:
            await unit.attempts.add(begun(state=DeliveryState.DELIVERED))
            await unit.routes.judge(Verdict("north", "AR", Health.FAILING, noon), None)
            async with store.read() as other:
                assert not await other.routes.verdicts()
                assert not await other.routes.tallies(noon - HOUR, noon)
        async with store.read() as other:
            assert await other.routes.verdicts()
            assert await other.routes.tallies(noon - HOUR, noon)


async def test_a_receipt_after_its_time_is_no_delivery(store, begun, noon):
    """R31: the voter has had the SMS of the next route by then."""
    due = {"receipt_due_at": noon, "state": DeliveryState.DELIVERED}
    attempts = [
        begun("r1.password", changed_at=noon, **due),
        begun("r2.password", changed_at=noon + SECOND, **due),
        begun("r3.password", changed_at=noon + SECOND, state=DeliveryState.DELIVERED),
    ]
    async with store.begin() as unit:
        for each in attempts:
            await unit.attempts.add(each)
    async with store.read() as unit:
        assert list(await unit.routes.tallies(noon - HOUR, noon)) == [Tally("north", "AR", 3, 2)]


async def test_a_cap_is_told_once(store, noon):
    """R28, R48: for its hour, or its day, by country; the counts are as they were."""

    async def told(cap, country="AR", at=noon):
        async with store.begin() as unit:
            return await unit.routes.stopped(cap, country, at)

    later = noon + timedelta(hours=1)
    assert [await told("prefix"), await told("prefix"), await told("country")] == [
        True,
        False,
        True,
    ]
    assert [await told("prefix", "FR"), await told("prefix", at=later)] == [True, True]
    assert [await told(DAY_COST), await told(DAY_COST, at=later)] == [True, False]
    async with store.begin() as unit:
        charged = await unit.routes.charge("AR", "+5491155", 5, noon)
    assert charged == Charged(1, 1, 5)
