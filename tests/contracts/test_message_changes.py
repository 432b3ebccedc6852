"""The port `MessageChanges`, over every engine: each step of a message stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.mail_attempt import MailAttempt
from core.message_change import MessageChange
from core.messages import Acceptance, Channel, MessageKind
from core.receipts import Receipt

ACCEPTED, DELIVERED, EXPIRED, FAILED, QUEUED = (
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.EXPIRED,
    DeliveryState.FAILED,
    DeliveryState.QUEUED,
)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def sms(noon):
    return Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, noon)


@pytest.fixture
def attempt(noon):
    return Attempt("r1.password", 1, "north", "AR", 70_000, noon, recorded_at=noon)


async def save(store, table, *course):
    """The row in the first of these forms, then in each of the others, one commit each."""
    async with store.begin() as unit:
        await getattr(unit, table).add(course[0])
    for was, now in pairwise(course):
        async with store.begin() as unit:
            await getattr(unit, table).save(now, was=was)


async def of(store, request_id="r1"):
    async with store.read() as unit:
        return list(await unit.changes.of(request_id))


def steps(changes):
    return [(each.was, each.state, each.reason) for each in changes]


def receipt(at, state=DELIVERED, **fields):
    return Receipt("north", state, at, attempt="r1.password.1", **fields)


async def test_each_step_of_an_sms_stays(store, sms, attempt, noon):
    """R45: its hand-over, what the operator said, and when: in the commit of each step."""
    await save(store, "deliveries", sms)
    accepted = attempt.accepted(Acceptance("north", "0123"), noon + SECOND, 5 * MINUTE)
    bad = receipt(noon + 2 * SECOND, FAILED, operator="722-34", reason="absent subscriber")
    failed = accepted.receipted(bad, noon + MINUTE)
    await save(store, "attempts", attempt, accepted, failed)
    begun = MessageChange("r1.password", 1, Channel.SMS, "north", "AR", QUEUED, noon, noon)
    at = noon + SECOND
    handed = replace(begun, was=QUEUED, state=ACCEPTED, happened_at=at, recorded_at=at)
    ended = replace(handed, was=ACCEPTED, state=FAILED, operator="722-34", reason=bad.reason)
    ended = replace(ended, happened_at=bad.at, recorded_at=noon + MINUTE)
    assert await of(store) == [begun, handed, ended]
    assert {each.kind for each in await of(store)} == {"password"}


@pytest.mark.parametrize(
    ("told", "held"), [(-MINUTE, SECOND), (30 * SECOND, 30 * SECOND), (9 * MINUTE, MINUTE)]
)
async def test_a_receipt_s_time_is_held(store, sms, attempt, noon, told, held):
    """R49: an operator's clock may be wrong: not before the acceptance, nor after its recording."""
    await save(store, "deliveries", sms)
    accepted = attempt.accepted(Acceptance("north"), noon + SECOND, MINUTE)
    await save(
        store,
        "attempts",
        attempt,
        accepted,
        accepted.receipted(receipt(noon + told), noon + MINUTE),
    )
    last = (await of(store))[-1]
    assert (last.happened_at - noon, last.recorded_at - noon) == (held, MINUTE)


async def test_a_late_receipt_has_its_own_time(store, sms, attempt, noon):
    """R49: given up after ten minutes, arrived after one: both stand, in the order of recording."""
    await save(store, "deliveries", sms)
    accepted = attempt.accepted(Acceptance("north"), noon + SECOND, MINUTE)
    missing = accepted.missing(noon + 10 * MINUTE)
    late = missing.receipted(receipt(noon + MINUTE), noon + 60 * MINUTE)
    await save(store, "attempts", attempt, accepted, missing, late)
    *_, given_up, arrived = await of(store)
    assert (given_up.state, given_up.happened_at) == (EXPIRED, noon + 10 * MINUTE)
    assert (arrived.happened_at, arrived.recorded_at) == (noon + MINUTE, noon + 60 * MINUTE)


async def test_a_place_in_the_pace_is_recorded_when_it_is_kept(store, sms, attempt, noon):
    """R49: nothing is recorded in the future."""
    await save(store, "deliveries", sms)
    await save(store, "attempts", attempt.placed(noon + 2 * MINUTE, noon))
    (kept,) = await of(store)
    assert (kept.happened_at, kept.recorded_at) == (noon, noon)


async def test_what_is_said_again_is_one_row(store, sms, attempt, noon):
    """R48: a route that is down for hours is tried often: one row, until it says something else."""
    await save(store, "deliveries", sms)
    course = [attempt]
    for minute, reason in enumerate(["no answer", "no answer", "busy", "no answer"]):
        again = course[-1].again(noon + minute * MINUTE)
        course += [again, again.deferred(reason, noon + minute * MINUTE + SECOND)]
    await save(store, "attempts", *course, course[-1])
    reasons = [None, "no answer", "busy", "no answer"]
    assert [each.reason for each in await of(store)] == reasons


async def test_each_step_of_an_e_mail_stays(store, noon):
    """R45, R51: the relays' parts, and the message as a whole, which ends once."""
    mail = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)
    waits = mail.deferred("4.2.1 greylisted", noon + SECOND)
    accepted = waits.accepted(Acceptance("a", "ref"), noon + MINUTE, "example.org")
    ended = accepted.ended(FAILED, noon + 2 * MINUTE, "5.1.1 no such mailbox")
    await save(store, "deliveries", mail, waits, accepted, ended)
    part = MailAttempt("r1.link", 1, "a", "example.org", noon, 1)
    taken = part.accepted("ref", noon + MINUTE)
    bounced = taken.ended(FAILED, "5.1.1 no such mailbox", noon + 2 * MINUTE)
    await save(store, "mail_attempts", part, taken, bounced)
    found = await of(store)
    whole = [each for each in found if each.number == 0]
    assert steps(whole) == [
        (QUEUED, QUEUED, "4.2.1 greylisted"),
        (QUEUED, ACCEPTED, None),
        (ACCEPTED, FAILED, "5.1.1 no such mailbox"),
    ]
    assert [each.recorded_at - noon for each in whole] == [SECOND, MINUTE, 2 * MINUTE]
    assert [(each.route, each.place) for each in whole[1:]] == [("a", "example.org")] * 2
    parts = [each for each in found if each.number == 1]
    assert [each.state for each in parts] == [QUEUED, ACCEPTED, FAILED]
    assert {(each.channel, each.kind) for each in found} == {(Channel.EMAIL, "link")}


async def test_nothing_changes_nothing_stays(store, sms, attempt):
    """R48: an attempt that is only touched leaves no row, nor does a message that is queued."""
    await save(store, "deliveries", sms, sms)
    await save(store, "attempts", attempt, attempt)
    assert steps(await of(store)) == [(None, QUEUED, None)]


async def test_what_is_undone_was_never_recorded(store, sms, attempt):
    """R49: the row is part of the commit."""
    await save(store, "deliveries", sms)

    async def begin_and_fail():
        async with store.begin() as unit:
            await unit.attempts.add(attempt)
            raise RuntimeError("rehearsed")

    with pytest.raises(RuntimeError):
        await begin_and_fail()
    assert await of(store) == []


@pytest.mark.parametrize("by", ["begun", "written"])
async def test_a_process_of_the_release_before_leaves_them_too(store, sms, attempt, noon, by):
    """R29: it writes no `recorded_at`; what it says of the time is taken, whoever began."""
    await save(store, "deliveries", sms)
    old = replace(attempt, recorded_at=None if by == "begun" else noon)
    accepted = replace(old, state=ACCEPTED, changed_at=noon + SECOND)
    delivered = replace(accepted, state=DELIVERED, changed_at=noon + MINUTE)
    await save(store, "attempts", old, accepted, delivered)
    found = await of(store)
    assert [each.recorded_at - noon for each in found] == [timedelta(), SECOND, MINUTE]
    assert [each.happened_at for each in found] == [each.recorded_at for each in found]


async def test_they_go_with_their_request(store, sms, attempt):
    """R47: and are counted among what goes."""
    await save(store, "deliveries", sms, replace(sms, reason="waits"))
    await save(store, "attempts", attempt)
    other = Delivery.queued(MessageKind.PASSWORD, "r2", Locale.FR, sms.queued_at)
    await save(store, "deliveries", other, replace(other, reason="waits"))
    async with store.begin() as unit:
        assert await unit.destructions.delete(["r1"]) == (1, 1, 2)
    assert (await of(store), len(await of(store, "r2"))) == ([], 1)
    async with store.read() as unit:
        assert len(await unit.sql.fetch("SELECT id FROM message_change")) == 1
