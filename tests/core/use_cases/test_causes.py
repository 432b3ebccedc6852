"""Why a voter is not reached: each cause, provoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from inspect import isawaitable

import pytest

from core.delivery import DeliveryState
from core.delivery_figures import CauseCount, unreached
from core.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    DependencyFailure,
    KeyUnavailable,
    MessageDeferred,
    MessageRefused,
    RegisterUnavailable,
    StoreUnavailable,
)
from core.keys import Keyring, SecretKey
from core.receipts import Receipt
from core.recovery_request import State, why_unreached
from core.spending import SpendingRule
from core.unreached import Cause, cause_of_failure
from core.use_cases.record_bounce import Bounce, BounceOutcome
from core.voter import EmailAddress, Numic, PhoneNumber
from core.voting_round import Calendar, VotingRound

MINUTE = timedelta(minutes=1)
WITHIN = {"receipt_within": 5 * MINUTE}


async def made(setback):
    if isawaitable(setback):
        await setback


@pytest.fixture
def cause(portal):
    """Of the voter of one request, as the figures take it."""

    async def cause(request_id):
        request = await portal.request(request_id)
        return why_unreached(request.state, request.cause)

    return cause


@pytest.fixture
def run(portal):
    """A worker's try at one request, whatever comes of it."""

    async def run(request_id, step=None):
        try:
            await (step or portal.issue_password)(request_id)
        except DependencyFailure:
            return

    return run


def without_key(portal):
    portal.keyring = Keyring((SecretKey("strange", b"x" * 32),))
    portal.wire()


def without_route(portal):
    portal.table = type(portal.table)(portal.table.routes, {"FR": tuple(portal.table.routes)})
    portal.known(phone=PhoneNumber("+5491139980001"))
    portal.wire()


async def over_the_cap(portal):
    async with portal.store.begin() as unit:
        await unit.routes.charge("FR", "+3363998", 0, portal.clock.now())
    portal.spending = SpendingRule(country_per_hour=1)
    portal.wire()


def after_the_round(portal):
    opens_at = portal.round.opens_at
    portal.calendar = Calendar.of([VotingRound(portal.round.id, opens_at, portal.clock.now())])
    portal.wire()


SETBACKS = {
    "no worker": (lambda portal: None, Cause.UNTRIED),
    "a cap": (over_the_cap, Cause.CAP),
    "the register is down": (lambda portal: setattr(portal.register, "down", True), Cause.REGISTER),
    "the voter left the register": (lambda portal: portal.voters.clear(), Cause.REGISTER),
    "no telephone any more": (lambda portal: portal.known(phone=None), Cause.REGISTER),
    "the key is not there": (without_key, Cause.KEY),
    "the portal is down": (
        lambda portal: setattr(portal.credentials, "down", True),
        Cause.CREDENTIALS,
    ),
    "the account is locked": (
        lambda portal: setattr(portal.credentials, "refusal", CredentialsRefused("locked")),
        Cause.CREDENTIALS,
    ),
    "no route goes there": (without_route, Cause.NO_ROUTE),
    "the route does not answer": (
        lambda portal: portal.sms.setbacks.append(MessageDeferred("busy")),
        Cause.NO_ROUTE,
    ),
    "the route refuses": (
        lambda portal: portal.sms.setbacks.append(MessageRefused("no")),
        Cause.REFUSED,
    ),
    "the round is over": (after_the_round, Cause.ROUND_CLOSED),
}


@pytest.mark.parametrize("name", SETBACKS)
async def test_what_stands_in_the_way_is_noted(portal, cause, run, name):
    """R48: whether the SMS waits for it or was given up, whatever became of the old password."""
    setback, expected = SETBACKS[name]
    request_id = await portal.confirmed()
    await made(setback(portal))
    if name != "no worker":
        await run(request_id)
    assert await cause(request_id) is expected


async def test_a_place_in_the_pace_of_a_route(portal, cause, run):
    """R48: the second of two waits for its turn."""
    portal.route_by(a={"rate": 1 / 600, "burst": 1})
    other = portal.another_voter()
    first = await portal.confirmed()
    await run(first)
    request, token = await portal.link(number=other.numic, email=other.email)
    await portal.confirm(token, portal.identifiers[other.numic])
    await run(request.id)
    assert await cause(request.id) is Cause.PACE


@pytest.mark.parametrize(
    ("within", "expected"),
    [(5 * MINUTE, Cause.NO_RECEIPT), (None, Cause.RECEIPT_NOT_EXPECTED)],
)
async def test_what_a_route_took_is_told_by_its_receipts(portal, cause, run, within, expected):
    """R48: of a route that gives none nothing more will be heard, so it is no alert."""
    portal.route_by(a={"receipt_within": within})
    request_id = await portal.confirmed()
    await run(request_id)
    assert await cause(request_id) is expected


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [(DeliveryState.FAILED, Cause.REFUSED), (None, Cause.NO_RECEIPT)],
)
async def test_what_no_route_delivers_is_lost(portal, cause, run, receipt, expected):
    """R48: whether the last route said so, or nothing; a late receipt puts an end to it."""
    portal.route_by(a=WITHIN)
    request_id = await portal.confirmed()
    await run(request_id)
    attempt = f"{request_id}.password.1"
    if receipt is not None:
        said = Receipt("a", receipt, portal.clock.now(), attempt=attempt, reason="absent")
        await portal.record_receipt(said)
    portal.clock.advance(6 * MINUTE)
    await run(attempt, portal.fail_over)
    assert (await portal.request(request_id)).state is State.UNDELIVERED
    assert await cause(request_id) is expected
    late = Receipt("a", DeliveryState.DELIVERED, portal.clock.now(), attempt=attempt)
    await portal.record_receipt(late)
    assert await cause(request_id) is None


async def test_the_next_route_may_have_to_wait_as_well(portal, cause, run):
    """R48: what stands in the way of the SMS now, not what did before."""
    portal.route_by(a=WITHIN, b=WITHIN)
    request_id = await portal.confirmed()
    await run(request_id)
    portal.clock.advance(6 * MINUTE)
    for setback, expected in (
        (over_the_cap, Cause.CAP),
        (lambda portal: setattr(portal.register, "down", True), Cause.REGISTER),
    ):
        await made(setback(portal))
        await run(f"{request_id}.password.1", portal.fail_over)
        assert await cause(request_id) is expected
    portal.register.down, portal.spending = False, SpendingRule()
    portal.wire()
    await run(f"{request_id}.password.1", portal.fail_over)
    assert await cause(request_id) is Cause.NO_RECEIPT


async def test_what_ends_with_time_keeps_its_cause(portal, cause, run):
    """R48: six hours before a cap end as lost to the cap."""
    request_id = await portal.confirmed()
    await over_the_cap(portal)
    await run(request_id)
    portal.clock.advance(portal.policy.message_deadline + MINUTE)
    await run(request_id)
    assert (await portal.request(request_id)).state is State.UNDELIVERED
    assert await cause(request_id) is Cause.CAP


async def test_a_cause_is_noted_once(portal, run):
    """R48: an SMS that waits for hours costs no write at each try."""
    request_id = await portal.confirmed()
    await over_the_cap(portal)
    await run(request_id)
    begun = portal.begin.begun
    await run(request_id)
    assert portal.begin.begun == begun + 2, "the one that counted, and whether the cap was told"


@pytest.mark.parametrize("state", State)
def test_what_nobody_noted_is_said_by_the_state(state):
    """R48: for what release 0.2.0 wrote; a voter who has confirmed nothing waits for no SMS."""
    told = {
        State.CONFIRMED: Cause.UNTRIED,
        State.PASSWORD_SENT: Cause.NO_RECEIPT,
        State.UNDELIVERED: Cause.REFUSED,
    }
    assert why_unreached(state, None) == told.get(state)
    assert why_unreached(state, Cause.CAP) == (Cause.CAP if state in told else None)


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (RegisterUnavailable(), Cause.REGISTER),
        (CredentialsUnavailable(), Cause.CREDENTIALS),
        (KeyUnavailable(), Cause.KEY),
        (MessageDeferred(), Cause.NO_ROUTE),
        (StoreUnavailable(), None),
    ],
)
def test_a_neighbours_failure_is_a_cause(failure, cause):
    """R48: but for the store's, which nobody can note in it."""
    assert cause_of_failure(failure) is cause


class TestLinks:
    async def noted(self, portal, request):
        return (await portal.request(request.id)).cause

    async def test_one_that_no_relay_would_have(self, portal, run):
        """R48: refused at once, or come back later: it did not arrive."""
        refused = await portal.ask_and_decide()
        portal.email.setbacks.append(MessageRefused("no such mailbox"))
        await run(f"{refused.id}.link", portal.deliver_email)
        assert await self.noted(portal, refused) is Cause.LINK_BOUNCED

    @pytest.mark.parametrize("minutes", [5, 90])
    async def test_one_that_came_back(self, portal, minutes):
        """R48: also when its link had run out by then, and counted as not taken."""
        request, _ = await portal.link()
        portal.clock.advance(minutes * MINUTE)
        await portal.purge_expired()
        expired = Cause.LINK_NOT_TAKEN if minutes == 90 else None
        assert await self.noted(portal, request) is expired
        bounce = Bounce(f"{request.id}.link", DeliveryState.FAILED, "5.1.1", portal.clock.now())
        assert await portal.record_bounce(bounce) is BounceOutcome.RECORDED
        assert await self.noted(portal, request) is Cause.LINK_BOUNCED

    async def test_one_that_a_mail_server_was_late_with(self, portal):
        """R48: it brings a dead link."""
        request, _ = await portal.link()
        portal.clock.advance(90 * MINUTE)
        late = replace(
            Bounce(f"{request.id}.link", DeliveryState.ACCEPTED, "4.2.2", portal.clock.now()),
            is_delay=True,
        )
        await portal.record_bounce(late)
        assert await self.noted(portal, request) is Cause.LINK_DEFERRED

    async def test_one_that_no_relay_took_in_time(self, portal, run):
        """R48: six hours of deferrals."""
        request = await portal.ask_and_decide()
        portal.clock.advance(portal.policy.message_deadline + MINUTE)
        await run(f"{request.id}.link", portal.deliver_email)
        assert await self.noted(portal, request) is Cause.LINK_GIVEN_UP

    async def test_one_that_was_used(self, portal):
        """R48: F-6: a bounce of a copy says nothing any more."""
        request, token = await portal.link()
        await portal.confirm(token)
        bounce = Bounce(f"{request.id}.link", DeliveryState.FAILED, "5.1.1", portal.clock.now())
        await portal.record_bounce(bounce)
        assert await self.noted(portal, request) is None


async def test_a_cap_of_one_sms_an_hour_and_four_voters(portal, run):
    """R48: three wait, and are counted, though their old passwords work still."""
    portal.renew_without_end()
    portal.spending = SpendingRule(country_per_hour=1)
    portal.wire()
    for number in range(4):
        voter = portal.another_voter() if number else portal.voter
        if number:
            numic = Numic(f"0009990{number}")
            voter = replace(voter, numic=numic, email=EmailAddress(f"v{number}@example.org"))
            portal.voters[numic] = voter
            portal.identifiers[numic] = portal.identifier
        request, token = await portal.link(number=voter.numic, email=voter.email)
        await portal.confirm(token)
        await run(request.id)
    now = portal.clock.now() + MINUTE
    async with portal.store.read() as unit:
        found = unreached(await unit.figures.standings(("2027-1",), now, now))
    assert (found.waiting, found.lost) == (3, 0)
    assert found.causes == (CauseCount(Cause.CAP, 3),)
    assert found.receipts_not_expected == 1
