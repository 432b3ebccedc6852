"""The register in an LDAP directory: where voters are, and how their attributes are called."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from .section import Section


def _with_number(text: str) -> str:
    if text.count("{number}") != 1:
        raise ValueError("a filter holds `{number}` once")
    return text


Filter = Annotated[str, AfterValidator(_with_number)]


class RegisterLdapSettings(Section):
    """A register in a directory"""

    port: ClassVar[str] = "register"

    register_ldap_base: str = Field(
        default="", description="Name of the entry above all voters, at any depth."
    )
    register_ldap_numic_filter: Filter = Field(
        default="(numic={number})", description="Finds a voter by NUMIC; `{number}` is escaped."
    )
    register_ldap_numel_filter: Filter = Field(
        default="(numel={number})", description="Finds a voter by NUMEL."
    )
    register_ldap_numic: str = Field(
        default="numic", description="Attribute of the NUMIC: 8 digits, zeros in front."
    )
    register_ldap_numel: str = Field(
        default="numel", description="Attribute of the NUMEL: 9 digits, zeros in front."
    )
    register_ldap_email: str = Field(default="mail", description="Attribute of the address.")
    register_ldap_phones: tuple[str, ...] = Field(
        default=("mobile", "telephoneNumber"),
        min_length=1,
        description="Attributes of phone numbers, as a JSON list: the first usable number counts.",
    )
    register_ldap_default_region: str = Field(
        default="",
        description="Country (ISO 3166: `FR`) of phone numbers without country code; empty: those "
        "are absent.",
    )
    register_ldap_identifier: str = Field(
        default="votingIdentifier", description="Attribute of the voting identifier."
    )
    register_ldap_identifier_check: Literal["compare", "read"] = Field(
        default="compare",
        description="`compare`: the directory compares, and holds it in canonical form; `read`: "
        "the gateway reads it, however it is written.",
    )
    register_ldap_identifier_renewed_in: str = Field(
        default="",
        description="Attribute of the rounds of the identifier's renewal, of one or several "
        "values; empty: there is none.",
    )
    register_ldap_constituency: str = Field(
        default="", description="Attribute of the voter's constituency; empty: there is none."
    )
    register_ldap_post: str = Field(
        default="",
        description="Attribute of the consular post at which the voter is registered; empty: there "
        "is none.",
    )
    register_ldap_seconds: int = Field(
        default=3, ge=1, description="The directory's own limit for a search, in seconds."
    )
