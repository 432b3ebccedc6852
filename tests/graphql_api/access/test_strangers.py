"""R61: what a stranger can do to a voter of whom number and e-mail address are known."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

import pytest

PARTNER = "https://consulat.example.org"
REQUESTS, DAY, MINUTES = 1000, timedelta(hours=20), timedelta(minutes=2)
WAYS = {
    "without": [{}],
    "with": [{"partner": "consulat"}],
    "by turns": [{}, {"partner": "consulat"}],
}
CASES = [*(("sqlite", way) for way in WAYS), ("postgres", "by turns")]


@pytest.fixture
def engine(request):
    """Settings of a portal on this engine."""
    if request.param == "sqlite":
        return {}
    dsn = request.getfixturevalue("postgres_dsn")
    return {"database_url": dsn, "register_kind": "sqlite", "credentials": "sqlite"}


@pytest.mark.parametrize(("engine", "way"), CASES, indirect=["engine"])
async def test_a_stranger_asks_a_thousand_times(open_portal, engine, clock, camille, way, sparser):
    """A3, A7: whatever is asked in a voter's name for a day, with a forged `Origin` too, each of
    1,000 samples (250 unless `--at-length`) finds a link in the mailbox that works on the portal.
    The voter renews with it twice; with the notices there are six e-mails in all, and not one more
    for the rest of a day."""
    links = {"consulat": f"{PARTNER}/mdp#token={{token}}"}
    portal = await open_portal(partner_links=links, **engine)
    portal.http.headers["origin"] = PARTNER
    asked = cycle(WAYS[way])
    without, requests = 0, REQUESTS // sparser
    for _ in range(requests):
        answer = await portal.request(**next(asked))
        assert answer["__typename"] == "RenewalRequested"
        await portal.work()
        without += not (await portal.link(portal.newest_token))["usable"]
        clock.advance(DAY / requests)
    assert without == 0
    assert len(portal.emails) == 3
    for _ in range(2):
        confirmed = await portal.confirm(portal.newest_token, camille.identifier)
        assert confirmed["__typename"] == "PasswordRenewed"
        await portal.work()
        clock.advance(MINUTES)
        await portal.request(**next(asked))
        await portal.work()
    assert len(portal.emails) == 6
