"""Whether a voter's entry is locked: then no password opens it, and waiting changes nothing.

By an administrator: OpenLDAP's `pwdAccountLockedTime` of the year 0; 389's `nsAccountLock`, whose
sign-ins are answered 53; Active Directory's `userAccountControl`, with 49 and data 533. After
failed sign-ins: OpenLDAP's and 389's locks end with a new password, and Active Directory's does
not: 49 and data 775.

Sources: slapo-ppolicy(5); 389's manual, "account inactivation"; Microsoft, "System Error Codes".
"""

from __future__ import annotations

import re

from adapters.connections.directory import DirectoryRefused, SignIn
from adapters.connections.directory_search import Entry

NAMES = ("pwdAccountLockedTime", "nsAccountLock", "userAccountControl")
CONSTRAINT_VIOLATION, INVALID_CREDENTIALS, UNWILLING_TO_PERFORM = 19, 49, 53
_BY_ADMINISTRATOR = "000001010000Z"
_DISABLED = 2
_REASONS = re.compile(r"\bdata (533|701|775)\b")
"""Disabled, expired, locked out."""


class EntryLocked(DirectoryRefused):
    """Of this one entry. The text says what locks it."""


def is_locked_for_good(entry: Entry) -> bool:
    """Whether somebody has locked it, so that a new password must not open it again. What the
    gateway's account may not read counts as absent."""
    control = entry.value("userAccountControl") or "0"
    return (
        _BY_ADMINISTRATOR in entry.values("pwdAccountLockedTime")
        or (entry.value("nsAccountLock") or "").lower() == "true"
        or (control.isdecimal() and bool(int(control) & _DISABLED))
    )


def is_locked(entry: Entry) -> bool:
    """Whether a lock of any kind is on it, failed sign-ins included."""
    return is_locked_for_good(entry) or bool(entry.values("pwdAccountLockedTime"))


def tells_of_a_lock(answer: SignIn) -> bool:
    """Whether the directory refuses the sign-in for a lock, and says so."""
    if answer.code == INVALID_CREDENTIALS:
        return _REASONS.search(answer.said) is not None
    return answer.code in (CONSTRAINT_VIOLATION, UNWILLING_TO_PERFORM)
