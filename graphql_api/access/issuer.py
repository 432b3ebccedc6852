"""Issuer: someone whose tokens are believed, for what and under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Those with a public key that PyJWT knows and that issuers use. Never `none`, never HS256: with
it the public key would be the secret."""
Kind = Literal["partner", "dashboard"]


@dataclass(frozen=True)
class Issuer:
    """`partner_claim` holds the client's id, `partners` our names for those; other clients are
    nobody. `scope_claim` holds scopes or roles, `grants` what each of these means to us; without
    any, they are our scopes. A claim within another is written `realm_access.roles`."""

    issuer: str
    audience: str
    kind: Kind
    algorithms: tuple[str, ...] = ALGORITHMS
    partner_claim: str = "client_id"
    partners: Mapping[str, str] = field(default_factory=dict[str, str])
    scope_claim: str = "scope"
    grants: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    longest_life: timedelta = timedelta(hours=2)

    def scopes(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """From a text with spaces or a list; anything else grants nothing."""
        given = _claim(claims, self.scope_claim)
        words = given.split() if isinstance(given, str) else given
        if not isinstance(words, list):
            return frozenset()
        named = [each for each in words if isinstance(each, str)]
        if not self.grants:
            return frozenset(named)
        return frozenset(scope for each in named for scope in self.grants.get(each, ()))

    def partner(self, claims: Mapping[str, Any]) -> str | None:
        """Our name for the client; None when it has none."""
        client = _claim(claims, self.partner_claim)
        return self.partners.get(client) if isinstance(client, str) else None


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) or value is claims else None
    return value
