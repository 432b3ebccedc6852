"""Where the new password comes into force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from pydantic import Field

from . import credentials_http, keycloak
from .section import Section

CredentialsKind = Literal["sqlite", "postgres", "http", "keycloak", "ldap"]
_NEEDED = {"http": credentials_http.NEEDED, "keycloak": keycloak.NEEDED}
_DIRECTORY = {
    "ldap_url": "credentials_ldap_url",
    "ldap_bind_dn": "credentials_ldap_bind_dn",
    "ldap_bind_password": "credentials_ldap_bind_password",
}
"""What is not said of a directory of their own is that of `directory.py`."""


class CredentialsSettings(Section):
    """The credential store"""

    port: ClassVar[str] = "credentials"

    credentials: CredentialsKind | None = Field(
        default=None,
        description="`sqlite`: a file; `postgres`: a table; `http`: a signed call to the portal; "
        "`keycloak`: users of a realm; `ldap`: a directory. Nothing: `postgres` when "
        "`DATABASE_URL` is PostgreSQL, else `sqlite`.",
    )
    password_threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="SQLite, PostgreSQL: threads that hash passwords (argon2id), and most "
        "connections for them.",
    )

    def needed(self) -> Iterable[str]:
        if self.credentials == "ldap":
            return ("credentials_ldap_base", *self._of_the_directory())
        return _NEEDED.get(self.credentials or "", ())

    def _of_the_directory(self) -> Iterator[str]:
        return (name for name, own in _DIRECTORY.items() if not getattr(self, own, ""))
