"""Limits at the edge: by client network, by everyone, for each field."""

from __future__ import annotations

import socket

import pytest

from core.errors import TooManyRequests
from graphql_api.access.limits import EdgeLimits
from graphql_api.running.doctor import Grade, examine
from graphql_api.settings import SettingsRefused
from tests.servers.valkey import ValkeyServer, needs_valkey


@pytest.fixture
def wall():
    """A clock that is set."""

    class Wall:
        now = 1_000.0

        def tick(self):
            return self.now

    return Wall()


async def used_up(edge, field, client):
    with pytest.raises(TooManyRequests) as caught:
        await edge.count(field, client)
    return caught.value.retry_after


async def test_per_network(wall):
    """R26: a network that has used its limit up waits; its neighbours do not."""
    edge = EdgeLimits("2/minute", tick=wall.tick)
    for client in ("2001:db8::1", "2001:db8::2"):
        await edge.count("field", client)
    assert 1 <= await used_up(edge, "field", "2001:db8::3") <= 60
    await edge.count("field", "2001:db8:0:1::1")
    await edge.count("field", "203.0.113.7")
    await edge.count("field", "::ffff:203.0.113.7")
    await used_up(edge, "field", "203.0.113.7")


async def unpaid(edge, field, client):
    """Whether one more unpaid use is refused."""
    try:
        await edge.count_unpaid(field, client)
    except TooManyRequests:
        return True
    return False


@pytest.mark.parametrize(("limit", "quarter"), [(30, 7), (4, 1), (3, 1), (1, 1)])
async def test_a_quarter_for_what_is_unpaid(wall, limit, quarter):
    """R26, R27: of each network's limit, one use at least, by field; other uses are counted
    apart."""
    edge = EdgeLimits(f"{limit}/minute", f"{limit}/minute", tick=wall.tick)
    refused = [await unpaid(edge, "field", "203.0.113.7") for _ in range(quarter + 1)]
    assert refused == [False] * quarter + [True]
    assert not await unpaid(edge, "other", "203.0.113.7")
    for _ in range(limit):
        await edge.count("field", "203.0.113.7")
    wall.now += 61
    assert not await unpaid(edge, "field", "203.0.113.7")


async def test_a_quarter_of_wider_networks(wall):
    """R26, R27: a /56 has four times as much unpaid as a /64."""
    edge = EdgeLimits("8/minute", tick=wall.tick)
    callers = [f"2001:db8:0:{number}::1" for number in range(5) for _ in range(2)]
    refused = [await unpaid(edge, "field", client) for client in callers]
    assert refused == [False] * 8 + [True] * 2


async def test_without_limits_nothing_is_counted_apart():
    """R26: neither without any, nor where only everyone's uses are limited."""
    for edge in (EdgeLimits(), EdgeLimits(None, "1/minute")):
        assert [await unpaid(edge, "field", "203.0.113.7") for _ in range(3)] == [False] * 3


async def test_per_field(wall):
    """R26: each field has its own count."""
    edge = EdgeLimits("1/minute", tick=wall.tick)
    await edge.count("issueSecurityCode", "203.0.113.7")
    await edge.count("requestPasswordRenewal", "203.0.113.7")
    await used_up(edge, "issueSecurityCode", "203.0.113.7")


async def test_overall(wall):
    """R26: a limit for everyone holds across networks."""
    edge = EdgeLimits(None, "2/minute", tick=wall.tick)
    await edge.count("field", "203.0.113.7")
    await edge.count("field", "203.0.113.8")
    await used_up(edge, "field", "203.0.113.9")


async def test_reset(wall):
    """R26: after the seconds that were named the network may ask again."""
    edge = EdgeLimits("1/minute", tick=wall.tick)
    await edge.count("field", "203.0.113.7")
    wait = await used_up(edge, "field", "203.0.113.7")
    wall.now += wait - 1.5
    assert await used_up(edge, "field", "203.0.113.7") in (1, 2)
    wall.now += 2.5
    await edge.count("field", "203.0.113.7")


async def test_wait_is_at_least_a_second(wall):
    """R26: nobody is told to come back at once."""
    edge = EdgeLimits("1/second", tick=wall.tick)
    await edge.count("field", "203.0.113.7")
    assert await used_up(edge, "field", "203.0.113.7") >= 1


async def test_wider_networks(wall):
    """R26: an attacker with a /48 has sixteen limits, not 65,536; the next /48 is untouched."""
    edge = EdgeLimits("2/minute", tick=wall.tick)
    passed = 0
    for each in range(300):
        try:
            await edge.count("field", f"2001:db8:7:{each * 100:x}::1")
            passed += 1
        except TooManyRequests:
            continue
    assert passed == 32
    await edge.count("field", "2001:db8:8::1")


async def test_what_was_typed(wall):
    """R26: in the name of one address, whoever types it, from wherever."""
    edge = EdgeLimits(typed={"field": "2/hour"}, tick=wall.tick)
    for _ in range(2):
        await edge.count_typed("field", "camille.martin@example.org")
    with pytest.raises(TooManyRequests):
        await edge.count_typed("field", "camille.martin@example.org")
    await edge.count_typed("field", "dominique.bernard@example.org")
    await edge.count_typed("other", "camille.martin@example.org")


async def test_everyone_s_uses_of_one_field(wall):
    """R26: a mailbox is not flooded from many networks, nor by a partner."""
    edge = EdgeLimits(together={"field": "2/hour"}, partners={"consulat": ""}, tick=wall.tick)
    await edge.count("field", "203.0.113.7")
    await edge.count("field", "203.0.113.8", "consulat")
    await used_up(edge, "field", "203.0.113.9")
    await edge.count("other", "203.0.113.9")


async def test_limits_of_one_length_count_apart(wall):
    """R26: a tighter limit of a field allows as many uses as it says, also where the limits by
    network and for everyone are of the same length; one that is limited twice alike counts once."""
    edge = EdgeLimits(
        "30/minute", "60/minute", {"field": "10/minute"}, together={"field": "30/minute"}
    )
    for _ in range(10):
        await edge.count("field", "203.0.113.7")
    await used_up(edge, "field", "203.0.113.7")
    for _ in range(30):
        await edge.count("other", "203.0.113.7")
    tighter, together = {"field": "2/minute"}, {"field": "4/minute"}
    alike = EdgeLimits("2/minute", "4/minute", tighter, together=together)
    for client in ("203.0.113.7", "203.0.113.8"):
        await alike.count("field", client)
        await alike.count("field", client)
        await used_up(alike, "field", client)
    await used_up(alike, "field", "203.0.113.9")


async def test_without_limits():
    """R26: without limits nothing is counted."""
    edge = EdgeLimits("", None)
    for _ in range(1000):
        await edge.count("field", "203.0.113.7")


def test_unreadable_limit():
    """A limit that cannot be read is refused when composed."""
    with pytest.raises(ValueError, match="parse"):
        EdgeLimits("often")


async def test_shared_counters_that_are_out(open_portal, dead_url):
    """R26: a deployment whose shared counters cannot be reached answers as one without: limited,
    without an error, and ready, with a word on what it is missing."""
    portal = await open_portal(network_limit="2/minute", limits_url=dead_url)
    answers = [await portal.send(portal.ISSUE, {"input": {"step": "REQUEST"}}) for _ in range(6)]
    codes = [each["extensions"]["code"] for it in answers for each in it.json().get("errors", [])]
    assert codes == ["TOO_MANY_REQUESTS"] * 4
    ready = await portal.http.get("/readyz")
    told = {"status": "ready", "limits": "counted by each process"}
    assert (ready.status_code, ready.json()) == (200, told)


@needs_valkey
async def test_shared_counters_of_two_gateways(open_portal):
    """R26: two gateways that share their counters share their limits; both are plainly ready."""
    server = ValkeyServer()
    try:
        both = [
            await open_portal(network_limit="3/minute", limits_url=server.url) for _ in range(2)
        ]
        answers = [
            await portal.send(portal.ISSUE, {"input": {"step": "REQUEST"}}) for portal in both * 2
        ]
        assert ["errors" in each.json() for each in answers] == [False, False, False, True]
        ready = await both[0].http.get("/readyz")
        assert ready.json() == {"status": "ready"}
    finally:
        server.stop()


def test_doctor(make_settings, dead_url):
    """`doctor` says where limits are counted, and warns when that is not as meant or lets a caller
    have a limit more than once."""
    warning = (Grade.WARNING, "limits")
    assert limits_in(make_settings()) == [(Grade.GOOD, "limits")]
    assert limits_in(make_settings(processes=3)) == [warning, (Grade.GOOD, "limits")]
    assert limits_in(make_settings(processes=3, limits_url=dead_url)) == [warning]


@needs_valkey
def test_doctor_with_shared_counters(make_settings):
    """`doctor` asks the shared counters."""
    server = ValkeyServer()
    try:
        settings = make_settings(processes=3, limits_url=server.url)
        assert limits_in(settings) == [(Grade.GOOD, "limits")]
    finally:
        server.stop()


def limits_in(settings):
    found = examine(settings)
    return [(each.verdict, each.subject) for each in found if each.subject == "limits"]


@pytest.fixture
def dead_url():
    """Of a port that refuses connections: bound, not listening."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"valkey://127.0.0.1:{holder.getsockname()[1]}/0"


@pytest.mark.parametrize(
    "url",
    [
        "valkey://host",
        "valkeys://:pw@host:6379/1",
        "rediss://u:p@h?ssl_ca_certs=/ca",
        "unix:///s?db=1",
    ],
)
def test_url(make_settings, url):
    """R26: the URLs that are taken."""
    assert make_settings(limits_url=url).limits_are_shared


@pytest.mark.parametrize(
    "url",
    ["host:6379", "http://h", "valkey://", "valkey://h:CANARY", "valkey://h:99999", "unix://"],
)
def test_wrong_url(make_settings, url):
    """R42: a URL that cannot be used is refused by its setting's name, and not repeated."""
    with pytest.raises(SettingsRefused, match="REASSORT_LIMITS_URL: write") as refused:
        make_settings(limits_url=url)
    assert "CANARY" not in str(refused.value)
    assert "s3cret" not in repr(
        make_settings(limits_url="valkey://:s3cret@h", limits_password="s3cret")
    )
