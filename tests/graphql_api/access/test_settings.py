"""R40: settings about callers are refused by name when they are unsafe or wrong."""

from __future__ import annotations

import pytest

from graphql_api.settings import SettingsRefused

ISSUER = {
    "issuer": "https://login.example.org",
    "audience": "reassort",
    "jwks_uri": "https://login.example.org/jwks",
    "kind": "partner",
    "partners": {"client-7f3a": "consulat"},
}


@pytest.mark.parametrize(
    "given",
    [
        {"jwks_uri": "http://login.example.org/jwks"},
        {"jwks_uri": "https://user:secret@login.example.org/jwks"},
        {"jwks_uri": "https:///jwks"},
        {"jwks_uri": "file:///etc/jwks"},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"algorithms": []},
        {"audience": ""},
        {"issuer": ""},
        {"kind": "anyone"},
        {"partners": {"client": "Consulat"}},
        {"partners": {}},
        {"longest_life": 90000},
        {"surprise": 1},
    ],
)
def test_an_issuer_that_cannot_be_trusted(make_settings, given):
    """R40: keys come by TLS or from this machine; no algorithm with a shared secret."""
    with pytest.raises(SettingsRefused, match="REASSORT_ISSUERS"):
        make_settings(issuers=[ISSUER | given])


def test_an_issuer_names_its_clients(make_settings):
    """R61, A4: without names it would speak for any partner; a sentence says what is missing."""
    given = {name: value for name, value in ISSUER.items() if name != "partners"}
    with pytest.raises(SettingsRefused, match=r"REASSORT_ISSUERS.*name its clients.*client-7f3a"):
        make_settings(issuers=[given])
    assert make_settings(issuers=[given | {"kind": "dashboard"}]).partners_by_token == frozenset()
    assert make_settings(issuers=[ISSUER]).partners_by_token == {"consulat"}


def test_two_issuers_speak_for_different_partners(make_settings):
    """R61, A4: one of them could otherwise speak for the other's; one with two audiences may."""
    other = ISSUER | {"issuer": "https://other.example.org"}
    with pytest.raises(SettingsRefused, match="two issuers speak for the partner consulat"):
        make_settings(issuers=[ISSUER, other])
    make_settings(issuers=[ISSUER, other | {"partners": {"client-7f3a": "annuaire"}}])
    make_settings(issuers=[ISSUER, ISSUER | {"audience": "another"}])
    make_settings(issuers=[ISSUER, other | {"kind": "dashboard"}])


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:80"])
def test_keys_from_this_machine(make_settings, host):
    """R40: a proxy beside us may speak HTTP."""
    settings = make_settings(issuers=[ISSUER | {"jwks_uri": f"http://{host}/jwks"}])
    assert settings.issuers[0].trusted.issuer == ISSUER["issuer"]


def test_secrets_of_routers(make_settings):
    """R39: several, for a rotation; none that could be guessed; never shown."""
    settings = make_settings(router_secrets=f"{'a' * 32}, {'b' * 32},")
    assert settings.routers == ["a" * 32, "b" * 32]
    assert "aaaa" not in repr(settings)
    with pytest.raises(SettingsRefused, match=r"REASSORT_ROUTER_SECRETS.*at least 32"):
        make_settings(router_secrets=f"{'a' * 32},short")


def test_limits_of_partners(make_settings):
    """R26: rates like the others, or none."""
    settings = make_settings(partner_limits={"consulat": "600/minute", "annuaire": "none"})
    assert settings.partner_limits == {"consulat": "600/minute", "annuaire": ""}
    with pytest.raises(SettingsRefused, match="REASSORT_PARTNER_LIMITS"):
        make_settings(partner_limits={"consulat": "many"})
