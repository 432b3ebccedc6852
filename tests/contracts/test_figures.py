"""The port `DeliveryFigures`, over every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.delivery_figures import Count, Unreached
from core.locale import Locale
from core.messages import Acceptance, Channel, MessageKind
from core.recovery_request import State

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED


async def counts(store, since):
    async with store.read() as unit:
        found = await unit.figures.counts(since)
    assert all(isinstance(each.state, DeliveryState) for each in found)
    return sorted(found, key=repr)


async def unreached(store, now):
    async with store.read() as unit:
        return await unit.figures.unreached(now - 30 * MINUTE, now - 24 * HOUR)


@pytest.fixture
def confirmed(link_sent, noon):
    """Makes a request confirmed a while ago, whose password is in force."""

    def make(id="r1", ago=HOUR, state=State.CONFIRMED, voter="voter"):
        at = noon - ago
        made = link_sent(id, voter=voter)
        return replace(made, state=state, confirmed_at=at, password_was_in_force=True)

    return make


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


@pytest.mark.parametrize(
    ("state", "ago", "found"),
    [
        (State.CONFIRMED, HOUR, Unreached(1, 0)),
        (State.PASSWORD_SENT, HOUR, Unreached(1, 0)),
        (State.UNDELIVERED, HOUR, Unreached(0, 1)),
        (State.UNDELIVERED, MINUTE, Unreached(0, 1)),
        (State.CONFIRMED, MINUTE, Unreached(0, 0)),
        (State.PASSWORD_SENT, MINUTE, Unreached(0, 0)),
        (State.DELIVERED, HOUR, Unreached(0, 0)),
        (State.UNDELIVERED, 25 * HOUR, Unreached(0, 0)),
    ],
)
async def test_a_voter_is_unreached(store, confirmed, noon, state, ago, found):
    """R32: while the end is open for too long, or bad."""
    await put(store, confirmed(state=state, ago=ago))
    assert await unreached(store, noon) == found


async def test_whoever_kept_the_old_password_is_not(store, confirmed, noon):
    """R19, R32: nothing was changed, nothing is missing."""
    await put(store, replace(confirmed(), password_was_in_force=False))
    assert await unreached(store, noon) == Unreached(0, 0)


async def test_a_later_renewal_takes_over(store, confirmed, noon):
    """R32: one voter counts once, by the latest renewal."""
    await put(
        store,
        confirmed("r1", state=State.UNDELIVERED),
        confirmed("r2", ago=50 * MINUTE, state=State.DELIVERED),
        confirmed("r3", ago=50 * MINUTE, state=State.PASSWORD_SENT, voter="other"),
    )
    assert await unreached(store, noon) == Unreached(1, 0)


async def test_a_route_without_receipts_is_believed(store, confirmed, noon):
    """R32: nothing more will ever be heard of the SMS."""
    accepted = Attempt("r1.password", 1, "a", "AR", 0, noon, DeliveryState.ACCEPTED)
    waited_for = replace(accepted, delivery="r2.password", receipt_due_at=noon)
    await put(
        store,
        confirmed("r1", state=State.PASSWORD_SENT),
        confirmed("r2", state=State.PASSWORD_SENT, voter="other"),
        attempts=[accepted, waited_for],
    )
    assert await unreached(store, noon) == Unreached(1, 0)
