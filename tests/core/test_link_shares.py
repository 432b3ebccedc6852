"""Whether links to a mailbox domain are taken: every case of the judgement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.link_shares import LinkCount, LinkShareRule, elsewhere

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULE = LinkShareRule()


def count(links: int, taken: int, domain: str = "aol.com", route: str = "a") -> LinkCount:
    return LinkCount(route, domain, links, taken)


@pytest.mark.parametrize(
    ("here", "others", "falls"),
    [
        pytest.param((29, 0), (300, 180), False, id="too few links here"),
        pytest.param((30, 0), (300, 180), True, id="thirty, and none is taken"),
        pytest.param((30, 0), (29, 18), False, id="too few elsewhere"),
        pytest.param((30, 8), (300, 180), True, id="a quarter of them, where others have 60 %"),
        pytest.param((30, 10), (300, 180), False, id="a third: chance does that"),
        pytest.param((39, 12), (32, 20), False, id="few elsewhere, too: chance does that"),
        pytest.param((300, 100), (300, 180), False, id="a third of many: not below half of 60 %"),
        pytest.param((300, 85), (300, 180), True, id="below half of the others' share"),
        pytest.param((30, 0), (300, 3), False, id="nobody takes links now"),
        pytest.param((30, 0), (300, 0), False, id="not one anywhere"),
        pytest.param((30, 15), (30, 30), False, id="half of them, where others have all"),
    ],
)
def test_when_a_route_falls_in_a_domain(here, others, falls):
    """R51: from 30 links on, far below the other domains of the same hour, and not by chance."""
    assert RULE.is_low(count(*here), count(*others, domain="example.org")) is falls


@pytest.mark.parametrize(
    ("probed", "others", "recovers"),
    [
        pytest.param((10, 5), (300, 180), True, id="ten probes, nearly as elsewhere"),
        pytest.param((10, 4), (300, 180), False, id="too few of them taken"),
        pytest.param((9, 9), (300, 180), False, id="too few probes"),
        pytest.param((10, 10), (29, 18), False, id="too few elsewhere"),
    ],
)
def test_when_it_recovers(probed, others, recovers):
    """R51: by the links that probed it since."""
    found = RULE.has_recovered(NOW - HOUR, count(*probed), count(*others), NOW)
    assert found is recovers


@pytest.mark.parametrize(("since", "recovers"), [(DAY, True), (DAY - HOUR, False)])
def test_without_probes_it_recovers_after_a_day(since, recovers):
    """R51: nothing could tell that it carries links again."""
    rule = LinkShareRule(probe_one_in=0)
    assert rule.has_recovered(NOW - since, count(0, 0), count(0, 0), NOW) is recovers


def test_elsewhere_is_what_has_not_fallen():
    """R51: links to the other domains by all routes; two domains that one relay swallows do not
    excuse each other."""
    counts = [
        count(40, 1),
        count(40, 2, "yahoo.com"),
        count(100, 60, "example.org"),
        count(50, 30, "example.org", "b"),
    ]
    assert elsewhere(counts, "aol.com", {("a", "yahoo.com")}) == LinkCount("", "", 150, 90)
    assert elsewhere(counts, "aol.com", ()) == LinkCount("", "", 190, 92)


@pytest.mark.parametrize(
    "wrong",
    [
        {"falls_below": 0.0},
        {"falls_below": 0.8},
        {"recovers_at": 1.1},
        {"sample": 0},
        {"probes": 0},
        {"probe_one_in": -1},
        {"taken_within": timedelta(0)},
    ],
)
def test_a_rule_that_cannot_be(wrong):
    """R51: refused when it is made."""
    with pytest.raises(ValueError, match="shares of links"):
        LinkShareRule(**wrong)
