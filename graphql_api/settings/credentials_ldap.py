"""The credential store in an LDAP directory, which need not be the register's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from .register_ldap import Filter
from .section import Section


class LdapCredentialsSettings(Section):
    """Credentials in a directory"""

    port: ClassVar[str] = "credentials"

    credentials_ldap_base: str = Field(
        default="", description="Name of the entry above all voters, at any depth."
    )
    credentials_ldap_numic_filter: Filter = Field(
        default="(numic={number})", description="Finds a voter by NUMIC; `{number}` is escaped."
    )
    credentials_ldap_mark: str = Field(
        default="reassortIssuance",
        min_length=1,
        description="Attribute for the newest issuance: text, SINGLE-VALUE.",
    )
    credentials_ldap_send: Literal["hash", "password", "unicodePwd"] = Field(
        default="hash",
        description="`hash`: argon2id, in one modification with the mark; `password`: by RFC 3062, "
        "for a directory that must hash by itself; `unicodePwd`: for an Active Directory.",
    )
    credentials_ldap_password: str = Field(
        default="userPassword", description="With `hash`: attribute of the password."
    )
    credentials_ldap_hash_prefix: str = Field(
        default="{ARGON2}", description="With `hash`: what stands before it."
    )
    credentials_ldap_lease_seconds: int = Field(
        default=60, ge=1, description="With `password`: seconds others wait while it is being set."
    )
    credentials_ldap_trial_numic: str = Field(
        default="",
        pattern=r"^(\d{8})?$",
        description="NUMIC of an entry that is nobody's: `doctor` sets a new password there and "
        "signs in with it, and so does each process before its first. A voter's is refused. "
        "Empty: there is none.",
    )
    credentials_ldap_url: str = Field(
        default="", description="Another directory than `REASSORT_LDAP_URL`; empty: that one."
    )
    credentials_ldap_bind_dn: str = Field(
        default="", description="Another account; empty: `REASSORT_LDAP_BIND_DN`."
    )
    credentials_ldap_bind_password: SecretStr = Field(
        default=SecretStr(""), description="Its password; empty: `REASSORT_LDAP_BIND_PASSWORD`."
    )
    credentials_ldap_ca_file: Path | None = Field(
        default=None, description="Other certificates; nothing: `REASSORT_LDAP_CA_FILE`."
    )
    credentials_ldap_plain_on_loopback: bool | None = Field(
        default=None, description="Nothing: as `REASSORT_LDAP_PLAIN_ON_LOOPBACK`."
    )
    credentials_ldap_connect_timeout: int | None = Field(
        default=None, ge=1, description="Nothing: `REASSORT_LDAP_CONNECT_TIMEOUT`."
    )
    credentials_ldap_answer_timeout: int | None = Field(
        default=None, ge=1, description="Nothing: `REASSORT_LDAP_ANSWER_TIMEOUT`."
    )
    credentials_ldap_deadline: float | None = Field(
        default=None, gt=0, description="Nothing: `REASSORT_LDAP_DEADLINE`."
    )
    credentials_ldap_connections: int | None = Field(
        default=None, ge=1, le=64, description="Nothing: `REASSORT_LDAP_CONNECTIONS`."
    )
