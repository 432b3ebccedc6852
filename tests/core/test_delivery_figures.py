"""Rates of delivery, and when they are an alert."""

from __future__ import annotations

import pytest

from core.delivery import DeliveryState
from core.delivery_figures import AlertRule, Count, Grouping, Rate, Unreached, rates
from core.events import DeliveryFell, DeliveryRecovered, VotersReached, VotersUnreached
from core.messages import Channel
from core.use_cases.watch_deliveries import WatchDeliveries


def sms(country, route, operator, state, messages, cost=0):
    return Count(Channel.SMS, country, route, operator, state, messages, cost)


COUNTS = [
    sms("AR", "a", "72207", DeliveryState.DELIVERED, 11, 110),
    sms("AR", "a", "72234", DeliveryState.FAILED, 80),
    sms("AR", "b", "72234", DeliveryState.EXPIRED, 9),
    sms("AR", "a", "72207", DeliveryState.ACCEPTED, 5),
    sms("FR", "a", "20801", DeliveryState.DELIVERED, 50),
    Count(Channel.EMAIL, "example.org", "smtp", "", DeliveryState.ACCEPTED, 99),
    Count(Channel.EMAIL, "example.org", "smtp", "", DeliveryState.FAILED, 1),
    Count(Channel.EMAIL, "", "", "", DeliveryState.QUEUED, 3),
]


def test_the_worst_comes_first():
    """R32: Argentina's 11 % of 2022 stands at the top."""
    found = rates(COUNTS, Grouping.DESTINATION)
    assert [(each.channel.value, each.group, each.rate) for each in found] == [
        ("sms", "AR", 0.11),
        ("email", "example.org", 0.99),
        ("email", "", None),
        ("sms", "FR", 1.0),
    ]
    assert found[0] == Rate(Channel.SMS, "AR", 11, 89, 5, 110)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (Grouping.ROUTE, {"a": 61 / 141, "b": 0.0}),
        (Grouping.OPERATOR, {"72207": 1.0, "72234": 0.0, "20801": 1.0}),
    ],
)
def test_told_apart_by_route_or_operator(by, groups):
    """R32: the same counts, grouped otherwise."""
    found = [each for each in rates(COUNTS, by) if each.channel is Channel.SMS]
    assert {each.group: each.rate for each in found} == groups


@pytest.mark.parametrize(
    ("delivered", "lost", "low"), [(15, 4, False), (16, 4, False), (15, 5, True), (0, 0, False)]
)
def test_an_alert_needs_a_sample(delivered, lost, low):
    """R32: 20 with an end, less than 80 % of them delivered."""
    assert AlertRule().is_low(Rate(Channel.SMS, "AR", delivered, lost, 0, 0)) is low


class TestWatching:
    @pytest.fixture
    def watch(self, clock, request):
        from contextlib import asynccontextmanager
        from types import SimpleNamespace

        from core.policy import STANDARD
        from tests.rehearsal import KeptEvents

        self.counted, self.voters = [], Unreached(0, 0)

        async def counts(since):
            return self.counted

        async def unreached(before, since):
            return self.voters

        @asynccontextmanager
        async def read():
            yield SimpleNamespace(figures=SimpleNamespace(counts=counts, unreached=unreached))

        self.events = KeptEvents()
        return WatchDeliveries(read, AlertRule(), STANDARD, clock, self.events)

    async def test_a_fall_is_told_once_and_so_is_the_recovery(self, watch):
        """R32: not again every ten seconds."""
        self.counted = COUNTS
        await watch()
        await watch()
        assert self.events.kept == [DeliveryFell("sms", "AR", 11, 100)]
        self.counted = [sms("AR", "a", "", DeliveryState.DELIVERED, 100)]
        await watch()
        await watch()
        assert self.events.kept[1:] == [DeliveryRecovered("sms", "AR", 100, 100)]

    async def test_more_voters_unreached_are_told_each_time(self, watch):
        """R32: and so is that there are none any more."""
        for voters in (Unreached(1, 1), Unreached(2, 0), Unreached(0, 3), Unreached(0, 0)):
            self.voters = voters
            await watch()
        assert self.events.kept == [VotersUnreached(2), VotersUnreached(3), VotersReached(0)]
