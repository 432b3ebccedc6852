"""A11: what `doctor` says of settings that leave a deployment open."""

from __future__ import annotations

import pytest

from graphql_api.portal.pages import LINK_PAGE
from graphql_api.running.exposure import PAGE, deceptive, exposed
from graphql_api.running.finding import Grade
from graphql_api.running.fitness import for_real_use

ISSUER = {
    "issuer": "https://login.example.org/realms/vote",
    "audience": "reassort",
    "jwks_uri": "https://login.example.org/keys",
}


@pytest.fixture
def sound(make_settings):
    """Settings that nothing is said of, but for what is given."""

    def sound(**given):
        return make_settings(**{"network_limit": "30/minute", "portal": True, **given})

    return sound


def test_nothing_is_said_of_what_is_well(sound):
    """A11: a proxy's network, pages over TLS or on this machine, a long token, a plain name."""
    settings = sound(
        trusted_proxies="10.0.0.0/8, 2001:db8::/32, unix",
        cors_origins="https://vote.example.org, http://localhost:3000",
        receipts_url="https://vote.example.org/receipts",
        metrics_token="t" * 16,
        partner_links={"consulat": "https://consulat.example.org:8443/mdp#token={token}"},
    )
    assert list(exposed(settings)) == []


@pytest.mark.parametrize(
    ("given", "subject", "verdict"),
    [
        ({"network_limit": "none"}, "network_limit", Grade.WARNING),
        ({"security_code_price": "off"}, "security_code", Grade.WARNING),
        ({"trusted_proxies": "10.0.0.1, 0.0.0.0/0"}, "proxies", Grade.BAD),
        ({"trusted_proxies": "0.0.0.0/1"}, "proxies", Grade.BAD),
        ({"trusted_proxies": "::/0"}, "proxies", Grade.BAD),
        ({"metrics_token": "t"}, "metrics", Grade.BAD),
        ({"metrics_token": "t" * 15}, "metrics", Grade.BAD),
        ({"receipts_url": "http://vote.example.org/receipts"}, "receipts", Grade.BAD),
        ({"cors_origins": "http://vote.example.org"}, "cors", Grade.BAD),
        (
            {"partner_links": {"consulat": "https://vote.example.org@evil.example#{token}"}},
            "link_template",
            Grade.BAD,
        ),
    ],
)
def test_what_is_open_is_said(sound, given, subject, verdict):
    """A11: each by its subject, and nothing else beside it."""
    assert [(each.subject, each.verdict) for each in exposed(sound(**given))] == [
        (subject, verdict)
    ]


@pytest.mark.parametrize(
    ("given", "is_said"),
    [
        ({"portal": False}, True),
        ({"portal": True}, False),
        ({"portal": False, "public": False}, False),
        ({"portal": False, "link_template": "https://vote.example.org/mdp#t={token}"}, False),
        (
            {
                "portal": False,
                "partner_links": {"consulat": "https://consulat.example.org/#token={token}"},
            },
            False,
        ),
    ],
)
def test_links_to_a_portal_that_is_not_served(make_settings, given, is_said):
    """R14: voters would get 404; whoever has pages of their own knows better."""
    template = {"link_template": f"https://vote.example.org{PAGE}#token={{token}}"}
    settings = make_settings(**{"network_limit": "30/minute", **template, **given})
    assert ([each.subject for each in exposed(settings)] == ["portal"]) is is_said
    assert PAGE == LINK_PAGE


@pytest.mark.parametrize(
    ("given", "is_said"),
    [
        ({"partner_limits": {"consulat": "9/minute"}}, True),
        ({"issuers": [{**ISSUER, "kind": "partner", "partners": {"a": "consulat"}}]}, True),
        ({"issuers": [{**ISSUER, "kind": "dashboard"}]}, False),
        ({"partner_limits": {"consulat": "9/minute"}, "portal": True}, False),
        ({"partner_limits": {"consulat": "9/minute"}, "public": False}, False),
    ],
)
def test_a_partner_that_is_revoked_would_be_a_voter(make_settings, given, is_said):
    """A4: a dashboard is none; with a portal voters have to be answered."""
    findings = for_real_use(make_settings(**{"portal": False, **given}))
    assert ("public" in {each.subject for each in findings}) is is_said


def test_without_voters_nobody_needs_a_limit(sound):
    """A11: partners have limits of their own."""
    assert list(exposed(sound(network_limit="none", public=False))) == []
    assert list(exposed(sound(security_code_price="off", public=False))) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://vote.example.org@evil.example/r#t={token}", "`@`"),
        ("https://vote.example.org\\@evil.example/r#t={token}", "`@`"),
        ("https://v\u043ete.example.org/r#t={token}", "plain letters"),
        ("https://xn--vte-ifd.example.org/r#t={token}", "plain letters"),
        ("https://203.0.113.7/r#t={token}", "number"),
        ("https://3405803783/r#t={token}", "number"),
        ("https://[2001:db8::1]/r#t={token}", "number"),
        ("https://[2001:db8::1/r#t={token}", "cannot be read"),
        ("https://vote.example.org/r?t={token}", "before the `#`"),
    ],
)
def test_a_host_that_is_not_what_it_looks_like(url, said):
    """A11, R18: what a voter reads is where the link leads."""
    assert said in deceptive(url)


def test_a_host_that_is_what_it_looks_like():
    """A11: this machine's is for trials, of which another finding speaks."""
    for host in ("vote.example.org", "127.0.0.1:8000", "[::1]:8000", "localhost"):
        assert deceptive(f"https://{host}/r#token={{token}}") is None
