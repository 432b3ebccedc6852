"""Who has authenticated is not held to the price of a security code."""

from __future__ import annotations

import pytest

FORM = {"numic": "12345", "email": "camille.martin@example.org"}


@pytest.fixture
async def send(open_guarded):
    """Sends screen 2 with a security code and more, to a gateway where strangers pay."""
    portal = await open_guarded(security_code_price="required")

    async def send(token=None, **more):
        form = {**FORM, "securityCode": {**await portal.code("REQUEST"), **more}}
        answer = await portal.http.post(
            "/graphql",
            json={"query": portal.REQUEST, "variables": {"input": form}},
            headers={"authorization": f"Bearer {token}"} if token else {},
        )
        told = answer.json()["data"]["requestPasswordRenewal"]
        return told.get("code", told["__typename"])

    return send


@pytest.mark.parametrize("more", [{}, {"proof": "x"}])
async def test_a_partner_is_never_held_to_it(send, issuer, more):
    """R27, R40: a document of 0.2.0 goes on working, and so does a proof that is none."""
    assert await send(issuer.partner(), **more) == "RenewalRequested"
    assert await send(**more) == "SECURITY_CODE_PRICE"
