"""R61: what a stranger can do to a voter of whom number and e-mail address are known."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

import pytest

PARTNER = "https://consulat.example.org"
REQUESTS, EVERY = 1000, timedelta(seconds=3)
WAYS = {
    "without": [{}],
    "with": [{"partner": "consulat"}],
    "by turns": [{}, {"partner": "consulat"}],
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_stranger_asks_a_thousand_times(open_portal, clock, camille, way):
    """A3: whatever is asked in a voter's name, with a forged `Origin` too, each of 1,000 samples
    finds a link in the mailbox that works on the portal; the voter's own last one renews."""
    portal = await open_portal(partner_links={"consulat": f"{PARTNER}/mdp#token={{token}}"})
    portal.http.headers["origin"] = PARTNER
    asked = cycle(WAYS[way])
    without = 0
    for _ in range(REQUESTS):
        answer = await portal.request(**next(asked))
        assert answer["__typename"] == "RenewalRequested"
        await portal.work()
        without += not (await portal.link(portal.newest_token))["usable"]
        clock.advance(EVERY)
    assert without == 0
    assert len(portal.emails) <= 6
    del portal.http.headers["origin"]
    await portal.request()
    await portal.work()
    confirmed = await portal.confirm(portal.newest_token, camille.identifier)
    assert confirmed["__typename"] == "PasswordRenewed"
