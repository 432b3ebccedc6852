"""How LDAP directories are reached."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from .section import Section


class DirectorySettings(Section):
    """An LDAP directory"""

    ldap_url: str = Field(
        default="",
        description="`ldaps://host:636`, or `ldap://host:389` for StartTLS, then demanded.",
    )
    ldap_bind_dn: str = Field(default="", description="The gateway's account, as a DN.")
    ldap_bind_password: SecretStr = Field(
        default=SecretStr(""), description="The account's password."
    )
    ldap_ca_file: Path | None = Field(
        default=None, description="Certificates to trust in place of the system's."
    )
    ldap_plain_on_loopback: bool = Field(
        default=False, description="No TLS, to an `ldap://` on this very machine only."
    )
    ldap_connect_timeout: int = Field(
        default=3, ge=1, description="Seconds for a connection to be made."
    )
    ldap_answer_timeout: int = Field(default=3, ge=1, description="Seconds for one answer.")
    ldap_deadline: float = Field(
        default=8, gt=0, description="Seconds for all that one lookup or one password takes."
    )
    ldap_connections: int = Field(
        default=4, ge=1, le=64, description="Most connections of each process."
    )
