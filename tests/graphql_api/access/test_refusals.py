"""R42, R61: what callers are refused is counted, told under pseudonyms, and alerted once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.events import RefusalsSurged
from graphql_api.access.refusals import BURST, MINUTE, SEVERAL, TOLD, TOLD_OF_ALL, Refusals
from graphql_api.access.windows import Windows

SECOND = timedelta(seconds=1)
ROBOT = "203.0.113.7"
LINK = '{ renewalLink(token: "x") { usable } }'


class Seconds:
    """A clock for windows."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def alerts():
    return []


@pytest.fixture
def refusals(alerts, seconds):
    return Refusals(alerts.append, lambda text: f"~{text[::-1]}", Windows(tick=seconds))


@pytest.fixture
def lines(logged):
    """The lines of refusals."""

    def lines(event="call_refused"):
        found = [json.loads(each) for each in logged.getvalue().splitlines()]
        return [each for each in found if each["event"] == event]

    return lines


def test_a_burst_is_one_alert(refusals, alerts, lines, seconds):
    """A8: ten lines a minute, one alert in ten, however many; the count is exact."""
    for _ in range(500):
        refusals.note("unknown_link", ROBOT, "consulat")
    assert len(lines()) == TOLD
    assert lines()[0]["partner"] == "consulat"
    assert alerts == [RefusalsSurged("~7.311.0.302", "unknown_link", TOLD)]
    assert refusals.counts() == {("unknown_link", "consulat"): 500}
    assert lines()[0]["network"] == "~7.311.0.302"
    seconds.now = MINUTE
    for _ in range(20):
        refusals.note("unknown_link", ROBOT)
    assert (len(lines()), len(alerts)) == (2 * TOLD, 1)
    seconds.now = BURST
    for _ in range(20):
        refusals.note("unknown_link", ROBOT)
    assert len(alerts) == 2


def test_a_robot_with_many_addresses(refusals, alerts, lines):
    """A8: those of one IPv6 /48 count as one; of all together no more than a bound is told."""
    for number in range(20):
        refusals.note("unknown_link", f"2001:db8:0:{number:x}::1")
    assert (len(lines()), len(alerts)) == (TOLD, 1)
    for number in range(TOLD_OF_ALL + 100):
        refusals.note("unknown_link", f"203.0.{number // 256}.{number % 256}")
    assert len(lines()) == TOLD_OF_ALL
    assert [each.network for each in alerts][1:] == [SEVERAL]


async def test_what_a_robot_is_refused(open_portal, camille, lines):
    """A8: wrong security codes, unknown links, wrong identifiers, strange partners: each counted
    and told, the network by a pseudonym, the voter not at all."""
    portal = await open_portal()
    token = await portal.token()
    code = await portal.code("REQUEST")
    wrong = {**code, "answer": f"{(int(code['answer']) + 1) % 10_000:04}"}
    await portal.request(securityCode=wrong)
    await portal.link("x" * 43)
    await portal.confirm("x" * 43, camille.identifier)
    await portal.confirm(token, "AAAAAAAAAAAA")
    await portal.request(partner="nobody")
    await portal.request(numic="no number")
    expected = {
        ("security_code_wrong", ""): 1,
        ("unknown_link", ""): 2,
        ("identifier_mismatch", ""): 1,
        ("unknown_partner", ""): 1,
    }
    assert portal.application.gateway.refusals.counts() == expected
    assert len({each["network"] for each in lines()}) == 1
    told = json.dumps(lines())
    assert not any(each in told for each in (ROBOT, token, "AAAAAAAAAAAA", camille.numic))


async def test_limits_are_counted(open_portal):
    """A8: those at the edge, of queries too, by the metric that Prometheus reads."""
    portal = await open_portal(network_limit="2/minute")
    for _ in range(5):
        await portal.send(LINK)
    counts = portal.application.gateway.refusals.counts()
    assert counts["too_many_requests", ""] == 3
    token = "t" * 32
    other = await open_portal(metrics_token=token)
    await other.link("x" * 43)
    page = await other.http.get("/metrics", headers={"authorization": f"Bearer {token}"})
    assert 'reassort_refusals_total{partner="",reason="unknown_link"} 1.0' in page.text


async def test_bad_credentials_have_a_limit(open_portal, lines, clock):
    """A8: 500 from one address end in 429, with ten lines and one alert; a partner's good key from
    there is taken all the same."""
    portal = await open_portal(network_limit="30000/minute")
    key = (
        await portal.application.keep_partners.register("consulat", ["renewals:write"], by="ada")
    ).reveal()

    async def status(key):
        return await portal.http.post("/graphql", json={"query": LINK}, headers={"x-api-key": key})

    found = [await status("rsk_0000000000_" + "A" * 43) for _ in range(500)]
    assert [each.status_code for each in found] == [401] * 30 + [429] * 470
    assert int(found[-1].headers["retry-after"]) > 0
    extensions = found[-1].json()["errors"][0]["extensions"]
    assert extensions["code"] == "TOO_MANY_REQUESTS"
    assert extensions["retryAfter"] == int(found[-1].headers["retry-after"])
    assert extensions["correlationId"] == found[-1].headers["x-correlation-id"]
    assert len(lines("caller_refused")) == TOLD
    assert len(lines("refusals_surged")) == 1
    clock.advance(6 * SECOND)
    assert (await status(key)).status_code == 200
