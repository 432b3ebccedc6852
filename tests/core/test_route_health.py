"""When a route falls in a country and when it recovers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.route_health import Health, HealthRule, Tally, Verdict, stand_in

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
RULE = HealthRule()
HOUR = timedelta(hours=1)
FALLEN = Verdict("a", "AR", Health.FAILING, NOW - 3 * HOUR)


def tally(settled: int, delivered: int) -> Tally:
    return Tally("a", "AR", settled, delivered)


@pytest.mark.parametrize(
    ("settled", "delivered", "health"),
    [
        (0, 0, Health.SOUND),
        (9, 0, Health.SOUND),  # too few to tell
        (10, 4, Health.FAILING),
        (10, 5, Health.SOUND),  # half: not below
        (1000, 110, Health.FAILING),  # Argentina, 2022
    ],
)
def test_it_falls_by_its_rate_over_enough_sms(settled, delivered, health):
    """R31: below the threshold, and not before the sample is there."""
    assert RULE.judge(None, tally(settled, delivered), NOW).health is health


@pytest.mark.parametrize(
    ("settled", "delivered", "health"),
    [
        (0, 0, Health.FAILING),
        (4, 4, Health.FAILING),  # too few probes
        (10, 6, Health.FAILING),  # 60 %: above the fall, below the recovery
        (10, 7, Health.SOUND),
    ],
)
def test_it_recovers_above_a_higher_threshold(settled, delivered, health):
    """R31: hysteresis: what lies between the two thresholds changes nothing."""
    assert RULE.judge(FALLEN, tally(settled, delivered), NOW).health is health


def test_between_the_thresholds_nothing_turns():
    """R31: a route at 60 % stays what it is, sound or fallen."""
    sound = Verdict("a", "AR", Health.SOUND, NOW - 3 * HOUR)
    assert RULE.judge(sound, tally(50, 30), NOW) == sound
    assert RULE.judge(FALLEN, tally(50, 30), NOW) == FALLEN


def test_without_probes_it_is_tried_again_after_a_window():
    """R31: else nothing would ever be heard of it again."""
    rule = HealthRule(probe_one_in=0)
    assert rule.judge(FALLEN, tally(0, 0), NOW).health is Health.SOUND
    assert rule.judge(FALLEN, tally(3, 0), NOW).health is Health.FAILING
    recent = Verdict("a", "AR", Health.FAILING, NOW)
    assert rule.judge(recent, tally(0, 0), NOW).health is Health.FAILING


def test_a_fallen_route_is_counted_from_its_fall():
    """R31: what made it fall does not keep it down."""
    recent = Verdict("a", "AR", Health.FAILING, NOW - timedelta(minutes=5))
    assert RULE.counts_from(recent, NOW) == recent.since
    assert RULE.counts_from(FALLEN, NOW) == FALLEN.since
    ancient = Verdict("a", "AR", Health.FAILING, NOW - 100 * HOUR)
    assert RULE.counts_from(ancient, NOW) == NOW - RULE.probe_window
    assert RULE.counts_from(None, NOW) == NOW - RULE.window


@pytest.mark.parametrize(
    "fields",
    [
        {"falls_below": 0},
        {"falls_below": 0.9},
        {"recovers_at": 1.1},
        {"sample": 0},
        {"probes": 0},
        {"probe_one_in": -1},
        {"window": timedelta(0)},
        {"probe_window": timedelta(0)},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields):
    with pytest.raises(ValueError, match="route health"):
        HealthRule(**fields)


@pytest.mark.parametrize(
    ("route", "failing", "found"),
    [
        ("a", "", None),  # it delivers
        ("a", "a", "b"),
        ("a", "ab", "c"),
        ("b", "ab", "c"),
        ("b", "b", None),  # a carries, as before
        ("c", "ac", None),  # b carries what a would, and c was not asked
        ("a", "abc", None),  # none is left: they are tried as before
        ("x", "x", None),  # not in the order any more
    ],
)
def test_who_carries_instead(route, failing, found):
    """R31: the first of the order that has not fallen, where the fallen one stands before it."""
    assert stand_in(route, ("a", "b", "c"), set(failing)) == found
