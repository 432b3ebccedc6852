"""Two voting rounds at once, each for its constituency: everything asks the request's round."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.electorate import EVERYBODY, Electorate
from core.errors import LinkRejected, RenewalClosed
from core.messages import MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.use_cases.inspect_link import LinkStatus
from core.voting_round import VotingRound

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def rounds(portal):
    """Of constituency 2, until tomorrow; of constituency 3, for ten minutes. The voter is of 2."""
    now = portal.clock.now()
    two = VotingRound("two", now - DAY, now + DAY, Electorate.of(["2"]))
    three = VotingRound("three", now - DAY, now + 10 * MINUTE, Electorate.of(["3"]))
    portal.hold(two, three)
    portal.known(constituency="2")
    return two, three


async def test_each_voter_has_the_round_of_her_constituency(portal, rounds):
    """R49: and the link ends with it."""
    _, three = rounds
    request = await portal.ask_and_decide()
    assert (request.state, request.round_id, request.rounds) == (
        State.LINK_SENT, "two", ("three", "two"),
    )  # fmt: skip
    assert request.link.expires_at == request.written_at + portal.policy.link_lifetime
    other = portal.another_voter()
    portal.voters[other.numic] = replace(other, constituency="3")
    request = await portal.ask_and_decide(number=other.numic, email=other.email)
    assert (request.round_id, request.link.expires_at) == ("three", three.closes_at)


@pytest.mark.parametrize("constituency", ["4", None])
async def test_a_voter_of_neither_finds_renewal_closed(portal, rounds, constituency):
    """R23, R49: the form is taken like anyone's; the worker dismisses it as after the vote."""
    portal.known(constituency=constituency)
    request = await portal.ask_and_decide()
    assert (request.state, request.reason) == (State.DISMISSED, Dismissal.ROUND_CLOSED)
    assert (request.link, request.round_id) == (None, None)
    assert request.written_at == portal.clock.now()
    assert request.rounds == ("three", "two")


async def test_a_number_that_is_nobodys_is_unknown(portal, rounds):
    """R49: who is in no register is in no electorate, and counts as unknown all the same."""
    portal.voters.clear()
    request = await portal.ask_and_decide()
    assert (request.reason, request.round_id) == (Dismissal.UNKNOWN_VOTER, None)


async def test_what_is_dismissed_is_of_the_voters_round_as_well(portal, rounds):
    """R48, R49: the voter without a telephone is counted in her own round."""
    portal.known(phone=None)
    request = await portal.ask_and_decide()
    assert (request.reason, request.round_id) == (Dismissal.NO_PHONE, "two")
    assert request.round_to_be_known_in == "two"


async def test_the_narrower_round_decides(portal, rounds):
    """R49: a voter in two is in that of her constituency while it is open, then in the other."""
    two, _ = rounds
    everyone = VotingRound("all", two.opens_at, two.closes_at + DAY, EVERYBODY)
    portal.hold(two, everyone)
    assert (await portal.ask_and_decide()).round_id == "two"
    portal.clock.advance(DAY)
    assert (await portal.ask_and_decide()).round_id == "all"


async def test_another_round_closes_and_the_link_stays(portal, rounds):
    """R12, R49: the end of another's round is none of this voter's business."""
    request, token = await portal.link()
    portal.clock.advance(10 * MINUTE)
    assert await portal.inspect_link(token) == LinkStatus(None, request.link.expires_at)
    await portal.confirm(token)
    await portal.work()
    assert (await portal.request(request.id)).state is State.PASSWORD_SENT


async def test_her_round_closes_and_another_stays_open(portal, rounds):
    """U1: the link says that the vote is over, before it is asked and when it is used; nobody is
    sent to ask anew in vain."""
    portal.known(constituency="3")
    request, token = await portal.link()
    portal.clock.advance(10 * MINUTE)
    assert portal.calendar.is_open(portal.clock.now())
    assert (await portal.inspect_link(token)).code == "RENEWAL_CLOSED"
    with pytest.raises(RenewalClosed):
        await portal.confirm(token)
    assert (await portal.request(request.id)).state is State.LINK_SENT


async def test_the_calendar_closes_her_round_early(portal, rounds):
    """R12: a link that is good by itself is of no use then, and is not used up."""
    two, three = rounds
    request, token = await portal.link()
    portal.hold(replace(two, closes_at=portal.clock.now()), three)
    assert (await portal.inspect_link(token)).code == "RENEWAL_CLOSED"
    with pytest.raises(RenewalClosed):
        await portal.confirm(token)
    assert (await portal.request(request.id)).state is State.LINK_SENT


async def test_the_e_mail_waits_until_her_round_is_over(portal, rounds):
    """R12: it says nothing then, though another round is open; a link that waited ends with it."""
    portal.known(constituency="3")
    request = await portal.ask_and_decide()
    portal.clock.advance(9 * MINUTE)
    await portal.deliver_email(f"{request.id}.link")
    assert portal.email.sent[-1].facts["expires_at"] == rounds[1].closes_at
    other = portal.another_voter()
    portal.voters[other.numic] = replace(other, constituency="3")
    late = await portal.ask_and_decide(number=other.numic, email=other.email)
    portal.clock.advance(MINUTE)
    await portal.deliver_email(f"{late.id}.link")
    assert [each.kind for each in portal.email.sent] == [MessageKind.LINK]


async def test_the_password_is_not_issued_after_her_round(portal, rounds):
    """R12: confirmed in time, handed over too late; the voter is told."""
    portal.known(constituency="3")
    request, token = await portal.link()
    await portal.confirm(token)
    portal.clock.advance(10 * MINUTE)
    await portal.work()
    assert (await portal.request(request.id)).state is State.UNDELIVERED
    assert portal.email.sent[-1].kind is MessageKind.PASSWORD_NOT_SENT
    assert not portal.sms.sent


@pytest.mark.parametrize(
    ("renewed_in", "refused"), [("two", True), ("three, two", True), ("three", False)]
)
async def test_the_identifier_renewed_in_her_round(portal, rounds, renewed_in, refused):
    """R8: in another round at the same time it stands in nobody's way."""
    _, token = await portal.link()
    portal.known(identifier_renewed_in=renewed_in)
    if refused:
        with pytest.raises(LinkRejected, match="IDENTIFIER_RENEWED"):
            await portal.confirm(token)
    else:
        await portal.confirm(token)
    portal.clock.advance(HOUR)
    reason = (await portal.ask_and_decide()).reason
    assert reason == (Dismissal.IDENTIFIER_RENEWED if refused else None)


async def test_a_round_that_opens_before_the_decision_keeps_the_request(portal, rounds):
    """R47: it is held by the rounds of its receipt and by the one in which it was decided."""
    two, _ = rounds
    portal.known(constituency="5")
    now = portal.clock.now()
    portal.hold(two, VotingRound("five", now + MINUTE, now + DAY, Electorate.of(["5"])))
    request_id = await portal.ask()
    portal.clock.advance(MINUTE)
    await portal.send_link(request_id)
    request = await portal.request(request_id)
    assert (request.round_id, request.rounds) == ("five", ("two", "five"))
