"""R45, R47: which voting rounds there are, and how they stand."""

from __future__ import annotations

from datetime import timedelta

from core.round_release import Release
from core.use_cases.list_rounds import ListRounds, RoundState
from core.voting_round import Calendar, VotingRound

DAY = timedelta(days=1)


def rounds(now):
    """Two that are over, one that is open, one to come."""
    spans = {"a": (-9, -7), "b": (-6, -4), "c": (-1, 1), "d": (2, 3)}
    return [VotingRound(id, now + a * DAY, now + b * DAY) for id, (a, b) in spans.items()]


async def states(store, clock):
    found = await ListRounds(store.read, Calendar.of(rounds(clock.now())), clock)()
    return {each.voting_round.id: each.state for each in found}


async def test_how_they_stand(diskless_store, clock):
    """R47: by the clock, until two persons have released what is over; a proposal changes nothing,
    nor does a release that was withdrawn."""
    now, store = clock.now(), diskless_store
    expected = {
        "a": RoundState.CLOSED,
        "b": RoundState.CLOSED,
        "c": RoundState.OPEN,
        "d": RoundState.UPCOMING,
    }
    async with store.begin() as unit:
        await unit.releases.propose(Release("a", now, "jeanne"))
    assert await states(store, clock) == expected
    async with store.begin() as unit:
        await unit.releases.approve("a", now, "paul")
    assert await states(store, clock) == expected | {"a": RoundState.RELEASED}
    async with store.begin() as unit:
        await unit.releases.withdraw("a", now, "paul")
    assert await states(store, clock) == expected
