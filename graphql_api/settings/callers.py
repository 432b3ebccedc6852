"""Who may call: issuers of tokens, the router, the public, and how much partners get."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from core.partner import is_partner_name
from core.web_address import is_https_or_on_this_machine
from graphql_api.access.issuer import Issuer

from .gateway import Rate
from .section import Section

Algorithm = Literal["RS256", "ES256", "EdDSA"]
_LONGEST_LIFE = 86400
_SHORTEST_SECRET = 32
Name = Annotated[str, Field(min_length=1)]


class IssuerSettings(BaseModel, extra="forbid", frozen=True):
    """One issuer, as it is written in the list."""

    issuer: Name
    audience: Name
    jwks_uri: Name
    kind: Literal["partner", "dashboard"]
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "ES256", "EdDSA"), min_length=1)
    partner_claim: Name = "client_id"
    partners: dict[str, str] = Field(default_factory=dict)
    scope_claim: Name = "scope"
    grants: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    longest_life: int = Field(default=7200, ge=60, le=_LONGEST_LIFE)

    @field_validator("jwks_uri")
    @classmethod
    def _trustworthy(cls, url: str) -> str:
        parts = urlsplit(url)
        if not is_https_or_on_this_machine(url) or "@" in parts.netloc:
            raise ValueError("keys are fetched by https://, or from this machine")
        return url

    @field_validator("partners")
    @classmethod
    def _named(cls, partners: dict[str, str]) -> dict[str, str]:
        if not all(is_partner_name(each) for each in partners.values()):
            raise ValueError("a partner's name is lower-case letters, digits and hyphens")
        return partners

    @model_validator(mode="after")
    def _speaks_for_its_own(self) -> Self:
        """Else a client that calls itself by a partner's name has that one's limits and links."""
        if self.kind == "partner" and not self.partners:
            raise ValueError(
                "name its clients: `partners` with our name for each client's id, such as "
                '{"client-7f3a": "consulat"}; an issuer speaks for no other partner'
            )
        return self

    @property
    def trusted(self) -> Issuer:
        return Issuer(
            issuer=self.issuer,
            audience=self.audience,
            kind=self.kind,
            algorithms=tuple(self.algorithms),
            partner_claim=self.partner_claim,
            partners=self.partners,
            scope_claim=self.scope_claim,
            grants=self.grants,
            longest_life=timedelta(seconds=self.longest_life),
        )


class CallerSettings(Section):
    """Who calls"""

    public: bool = Field(
        default=True,
        description="Whether callers without credentials are taken for voters, as the portal's "
        "pages are. `false` where every front end is a partner's server that authenticates; the "
        "portal then no longer works.",
    )
    issuers: tuple[IssuerSettings, ...] = Field(
        default=(),
        description="Whose JWTs are believed, as JSON: `[{"
        '"issuer": ..., "audience": ..., "jwks_uri": ..., "kind": "partner" or "dashboard"}]`. '
        "See [partners](../how-to/authenticate-partners.md) and "
        "[dashboards](../how-to/give-a-dashboard-access.md).",
    )
    partner_limits: dict[str, Rate] = Field(
        default_factory=dict,
        description='Uses of one field by a partner that has authenticated: `{"consulat": '
        '"600/minute"}`, or `none`. In place of the limit by network, which holds for partners '
        "that are not named.",
    )
    partner_caller_share: float = Field(
        default=0.05,
        gt=0,
        le=0.5,
        description="The part of a partner's limit, or of the overall one where it has none, that "
        "one voter's network behind it may use up, where the partner sends `Voter-Address`; four "
        "times as much for an IPv6 /56, sixteen times for a /48. At least 10 uses; half at most.",
    )
    router_secrets: SecretStr = Field(
        default=SecretStr(""),
        description="What the federation router shows as `Router-Authorization`, newest first, "
        "with commas between; at least 32 characters each. Gives access to the fields for the "
        "router, to no others.",
    )

    @field_validator("issuers")
    @classmethod
    def _told_apart(cls, issuers: tuple[IssuerSettings, ...]) -> tuple[IssuerSettings, ...]:
        if len({(each.issuer, each.audience) for each in issuers}) < len(issuers):
            raise ValueError("two entries have the same issuer and audience")
        spoken_for: dict[str, str] = {}
        for each in issuers:
            for name in each.partners.values() if each.kind == "partner" else ():
                if spoken_for.setdefault(name, each.issuer) != each.issuer:
                    raise ValueError(f"two issuers speak for the partner {name}: one may")
        return issuers

    @field_validator("router_secrets")
    @classmethod
    def _long_enough(cls, secrets: SecretStr) -> SecretStr:
        if any(len(each) < _SHORTEST_SECRET for each in _split(secrets)):
            raise ValueError(f"each secret has at least {_SHORTEST_SECRET} characters")
        return secrets

    @property
    def partners_by_token(self) -> frozenset[str]:
        """Our names of the partners for whom an issuer speaks."""
        partners = (each.partners for each in self.issuers if each.kind == "partner")
        return frozenset(name for each in partners for name in each.values())

    @property
    def routers(self) -> list[str]:
        return _split(self.router_secrets)


def _split(secrets: SecretStr) -> list[str]:
    return [part.strip() for part in secrets.get_secret_value().split(",") if part.strip()]
