"""Shares of a round's voters: groups, what is too small to be told, and the moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.evidence import FIGURES, Axis, Course, Line, Tally, evidence, settled

AT = datetime(2027, 6, 5, 10, tzinfo=UTC)


def place(country, confirmed, delivered=0, undelivered=0):
    tally = Tally(confirmed, delivered, undelivered)
    return Line(country, tally, tally)


def told(counts, by=Axis.COUNTRY, smallest=20):
    return evidence("2027-1", AT, counts, by, smallest)


def groups(found):
    return {each.group: each.recorded.confirmed for each in found.groups}


def test_the_worst_comes_first():
    """R49: what is in trouble is seen at once."""
    found = told([place("DE", 50, 45), place("AR", 50, 5, 7)])
    assert [each.group for each in found.groups] == ["AR", "DE"]
    assert found.groups[0].recorded == Tally(50, 5, 7)
    assert (found.groups[0].recorded.waiting, found.groups[0].recorded.share) == (38, 0.1)
    assert found.total is not None
    assert found.total.recorded == Tally(100, 50, 7)
    assert (found.folded, found.suppressed) == (None, 0)


@pytest.mark.parametrize(
    ("sizes", "shown", "folded"),
    [
        ({"AR": 30, "DE": 25}, {"AR", "DE"}, 0),
        ({"AR": 30, "DE": 25, "GB": 12, "US": 9}, {"AR", "DE"}, 21),
        ({"AR": 30, "DE": 25, "GB": 19}, {"AR"}, 44),  # one alone is the total less the others
        ({"AR": 30, "DE": 25, "GB": 5, "US": 4}, {"AR"}, 34),
        ({"AR": 30, "GB": 5}, set(), 35),
    ],
)
def test_small_groups_are_folded(sizes, shown, folded):
    """R32: nobody can be told from the total less the others."""
    found = told([place(country, number) for country, number in sizes.items()])
    assert set(groups(found)) == shown
    assert (found.folded.recorded.confirmed if found.folded else 0) == folded
    assert found.suppressed == len(sizes) - len(shown)


def test_too_few_altogether():
    """R32: of so few nothing is told."""
    found = told([place("AR", 10), place("DE", 9)])
    assert (found.total, list(found.groups), found.folded, found.suppressed) == (None, [], None, 2)


def test_without_an_axis():
    """R49: the total alone."""
    found = told([place("AR", 30, 3)], by=None)
    assert found.total == Line(None, Tally(30, 3), Tally(30, 3))
    assert (list(found.groups), found.suppressed) == ([], 0)


@given(
    some.dictionaries(some.sampled_from("ABCDEFGHIJKL"), some.integers(1, 60)).map(dict.items),
    some.sampled_from(list(Axis)),
)
def test_lines_add_up(sizes, by):
    """R32: to the total, whatever is folded; each line, and what is folded, is large enough."""
    found = told([place(name, number, number // 3) for name, number in sizes], by)
    if found.total is None:
        assert sum(number for _, number in sizes) < 20
        return
    lines = [*found.groups, *([found.folded] if found.folded else [])]
    assert sum((x.recorded for x in lines), Tally()) == found.total.recorded
    assert all(x.recorded.confirmed >= 20 for x in lines)


hours = some.integers(0, 8)
at_some_time = some.one_of(some.none(), hours)


@given(hours, at_some_time, some.tuples(*[at_some_time] * 4), hours)
def test_changes_add_up_to_what_was_so(confirmed, superseded, ends, hour):
    """R49: at each hour, whatever came before what; a voter is in no figure twice, and in none
    before she confirms, or after she counts by another renewal."""
    course = Course(confirmed, superseded, *ends)
    told = dict.fromkeys(FIGURES, 0)
    for at, figure, by in course.changes():
        if at <= hour:
            told[figure] += by
    counts = confirmed <= hour and (superseded is None or superseded > hour)
    delivered, given_up, happened, happened_not = (x is not None and x <= hour for x in ends)
    assert list(told.values()) == [
        counts,
        counts and delivered,
        counts and given_up and not delivered,
        counts and happened,
        counts and happened_not and not happened,
    ]


@pytest.mark.parametrize(
    ("asked", "now", "hour"),
    [
        (timedelta(0), timedelta(days=1), 10),
        (timedelta(minutes=59), timedelta(days=1), 10),
        (timedelta(0), timedelta(minutes=1), 9),
        (timedelta(0), timedelta(minutes=2), 10),
    ],
)
def test_whole_hours_of_which_all_is_recorded(asked, now, hour):
    """R49: a commit that is under way when the hour ends is in it."""
    assert settled(AT + asked, AT + now) == AT.replace(hour=hour)
