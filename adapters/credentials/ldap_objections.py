"""Why a directory cannot be a credential store, as far as it says so of itself."""

from __future__ import annotations

from typing import Literal

from adapters.connections.directory_root import RootDse


def objection_to(root: RootDse, send: Literal["hash", "password"]) -> str | None:
    """A sentence for the operator, or None when nothing speaks against it."""
    if root.is_active_directory:
        return (
            "an Active Directory can be no credential store: it neither verifies our hashes, which "
            "all its users could read, nor takes passwords by RFC 3062"
        )
    if send == "hash" and root.is_389:
        return (
            "389 Directory Server takes a hash for the password itself: "
            "REASSORT_CREDENTIALS_LDAP_SEND has to be `password`"
        )
    if send == "password" and root.lacks_modify_password:
        return "the directory takes no passwords by RFC 3062"
    return None
