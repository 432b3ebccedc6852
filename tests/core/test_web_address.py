"""What may be said in clear, and to whom."""

from __future__ import annotations

import pytest

from core.web_address import hosts_and_options, is_https_or_on_this_machine, is_loopback, origin_of


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.8.7", "::1"])
def test_what_cannot_lead_off_the_machine(host):
    """R18: the whole loopback network, by either protocol."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example.org", "128.0.0.1", "0.0.0.0", "::2"])
def test_what_can(host):
    """R18: a name that only looks like this machine's is another's."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://vote.example.org/renouveler", True),
        ("http://127.0.0.2:8000/", True),
        ("http://[::1]/", True),
        ("http://vote.example.org/", False),
        ("http://localhost.example.org/", False),
        ("ftp://localhost/", False),
        ("https:///renouveler", False),
        ("http://[::1/", False),
        ("", False),
    ],
)
def test_in_clear_on_this_machine_only(url, safe):
    """R18: anywhere else over TLS, and what is no address is not safe."""
    assert is_https_or_on_this_machine(url) is safe


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Consulat.example.org/mdp#token={token}", "https://consulat.example.org"),
        ("https://consulat.example.org:443/", "https://consulat.example.org"),
        ("https://consulat.example.org:8443/", "https://consulat.example.org:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:3000/mdp", "http://[::1]:3000"),
        ("https://ambassadé.example.org/", "https://xn--ambassad-i1a.example.org"),
    ],
)
def test_an_origin_as_browsers_write_it(url, origin):
    """R61: lower case, without the usual port, in ASCII."""
    assert origin_of(url) == origin


THREE = "127.0.0.1:5432,[::1]:5433,localhost"


@pytest.mark.parametrize(
    ("dsn", "hosts", "options"),
    [
        ("postgresql://u:p@db.example.org/reassort", "db.example.org", {}),
        (f"postgresql://u:p@{THREE}/r", THREE, {}),
        ("postgresql://u@/r?host=/run/a,b&port=1,2", "/run/a,b", {"port": ["1,2"]}),
        ("postgresql:///r", "", {}),
        ("", "", {}),
    ],
)
def test_hosts_of_a_database(dsn, hosts, options):
    """P1: several servers in one URL, one of them in brackets, which newer Pythons' `urlsplit`
    refuses."""
    named, asked = hosts_and_options(dsn)
    assert named == hosts
    assert options.items() <= asked.items()
