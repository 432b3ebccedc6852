"""From when on a password that is too young may be changed, as far as that can be read.

389 says so in the entry, OpenLDAP where the entry names its policy.

Sources: 389's schema (`passwordAllowChangeTime`); slapo-ppolicy(5) (`pwdChangedTime`,
`pwdPolicySubentry`, `pwdMinAge`); RFC 4517, 3.3.13, for times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.connections.directory import Connection

_OF_ENTRY = ("passwordAllowChangeTime", "pwdChangedTime", "pwdPolicySubentry")
_GRAIN = timedelta(seconds=1)
"""Directories count in whole seconds."""


def may_change_at(connection: Connection, dn: str) -> datetime | None:
    """In UTC, or None when the directory does not tell."""
    of_entry = _read(connection, dn, *_OF_ENTRY)
    allowed, changed, policy = (of_entry.get(name.lower()) for name in _OF_ENTRY)
    try:
        if allowed:
            return _moment(allowed) + _GRAIN
        if changed and policy:
            age = _read(connection, policy, "pwdMinAge").get("pwdminage", "")
            return _moment(changed) + timedelta(seconds=int(age)) + _GRAIN
    except (ValueError, OverflowError):
        pass
    return None


def _read(connection: Connection, dn: str, *names: str) -> dict[str, str]:
    """The first value of each attribute, by its name in small letters."""
    connection.search(dn, "(objectClass=*)", "BASE", attributes=list(names))
    entries = [each for each in connection.response or [] if each["type"] == "searchResEntry"]
    held = entries[0]["raw_attributes"] if entries else {}
    return {name.lower(): held[name][0].decode("ascii", "replace") for name in held if held[name]}


def _moment(written: str) -> datetime:
    """Generalized time in UTC: 20270605120000Z, with a fraction in some directories."""
    whole, _, _ = written.removesuffix("Z").partition(".")
    if not written.endswith("Z"):
        raise ValueError("a time that is not in UTC")
    return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
