"""What the credential store in an LDAP directory is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.connections.directory_search import check_template
from adapters.credentials.hashing import Argon2Parameters

Send = Literal["hash", "password", "unicodePwd"]


@dataclass(frozen=True)
class LdapCredentialsSettings:
    """Whose password, and where."""

    base: str
    numic_filter: str = "(numic={number})"
    mark: str = "reassortIssuance"
    """Attribute for the newest issuance: text, SINGLE-VALUE, with an equality match."""
    send: Send = "hash"
    password: str = "userPassword"
    hash_prefix: str = "{ARGON2}"
    """What the directory wants before an argon2id hash: OpenLDAP's module `argon2` this one."""
    argon2id: Argon2Parameters = field(default_factory=Argon2Parameters)
    lease_seconds: int = 60
    """With `password`: how long others stay away while it is being set."""
    seconds: int = 3
    """The directory's own limit for a search."""
    trial_numic: str = ""
    """NUMIC of an entry that is nobody's, on which passwords are tried; empty: there is none."""

    def __post_init__(self) -> None:
        check_template(self.numic_filter)
        if not self.base or not self.mark or min(self.lease_seconds, self.seconds) < 1:
            raise ValueError("LDAP credentials need a base, a mark's attribute, and seconds")
        self.argon2id.require_strong()

    @property
    def binds(self) -> bool:
        """Whether a sign-in tells what is in force: directories bind by `userPassword` alone."""
        return self.send != "hash" or self.password.lower() == "userpassword"

    @property
    def attribute(self) -> str:
        """What is written with the mark, in one modification."""
        return "unicodePwd" if self.send == "unicodePwd" else self.password
