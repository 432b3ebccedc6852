"""Why a directory cannot be a credential store, as far as it says so of itself."""

from __future__ import annotations

from adapters.connections.directory_root import RootDse
from adapters.credentials.ldap_settings import Send


def objection_to(root: RootDse, send: Send) -> str | None:
    """A sentence for the operator, or None when nothing speaks against it."""
    if root.is_active_directory and send != "unicodePwd":
        return (
            "an Active Directory neither verifies our hashes, which all its users could read, nor "
            "takes passwords by RFC 3062: REASSORT_CREDENTIALS_LDAP_SEND has to be `unicodePwd`"
        )
    if send == "unicodePwd" and not root.is_active_directory:
        return "the directory is no Active Directory: only such a one has `unicodePwd`"
    if send == "hash" and root.is_389:
        return (
            "389 Directory Server takes a hash for the password itself: "
            "REASSORT_CREDENTIALS_LDAP_SEND has to be `password`"
        )
    if send == "password" and root.lacks_modify_password:
        return "the directory takes no passwords by RFC 3062"
    return None
