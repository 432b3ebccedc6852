"""Who has authenticated is not held to the price of a security code."""

from __future__ import annotations

from functools import partial

import pytest

FORM = {"numic": "12345", "email": "camille.martin@example.org"}


@pytest.fixture
async def open_send(open_guarded):
    """Sends screen 2 with a security code and more, to a gateway with these settings."""

    async def make(**given):
        return partial(_send, await open_guarded(**given))

    return make


async def _send(portal, token=None, **more):
    form = {**FORM, "securityCode": {**await portal.code("REQUEST"), **more}}
    answer = await portal.http.post(
        "/graphql",
        json={"query": portal.REQUEST, "variables": {"input": form}},
        headers={"authorization": f"Bearer {token}"} if token else {},
    )
    told = answer.json()["data"]["requestPasswordRenewal"]
    return told.get("code", told["__typename"])


@pytest.mark.parametrize("more", [{}, {"proof": "x"}])
async def test_a_partner_is_never_held_to_it(open_send, issuer, more):
    """R27, R40: a document of 0.2.0 goes on working, and so does a proof that is none."""
    send = await open_send(security_code_price="required")
    assert await send(issuer.partner(), **more) == "RenewalRequested"
    assert await send(**more) == "SECURITY_CODE_PRICE"


async def test_a_partner_keeps_its_limit(open_send, issuer):
    """R26, R27: the quarter is for strangers."""
    send = await open_send(network_limit="4/minute", partner_limits={"consulat": "8/minute"})
    assert {await send(issuer.partner()) for _ in range(3)} == {"RenewalRequested"}
