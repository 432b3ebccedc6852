"""Whether operators can sign in for their page: what only their browsers would find out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.web_address import origin_of
from graphql_api.access.key_set import KeysUnreachable
from graphql_api.compose import Application
from graphql_api.compose.issuers import discovery_of

from .finding import Finding, Grade

SUBJECT = "operations page"


async def operators_sign_in(application: Application) -> list[Finding]:
    """A finding for each thing that keeps them out, or one that nothing does; none where no page is
    served. What the issuer lets the page's origin read is not tried: that address is not known."""
    settings = application.settings
    if not settings.operations:
        return []
    issuer = settings.operations_issuer
    try:
        told = await discovery_of(issuer, application.ports)
    except KeysUnreachable as failure:
        return [Finding(SUBJECT, Grade.BAD, f"{issuer}: no discovery document ({failure})")]
    wrong = [Finding(SUBJECT, Grade.BAD, f"{issuer}: {each}") for each in _wrong(issuer, told)]
    return wrong or [Finding(SUBJECT, Grade.GOOD, f"operators sign in at {issuer}")]


def _wrong(issuer: str, told: Mapping[str, Any]) -> Iterator[str]:
    if told.get("issuer") != issuer:
        yield "its discovery document names another issuer"
    for name in ("authorization_endpoint", "token_endpoint"):
        if not isinstance(told.get(name), str):
            yield f"its discovery document has no {name}"
    token = told.get("token_endpoint")
    if isinstance(token, str) and origin_of(token) != origin_of(issuer):
        yield "its token endpoint is at another origin, which the page may not call"
    if "S256" not in (told.get("code_challenge_methods_supported") or ()):
        yield "it does not say that it knows PKCE with S256"
