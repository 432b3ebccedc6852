"""What a directory says of itself (root DSE: RFC 4512, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass

from .directory import Connection

_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
"""Capability of Microsoft's Active Directory, and of Samba's."""
_MODIFY_PASSWORD = "1.3.6.1.4.1.4203.1.11.1"
"""RFC 3062."""
_NAMES = ("vendorName", "supportedCapabilities", "supportedExtension")


@dataclass(frozen=True)
class RootDse:
    """Empty where the directory does not let itself be asked."""

    vendor: str
    capabilities: frozenset[str]
    extensions: frozenset[str]

    @property
    def is_active_directory(self) -> bool:
        return _ACTIVE_DIRECTORY in self.capabilities

    @property
    def is_389(self) -> bool:
        return self.vendor.startswith("389 ")

    @property
    def lacks_modify_password(self) -> bool:
        """Whether it lists its operations, and RFC 3062's is not among them."""
        return bool(self.extensions) and _MODIFY_PASSWORD not in self.extensions


def root_dse(connection: Connection) -> RootDse:
    """What it says to this account."""
    connection.search("", "(objectClass=*)", "BASE", attributes=list(_NAMES))
    found = connection.response or []
    raw = found[0].get("raw_attributes", {}) if found else {}
    held = {name.lower(): [each.decode("utf-8", "replace") for each in raw[name]] for name in raw}
    vendor, capabilities, extensions = (held.get(name.lower(), []) for name in _NAMES)
    return RootDse(" ".join(vendor), frozenset(capabilities), frozenset(extensions))
