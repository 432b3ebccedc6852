"""A mail server reports on an e-mail."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from core.delivery import DeliveryState
from core.errors import ConcurrentChange, MessageRefused, StoreUnavailable
from core.events import MessageEnded
from core.messages import MessageKind
from core.use_cases.record_bounce import Bounce, BounceOutcome

FAILED, DELIVERED, ACCEPTED = DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.ACCEPTED
NO_MAILBOX = "5.1.1 no such mailbox"


@pytest.fixture
async def request_(portal):
    """A request whose link went to the relay."""
    request, _ = await portal.link()
    return request


@pytest.fixture
def bounce(portal, request_):
    """Makes a report on that e-mail."""

    def bounce(state=FAILED, **fields):
        return replace(report_on(portal, request_), state=state, **fields)

    return bounce


def report_on(portal, request):
    """That the e-mail with this request's link failed."""
    return Bounce(f"{request.id}.link", FAILED, NO_MAILBOX, portal.clock.now())


async def state(portal, request_):
    delivery = await portal.delivery(f"{request_.id}.link")
    return delivery.state, delivery.reason


@pytest.mark.parametrize(("outcome", "reason"), [(FAILED, NO_MAILBOX), (DELIVERED, None)])
async def test_the_end_of_an_email(portal, request_, bounce, outcome, reason):
    """R29, R30, R32: the e-mail ends as reported, and whoever listens is told."""
    assert await portal.record_bounce(bounce(outcome, reason=reason)) is BounceOutcome.RECORDED
    assert await state(portal, request_) == (outcome, reason)
    assert portal.events.kept[-1] == MessageEnded(request_.id, MessageKind.LINK, outcome, reason)


async def test_a_delay_is_no_end(portal, request_, bounce):
    """R30: the mail server is still trying."""
    before = await state(portal, request_)
    assert await portal.record_bounce(bounce(ACCEPTED)) is BounceOutcome.KNOWN
    assert await state(portal, request_) == before


@pytest.mark.parametrize("second", [FAILED, DELIVERED, ACCEPTED])
async def test_the_first_end_counts(portal, request_, bounce, second):
    """R30: repetitions, and reports that come after the end, change nothing and tell nothing."""
    await portal.record_bounce(bounce())
    stored, told = portal.stored(), list(portal.events.kept)
    assert await portal.record_bounce(bounce(second)) is BounceOutcome.KNOWN
    assert portal.stored() == stored
    assert portal.events.kept == told


async def test_an_email_that_the_relay_refused(portal):
    """R29: what failed on our side of the relay keeps the reason that it has."""
    request = await portal.ask_and_decide()
    portal.email.setbacks.append(MessageRefused("550 no"))
    await portal.deliver_email(f"{request.id}.link")
    assert await portal.record_bounce(report_on(portal, request)) is BounceOutcome.KNOWN
    assert await state(portal, request) == (FAILED, "550 no")


@pytest.mark.parametrize("delivery", ["r0.link", "", "nonsense"])
async def test_an_email_that_is_not_known(portal, bounce, delivery):
    """R30, R44: its record is deleted, or it never was ours."""
    report = bounce(delivery=delivery)
    assert await portal.record_bounce(report) is BounceOutcome.UNKNOWN


async def test_an_sms_does_not_bounce(portal):
    """R9, R30: the two channels are not taken for each other."""
    request_id = await portal.confirmed()
    await portal.issue_password(request_id)
    report = replace(
        report_on(portal, await portal.request(request_id)), delivery=f"{request_id}.password"
    )
    assert await portal.record_bounce(report) is BounceOutcome.UNKNOWN
    assert (await portal.delivery(f"{request_id}.password")).state is ACCEPTED


async def test_a_report_before_the_relays_answer(portal):
    """R30: the e-mail may be with the relay, and our record does not say so yet."""
    request = await portal.ask_and_decide()
    report = report_on(portal, request)
    assert await portal.record_bounce(report) is BounceOutcome.TOO_EARLY
    await portal.deliver_email(f"{request.id}.link")
    assert await portal.record_bounce(report) is BounceOutcome.RECORDED


async def test_the_store_is_down(portal, request_, bounce):
    """R29, R30: nothing is recorded or told; the second time it is."""
    portal.begin.failing = 1
    told = list(portal.events.kept)
    with pytest.raises(StoreUnavailable):
        await portal.record_bounce(bounce())
    assert portal.events.kept == told
    assert (await state(portal, request_))[0] is ACCEPTED
    assert await portal.record_bounce(bounce()) is BounceOutcome.RECORDED


async def test_two_at_once(portal, request_, bounce):
    """R30: of two reports at the same moment one is recorded, and one event told."""
    ended = await portal.at_once(portal.record_bounce(bounce()), portal.record_bounce(bounce()))
    assert sorted(ended) == [BounceOutcome.KNOWN, BounceOutcome.RECORDED]
    assert sum(isinstance(each, MessageEnded) for each in portal.events.kept) == 2  # sent, failed


async def test_someone_else_moved_it(portal, bounce):
    """R30: whoever reports is told to report again."""

    @asynccontextmanager
    async def moved():
        async with portal.begin() as unit:
            yield unit
            raise ConcurrentChange("moved")

    record = replace(portal.record_bounce, begin=moved)
    assert await record(bounce()) is BounceOutcome.TOO_EARLY
