"""What doctor says of the ways by which partners are known."""

from __future__ import annotations

from core.errors import DependencyFailure
from graphql_api.compose import Application

from .fitness import Finding, Grade


async def partners_known(application: Application) -> list[Finding]:
    """A partner is known by its key or by its issuer's word: whoever has either is that partner."""
    named = application.settings.partners_by_token
    if not named:
        return []
    try:
        _, keys = await application.keep_partners.all()
    except DependencyFailure:
        return []  # told of the database already
    now = application.ports.clock.now()
    if both := sorted({each.partner for each in keys if each.works(now)} & named):
        text = (
            f"{', '.join(both)}: by an issuer's tokens and by an API key. Decide for one: "
            "`reassort partner revoke`, or take it out of REASSORT_ISSUERS"
        )
        return [Finding("partners", Grade.BAD, text)]
    return [Finding("partners", Grade.GOOD, "each is known by one credential")]
