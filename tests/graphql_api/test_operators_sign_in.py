"""R57: what `doctor` says of the operators' page."""

from __future__ import annotations

import pytest

from graphql_api.compose import choose_ports, compose
from graphql_api.running.finding import Finding, Grade
from graphql_api.running.operators_sign_in import SUBJECT, operators_sign_in
from tests.servers.oidc_issuer import OidcIssuer


@pytest.fixture
def issuer():
    with OidcIssuer() as issuer:
        yield issuer


@pytest.fixture
def look(make_settings, issuer):
    async def look(**given):
        settings = make_settings(**issuer.settings | given)
        ports = choose_ports(settings)
        try:
            return await operators_sign_in(compose(settings, ports))
        finally:
            await ports.close()

    return look


async def test_nothing_keeps_them_out(look, issuer):
    """R57: one finding says where they sign in; none where no page is served."""
    said = f"operators sign in at {issuer.issuer}"
    assert await look() == [Finding(SUBJECT, Grade.GOOD, said)]
    assert await look(operations=False) == []


@pytest.mark.parametrize(
    ("tells", "said"),
    [
        ({"issuer": "https://other.example.org"}, "names another issuer"),
        ({"token_endpoint": None}, "has no token_endpoint"),
        ({"authorization_endpoint": 1}, "has no authorization_endpoint"),
        ({"token_endpoint": "https://other.example.org/token"}, "at another origin"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE with S256"),
        ({"code_challenge_methods_supported": None}, "PKCE with S256"),
    ],
)
async def test_what_keeps_them_out(look, issuer, tells, said):
    """R57: each is said here, so that no operator finds it out on the evening of the vote."""
    issuer.tells = tells
    (finding,) = await look()
    assert finding.verdict is Grade.BAD
    assert said in finding.text


async def test_an_issuer_that_does_not_answer(look, issuer):
    """R57: or not with a document."""
    issuer.is_out = True
    (finding,) = await look()
    assert finding.verdict is Grade.BAD
    assert "no discovery document (status 503)" in finding.text
