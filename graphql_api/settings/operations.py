"""The page on which operators watch the vote, and where they sign in."""

from __future__ import annotations

from pydantic import Field

from .section import Section


class OperationsSettings(Section):
    """The operators' page"""

    operations: bool = Field(
        default=False,
        description="Serve the page on which operators watch the vote, at `/operations`. "
        "[How](../how-to/use-the-operations-page.md).",
    )
    operations_issuer: str = Field(
        default="",
        description="Where operators sign in: the `issuer` of one entry of `REASSORT_ISSUERS` "
        "whose kind is `dashboard`. It has a discovery document and the authorization code flow "
        "with PKCE for public clients.",
    )
    operations_client_id: str = Field(
        default="",
        description="As what the page is registered there: a public client, without a secret.",
    )
    operations_scopes: str = Field(
        default="openid deliveries:read operations:read evidence:read",
        pattern=r"^openid( [!#-\[\]-~]+)*$",
        description="What the page asks for, `openid` first. Where `grants` make scopes of roles, "
        "`openid` alone may be enough.",
    )
