"""Tidying up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.recovery_request import State
from core.use_cases.purge_expired import Purged


async def test_each_kind_is_counted(portal):
    """R17, R44: links that ran out, codes that ran out, requests past their term."""
    request, _ = await portal.link()
    assert await portal.purge_expired() == Purged(0, 0, 0)
    portal.clock.advance(timedelta(hours=1, minutes=1))
    assert await portal.purge_expired() == Purged(1, 0, 1)
    assert (await portal.request(request.id)).state is State.EXPIRED
    portal.clock.advance(portal.policy.retention)
    assert await portal.purge_expired() == Purged(0, 0, 0)
    portal.clock.advance(timedelta(seconds=1))
    assert await portal.purge_expired() == Purged(0, 1, 0)
    assert await portal.request(request.id) is None
    assert await portal.delivery(f"{request.id}.link") is None


async def test_what_is_under_way_stays(portal):
    """R29: a request that waits for its decision or its SMS is never deleted."""
    waiting, confirmed = await portal.ask(), await portal.confirmed()
    portal.clock.advance(2 * portal.policy.retention)
    assert (await portal.purge_expired()).requests_deleted == 0
    assert await portal.request(waiting)
    assert await portal.request(confirmed)


async def test_it_is_one_commit(portal):
    """R29: when the store fails, nothing of it is done."""
    await portal.link()
    portal.clock.advance(timedelta(hours=2))
    before = portal.stored()
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable):
        await portal.purge_expired()
    assert portal.stored() == before
