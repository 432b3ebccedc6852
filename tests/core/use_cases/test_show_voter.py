"""R45: one voter's requests for whom she calls, and the trace of who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.events import OperatorActed
from core.intervention import Act
from core.timeline import Step
from core.use_cases import show_voter
from core.use_cases.show_voter import ShowVoter
from core.voter import Numic

NUMIC = Numic("00012345")


@pytest.fixture
def show(portal):
    return ShowVoter(
        portal.begin,
        portal.round_keys,
        portal.calendar,
        portal.keyring,
        portal.clock,
        portal.events,
    )


async def traces(portal):
    async with portal.store.read() as unit:
        return [(each.by, each.act, each.detail) for each in await unit.interventions.latest(9)]


async def test_all_of_hers_and_who_looked(portal, show):
    """R45, R42: what was decided and what waits, the latest first; the trace has a pseudonym."""
    confirmed = await portal.confirmed()
    await portal.work()
    portal.clock.advance(timedelta(minutes=5))
    waiting = await portal.ask()
    other = portal.another_voter()
    await portal.ask_and_decide(number=other.numic, email=other.email)
    found = await show(NUMIC, "jeanne")
    assert [each.listed.id for each in found] == [waiting, confirmed]
    assert [each.step for each in found[0].entries] == [Step.RECEIVED]
    assert found[1].entries[-1].step in (Step.SMS_HANDED_OVER, Step.EMAIL_HANDED_OVER)
    pseudonym = portal.keyring.pseudonyms(NUMIC.value)[0]
    assert await traces(portal) == [("jeanne", Act.VOTER_SHOWN, pseudonym)]
    assert portal.events.kept[-1] == OperatorActed(Act.VOTER_SHOWN, "jeanne", pseudonym)


async def test_a_look_at_nothing_leaves_its_trace(portal, show):
    """R42: nobody looks up who has asked without being seen."""
    assert await show(Numic("00067890"), "jeanne") == []
    assert len(await traces(portal)) == 1


@pytest.mark.parametrize("by", ["", "jeanne for 00012345"])
async def test_nobody_looks_namelessly(portal, show, by):
    """R42, R44: nor is the voter named in the trace."""
    with pytest.raises(ValueError, match=r"by has|name the voter"):
        await show(NUMIC, by)
    assert await traces(portal) == []


async def test_through_a_rotation(portal, show):
    """R48: known by the round when the key of her pseudonym is gone."""
    request = await portal.ask_and_decide()
    async with portal.store.begin() as unit:
        await unit.sql.execute("UPDATE recovery_request SET voter = 'of a key that is gone'")
    assert [each.listed.id for each in await show(NUMIC, "jeanne")] == [request.id]


async def test_the_latest_alone(portal, show, monkeypatch):
    """R38: as many as one reads."""
    monkeypatch.setattr(show_voter, "MOST_SHOWN", 1)
    await portal.ask()
    await portal.ask()
    assert len(await show(NUMIC, "jeanne")) == 1
