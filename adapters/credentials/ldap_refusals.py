"""What a directory means when it refuses a new password: a table, by what each kind says.

| it says | OpenLDAP 2.5 | 389 2.3 | Active Directory | then |
|---|---|---|---|---|
| length, characters | 19, control 5, 6, 9 | 19, control 5 | 19 or 53, `0000052D` | unfit |
| too young | 19, control 7 | 19, control 7 | not for resets | too young |
| may not be changed | 50, control 3, 4 | control 3 | | not allowed |
| in the history | 19, control 8 | 19, no control | not for resets | tried again |
| anything else | | | | tried again |

The codes of the control are the only words that tell rules apart: 389 says `Failed to update
password` for each. What the history holds is a password of ours whose answer was lost, and what
says nothing may be about the gateway's account.

Sources: draft-behera-ldap-password-policy-10, 6.2; OpenLDAP's ldap.h (9); Microsoft, "System Error
Codes", 1325 (0x52D), and [MS-ADTS] 3.1.1.3.1.5; answers of slapd 2.5.13, 389-ds 2.3.1 and Samba
4.17.12, recorded in `tests/adapters/test_ldap_refusals.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from adapters.connections.directory import DirectoryRefused
from core.errors import CredentialsProblem

POLICY_CONTROL = "1.3.6.1.4.1.42.2.27.8.5.1"
ASK_WHY = [(POLICY_CONTROL, False, None)]
"""Sent with each password. Directories that do not know it ignore it (RFC 4511, 4.1.11)."""
_UNFIT, _YOUNG = CredentialsProblem.UNFIT, CredentialsProblem.TOO_YOUNG
_NOT_ALLOWED = CredentialsProblem.NOT_ALLOWED
_MEANINGS = {
    3: (_NOT_ALLOWED, "the policy lets nobody change this password"),
    4: (_NOT_ALLOWED, "the policy wants the old password with the new one"),
    5: (_UNFIT, "the policy refuses passwords as they are made here: their quality"),
    6: (_UNFIT, "the policy refuses passwords as they are made here: too short"),
    7: (_YOUNG, "the policy's minimum age: the present password is too young to be changed"),
    9: (_UNFIT, "the policy refuses passwords as they are made here: too long"),
}
_RESTRICTION = "0000052D"
_BY_RESTRICTION = (_UNFIT, "the policy refuses passwords as they are made here: length or quality")
_ERROR = 0x81
"""The tag of the control's error; that of its warning is 0xA0."""


class PasswordRefused(DirectoryRefused):
    """By a rule: the entry is as it was. `until`: when one that is too young may be changed."""

    def __init__(self, text: str, why: CredentialsProblem, until: datetime | None = None) -> None:
        super().__init__(text)
        self.why = why
        self.until = until


def refusal_in(result: Mapping[str, Any]) -> PasswordRefused | None:
    """What ldap3's `Connection.result` says of a rule; None for success, and for all that may have
    another cause."""
    if result["result"] == 0:
        return None
    meaning = _MEANINGS.get(_error_code(result))
    if meaning is None and str(result["message"]).startswith(_RESTRICTION):
        meaning = _BY_RESTRICTION
    return meaning and PasswordRefused(f"{meaning[1]} ({result['result']})", meaning[0])


def _error_code(result: Mapping[str, Any]) -> int:
    """The control's, or -1."""
    control = (result.get("controls") or {}).get(POLICY_CONTROL, {})
    try:
        ((_, inside),) = _elements(control.get("value") or b"")
        return next((value[0] for tag, value in _elements(inside) if tag == _ERROR), -1)
    except (ValueError, IndexError):
        return -1


def _elements(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents of what is in BER, with lengths of either form (X.690, 8.1.3)."""
    at = 0
    while at < len(octets):
        tag, length, at = octets[at], octets[at + 1], at + 2
        if length & 0x80:
            width = length & 0x7F
            length, at = int.from_bytes(octets[at : at + width], "big"), at + width
        yield tag, octets[at : at + length]
        at += length
