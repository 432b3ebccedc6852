"""Rates of delivery, and when they are an alert."""

from __future__ import annotations

import pytest

from core.delivery import DeliveryState
from core.delivery_figures import (
    AlertRule,
    CauseCount,
    Count,
    Grouping,
    Rate,
    Standing,
    Unreached,
    rates,
    unreached,
)
from core.events import DeliveryFell, DeliveryRecovered, VotersReached, VotersUnreached
from core.messages import Channel
from core.recovery_request import State
from core.unreached import Cause
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


def test_what_a_relay_took_is_not_called_delivered_where_nobody_reads_bounces():
    """R32, R48: it is told apart, and no rate is made of what nobody would hear."""
    by_domain = {each.group: each for each in rates(COUNTS, Grouping.DESTINATION, False)}
    assert by_domain["example.org"] == Rate(Channel.EMAIL, "example.org", 0, 1, 0, 0, taken=99)
    assert by_domain["example.org"].rate is None
    assert by_domain["AR"].rate == 0.11


@pytest.mark.parametrize(("taken", "low"), [(99, False), (3, True)])
def test_what_is_refused_at_once_is_an_alert_all_the_same(taken, low):
    """R32: of what relays took or refused, too little was taken."""
    rate = Rate(Channel.EMAIL, "example.org", 0, 20, 0, 0, taken)
    assert AlertRule().is_low(rate) is low


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

        from core.voting_round import Calendar
        from tests.rehearsal import KeptEvents

        self.counted, self.standings = [], []

        async def counts(since):
            return self.counted

        async def standings(rounds, before, now):
            return self.standings

        @asynccontextmanager
        async def read():
            yield SimpleNamespace(figures=SimpleNamespace(counts=counts, standings=standings))

        self.events = KeptEvents()
        return WatchDeliveries(read, AlertRule(), Calendar(), clock, self.events)

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
        """R32, R48: with their causes; and so is that there are none any more."""
        lost = Standing(State.UNDELIVERED, Cause.CAP, 1)
        waiting = Standing(State.CONFIRMED, None, 1)
        bounced = Standing(State.REVOKED, Cause.LINK_BOUNCED, 1)
        for found in ([lost, waiting], [waiting, waiting], [lost, lost, bounced], []):
            self.standings = found
            await watch()
        assert self.events.kept == [
            VotersUnreached(2, {"cap": 1, "untried": 1}),
            VotersUnreached(3, {"cap": 2, "link_bounced": 1}),
            VotersReached(0),
        ]

    async def test_what_is_told_apart_is_no_alert(self, watch):
        """R48: links that nobody took, and SMS of routes that give no receipts."""
        self.standings = [
            Standing(State.EXPIRED, Cause.LINK_NOT_TAKEN, 900),
            Standing(State.PASSWORD_SENT, Cause.RECEIPT_NOT_EXPECTED, 900),
        ]
        await watch()
        assert self.events.kept == []


PLACES = {
    Cause.RECEIPT_NOT_EXPECTED: "receipts_not_expected",
    Cause.LINK_NOT_TAKEN: "links_not_taken",
}


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_has_one_place(cause):
    """R48: those of voters who have confirmed sum up to waiting and lost; what is told apart is
    in no sum."""
    place = PLACES.get(cause, "links" if cause.is_of_link else "waiting")
    state = State.LINK_SENT if cause.is_of_link else State.PASSWORD_SENT
    state = State.EXPIRED if cause is Cause.LINK_NOT_TAKEN else state
    found = unreached([Standing(state, cause, 3)])
    told = () if cause in PLACES else (CauseCount(cause, 3),)
    assert found == Unreached(causes=told, **{place: 3})
    assert found.voters == (0 if cause in PLACES else 3)


def test_the_most_frequent_cause_comes_first():
    """R48: of one voter each; what waits and what is lost may have the same cause."""
    found = unreached(
        [
            Standing(State.UNDELIVERED, Cause.CAP, 2),
            Standing(State.CONFIRMED, Cause.CAP, 3),
            Standing(State.CONFIRMED, None, 7),
            Standing(State.DELIVERED, None, 100),
        ]
    )
    causes = (CauseCount(Cause.UNTRIED, 7), CauseCount(Cause.CAP, 5))
    assert found == Unreached(waiting=10, lost=2, causes=causes)
    assert sum(each.voters for each in found.causes) == found.waiting + found.lost
