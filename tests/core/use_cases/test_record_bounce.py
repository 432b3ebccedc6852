"""A mail server reports on an e-mail."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.delivery import DeliveryState
from core.errors import (
    ConcurrentChange,
    LinkProblem,
    LinkRejected,
    MessageDeferred,
    MessageRefused,
    Overtaken,
    StoreUnavailable,
)
from core.events import LinkRevoked, MessageDelayed, MessageEnded
from core.messages import MessageKind
from core.reasons import Revocation
from core.recovery_request import State
from core.use_cases.record_bounce import Bounce, BounceOutcome

FAILED, DELIVERED, ACCEPTED = DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.ACCEPTED
EXPIRED = DeliveryState.EXPIRED
MOMENT = datetime(2027, 6, 5, 12, tzinfo=UTC)
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
    assert MessageEnded(request_.id, MessageKind.LINK, outcome, reason) in portal.events.kept[-2:]


async def test_an_email_that_went_on(portal, request_, bounce):
    """R30: relayed to where nobody reports from: nothing is known of its end."""
    before = await state(portal, request_)
    assert await portal.record_bounce(bounce(ACCEPTED)) is BounceOutcome.KNOWN
    assert await state(portal, request_) == before


async def test_a_delay_is_no_end(portal, request_, bounce):
    """R30, R32: M2: the mail server is still trying: said once, and seen; the link is as it was."""
    late = bounce(ACCEPTED, is_delay=True, reason="4.2.2 mailbox full")
    assert await portal.record_bounce(late) is BounceOutcome.RECORDED
    assert await state(portal, request_) == (ACCEPTED, "delayed: 4.2.2 mailbox full")
    told = MessageDelayed(request_.id, MessageKind.LINK, "4.2.2 mailbox full")
    assert portal.events.kept[-1] == told
    assert await portal.record_bounce(late) is BounceOutcome.KNOWN
    assert portal.events.kept.count(told) == 1
    assert (await portal.inspect_link(portal.email.sent[-1].facts["token"])).problem is None
    assert await portal.record_bounce(bounce()) is BounceOutcome.RECORDED


async def test_a_delay_that_outlasts_the_link(portal, request_, bounce):
    """R17, R30: M2: the e-mail can only bring a dead link: it counts as expired, and the end that
    is reported later is its end."""
    portal.clock.advance(portal.policy.link_lifetime)
    late = bounce(ACCEPTED, is_delay=True, reason=None)
    assert await portal.record_bounce(late) is BounceOutcome.RECORDED
    assert await state(portal, request_) == (EXPIRED, "delayed: reason unknown")
    assert await portal.record_bounce(late) is BounceOutcome.KNOWN
    assert await portal.record_bounce(bounce()) is BounceOutcome.RECORDED
    assert await state(portal, request_) == (FAILED, NO_MAILBOX)


async def test_a_delayed_notice_has_no_link_to_outlast(portal):
    """R30: M2: other e-mails are as good late."""
    request_id = await portal.confirmed()
    await portal.issue_password(request_id)
    await portal.deliver_email(f"{request_id}.password_changed")
    portal.clock.advance(2 * portal.policy.link_lifetime)
    late = Bounce(f"{request_id}.password_changed", ACCEPTED, None, MOMENT, is_delay=True)
    assert await portal.record_bounce(late) is BounceOutcome.RECORDED
    assert (await portal.delivery(late.delivery)).state is ACCEPTED
    assert await portal.record_bounce(replace(late, is_delay=False, state=FAILED)) is (
        BounceOutcome.RECORDED
    )


async def test_a_link_that_came_back_is_ended(portal, request_, bounce):
    """R16, R30: M1: a returned e-mail shows its link to others: it is revoked, for a reason that
    has a name."""
    await portal.record_bounce(bounce())
    token = portal.email.sent[-1].facts["token"]
    assert (await portal.inspect_link(token)).problem is LinkProblem.REVOKED
    ended = await portal.request(request_.id)
    assert (ended.state, ended.reason) == (State.REVOKED, Revocation.MAIL_FAILED)
    revoked = LinkRevoked(request_.id, request_.voter, Revocation.MAIL_FAILED)
    assert portal.events.kept[-1] == revoked
    with pytest.raises(LinkRejected) as refusal:
        await portal.confirm(token)
    assert refusal.value.problem is LinkProblem.REVOKED


async def test_whose_email_came_back_may_ask_again_at_once(portal):
    """R26, R30: M1: neither the cool-down nor the quota of e-mails is held against her."""
    for _ in range(portal.policy.messages_per_window + 2):
        request, _ = await portal.link()
        assert request.state is State.LINK_SENT
        assert await portal.record_bounce(report_on(portal, request)) is BounceOutcome.RECORDED


async def test_whom_no_relay_takes_may_ask_again_at_once(portal):
    """R26, R29: M1: the same when the relay refuses the e-mail."""
    request = await portal.ask_and_decide()
    portal.email.setbacks.append(MessageRefused("550 no"))
    await portal.deliver_email(f"{request.id}.link")
    assert (await portal.request(request.id)).reason is Revocation.MAIL_FAILED
    request, _ = await portal.link()
    assert request.state is State.LINK_SENT


async def test_an_email_that_was_passed_on(portal, request_, bounce):
    """R16, R30: a voter whose mailbox forwards to a dead one can read it: her link stays."""
    passed_on = bounce(domains=frozenset({"forwarded.example.net"}))
    assert await portal.record_bounce(passed_on) is BounceOutcome.RECORDED
    assert await state(portal, request_) == (FAILED, NO_MAILBOX)
    assert (await portal.inspect_link(portal.email.sent[-1].facts["token"])).problem is None


async def test_her_own_domain_among_those_that_failed(portal, request_, bounce):
    """R16, R30: M1: then nobody may have it."""
    both = bounce(domains=frozenset({"forwarded.example.net", "example.org"}))
    await portal.record_bounce(both)
    assert (await portal.request(request_.id)).state is State.REVOKED


async def test_a_link_that_was_used_has_arrived(portal):
    """R30: a report that comes after the renewal is on some copy of the e-mail."""
    request_id = await portal.confirmed()
    before = (await portal.delivery(f"{request_id}.link")).state
    report = report_on(portal, await portal.request(request_id))
    assert await portal.record_bounce(report) is BounceOutcome.KNOWN
    assert (await portal.delivery(f"{request_id}.link")).state is before


async def test_a_report_on_a_try_before_the_last(portal):
    """R29, R30: M4: what became of it is not what becomes of the e-mail that went out again."""
    request = await portal.ask_and_decide()
    portal.email.setbacks.append(MessageDeferred("timeout"))
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(f"{request.id}.link")
    await portal.deliver_email(f"{request.id}.link")
    assert portal.email.sent[-1].sending == 2
    report = report_on(portal, request)
    assert await portal.record_bounce(replace(report, sending=1)) is BounceOutcome.KNOWN
    assert await portal.record_bounce(replace(report, sending=2)) is BounceOutcome.RECORDED


@pytest.mark.parametrize("second", [FAILED, DELIVERED, ACCEPTED])
async def test_the_first_end_counts(portal, request_, bounce, second):
    """R30: repetitions, and reports that come after the end, change nothing and tell nothing."""
    await portal.record_bounce(bounce())
    stored, told = await portal.stored(), list(portal.events.kept)
    assert await portal.record_bounce(bounce(second)) is BounceOutcome.KNOWN
    assert await portal.stored() == stored
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


@pytest.mark.parametrize("failure", [ConcurrentChange, Overtaken])
async def test_someone_else_moved_it(portal, bounce, failure):
    """R30: whoever reports is told to report again."""

    @asynccontextmanager
    async def moved():
        async with portal.begin() as unit:
            yield unit
            raise failure("moved")

    record = replace(portal.record_bounce, begin=moved)
    assert await record(bounce()) is BounceOutcome.TOO_EARLY
