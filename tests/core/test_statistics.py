"""The funnel of a round's requests: steps, times, and what is too small to be told."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from core.passages import (
    SHORTEST,
    STEP_OF,
    STRETCHES,
    Axis,
    Count,
    Passage,
    Step,
    Stretch,
    Tally,
    length_of,
    percentiles,
    seconds_of,
)
from core.recovery_request import State
from core.statistics import MOST_CELLS, Times, Window, hour_after, hour_of, statistics, too_small

AT = datetime(2027, 6, 5, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAY = [Step.RECEIVED, Step.LINK_SENT, Step.CONFIRMED, Step.PASSWORD_SENT, Step.DELIVERED]


def passage(step=Step.RECEIVED, was_taken=False, lengths=(None,) * 5, **groups):
    named = dict.fromkeys((each.value for each in Axis), "") | groups
    return Passage(**named | {"step": step}, was_taken=was_taken, lengths=lengths)


def counted(passages, *by):
    count = Count(by)
    for each in passages:
        count.add(each)
    return count


def told(sizes, by, smallest=20):
    """By cells of so many requests."""
    count = Count(by)
    for groups, number in sizes.items():
        named = dict(zip((axis.value for axis in by), groups, strict=True))
        for _ in range(number):
            count.add(passage(**named))
    return statistics(Window("2027-1", AT, AT + HOUR, by), AT, count, smallest)


class TestSteps:
    @pytest.mark.parametrize("place", range(len(WAY)))
    def test_a_request_counts_in_each_that_it_reached(self, place):
        """R32: so that the share that goes on can be read from one step to the next."""
        one = Tally()
        one.add(passage(WAY[place]))
        assert dict(zip(Step, one.reached, strict=True)) == {
            each: int(each in WAY[: place + 1]) for each in Step
        }

    @pytest.mark.parametrize(
        ("step", "was_taken", "reached"),
        [
            (Step.DISMISSED, False, {Step.RECEIVED, Step.DISMISSED}),
            (Step.UNDELIVERED, False, {*WAY[:3], Step.UNDELIVERED}),
            (Step.UNDELIVERED, True, {*WAY[:4], Step.UNDELIVERED}),
        ],
    )
    def test_ends_beside_the_way(self, step, was_taken, reached):
        """R32: an SMS that no route took was never sent."""
        one = Tally()
        one.add(passage(step, was_taken))
        counted = zip(Step, one.reached, strict=True)
        assert {each for each, number in counted if number} == reached

    def test_each_state_is_a_step(self):
        """R32: a link that was not used has been sent."""
        assert set(STEP_OF) == set(State)
        assert {STEP_OF[each] for each in STEP_OF} == set(Step)
        assert STEP_OF[State.EXPIRED] is STEP_OF[State.REVOKED] is Step.LINK_SENT


class TestTimes:
    @given(some.floats(SHORTEST, 1e8))
    def test_a_time_is_told_to_within_five_in_a_hundred(self, seconds):
        """R32: whatever it is."""
        assert abs(seconds_of(length_of(seconds)) - seconds) <= 0.0489 * seconds

    @pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.01, SHORTEST])
    def test_what_took_no_time(self, seconds):
        """R32: also by clocks that disagree."""
        assert seconds_of(length_of(seconds)) == pytest.approx(SHORTEST, rel=0.05)

    @given(some.lists(some.floats(0.1, 1e6), min_size=1, max_size=200))
    def test_percentiles_are_those_of_the_list(self, times):
        """R32: the smallest time within which that share was over, to 4.9 %."""
        counts, ordered = Counter(map(length_of, times)), sorted(times)
        shares = (0.5, 0.9, 0.99)
        exact = [
            next(each for place, each in enumerate(ordered, 1) if place >= share * len(times))
            for share in shares
        ]
        assert percentiles(counts, len(times), shares) == pytest.approx(exact, rel=0.049)

    def test_of_few_nothing_is_told(self):
        """R32: the time of one could be somebody's."""
        took = (length_of(60), None, None, None, None)
        count = counted([passage(lengths=took)] * 19 + [passage()] * 30)
        found = statistics(Window("2027-1", AT, AT + HOUR), AT, count, 20)
        assert found.total is not None
        assert found.total.times[Stretch.LINK_MAILED] == Times(19)
        count.add(passage(lengths=took))
        found = statistics(Window("2027-1", AT, AT + HOUR), AT, count, 20)
        assert found.total is not None
        (times, *others) = (found.total.times[each] for each in STRETCHES)
        assert (times.measured, times.p99) == (20, pytest.approx(60, rel=0.05))
        assert others == [Times(0)] * 4


class TestCells:
    def test_by_two_axes(self):
        """R32: where both meet."""
        passages = [passage(country="AR", route="north")] * 3 + [passage(country="DE")]
        found = counted(passages, Axis.COUNTRY, Axis.ROUTE)
        assert {key: each.requests for key, each in found.cells.items()} == {
            ("AR", "north"): 3,
            ("DE", ""): 1,
        }

    def test_the_largest_comes_first_or_the_hour(self):
        """R32: what is most is seen at once; a course of time is read in its order."""
        by_country = told({("DE",): 30, ("AR",): 50, ("UY",): 5, ("PE",): 20}, (Axis.COUNTRY,))
        assert [each.groups for each in by_country.cells] == [("AR",), ("DE",)]
        assert by_country.folded is not None
        assert (by_country.folded.groups, by_country.folded.steps[Step.RECEIVED]) == (None, 25)
        assert by_country.suppressed == 2
        by_hour = told({("DE", "11"): 30, ("AR", "12"): 50}, (Axis.COUNTRY, Axis.HOUR))
        assert [each.groups for each in by_hour.cells] == [("DE", "11"), ("AR", "12")]

    def test_too_few_altogether(self):
        """R32: of so few nothing is told."""
        found = told({("AR",): 10, ("DE",): 9}, (Axis.COUNTRY,))
        assert (found.total, list(found.cells), found.folded, found.suppressed) == (
            None,
            [],
            None,
            2,
        )

    def test_without_an_axis(self):
        """R32: the total alone."""
        found = told({(): 30}, ())
        assert found.total is not None
        assert (found.total.steps[Step.RECEIVED], found.folded, found.suppressed) == (30, None, 0)
        assert told({}, ()).total is None

    def test_what_one_axis_tells_gives_no_cell_away(self):
        """R32: by country 45 are known to be in Argentina: 40 of them by one route would leave the
        other five."""
        sizes = {("AR", "north"): 40, ("AR", "south"): 5, ("DE", "south"): 30, ("DE", "west"): 15}
        assert too_small(sizes, 20) == set(sizes)
        sizes |= {("PE", "east"): 60}
        assert too_small(sizes, 20) == set(sizes) - {("PE", "east")}

    @given(some.lists(some.tuples(some.sampled_from("AB"), some.sampled_from(WAY)), min_size=1))
    def test_what_is_no_longer_so_is_taken_away(self, some_passages):
        """R32: a count that was brought up to date is one that was made anew."""
        passages = [
            passage(step, country=country, lengths=(number, None, None, None, None))
            for number, (country, step) in enumerate(some_passages)
        ]
        half, whole = counted(passages[::2], Axis.COUNTRY), counted(passages, Axis.COUNTRY)
        added = counted(passages[1::2], Axis.COUNTRY)
        assert half.with_those_of(added) == whole
        taken = Count((Axis.COUNTRY,))
        for each in passages[1::2]:
            taken.add(each, -1)
            whole.add(each, -1)
        assert whole == half
        assert counted(passages, Axis.COUNTRY).with_those_of(taken) == half

    def test_no_more_than_so_many(self):
        """R38: an answer is bounded, and adds up all the same."""
        found = told({(str(number),): 1 for number in range(MOST_CELLS + 7)}, (Axis.POST,), 1)
        assert (len(found.cells), found.suppressed) == (MOST_CELLS, 7)
        assert found.folded is not None
        assert found.folded.steps[Step.RECEIVED] == 7

    @given(
        some.dictionaries(
            some.tuples(some.sampled_from("ABCD"), some.sampled_from("xyz")),
            some.integers(1, 60),
            min_size=1,
        )
    )
    def test_nothing_small_follows_from_what_is_told(self, sizes):
        """R32: lines add up to the total; each cell is large enough; what is hidden of a line is
        so many together, unless all of it is."""
        assume(sum(sizes.values()) >= 20)
        found = told(sizes, (Axis.COUNTRY, Axis.ROUTE))
        assert found.total is not None
        lines = [*found.cells, *([found.folded] if found.folded else [])]
        added = sum((Counter(each.steps) for each in lines), Counter())
        assert added == Counter(found.total.steps)
        assert all(each.steps[Step.RECEIVED] >= 20 for each in lines)
        shown = {each.groups for each in found.cells}
        for place in (0, 1):
            for group in {groups[place] for groups in sizes}:
                line = {groups for groups in sizes if groups[place] == group}
                hidden = sum(sizes[groups] for groups in line - shown)
                assert hidden == 0 or hidden >= 20 or not line & shown


@pytest.mark.parametrize(
    ("at", "begun", "over"),
    [
        (AT, AT, AT),
        (AT + HOUR / 2, AT, AT + HOUR),
        (AT.astimezone(timezone(timedelta(hours=5, minutes=30))), AT, AT),
    ],
)
def test_whole_hours_are_those_of_utc(at, begun, over):
    """R32: also for who asks from India."""
    assert (hour_of(at), hour_after(at)) == (begun, over)
