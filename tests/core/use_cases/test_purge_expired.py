"""Tidying up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import LinkRejected, SecurityCodeRejected, StoreUnavailable
from core.recovery_request import State
from core.rows_deleted import RowsDeleted
from core.security_code import RenewalStep
from core.use_cases.purge_expired import Purged
from core.voter import Identifier


async def test_each_kind_is_counted(portal):
    """R17, R44: links that ran out, and codes that ran out."""
    request, _ = await portal.link()
    assert await portal.purge_expired() == Purged(0)
    portal.clock.advance(timedelta(hours=1, minutes=1))
    assert await portal.purge_expired() == Purged(1, RowsDeleted(security_codes=1))
    assert portal.events.kept[-1] == RowsDeleted(security_codes=1)
    assert (await portal.request(request.id)).state is State.EXPIRED


async def test_no_request_goes_by_age(portal):
    """R47: whatever became of it, it is there 24 months later."""
    waiting, confirmed = await portal.ask(), await portal.confirmed()
    portal.clock.advance(timedelta(days=730))
    await portal.purge_expired()
    for each in (waiting, confirmed):
        assert await portal.request(each) is not None


async def test_a_code_is_remembered_a_little_past_its_end(portal):
    """R27: a code that was judged just before its end, and is recorded after it, is still known
    to have been used; five minutes later it cannot be under way any more."""
    lifetime = portal.policy.security_code_lifetime
    _, token = await portal.link()
    code = await portal.code(RenewalStep.CONFIRM)
    with pytest.raises(LinkRejected):
        await portal.confirm(token, Identifier.parse("AAAAAAAAAAAA"), code)
    portal.clock.advance(lifetime - timedelta(seconds=1))
    matches = portal.register.identifier_matches

    async def slowly(*arguments):
        portal.clock.advance(timedelta(minutes=5))
        await portal.purge_expired()
        return await matches(*arguments)

    portal.register.identifier_matches = slowly
    with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_USED"):
        await portal.confirm(token, portal.identifier, code)
    portal.clock.advance(timedelta(seconds=2))
    assert (await portal.purge_expired()).rows.security_codes == 2


async def test_it_is_one_commit(portal):
    """R29: when the store fails, nothing of it is done."""
    await portal.link()
    portal.clock.advance(timedelta(hours=2))
    before = await portal.stored()
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable):
        await portal.purge_expired()
    assert await portal.stored() == before


async def test_nothing_deleted_is_no_event(portal):
    """R42: the journal tells of deletions, not of each look."""
    told = len(portal.events.kept)
    assert await portal.purge_expired() == Purged(0)
    assert len(portal.events.kept) == told
