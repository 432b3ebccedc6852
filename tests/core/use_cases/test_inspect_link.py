"""Screen 5 opens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import LinkProblem, LinkRejected
from core.use_cases.inspect_link import LinkStatus
from core.voter import Identifier

WRONG = Identifier.parse("AAAAAAAAAAAA")


async def test_looking_changes_nothing(portal):
    """R15: a thousand looks, by whomever, store nothing, begin no unit, ask nobody."""
    request, token = await portal.link()
    before = await portal.stored()
    begun, asked, events = portal.begin.begun, portal.register.asked, len(portal.events.kept)
    for _ in range(1000):
        assert await portal.inspect_link(token) == LinkStatus(None, request.link.expires_at)
    assert await portal.stored() == before
    assert (portal.begin.begun, portal.register.asked) == (begun, asked)
    assert len(portal.events.kept) == events
    await portal.confirm(token)


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "\ud800", "A" * 43, "x" * 10_000])
async def test_what_is_no_link(portal, token):
    """R37: anything else is an unknown link, whatever it looks like."""
    await portal.link()
    assert await portal.inspect_link(token) == LinkStatus(LinkProblem.UNKNOWN)


async def test_a_link_that_ran_out(portal):
    """R17: from its end on, before and after it was tidied up."""
    request, token = await portal.link()
    portal.clock.advance(timedelta(hours=1))
    expected = LinkStatus(LinkProblem.EXPIRED, request.link.expires_at)
    assert await portal.inspect_link(token) == expected
    await portal.purge_expired()
    assert await portal.inspect_link(token) == expected


async def test_a_used_link(portal):
    """R13: before and after the password went out, the link is used."""
    _, token = await portal.link()
    await portal.confirm(token)
    assert (await portal.inspect_link(token)).problem is LinkProblem.USED
    await portal.work()
    assert (await portal.inspect_link(token)).problem is LinkProblem.USED


async def test_a_link_that_one_network_has_used_up(portal):
    """R15, R16: a look says what a confirmation from the same network would be told, whatever the
    identifier: not before its fifth wrong one, and nothing to another network."""
    _, token = await portal.link()
    for _ in range(5):
        assert (await portal.inspect_link(token, "203.0.113.7")).code is None
        with pytest.raises(LinkRejected, match="IDENTIFIER_MISMATCH"):
            await portal.confirm(token, WRONG, network="203.0.113.7")
    assert (await portal.inspect_link(token, "203.0.113.7")).code == "LINK_REVOKED"
    with pytest.raises(LinkRejected, match="LINK_REVOKED"):
        await portal.confirm(token, network="203.0.113.7")
    assert (await portal.inspect_link(token, "203.0.113.8")).code is None
    portal.clock.advance(timedelta(hours=1))
    assert (await portal.inspect_link(token, "203.0.113.7")).code == "LINK_EXPIRED"


async def test_a_link_that_many_networks_have_used_up(portal):
    """R16, R61: after twenty wrong identifiers, of which one network has five, the link is good for
    networks that have typed less than three."""
    _, token = await portal.link()
    for each in range(20):
        network = f"203.0.113.{each // 5 if each < 18 else 7 + each}"
        assert (await portal.inspect_link(token, network)).problem is None
        with pytest.raises(LinkRejected, match="IDENTIFIER_MISMATCH"):
            await portal.confirm(token, WRONG, network=network)
    for network in ("203.0.113.25", "203.0.113.7"):
        assert (await portal.inspect_link(token, network)).problem is None
    assert (await portal.inspect_link(token, "203.0.113.3")).problem is LinkProblem.REVOKED
