"""What doctor says of the ways by which partners are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from core.errors import DependencyFailure
from core.partner import Partner, PartnerKey
from graphql_api.access.scopes import ASSISTANCE, RENEWALS
from graphql_api.compose import Application
from graphql_api.settings import Settings

from .fitness import TAKEN_FOR_VOTERS, Finding, Grade, partners_may_be_revoked


async def partners_known(application: Application) -> list[Finding]:
    """A partner is known by its key or by its issuer's word: whoever has either is that partner.
    One that does not say for whom it calls has one limit for all of its voters."""
    named = application.settings.partners_by_token
    try:
        partners, keys = await application.keep_partners.all()
    except DependencyFailure:
        return []  # told of the database already
    now = application.ports.clock.now()
    working = [each for each in keys if each.works(now)]
    return [
        *(_twice_known(working, named) if named else ()),
        *_silent(partners, working),
        *_beside_voters(application.settings, working),
    ]


def _beside_voters(settings: Settings, working: Sequence[PartnerKey]) -> Iterator[Finding]:
    """Of partners by API key; of those in the settings it is said without asking the database."""
    voters_call = settings.public and not settings.portal
    if working and voters_call and not partners_may_be_revoked(settings):
        yield TAKEN_FOR_VOTERS


def _silent(partners: Sequence[Partner], keys: Sequence[PartnerKey]) -> Iterator[Finding]:
    fronts = {each.name for each in partners if each.scopes & {RENEWALS, ASSISTANCE}}
    called = fronts & {each.partner for each in keys if each.last_used_at is not None}
    if silent := sorted(called - {each.partner for each in keys if each.voter_told_at is not None}):
        text = (
            f"{', '.join(silent)}: never said for whom it calls, so that one voter can use up all "
            "that its voters may: ask for the header Voter-Address"
        )
        yield Finding("partners", Grade.WARNING, text)


def _twice_known(keys: Sequence[PartnerKey], named: Collection[str]) -> Iterator[Finding]:
    if both := sorted({each.partner for each in keys} & set(named)):
        text = (
            f"{', '.join(both)}: by an issuer's tokens and by an API key. Decide for one: "
            "`reassort partner revoke`, or take it out of REASSORT_ISSUERS"
        )
        yield Finding("partners", Grade.BAD, text)
    else:
        yield Finding("partners", Grade.GOOD, "each is known by one credential")
