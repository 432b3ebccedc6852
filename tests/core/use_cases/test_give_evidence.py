"""R49: what is told of a round at a moment is of one look at the store."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.evidence import Axis, Line, Tally
from core.use_cases.give_evidence import GiveEvidence

HOUR = timedelta(hours=1)
NAMES = {Axis.CONSTITUENCY: "2", Axis.POST: "Salta", Axis.COUNTRY: "AR"}


class Looked:
    """A store that keeps what it was asked."""

    def __init__(self):
        self.asked, self.failure = [], None

    @property
    def evidence(self):
        return self

    async def lines(self, round_id, hour, axes):
        self.asked.append((round_id, hour, axes))
        if self.failure:
            raise self.failure
        return {axis: [Line(NAMES[axis], Tally(30, 3), Tally(30, 9))] for axis in axes}

    @asynccontextmanager
    async def read(self):
        yield self


@pytest.fixture
def store():
    return Looked()


@pytest.fixture
def give(store, clock):
    return GiveEvidence(store.read, clock)


async def test_every_axis_is_of_one_look(give, store, clock):
    """Of the last whole hour that is settled, unless another is asked for."""
    total, country = await give("2027-1", None, None, Axis.COUNTRY)
    hour = clock.now().replace(minute=0, second=0, microsecond=0) - HOUR  # noon is just past
    assert store.asked == [("2027-1", hour, [Axis.CONSTITUENCY, Axis.COUNTRY])]
    assert total.total.recorded == country.groups[0].recorded == Tally(30, 3)
    assert (total.groups, country.groups[0].group) == ((), "AR")
    assert country.groups[0].happened == Tally(30, 9)


async def test_a_whole_hour_is_told_of(give, store, clock):
    """At or before the moment."""
    moment = clock.now() - 3 * HOUR + timedelta(minutes=59)
    (found,) = await give("2027-1", moment, Axis.POST)
    assert found.as_of == moment.replace(minute=0, second=0, microsecond=0)
    assert store.asked == [("2027-1", found.as_of, [Axis.POST])]


async def test_a_failure_is_told(give, store):
    """And nothing is told in its stead."""
    store.failure = StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable):
        await give("2027-1", None, None)
