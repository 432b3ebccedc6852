"""Limits at the edge: by client network, by everyone, for each field."""

from __future__ import annotations

import pytest

from core.errors import TooManyRequests
from graphql_api import limits
from graphql_api.limits import EdgeLimits, network_of


@pytest.fixture
def wall(monkeypatch):
    """The wall clock, set; the library reads the same one."""

    class Wall:
        now = 1_800_000_000.0

        def time(self):
            return self.now

    wall = Wall()
    monkeypatch.setattr("time.time", wall.time)
    return wall


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("203.0.113.7:50123", "203.0.113.7"),
        ("[2001:db8:1:2::5]:50123", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::5]", "2001:db8:1:2::/64"),
        ("[::ffff:203.0.113.7]:50123", "203.0.113.7"),
        ("unknown", "unknown"),
        ("/run/gateway.sock", "/run/gateway.sock"),
        ("", ""),
    ],
)
def test_network(client, network):
    """R26: an IPv4 address counts for itself, an IPv6 address for its /64, a mapped one as IPv4,
    whatever port a proxy has put behind it; what is no address counts for itself."""
    assert network_of(client).split("%")[0] == network


def used_up(edge, field, client):
    with pytest.raises(TooManyRequests) as caught:
        edge.count(field, client)
    return caught.value.retry_after


def test_per_network(wall):
    """R26: a network that has used its limit up waits; its neighbours do not."""
    edge = EdgeLimits("2/minute")
    for client in ("2001:db8::1", "2001:db8::2"):
        edge.count("field", client)
    assert 1 <= used_up(edge, "field", "2001:db8::3") <= 60
    edge.count("field", "2001:db8:0:1::1")
    edge.count("field", "203.0.113.7")
    edge.count("field", "::ffff:203.0.113.7")
    used_up(edge, "field", "203.0.113.7")


def test_per_field(wall):
    """R26: each field has its own count."""
    edge = EdgeLimits("1/minute")
    edge.count("issueSecurityCode", "203.0.113.7")
    edge.count("requestPasswordRenewal", "203.0.113.7")
    used_up(edge, "issueSecurityCode", "203.0.113.7")


def test_overall(wall):
    """R26: a limit for everyone holds across networks."""
    edge = EdgeLimits(None, "2/minute")
    edge.count("field", "203.0.113.7")
    edge.count("field", "203.0.113.8")
    used_up(edge, "field", "203.0.113.9")


def test_reset(wall):
    """R26: after the seconds that were named the network may ask again."""
    edge = EdgeLimits("1/minute")
    edge.count("field", "203.0.113.7")
    wait = used_up(edge, "field", "203.0.113.7")
    wall.now += wait - 1.5
    assert used_up(edge, "field", "203.0.113.7") in (1, 2)
    wall.now += 2.5
    edge.count("field", "203.0.113.7")


def test_wait_is_at_least_a_second(wall):
    """R26: nobody is told to come back at once."""
    edge = EdgeLimits("1/second")
    edge.count("field", "203.0.113.7")
    assert used_up(edge, "field", "203.0.113.7") >= 1


def test_without_limits():
    """R26: without limits nothing is counted."""
    edge = EdgeLimits("", None)
    for _ in range(1000):
        edge.count("field", "203.0.113.7")


def test_unreadable_limit():
    """A limit that cannot be read is refused when composed."""
    with pytest.raises(ValueError, match="parse"):
        EdgeLimits("often")
    assert limits.IPV6_NETWORK == 64
