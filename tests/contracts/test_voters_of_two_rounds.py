"""Whose round becomes another while the first is open counts once, on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.register.memory import MemoryRegister
from core.delivery_figures import unreached
from core.electorate import Electorate
from core.one_time_link import digest_of
from core.recovery_request import State
from core.security_code import RenewalStep
from core.unreached import Cause
from core.use_cases.confirm_renewal import Confirmation
from core.voting_round import Calendar, VotingRound
from tests.contracts.conftest import DAY, IDENTIFIER, NUMIC, VOTER

ROUNDS = ("2027-1", "2027-2")


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
        return unreached(await unit.figures.standings(ROUNDS, now, now)).voters


async def renew(voting, state, cause=None):
    """To this end; in which round."""
    request, token = await voting.ask()
    code = await voting.code(RenewalStep.CONFIRM)
    await voting.redeem(Confirmation(token, IDENTIFIER, code))
    async with voting.store.begin() as unit:
        was = await unit.links.find(digest_of(token))
        await unit.requests.save(replace(was, state=state, seed=None, cause=cause), was=was)
    return request.round_id


@pytest.mark.parametrize(("state", "lost"), [(State.DELIVERED, 0), (State.UNDELIVERED, 1)])
async def test_the_latest_renewal_counts(clock, of_two_rounds, state, lost):
    """R48: lost in the first round and renewed in the second is reached; lost in both is one."""
    assert await renew(of_two_rounds, State.UNDELIVERED, Cause.REFUSED) == ROUNDS[0]
    clock.advance(2 * DAY)
    assert await renew(of_two_rounds, state, Cause.REFUSED if lost else None) == ROUNDS[1]
    assert await unreached_voters(of_two_rounds) == lost


async def test_a_link_counts_in_the_stead_of_another_rounds(store, clock, of_two_rounds):
    """R48: an e-mail that came back in the first round is made good by a link of the second."""
    first, _ = await of_two_rounds.ask()
    async with store.begin() as unit:
        was = await unit.requests.get(first.id)
        await unit.requests.save(was.mail_failed(clock.now()), was=was)
    clock.advance(2 * DAY)
    await of_two_rounds.ask()
    assert await unreached_voters(of_two_rounds) == 0


@pytest.mark.parametrize("bounced", [True, False])
async def test_lost_in_one_round_and_without_link_in_another(store, clock, of_two_rounds, bounced):
    """R48: a voter is one voter, whatever went wrong in which of two rounds: the password of the
    first was lost, and the link of the second came back or waits beyond its lifetime."""
    assert await renew(of_two_rounds, State.UNDELIVERED, Cause.REFUSED) == ROUNDS[0]
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
    assert [each.voters for each in alone] == [1], "asked of the second round alone, it is told"
