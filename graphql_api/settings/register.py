"""Where voters are looked up."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import AliasChoices, Field, SecretStr

from .section import PREFIX, Section

RegisterKind = Literal["sqlite", "postgres", "postgresql-view", "rest", "ldap"]
_NEEDED = {
    "postgresql-view": ("register_view_url",),
    "rest": ("register_url", "register_token"),
    "ldap": ("ldap_url", "ldap_bind_dn", "ldap_bind_password", "register_ldap_base"),
}


class RegisterSettings(Section):
    """The register"""

    port: ClassVar[str] = "register"

    register_kind: RegisterKind | None = Field(
        default=None,
        validation_alias=AliasChoices("register_kind", PREFIX + "REGISTER"),
        description="`sqlite`: the file made by `reassort import-register`; `postgres`: the table "
        "made by it; `postgresql-view`: a view in the consulate's own database; `rest`: a service "
        "that speaks the documented contract; `ldap`: a directory. Nothing: `postgres` when "
        "`DATABASE_URL` is PostgreSQL, else `sqlite`.",
    )
    register_connections: int = Field(
        default=5,
        ge=1,
        le=500,
        description="PostgreSQL: most connections of each process that look voters up.",
    )
    register_url: str = Field(
        default="", description="REST: address of the service. https, but to this very machine."
    )
    register_token: SecretStr = Field(
        default=SecretStr(""), description="REST: bearer token for the service."
    )
    register_ca_file: Path | None = Field(
        default=None, description="REST: certificates to trust in place of the system's."
    )
    register_at_once: int = Field(
        default=8, ge=1, le=500, description="REST: requests of each process under way at once."
    )
    register_max_bytes: int = Field(
        default=65536, ge=1024, description="REST: bytes of an answer; longer ones are refused."
    )
    register_circuit_failures: int = Field(
        default=5,
        ge=1,
        description="REST, LDAP: failures in a row after which the register is left alone.",
    )
    register_circuit_seconds: float = Field(
        default=5,
        gt=0,
        description="REST, LDAP: seconds for which it is left alone at first; twice as long each "
        "further time in a row.",
    )
    register_circuit_longest: float = Field(
        default=120, gt=0, description="REST, LDAP: most seconds for which it is left alone."
    )
    register_circuit_probes: int = Field(
        default=1, ge=1, description="REST, LDAP: calls that must succeed before all are let go."
    )

    def needed(self) -> Iterable[str]:
        return _NEEDED.get(self.register_kind or "", ())
