"""Who calls, behind proxies: a table of what peers and `X-Forwarded-For` say (R26)."""

from __future__ import annotations

import ipaddress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.access.client_network import IPV6_NETWORKS, Proxies, networks_of, read_address

PROXIES = "10.0.0.0/8, 192.0.2.1, 2001:db8:ffff::/48"


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
    assert networks_of(client)[0] == (network, 1)


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        # Who is not listed is the caller, whatever it says.
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("2001:db8:1::1", ["198.51.100.1"], "2001:db8:1::1"),
        ("192.0.2.2", ["198.51.100.1"], "192.0.2.2"),
        # One hop, several, and what an attacker has put in front.
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.9.9.9, 192.0.2.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.99, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.7, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["garbage, 198.51.100.1"], "198.51.100.1"),
        # Several headers are one.
        ("10.0.0.1", ["203.0.113.99", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.99, 198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        # Nobody from outside: the furthest proxy called by itself.
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        # IPv6, ports, zones, mapped addresses.
        ("2001:db8:ffff::1", ["2001:db8:1::5"], "2001:db8:1::5"),
        ("10.0.0.1", ["[2001:db8:1::5]:443"], "2001:db8:1::5"),
        ("10.0.0.1", ["[2001:db8:1::5]"], "2001:db8:1::5"),
        ("10.0.0.1", ["198.51.100.1:50123, 10.0.0.2:80"], "198.51.100.1"),
        ("10.0.0.1", ["fe80::1%eth0"], "fe80::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, ::ffff:10.0.0.2"], "198.51.100.1"),
        # Garbage counts for the proxy that let it through, and is never a name of its own.
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, _hidden"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.256, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.1\xff"], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4.5, 010.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [" , ,198.51.100.1, ,"], "198.51.100.1"),
        # A peer without an address is a caller like any other unless `unix` is listed.
        ("", ["198.51.100.1"], ""),
        ("/run/proxy.sock", ["198.51.100.1"], "/run/proxy.sock"),
        ("testclient", ["198.51.100.1"], "testclient"),
    ],
)
def test_client(peer, told, client):
    """R26: the right-most address that no listed proxy has is who calls."""
    assert Proxies(PROXIES).client(peer, [each.encode("latin-1") for each in told]) == client


@pytest.mark.parametrize("peer", ["", "/run/proxy.sock", "unix:/run/proxy.sock", "unix:"])
def test_unix_domain_peer(peer):
    """R26: with `unix` listed, who connects over a Unix-domain socket is believed, however the
    server names it; a name that a server made up for something else is not."""
    proxies = Proxies("unix, 10.0.0.1")
    assert proxies.client(peer, [b"198.51.100.1, 10.0.0.1"]) == "198.51.100.1"
    assert proxies.client("testclient", [b"198.51.100.1"]) == "testclient"


@pytest.mark.parametrize("listed", ["everywhere", "10.0.0.1/8", "10.0.0.0/33", "*", "unix;"])
def test_unreadable_list(listed):
    """R26: proxies that cannot be read are refused."""
    with pytest.raises(ValueError, match=r"does not appear|host bits"):
        Proxies(listed)


def scope(peer, **headers):
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    encoded = [(name.replace(b"_", b"-"), value) for name, value in encoded]
    return {"type": "http", "scheme": "http", "client": peer, "headers": encoded}


def resolved(listed, *given, **headers):
    asked = scope(*given, **headers)
    Proxies(listed).resolve(asked)
    return asked["client"], asked["scheme"]


def test_scope():
    """R26: any server's scope gets the caller's address, and the scheme that it used, from a
    listed proxy only; a peer is none, or has an address."""
    told = {"x_forwarded_for": "198.51.100.1", "x_forwarded_proto": "https"}
    believed = (("198.51.100.1", 0), "https")
    assert resolved("10.0.0.1", ("10.0.0.1", 1), **told) == believed
    assert resolved("10.0.0.1", ["10.0.0.1", 1], **told) == believed
    assert resolved("unix", None, **told) == believed
    assert resolved("unix", ("", 0), **told) == believed
    assert resolved("10.0.0.1", ("10.0.0.2", 1), **told) == (("10.0.0.2", 1), "http")
    assert resolved("10.0.0.1", None, **told) == (None, "http")
    assert resolved("", ("10.0.0.1", 1), **told) == (("10.0.0.1", 1), "http")
    odd = {"x_forwarded_proto": "javascript", "forwarded": "for=198.51.100.1;proto=https"}
    assert resolved("10.0.0.1", ("10.0.0.1", 1), **odd) == (("10.0.0.1", 0), "http")


async def test_callers_behind_a_proxy_count_for_themselves(open_portal):
    """R26: mounted under any server, each caller behind a listed proxy has a limit of its own, and
    cannot get another one by what it writes into the header."""
    portal = await open_portal(
        client="10.0.0.1", trusted_proxies="10.0.0.0/8", network_limit="2/minute"
    )

    async def ask(forwarded: str) -> bool:
        portal.http.headers["x-forwarded-for"] = forwarded
        answer = await portal.send(portal.ISSUE, {"input": {"step": "REQUEST"}})
        return "errors" not in answer.json()

    assert [await ask(f"203.0.113.{each}, 198.51.100.1") for each in range(3)] == [
        True,
        True,
        False,
    ]
    assert await ask("198.51.100.2, 10.0.0.9")
    assert not await ask("198.51.100.1:5123, 10.0.0.9")


async def test_strangers_cannot_choose_whom_they_count_for(open_portal):
    """R26: without listed proxies the header is nothing but text."""
    portal = await open_portal(network_limit="2/minute")
    answers: list[httpx.Response] = []
    for each in range(3):
        portal.http.headers["x-forwarded-for"] = f"203.0.113.{each}"
        answers.append(await portal.send(portal.ISSUE, {"input": {"step": "REQUEST"}}))
    assert ["errors" in answer.json() for answer in answers] == [False, False, True]


def test_wider_networks_count_as_well():
    """R26: who holds a /48 has not 65,536 limits; in it there may be many, hence more for it."""
    assert networks_of("2001:db8:1:2ff::7") == (
        ("2001:db8:1:2ff::/64", 1),
        ("2001:db8:1:200::/56", 4),
        ("2001:db8:1::/48", 16),
    )
    assert networks_of("203.0.113.7:5000") == (("203.0.113.7", 1),)


WORDS = st.lists(st.just(0) | st.integers(0, 0xFFFF), min_size=8, max_size=8)


@given(WORDS.map(lambda words: sum(word << 16 * place for place, word in enumerate(words))))
def test_networks_are_written_as_python_writes_them(number):
    """R26: counters, and what wrong identifiers are counted by, keep their names, wherever zeros
    stand."""
    address = ipaddress.IPv6Address(number)
    if address.ipv4_mapped is None:
        assert networks_of(str(address)) == tuple(
            (str(ipaddress.ip_network((address, length), strict=False)), times)
            for length, times in IPV6_NETWORKS.items()
        )


@given(
    st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda address: address.exploded)
    | st.from_regex(r"\A([0-9]{1,4}|[0-9a-f:.]{1,3}){1,9}\Z")
    | st.text("0123456789abf:.%[]/x ", max_size=20)
)
def test_an_address_is_one_by_python(text):
    """R26: of which kind it could be is known by its colons, and nothing else is one."""
    bare = text
    if text.startswith("["):
        bare = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        bare = text.partition(":")[0]
    try:
        expected = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        assert read_address(text) is None
    else:
        assert read_address(text) == (getattr(expected, "ipv4_mapped", None) or expected)
