"""R41, R61: what a partner's own pages may do in a sandbox, and the caps that it can be given."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.partner_signature import LONGEST_SECONDS, sign
from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios.settings import SandboxOptions
from graphql_api.scenarios.table import SCENARIOS
from tests.sandbox.partner import AT, BASE, Partner, client_of

RENEWED = SCENARIOS[0]
DAY = 24 * 3600


async def parameter(caller: Partner, seconds: float = 1800, **given: str) -> str:
    """As a partner's server makes it, of what the sandbox tells."""
    told = {**(await caller.get("/dev/scenarios.json"))["signing"], **given}
    until = int((AT + timedelta(seconds=seconds)).timestamp())
    text = f"{told['partner']}.{until}.{told['key']}"
    return f"{text}.{sign(told['secret'], text)}"


async def test_a_page_that_the_partner_has_signed(partner):
    """A3: a voter's browser without an `Origin` hands the parameter on."""
    assert await partner.request(RENEWED, partner=await parameter(partner)) == "RenewalRequested"
    assert await partner.confirm(await partner.token(RENEWED)) == "PasswordRenewed"


@pytest.mark.parametrize(
    ("seconds", "given"),
    [
        (1800, {"secret": "0" * 64}),
        (1800, {"partner": "consulat"}),
        (1800, {"key": "0123456789"}),
        (-1, {}),
        (LONGEST_SECONDS + 1, {}),
    ],
)
async def test_what_does_not_hold(partner, seconds, given):
    """A3: another secret, partner or key, a time that is over or too far ahead: no such partner."""
    wrong = await parameter(partner, seconds, **given)
    assert await partner.request(RENEWED, partner=wrong) == "InvalidFields"
    assert (await partner.inbox())["emails"] == []


async def test_the_bare_name_is_not_enough(partner):
    """A3: anyone could write it."""
    assert await partner.request(RENEWED, partner="sandbox-partner") == "InvalidFields"


async def test_each_seed_has_a_secret_of_its_own():
    """R41: what was signed for one sandbox does not hold in another."""
    secrets = set()
    for seed in ("one", "two", "two"):
        app = build_sandbox(SandboxOptions(BASE, seed=seed, at=AT))
        async with client_of(app) as http, app.router.lifespan_context(app):
            secrets.add((await Partner(http).get("/dev/scenarios.json"))["signing"]["secret"])
    assert len(secrets) == 2


async def test_caps_that_renewals_use_up():
    """R61: A1: with `--caps` as in production: three renewals within a day, six in the round; then
    the e-mail that says so."""
    app = build_sandbox(SandboxOptions(BASE, at=AT, limited=False, capped=True))
    async with client_of(app) as http, app.router.lifespan_context(app):
        partner = Partner(http)
        for _ in range(2):
            for _ in range(3):
                assert await partner.confirm(await partner.link(RENEWED)) == "PasswordRenewed"
                await partner.advance(120)
            before = len((await partner.inbox())["emails"])
            assert await partner.request(RENEWED) == "RenewalRequested"
            assert len((await partner.inbox())["emails"]) == before
            await partner.advance(DAY)
        assert await partner.request(RENEWED) == "RenewalRequested"
        assert await partner.state(RENEWED, "renewals_stopped") == "accepted"


async def test_no_caps_unless_asked_for(partner):
    """R41: tests renew the few voters of the table over and over."""
    for _ in range(7):
        assert await partner.confirm(await partner.link(RENEWED)) == "PasswordRenewed"
        await partner.advance(120)
