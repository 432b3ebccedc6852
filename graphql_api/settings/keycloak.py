"""The credential store in a realm of Keycloak."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from .section import Section

NEEDED = ("keycloak_url", "keycloak_realm", "keycloak_client_id", "keycloak_client_secret")


class KeycloakSettings(Section):
    """Credentials in Keycloak"""

    port: ClassVar[str] = "credentials"

    keycloak_url: str = Field(
        default="",
        description="Keycloak's address, without `/realms` or `/admin`. https, but to this very "
        "machine.",
    )
    keycloak_realm: str = Field(default="", description="The realm in which voters are users.")
    keycloak_client_id: str = Field(
        default="", description="Client with a service account that may `manage-users`."
    )
    keycloak_client_secret: SecretStr = Field(
        default=SecretStr(""), description="The client's secret."
    )
    keycloak_find_by: str = Field(
        default="username",
        min_length=1,
        description="`username` when that is the NUMIC, or the attribute that holds it.",
    )
    keycloak_logout: bool = Field(
        default=False, description="End the user's sessions once the password is in force."
    )
    keycloak_clear_lockout: bool = Field(
        default=False, description="Forget failed sign-ins once the password is in force."
    )
    keycloak_lease_seconds: int = Field(
        default=60, ge=1, description="Seconds others wait while a password is being set."
    )
    keycloak_ca_file: Path | None = Field(
        default=None, description="Certificates to trust in place of the system's."
    )
