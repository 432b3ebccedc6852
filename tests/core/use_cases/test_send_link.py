"""The worker decides on a request, before screen 4."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.errors import MessageRefused, Overtaken, RegisterUnavailable, StoreUnavailable
from core.events import LinkIssued, RenewalDismissed
from core.keys import Keyring
from core.messages import MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.voter import EmailAddress, Numel, Numic, PhoneNumber

MINUTE = timedelta(minutes=1)
OTHER = EmailAddress("dominique.bernard@example.org")


async def test_a_known_voter_gets_a_link(portal):
    """R4: one commit holds the link, the queued e-mail and its job; the typed address is gone."""
    request = await portal.ask_and_decide()
    now = portal.clock.now()
    assert request.state is State.LINK_SENT
    assert (request.reason, request.typed_email, request.written_at) == (None, None, now)
    assert (request.round_id, request.voter) == ("2027-1", portal.keyring.pseudonyms("00012345")[0])
    assert request.link.expires_at == now + timedelta(minutes=60)
    assert request.link.attempts_left == 20
    delivery = await portal.delivery(f"{request.id}.link")
    assert (delivery.kind, delivery.state) == (MessageKind.LINK, DeliveryState.QUEUED)
    assert f"deliver_email:{request.id}.link" in await portal.due()
    assert portal.events.kept[-1] == LinkIssued(request.id, request.voter, 0)


@pytest.mark.parametrize("asked", [{}, {"email": OTHER}], ids=["link", "dismissed"])
async def test_where_the_voter_is_counted(portal, asked):
    """R49: by what the register says at that moment, whatever is decided."""
    portal.known(constituency="2", post="Buenos Aires", phone=PhoneNumber("+5491155501234"))
    request = await portal.ask_and_decide(**asked)
    assert (request.constituency, request.post, request.country) == ("2", "Buenos Aires", "AR")


async def test_nobody_is_counted_nowhere(portal):
    """R49: of a number that is nobody's, and of a voter without a telephone, nothing is made up."""
    unknown = await portal.ask_and_decide(number=Numic("99999999"))
    assert (unknown.constituency, unknown.post, unknown.country) == (None, None, None)
    portal.known(phone=None)
    assert (await portal.ask_and_decide()).country is None


async def test_a_voter_may_be_found_by_numel(portal):
    """R8: the NUMEL serves in place of the NUMIC, and leads to the same voter."""
    by_numel = await portal.ask_and_decide(number=Numel("000054321"))
    assert by_numel.state is State.LINK_SENT
    assert by_numel.voter == portal.keyring.pseudonyms("00012345")[0]


@pytest.mark.parametrize(
    ("asked", "known", "reason", "explained"),
    [
        ({"number": Numic("99999999")}, {}, Dismissal.UNKNOWN_VOTER, None),
        ({"number": Numel("999999999")}, {}, Dismissal.UNKNOWN_VOTER, None),
        ({"email": OTHER}, {}, Dismissal.EMAIL_DIFFERS, None),
        ({}, {"email": None}, Dismissal.EMAIL_DIFFERS, None),
        ({}, {"phone": None}, Dismissal.NO_PHONE, MessageKind.NO_PHONE),
        (
            {},
            {"phone": None, "has_unusable_phone": True},
            Dismissal.PHONE_UNUSABLE,
            MessageKind.PHONE_UNUSABLE,
        ),
        (
            {},
            {"identifier_renewed_in": "2027-1"},
            Dismissal.IDENTIFIER_RENEWED,
            MessageKind.IDENTIFIER_RENEWED,
        ),
    ],
    ids=[
        "NUMIC",
        "NUMEL",
        "another e-mail",
        "no e-mail",
        "no phone",
        "unusable",
        "identifier renewed",
    ],
)
async def test_who_gets_no_link(portal, asked, known, reason, explained):
    """R7, R8, R25: no link, for a reason; an e-mail only to explain, only to the voter's own."""
    portal.known(**known)
    request = await portal.ask_and_decide(**asked)
    assert (request.state, request.reason) == (State.DISMISSED, reason)
    assert (request.link, request.typed_email) == (None, None)
    assert (request.voter is None) is (reason is Dismissal.UNKNOWN_VOTER)
    assert portal.events.kept[-1] == RenewalDismissed(request.id, reason, request.voter)
    emails = {each for each in await portal.due() if each.startswith("deliver_email")}
    assert emails == ({f"deliver_email:{request.id}.{explained}"} if explained else set())


async def test_an_identifier_renewed_in_an_earlier_round(portal):
    """R8: only the round that is open counts."""
    portal.known(identifier_renewed_in="2022-1")
    assert (await portal.ask_and_decide()).state is State.LINK_SENT


async def test_the_round_closed_meanwhile(portal):
    """R12: a request that waited until the end of the round gets no link."""
    request_id = await portal.ask()
    portal.clock.advance(timedelta(days=2))
    await portal.send_link(request_id)
    request = await portal.request(request_id)
    assert (request.reason, request.written_at) == (Dismissal.ROUND_CLOSED, portal.clock.now())
    assert f"deliver_email:{request_id}.round_closed" in await portal.due()


@pytest.mark.parametrize(
    "asked", [{"number": Numic("00099999")}, {"email": EmailAddress("eve@example.org")}]
)
async def test_the_closing_is_told_to_the_voter_alone(portal, asked):
    """R7, R25: neither of a number that is nobody's, nor for an address that is not the voter's."""
    request_id = await portal.ask(**asked)
    portal.clock.advance(timedelta(days=2))
    await portal.send_link(request_id)
    request = await portal.request(request_id)
    assert (request.reason, request.written_at) == (Dismissal.ROUND_CLOSED, None)
    assert not [each for each in await portal.due() if each.startswith("deliver_email")]


async def test_the_closing_is_told_within_the_quotas(portal):
    """R26: twice a day at most, and not twice within two minutes."""
    waiting = [await portal.ask() for _ in range(4)]
    portal.clock.advance(timedelta(days=2))
    told = []
    for each in waiting:
        await portal.send_link(each)
        told.append((await portal.request(each)).written_at is not None)
        portal.clock.advance(MINUTE if len(told) == 1 else 3 * MINUTE)
    assert told == [True, False, True, False]


async def test_a_link_ends_with_its_round(portal):
    """R12: a link issued shortly before the end lives until then, not longer."""
    portal.clock.advance(timedelta(days=2) - 10 * MINUTE)
    assert (await portal.ask_and_decide()).link.expires_at == portal.round.closes_at


async def test_who_was_written_to_a_moment_ago(portal):
    """R26: within two minutes no second e-mail goes out; the first link stays good."""
    first, token = await portal.link()
    portal.clock.advance(2 * MINUTE - timedelta(seconds=1))
    second = await portal.ask_and_decide()
    assert second.reason is Dismissal.WRITTEN_RECENTLY
    assert (await portal.inspect_link(token)).problem is None
    assert (await portal.request(first.id)).state is State.LINK_SENT


async def test_three_messages_while_a_link_works(portal):
    """R26: the fourth request of a day gets nothing; once the first has left it, one does."""
    for _ in range(3):
        assert (await portal.ask_and_decide()).state is State.LINK_SENT
        portal.clock.advance(2 * MINUTE)
    assert (await portal.ask_and_decide()).reason is Dismissal.OVER_QUOTA
    portal.clock.advance(24 * 60 * MINUTE - 6 * MINUTE)
    assert (await portal.ask_and_decide()).state is State.LINK_SENT


async def test_explanations_have_a_cap_of_their_own(portal):
    """R26, R61: A9: a voter without a phone is told twice a day; once she has one she is sent a
    link, whoever has asked before."""
    portal.known(phone=None)
    reasons = []
    for _ in range(12):
        reasons.append((await portal.ask_and_decide()).reason)
        portal.clock.advance(2 * MINUTE)
    assert reasons == [Dismissal.NO_PHONE] * 2 + [Dismissal.OVER_QUOTA] * 10
    portal.known(phone=portal.voter.phone)
    assert (await portal.ask_and_decide()).state is State.LINK_SENT


async def test_ten_examined_requests_a_window(portal):
    """R26: the eleventh request of the same pair is not examined; another pair's is."""
    unknown = Numic("99999999")
    reasons = [(await portal.ask_and_decide(number=unknown)).reason for _ in range(12)]
    assert reasons == [Dismissal.UNKNOWN_VOTER] * 10 + [Dismissal.OVER_QUOTA] * 2
    assert (await portal.ask_and_decide()).state is State.LINK_SENT


async def test_asking_in_a_voters_name_locks_nobody_out(portal):
    """R26: after a hundred requests by somebody who knows number and e-mail, the link that the
    voter holds still works, the last e-mail says that no other follows while it does, and
    afterwards the voter gets a new one."""
    _, token = await portal.link()
    tokens = [token]
    for _ in range(100):
        portal.clock.advance(timedelta(seconds=30))
        request = await portal.ask_and_decide()
        if request.state is State.LINK_SENT:
            tokens.append(request.link.token(portal.keyring, request.id))
            await portal.deliver_email(f"{request.id}.link")
        assert (await portal.inspect_link(tokens[-1])).problem is None
    assert [each.facts.get("is_kept") for each in portal.email.sent] == [None, None, 1]
    portal.clock.advance(24 * 60 * MINUTE)
    assert (await portal.ask_and_decide()).state is State.LINK_SENT


async def test_over_quota_without_a_link_that_works(portal):
    """R26: whoever's link was used while somebody asked in their name, and whose SMS did not
    arrive, gets a new one after the cool-down; with that one the quota holds again."""
    for _ in range(3):
        portal.clock.advance(2 * MINUTE)
        _, token = await portal.link()
    for _ in range(10):
        await portal.ask_and_decide()
    await portal.confirm(token)
    portal.sms.setbacks.append(MessageRefused("invalid number"))
    await portal.work()
    assert (await portal.ask_and_decide()).reason is Dismissal.WRITTEN_RECENTLY
    portal.clock.advance(2 * MINUTE)
    assert (await portal.ask_and_decide()).state is State.LINK_SENT
    portal.clock.advance(2 * MINUTE)
    assert (await portal.ask_and_decide()).reason is Dismissal.OVER_QUOTA


async def test_a_clock_that_was_ahead_locks_nobody_out(portal):
    """R26: what was written at a time that is still to come holds nobody up, once the clock is
    right again."""
    for _ in range(3):
        portal.clock.advance(2 * MINUTE)
        await portal.ask_and_decide()
    portal.clock.advance(-timedelta(hours=5))
    assert (await portal.ask_and_decide()).state is State.LINK_SENT
    assert (await portal.ask_and_decide()).reason is Dismissal.WRITTEN_RECENTLY


async def test_a_new_link_revokes_the_older_ones(portal):
    """R17: only the newest link of a voter is good."""
    first, old = await portal.link()
    portal.clock.advance(2 * MINUTE)
    second, new = await portal.link(number=Numel("000054321"))
    assert (await portal.request(first.id)).state is State.SUPERSEDED
    assert (await portal.inspect_link(old)).problem == "LINK_REVOKED"
    assert (await portal.inspect_link(new)).problem is None
    issued = [each for each in portal.events.kept if isinstance(each, LinkIssued)]
    assert issued[-1] == LinkIssued(second.id, second.voter, 1)


async def test_quotas_and_revocation_outlive_a_rotation(portal):
    """R14, R17, R26: what was stored under an older key is still known under the newest."""
    newest, older = portal.keyring.keys
    portal.keyring = Keyring((older,))
    portal.wire()
    first = await portal.ask_and_decide()
    portal.keyring = Keyring((newest, older))
    portal.wire()
    assert (await portal.ask_and_decide()).reason is Dismissal.WRITTEN_RECENTLY
    portal.clock.advance(2 * MINUTE)
    assert (await portal.ask_and_decide()).state is State.LINK_SENT
    assert (await portal.request(first.id)).state is State.SUPERSEDED


async def test_a_second_run_changes_nothing(portal):
    """R29: run again after a crash, it finds its work done."""
    request = await portal.ask_and_decide()
    before, events = await portal.stored(), list(portal.events.kept)
    await portal.send_link(request.id)
    await portal.send_link("gone")
    assert await portal.stored() == before
    assert portal.events.kept == events


async def test_two_runs_at_once_decide_once(portal):
    """R29: of two workers with the same request one decides, the other leaves it at that."""
    request_id = await portal.ask()
    ended = await portal.at_once(portal.send_link(request_id), portal.send_link(request_id))
    assert ended == [None, None]
    assert [type(each) for each in portal.events.kept[1:]] == [LinkIssued]
    assert (await portal.request(request_id)).state is State.LINK_SENT


@pytest.mark.parametrize(
    ("outage", "failure"),
    [("register", RegisterUnavailable), ("store", StoreUnavailable), ("store", Overtaken)],
)
async def test_an_outage_leaves_the_request_as_it_was(portal, outage, failure):
    """R29: nothing is decided while a neighbour is away, or the store lets others go first;
    afterwards the link is issued."""
    request_id = await portal.ask()
    before = await portal.stored()
    portal.register.down = outage == "register"
    portal.begin.failing, portal.begin.failure = int(outage == "store"), failure
    with pytest.raises(failure):
        await portal.send_link(request_id)
    assert await portal.stored() == before
    portal.register.down = False
    await portal.send_link(request_id)
    assert (await portal.request(request_id)).state is State.LINK_SENT


async def test_the_register_is_taken_at_its_word_of_that_moment(portal):
    """R44: a voter who gave a phone number meanwhile gets a link now."""
    portal.known(phone=None)
    assert (await portal.ask_and_decide()).reason is Dismissal.NO_PHONE
    portal.voters[portal.numic] = replace(portal.voter)
    portal.clock.advance(2 * MINUTE)
    assert (await portal.ask_and_decide()).state is State.LINK_SENT
