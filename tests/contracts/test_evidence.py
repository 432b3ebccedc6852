"""The port `DeliveryEvidence`, over every engine: what was known of a round at a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.store import evidence_recount
from adapters.store.evidence_recount import EvidenceRecount
from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.evidence import Axis, Line, Tally
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.receipts import Receipt
from core.recovery_request import State
from core.use_cases.fold_evidence import FoldEvidence

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROUND = "2027-1"


@pytest.fixture
def noon(noon):
    """A whole hour."""
    return noon.replace(microsecond=0)


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


async def told(store, hour, axis=Axis.COUNTRY):
    """By buckets and by a full count, with whatever is not folded yet, and folded."""
    first = await both(store, hour)
    await FoldEvidence(store.begin)()
    assert await both(store, hour) == first
    return first[axis]


async def both(store, hour):
    async with store.read() as unit:
        quick = by_name(await unit.evidence.lines(ROUND, hour, list(Axis)))
        assert by_name(await EvidenceRecount(unit.sql).lines(ROUND, hour, list(Axis))) == quick
    return quick


def by_name(lines):
    return {axis: {x.group: x for x in lines[axis]} for axis in lines}


def of_argentina(recorded, happened=None):
    return {"AR": Line("AR", recorded, happened or recorded)}


async def test_nobody(store, noon):
    """R49: a round in which nobody has confirmed has no place."""
    assert await told(store, noon) == {}


async def test_as_it_was_recorded_and_as_it_happened(store, renewed, reported, noon):
    """R49: a receipt that comes late changes what happened by then, not what was recorded."""
    sms = await renewed()
    waiting, delivered = Tally(1), Tally(1, 1)
    assert await told(store, noon - HOUR) == {}
    assert await told(store, noon) == of_argentina(waiting)
    await reported(sms, DeliveryState.DELIVERED, noon + MINUTE, noon + 3 * HOUR)
    assert await told(store, noon) == of_argentina(waiting)
    assert await told(store, noon + HOUR) == of_argentina(waiting, delivered)
    assert await told(store, noon + 3 * HOUR) == of_argentina(delivered)


async def test_a_voter_counts_once_by_the_latest(store, renewed, reported, noon):
    """R49: who renews again waits again; the moment before, the first renewal counted."""
    first = await renewed()
    await reported(first, DeliveryState.DELIVERED, noon + MINUTE, noon + MINUTE)
    await renewed("r2", noon + HOUR + MINUTE)
    assert await told(store, noon + HOUR) == of_argentina(Tally(1, 1))
    assert await told(store, noon + 2 * HOUR) == of_argentina(Tally(1))


async def test_given_up_and_turned_around(store, renewed, reported, noon):
    """R49: a route's failure is no end while another may carry it; the end of the message is one,
    until a late receipt turns it around."""
    sms = await renewed()
    failed = sms.refused("undeliverable", noon + MINUTE)
    async with store.begin() as unit:
        await unit.attempts.save(failed, was=sms)
    assert await told(store, noon + HOUR) == of_argentina(Tally(1))
    async with store.begin() as unit:
        taken = await unit.deliveries.get("r1.password")
        await unit.deliveries.save(taken.failed("no route", noon + 2 * HOUR), was=taken)
    assert await told(store, noon + 2 * HOUR) == of_argentina(Tally(1, 0, 1))
    await reported(failed, DeliveryState.DELIVERED, noon + 2 * MINUTE, noon + 3 * HOUR)
    assert await told(store, noon + 2 * HOUR) == of_argentina(Tally(1, 0, 1), Tally(1, 1))
    assert await told(store, noon + 3 * HOUR) == of_argentina(Tally(1, 1))


async def test_places_and_rounds_are_apart(store, renewed, noon):
    """R49: other rounds are not in it; voters whom nobody can tell apart count each; places that
    the register does not name are one."""
    await renewed()
    elsewhere = {"country": "DE", "constituency": "7", "post": None, "partner": "front"}
    await renewed("r2", round_voter="v2", **elsewhere)
    await renewed("r3", round_voter=None, constituency=None, post=None, country=None)
    await renewed("r4", round_voter=None, constituency=None, post=None, country=None)
    await renewed("r5", round_voter="v5", round_id="2027-2")
    for axis, expected in (
        (Axis.CONSTITUENCY, {"2": 1, "7": 1, "": 2}),
        (Axis.POST, {"Salta": 1, "": 3}),
        (Axis.COUNTRY, {"AR": 1, "DE": 1, "": 2}),
        (Axis.PARTNER, {"": 3, "front": 1}),
    ):
        found = await told(store, noon, axis)
        assert {name: line.recorded.confirmed for name, line in found.items()} == expected


@pytest.mark.parametrize("portion", [1, 2, 3])
async def test_portions_are_one_count(store, renewed, reported, noon, monkeypatch, portion):
    """R49: however many renewals a statement counts, also of one moment and one voter."""
    for number in range(5):
        sms = await renewed(f"r{number}", noon, round_voter=f"v{number % 4}")
        if number % 2:
            await reported(sms, DeliveryState.DELIVERED, noon, noon)
    await renewed("r9", noon + HOUR, round_voter="v1")
    whole = await told(store, noon + HOUR)
    assert whole == of_argentina(Tally(4, 1))
    monkeypatch.setattr(evidence_recount, "PORTION", portion)
    assert await told(store, noon + HOUR) == whole
