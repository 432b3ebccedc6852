"""The port `DeliveryEvidence`, over every engine: what was known of a round at a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.store import evidence
from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.evidence import PlaceCount, Tally
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.receipts import Receipt
from core.recovery_request import State

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROUND = "2027-1"


@pytest.fixture
def renewed(store, link_sent, noon):
    """A voter confirms, and a route takes the SMS."""

    async def renewed(id="r1", at=noon, **fields):
        known = {"round_voter": "v1", "constituency": "2", "post": "Salta", "country": "AR"}
        request = link_sent(id, state=State.CONFIRMED, confirmed_at=at, **(known | fields))
        sms = Delivery.queued(MessageKind.PASSWORD, id, Locale.FR, at)
        attempt = Attempt(sms.id, 1, "north", "AR", 70_000, at, recorded_at=at)
        taken = sms.accepted(Acceptance("north", f"{sms.id}.1"), at)
        async with store.begin() as unit:
            await unit.requests.add(request)
            await unit.deliveries.add(sms)
            await unit.attempts.add(attempt)
        async with store.begin() as unit:
            await unit.deliveries.save(taken, was=sms)
        return attempt

    return renewed


@pytest.fixture
def reported(store):
    """A receipt, which tells of one moment and is recorded at another."""

    async def reported(attempt, state, happened, recorded):
        receipt = Receipt("north", state, happened, attempt=f"{attempt.delivery}.1")
        async with store.begin() as unit:
            await unit.attempts.save(attempt.receipted(receipt, recorded), was=attempt)

    return reported


async def told(store, moment):
    async with store.read() as unit:
        return list(await unit.evidence.tallies(ROUND, moment))


def of_salta(recorded, happened=None):
    return [PlaceCount("2", "Salta", "AR", recorded, happened or recorded)]


async def test_nobody(store, noon):
    """R49: a round in which nobody has confirmed has no place."""
    assert await told(store, noon) == []


async def test_as_it_was_recorded_and_as_it_happened(store, renewed, reported, noon):
    """R49: a receipt that comes late changes what happened by then, not what was recorded."""
    sms = await renewed()
    waiting, delivered = Tally(1), Tally(1, 1)
    assert await told(store, noon - MINUTE) == []
    assert await told(store, noon) == of_salta(waiting)
    await reported(sms, DeliveryState.DELIVERED, noon + MINUTE, noon + 3 * HOUR)
    assert await told(store, noon) == of_salta(waiting)
    assert await told(store, noon + HOUR) == of_salta(waiting, delivered)
    assert await told(store, noon + 3 * HOUR) == of_salta(delivered)


async def test_a_voter_counts_once_by_the_latest(store, renewed, reported, noon):
    """R49: who renews again waits again; the moment before, the first renewal counted."""
    first = await renewed()
    await reported(first, DeliveryState.DELIVERED, noon + MINUTE, noon + MINUTE)
    await renewed("r2", noon + HOUR)
    assert await told(store, noon + 59 * MINUTE) == of_salta(Tally(1, 1))
    assert await told(store, noon + HOUR) == of_salta(Tally(1))


async def test_given_up_and_turned_around(store, renewed, reported, noon):
    """R49: a route's failure is no end while another may carry it; the end of the message is one,
    until a late receipt turns it around."""
    sms = await renewed()
    failed = sms.refused("undeliverable", noon + MINUTE)
    async with store.begin() as unit:
        await unit.attempts.save(failed, was=sms)
    assert await told(store, noon + MINUTE) == of_salta(Tally(1))
    async with store.begin() as unit:
        taken = await unit.deliveries.get("r1.password")
        await unit.deliveries.save(taken.failed("no route", noon + HOUR), was=taken)
    assert await told(store, noon + HOUR) == of_salta(Tally(1, 0, 1))
    await reported(failed, DeliveryState.DELIVERED, noon + 2 * MINUTE, noon + 2 * HOUR)
    assert await told(store, noon + HOUR) == of_salta(Tally(1, 0, 1), Tally(1, 1))
    assert await told(store, noon + 2 * HOUR) == of_salta(Tally(1, 1))


async def test_places_and_rounds_are_apart(store, renewed, noon):
    """R49: other rounds are not in it; voters whom nobody can tell apart count each; places that
    the register does not name are one."""
    await renewed()
    await renewed("r2", round_voter="v2", country="DE", constituency="7", post=None)
    await renewed("r3", round_voter=None, constituency=None, post=None, country=None)
    await renewed("r4", round_voter=None, constituency=None, post=None, country=None)
    await renewed("r5", round_voter="v5", round_id="2027-2")
    found = await told(store, noon)
    places = {(x.constituency, x.post, x.country): x.recorded.confirmed for x in found}
    assert places == {("2", "Salta", "AR"): 1, ("7", "", "DE"): 1, ("", "", ""): 2}


@pytest.mark.parametrize("portion", [1, 2, 3])
async def test_portions_are_one_count(store, renewed, reported, noon, monkeypatch, portion):
    """R49: however many renewals a statement counts, also of one moment and one voter."""
    for number in range(5):
        sms = await renewed(f"r{number}", noon, round_voter=f"v{number % 4}")
        if number % 2:
            await reported(sms, DeliveryState.DELIVERED, noon, noon)
    await renewed("r9", noon + HOUR, round_voter="v1")
    whole = await told(store, noon + HOUR)
    assert whole == of_salta(Tally(4, 1))
    monkeypatch.setattr(evidence, "PORTION", portion)
    assert await told(store, noon + HOUR) == whole
