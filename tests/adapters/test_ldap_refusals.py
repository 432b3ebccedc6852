"""L2: which refusals of a password are a rule's, in the words of each directory, as recorded."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.credentials.ldap_active_directory import PutUnicodePwd
from adapters.credentials.ldap_minimum_age import may_change_at
from adapters.credentials.ldap_refusals import (
    ASK_WHY,
    POLICY_CONTROL,
    PasswordRefused,
    refusal_in,
)
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.mark import Mark, NotNow
from adapters.system import SystemClock
from core.errors import CredentialsProblem

UNFIT, YOUNG = CredentialsProblem.UNFIT, CredentialsProblem.TOO_YOUNG
NOT_ALLOWED = CredentialsProblem.NOT_ALLOWED


def openldap(error: int) -> bytes:
    """The control's value as slapd 2.5.13 writes it."""
    return bytes((0x30, 0x03, 0x81, 0x01, error))


def ns_slapd(error: int) -> bytes:
    """The same of ns-slapd 2.3.1, whose lengths are long."""
    return bytes((0x30, 0x84, 0, 0, 0, 3, 0x81, 0x01, error))


def answered(code: int, said: str, value: bytes | None = None) -> dict[str, Any]:
    """What ldap3 makes of an answer."""
    controls = {} if value is None else {"controls": {POLICY_CONTROL: {"value": value}}}
    return {"result": code, "message": said, **controls}


GRACE = bytes((0x30, 5, 0xA0, 3, 0x81, 1, 6))
"""No error: a warning, six sign-ins left."""
FAILED = "Failed to update password\n"
COMPLEXITY = (
    "0000052D: Constraint violation - check_password_restrictions: "
    "the password does not meet the complexity criteria!"
)


@pytest.mark.parametrize(
    ("code", "said", "value", "why"),
    [
        (19, "Password fails quality checking policy", openldap(6), UNFIT),
        (19, "Password fails quality checking policy", openldap(5), UNFIT),
        (19, "Password is too young to change", openldap(7), YOUNG),
        (50, "Must supply old password to be changed as well as new one", openldap(4), NOT_ALLOWED),
        (50, "User alteration of password is not allowed", openldap(3), NOT_ALLOWED),
        (19, "Password is not being changed from existing value", openldap(8), None),
        (50, "Operations are restricted to bind/unbind/…", openldap(2), None),
        (19, FAILED, ns_slapd(5), UNFIT),
        (19, FAILED, ns_slapd(7), YOUNG),
        (19, "within password minimum age", ns_slapd(7), YOUNG),
        (19, FAILED, None, None),
        (19, COMPLEXITY, None, UNFIT),
        (
            53,
            "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
            None,
            UNFIT,
        ),
        (
            53,
            "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
            None,
            None,
        ),
        (50, "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS)", None, None),
        (53, "database is read-only", None, None),
        (19, "", GRACE, None),
        (19, "", b"\x30\x08" + GRACE[2:] + openldap(7)[2:], YOUNG),
        (19, "", b"\x30\x84", None),
        (19, "", b"", None),
        (0, "", openldap(6), None),
    ],
)
def test_what_is_a_rules_refusal(
    code: int, said: str, value: bytes | None, why: CredentialsProblem | None
):
    """L2: by the control, else by Active Directory's error; what may have another cause is none."""
    refusal = refusal_in(answered(code, said, value))
    assert (refusal and refusal.why) == why


def test_a_refusal_does_not_repeat_the_directorys_words():
    """R20: they could hold a value."""
    refusal = refusal_in(answered(19, "0000052D: the password ABCDEFGHJKLM", None))
    assert "ABCDEFGHJKLM" not in str(refusal)


def test_the_control_is_no_condition():
    """A directory that does not know it takes the password all the same."""
    assert ASK_WHY == [(POLICY_CONTROL, False, None)]


class Answers:
    """A connection that holds these attributes, by the name of their entry."""

    def __init__(self, **held: dict[str, bytes]) -> None:
        self._held = held
        self.response: list[dict[str, Any]] | None = None

    def search(self, dn: str, *_: object, attributes: list[str]) -> None:
        held = self._held.get(dn)
        raw = {name: [value] for name, value in (held or {}).items() if name in attributes}
        found = {"type": "searchResEntry", "raw_attributes": raw}
        self.response = None if held is None else [found]


CHANGED = b"20270605120000Z"
ONE_O_CLOCK = datetime(2027, 6, 5, 13, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("entry", "policy", "at"),
    [
        ({"passwordAllowChangeTime": b"20270605130000Z"}, {}, ONE_O_CLOCK),
        ({"passwordAllowChangeTime": b"20270605130000.0Z"}, {}, ONE_O_CLOCK),
        (
            {"pwdChangedTime": CHANGED, "pwdPolicySubentry": b"policy"},
            {"pwdMinAge": b"3600"},
            ONE_O_CLOCK,
        ),
        ({"pwdChangedTime": CHANGED, "pwdPolicySubentry": b"policy"}, {}, None),
        ({"pwdChangedTime": CHANGED, "pwdPolicySubentry": b"gone"}, {}, None),
        ({"pwdChangedTime": CHANGED}, {"pwdMinAge": b"3600"}, None),
        ({"passwordAllowChangeTime": b"2027060513"}, {}, None),
        ({"passwordAllowChangeTime": b"20270605130000+0100"}, {}, None),
        ({}, {}, None),
    ],
)
def test_from_when_on_it_may_be_changed(
    entry: dict[str, bytes], policy: dict[str, bytes], at: datetime | None
):
    """L2: 389 tells by the entry, OpenLDAP by entry and policy; what cannot be read is unknown."""
    connection: Any = Answers(voter=entry, policy=policy)
    assert may_change_at(connection, "voter") == at


class Entry:
    """Takes a password once, and then has another rule."""

    def __init__(self) -> None:
        self.written = 0

    def replace_mark(self, *_: object) -> bool:
        self.written += 1
        if self.written > 1:
            raise PasswordRefused("the policy refuses", UNFIT)
        return True


def test_what_was_written_once_is_no_refusal():
    """L8: an Active Directory's password is written twice; "nothing was changed" would be untrue
    after the first time."""
    put = PutUnicodePwd(LdapCredentialsSettings("dc=example", send="unicodePwd"), SystemClock())
    entry: Any = Entry()
    mark = Mark((datetime.now(UTC).isoformat(), "r1"))
    with pytest.raises(NotNow, match="written once"):
        put._replaced(entry, None, mark, b"")
    assert entry.written == 2
