"""Figures from buckets are those of a full count, on every engine, whatever was folded when."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.store.figure_buckets import edges
from core.delivery import Delivery, DeliveryState
from core.delivery_figures import Count
from core.errors import ConcurrentChange
from core.locale import Locale
from core.messages import Channel, MessageKind
from core.use_cases.fold_figures import FoldFigures

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STATES = list(DeliveryState)
SMS = """
SELECT country, route, coalesce(operator, ''), state, count(*), sum(cost) FROM attempt
WHERE begun_at >= $1 GROUP BY country, route, coalesce(operator, ''), state
"""
EMAIL = """
SELECT coalesce(destination, ''), coalesce(route, ''), state, count(*) FROM delivery
WHERE queued_at >= $1 AND kind <> 'password'
GROUP BY coalesce(destination, ''), coalesce(route, ''), state
"""


async def recounted(store, since):
    """By the messages themselves."""
    minute = edges(since)[0] * 60_000_000
    async with store.read() as unit:
        sms = await unit.sql.fetch(SMS, minute)
        emails = await unit.sql.fetch(EMAIL, minute)
    found = [
        Count(Channel.SMS, *row[:3], DeliveryState(row[3]), row[4], int(row[5])) for row in sms
    ]
    found += [
        Count(Channel.EMAIL, row[0], row[1], "", DeliveryState(row[2]), row[3]) for row in emails
    ]
    return Counter(found)


async def read(store, since):
    async with store.read() as unit:
        return Counter(await unit.figures.counts(since))


async def agree(store, now):
    for ago in (timedelta(), 59 * MINUTE, HOUR, 3 * HOUR, DAY, 3 * DAY, 30 * DAY):
        assert await read(store, now - ago) == await recounted(store, now - ago), ago


class Traffic:
    """Messages that are queued, handed over, reported on and deleted, at any time."""

    def __init__(self, store, begun, now, seed):
        self.store, self.begun, self.now = store, begun, now
        self.chance = random.Random(seed)
        self.emails, self.attempts = {}, {}

    def moment(self):
        return self.now - timedelta(seconds=self.chance.randrange(5 * 86_400))

    async def step(self, unit):
        await self.chance.choice(
            (self.email, self.attempt, self.move_email, self.move_attempt, self.move_attempt)
        )(unit)

    async def email(self, unit):
        kind = self.chance.choice((MessageKind.LINK, MessageKind.NO_PHONE, MessageKind.PASSWORD))
        made = Delivery.queued(kind, f"r{len(self.emails)}", Locale.FR, self.moment())
        self.emails[made.id] = made
        await unit.deliveries.add(made)

    async def attempt(self, unit):
        made = self.begun(
            f"a{len(self.attempts)}.password",
            begun_at=self.moment(),
            country=self.chance.choice(("AR", "FR")),
            cost=self.chance.randrange(90_000),
        )
        self.attempts[made.id] = made
        await unit.attempts.add(made)

    async def move_email(self, unit):
        if self.emails:
            was = self.chance.choice(list(self.emails.values()))
            state = self.chance.choice(STATES)
            domain = self.chance.choice(("example.org", "example.net", None))
            made = replace(was, state=state, route="smtp", destination=domain)
            self.emails[made.id] = made
            await unit.deliveries.save(made, was=was)

    async def move_attempt(self, unit):
        if self.attempts:
            was = self.chance.choice(list(self.attempts.values()))
            made = replace(
                was,
                state=self.chance.choice(STATES),
                operator=self.chance.choice((None, "72207")),
                begun_at=self.chance.choice((was.begun_at, was.begun_at + 7 * MINUTE)),
            )
            self.attempts[made.id] = made
            await unit.attempts.save(made, was=was)


@pytest.mark.parametrize("seed", range(2))
async def test_figures_are_those_of_a_full_count(store, begun, noon, seed):
    """R48: after any steps, with everything folded, a part of it, or nothing."""
    traffic = Traffic(store, begun, noon, seed)
    for _ in range(6):
        async with store.begin() as unit:
            for _ in range(25):
                await traffic.step(unit)
        await agree(store, noon)
        async with store.begin() as unit:
            await unit.figure_folding.fold(traffic.chance.choice((0, 7, 1000)))
        await agree(store, noon)
    assert sum((await read(store, noon - 30 * DAY)).values()) > 10


async def test_what_is_rolled_back_is_not_counted(store, begun, noon):
    """R48: the difference goes with the change."""

    async def begin_and_fail():
        async with store.begin() as unit:
            await unit.attempts.add(begun())
            raise ConcurrentChange("rehearsed")

    with pytest.raises(ConcurrentChange):
        await begin_and_fail()
    assert await read(store, noon - DAY) == Counter()


async def test_what_is_deleted_leaves_nothing(store, begun, noon):
    """R47, R48: a mailbox domain with one message is one person's: no bucket outlives it."""
    async with store.begin() as unit:
        queued = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)
        await unit.deliveries.add(queued.to("example.org"))
        await unit.deliveries.add(Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, noon))
        await unit.attempts.add(begun())
    fold = FoldFigures(store.begin)
    assert (await fold(), await fold()) == (2, 0)
    async with store.begin() as unit:
        assert await unit.destructions.delete(["r1"]) == (2, 1, 1)
    assert await fold() == 2
    async with store.read() as unit:
        for table in ("figure_bucket", "figure_difference"):
            assert not await unit.sql.fetch(f"SELECT * FROM {table}"), table


async def test_more_than_one_commit_folds(store, begun, noon, monkeypatch):
    """R48: however many differences there are."""
    monkeypatch.setattr("core.use_cases.fold_figures.AT_ONCE", 3)
    async with store.begin() as unit:
        for number in range(1, 8):
            await unit.attempts.add(begun(number=number))
    assert await FoldFigures(store.begin)() == 7
    await agree(store, noon)
