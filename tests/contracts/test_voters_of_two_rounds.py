"""Whose round becomes another while the first is open counts once, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.register.memory import MemoryRegister
from adapters.sealing import AesGcmSealing
from core.delivery_figures import unreached
from core.electorate import Electorate
from core.keys import Keyring, SecretKey
from core.one_time_link import digest_of
from core.recovery_request import State
from core.security_code import RenewalStep
from core.unreached import Cause
from core.unreached_voters import UnreachedWanted
from core.use_cases.confirm_renewal import Confirmation
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.look_at_unreached import LookAtUnreached
from core.voting_round import Calendar, VotingRound
from tests.contracts.conftest import DAY, IDENTIFIER, NUMIC, VOTER

ROUNDS = ("2027-1", "2027-2")
NEW = SecretKey("2028", b"p" * 32)
KEPT = pytest.mark.parametrize("kept", [None, 2, 0], ids=["no", "one", "none of the old is kept"])


@pytest.fixture
def of_two_rounds(voting, clock):
    """Everybody's round, beside which that of the voter's constituency opens a day later."""
    now, second = clock.now(), Electorate(frozenset({"2"}))
    rounds = [VotingRound(ROUNDS[0], now - DAY, now + 8 * DAY)]
    rounds.append(VotingRound(ROUNDS[1], now + DAY, now + 4 * DAY, second))
    voting.calendar = Calendar.of(rounds)
    register = MemoryRegister({NUMIC: replace(VOTER, constituency="2")}, {NUMIC: IDENTIFIER})
    voting.request = replace(voting.request, calendar=voting.calendar)
    voting.send = replace(voting.send, calendar=voting.calendar, register=register)
    voting.redeem = replace(voting.redeem, calendar=voting.calendar, register=register)
    return voting


async def unreached_voters(voting):
    now = voting.clock.now()
    assert voting.calendar.watched_at(now) == ROUNDS
    async with voting.store.read() as unit:
        figure = unreached(await unit.figures.standings(ROUNDS, now, now)).voters
    look = LookAtUnreached(voting.store.read, voting.calendar, voting.clock)
    pages = [await look(each, timedelta()) for each in ROUNDS]
    assert len({x.request_id for page in pages for x in page.voters}) == figure
    return figure


async def renew(voting, state, cause=None):
    """To this end; in which round."""
    request, token = await voting.ask()
    code = await voting.code(RenewalStep.CONFIRM)
    await voting.redeem(Confirmation(token, IDENTIFIER, code))
    async with voting.store.begin() as unit:
        was = await unit.links.find(digest_of(token))
        await unit.requests.save(replace(was, state=state, seed=None, cause=cause), was=was)
    return request.round_id


async def rotate(voting, kept):
    """A new key comes first; so many of the old ones stay. None: no rotation. Processes that have
    all of them start in between, and seal the rounds' keys anew."""
    if kept is None:
        return
    old = voting.keyring.keys
    for keys in (old, old[:kept]):
        voting.keyring = Keyring((NEW, *keys))
        sealing = AesGcmSealing(voting.keyring, voting.randomness)
        begin, read = voting.store.begin, voting.store.read
        kept_keys = KeepRoundKeys(begin, read, sealing, voting.clock, voting.randomness)
        await kept_keys.seal_anew()
    voting.request = replace(voting.request, keyring=voting.keyring)
    voting.send = replace(voting.send, keyring=voting.keyring, round_keys=kept_keys)
    voting.redeem = replace(voting.redeem, keyring=voting.keyring)


@KEPT
@pytest.mark.parametrize(("state", "lost"), [(State.DELIVERED, 0), (State.UNDELIVERED, 1)])
async def test_the_latest_renewal_counts(clock, of_two_rounds, state, lost, kept):
    """R48: lost in the first round and renewed in the second is reached; lost in both is one;
    whatever keys have come and gone in between."""
    assert await renew(of_two_rounds, State.UNDELIVERED, Cause.REFUSED) == ROUNDS[0]
    await rotate(of_two_rounds, kept)
    clock.advance(2 * DAY)
    assert await renew(of_two_rounds, state, Cause.REFUSED if lost else None) == ROUNDS[1]
    assert await unreached_voters(of_two_rounds) == lost


@KEPT
async def test_a_link_counts_in_the_stead_of_another_rounds(store, clock, of_two_rounds, kept):
    """R48: an e-mail that came back in the first round is made good by a link of the second."""
    first, _ = await of_two_rounds.ask()
    async with store.begin() as unit:
        was = await unit.requests.get(first.id)
        await unit.requests.save(was.mail_failed(clock.now()), was=was)
    await rotate(of_two_rounds, kept)
    clock.advance(2 * DAY)
    await of_two_rounds.ask()
    assert await unreached_voters(of_two_rounds) == 0


@KEPT
@pytest.mark.parametrize("bounced", [True, False])
async def test_lost_in_one_round_and_without_link_in_another(
    store, clock, of_two_rounds, bounced, kept
):
    """R48: a voter is one voter, whatever went wrong in which of two rounds: the password of the
    first was lost, and the link of the second came back or waits beyond its lifetime."""
    assert await renew(of_two_rounds, State.UNDELIVERED, Cause.REFUSED) == ROUNDS[0]
    await rotate(of_two_rounds, kept)
    clock.advance(2 * DAY)
    second, _ = await of_two_rounds.ask()
    assert second.round_id == ROUNDS[1]
    if bounced:
        async with store.begin() as unit:
            was = await unit.requests.get(second.id)
            await unit.requests.save(was.mail_failed(clock.now()), was=was)
    else:
        clock.advance(DAY)
    assert await unreached_voters(of_two_rounds) == 1
    async with store.read() as unit:
        alone = await unit.figures.standings(ROUNDS[1:], clock.now(), clock.now())
        wanted = UnreachedWanted(ROUNDS[1], clock.now(), timedelta())
        (voter,) = await unit.unreached_voters.longest(wanted, 2, None)
    assert [each.voters for each in alone] == [1], "asked of the second round alone, it is told"
    assert voter.request_id == second.id


@KEPT
async def test_a_password_that_came_late_leaves_the_link_missing(store, clock, of_two_rounds, kept):
    """R48: who was lost in the first round counts for the second's link once the SMS has come."""
    await renew(of_two_rounds, State.UNDELIVERED, Cause.REFUSED)
    await rotate(of_two_rounds, kept)
    clock.advance(2 * DAY)
    second, _ = await of_two_rounds.ask()
    async with store.begin() as unit:
        was = await unit.requests.get(second.id)
        await unit.requests.save(was.mail_failed(clock.now()), was=was)
        await unit.sql.execute(
            "UPDATE recovery_request SET state = 'delivered', cause = NULL WHERE id <> $1", was.id
        )
        found = unreached(await unit.figures.standings(ROUNDS, clock.now(), clock.now()))
    assert (found.links, found.lost) == (1, 0)
