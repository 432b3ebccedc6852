"""The port `DeliveryFigures`, over every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.delivery_figures import Count
from core.locale import Locale
from core.messages import Acceptance, Channel, MessageKind

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED


async def counts(store, since):
    async with store.read() as unit:
        found = await unit.figures.counts(since)
    assert all(isinstance(each.state, DeliveryState) for each in found)
    return sorted(found, key=repr)


async def put(store, *requests, attempts=()):
    async with store.begin() as unit:
        for request in requests:
            await unit.requests.add(request)
        for attempt in attempts:
            await unit.attempts.add(attempt)


async def test_sms_count_by_attempt(store, noon):
    """R32: country, route, operator and state are told apart; the cost is summed up."""
    made = Attempt("r1.password", 1, "a", "AR", 120_000, noon, DELIVERED, operator="72207")
    others = [
        replace(made, delivery="r2.password"),
        replace(made, delivery="r3.password", state=FAILED, operator=None),
        replace(made, number=2, route="b"),
        replace(made, delivery="old", begun_at=noon - HOUR),
    ]
    await put(store, attempts=[made, *others])
    assert await counts(store, noon) == sorted(
        [
            Count(Channel.SMS, "AR", "a", "72207", DeliveryState.DELIVERED, 2, 240_000),
            Count(Channel.SMS, "AR", "a", "", DeliveryState.FAILED, 1, 120_000),
            Count(Channel.SMS, "AR", "b", "72207", DeliveryState.DELIVERED, 1, 120_000),
        ],
        key=repr,
    )


async def test_emails_count_by_mailbox_domain(store, noon):
    """R32: and the record of a password's SMS is not counted a second time."""
    async with store.begin() as unit:
        for name, kind in (("r1", MessageKind.LINK), ("r2", MessageKind.LINK)):
            queued = Delivery.queued(kind, name, Locale.FR, noon)
            await unit.deliveries.add(queued)
            taken = queued.accepted(Acceptance("smtp"), noon, "example.org")
            await unit.deliveries.save(taken, was=queued)
        await unit.deliveries.add(Delivery.queued(MessageKind.NO_PHONE, "r3", Locale.FR, noon))
        await unit.deliveries.add(Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, noon))
        old = Delivery.queued(MessageKind.LINK, "r0", Locale.FR, noon - HOUR)
        await unit.deliveries.add(old)
    assert await counts(store, noon) == sorted(
        [
            Count(Channel.EMAIL, "example.org", "smtp", "", DeliveryState.ACCEPTED, 2),
            Count(Channel.EMAIL, "", "", "", DeliveryState.QUEUED, 1),
        ],
        key=repr,
    )
