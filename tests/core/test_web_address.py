"""What may be said in clear, and to whom."""

from __future__ import annotations

import pytest

from core.web_address import is_https_or_on_this_machine, is_loopback


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
