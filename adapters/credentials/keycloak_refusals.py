"""What Keycloak means when it answers 400, 401, 403, 404 or 409: a table, by its codes.

| call | it says | then |
|---|---|---|
| `reset-password` | 400, `error`: `invalidPassword…Message` | unfit: the realm's password policy |
| | 400, `error`: `invalidPasswordHistoryMessage`, `Resetting to N old passwords …` | tried again |
| | 400, `error`: `Can't reset password as account is read only` | not allowed |
| `PUT users/{id}` | 400 with `field` or `errors` | not allowed: the user profile |
| | 400, `errorMessage`: `User is read only!` | not allowed |
| | 409, `errorMessage`: `User exists with same …` | not allowed |
| any | anything else | tried again; 401, 403 and 404 with what has to be mended |

The texts of these answers are for people, and may quote anything: none is repeated. A database that
is down is 400 as well (`Could not update user!`), and so are a federated directory's own troubles.

Source: `UserResource.java`, `AdminRoot.java` and `ErrorResponse.java` of Keycloak 26.
"""

from __future__ import annotations

from typing import Any

import httpx

from core.errors import CredentialsProblem

_UNFIT, _NOT_ALLOWED = CredentialsProblem.UNFIT, CredentialsProblem.NOT_ALLOWED
_POLICY = "invalidPassword"
"""With this begin the codes of all of Keycloak's own rules."""
_RULES = {
    "invalidPasswordMinLengthMessage": "too short for the realm's password policy",
    "invalidPasswordMaxLengthMessage": "too long for the realm's password policy",
    "invalidPasswordMinDigitsMessage": "the realm's password policy wants more digits",
    "invalidPasswordMinLowerCaseCharsMessage": "the realm's password policy wants lower case",
    "invalidPasswordMinUpperCaseCharsMessage": "the realm's password policy wants upper case",
    "invalidPasswordMinSpecialCharsMessage": "the realm's password policy wants special characters",
    "invalidPasswordRegexPatternMessage": "the realm's password policy wants another pattern",
}
_ANY_RULE = "refused by the realm's password policy"
_HISTORY = ("invalidPasswordHistoryMessage", "Resetting to N old passwords is not allowed.")
"""The policy "not recently used" refuses a password that the user has, or had before."""
_READ_ONLY = ("Can't reset password as account is read only", "User is read only!")
_NO_REALM = ("Realm not found.", "Realm does not exist")
_TO_MEND: dict[int, str] = {
    httpx.codes.UNAUTHORIZED: "the client or its secret is refused",
    httpx.codes.FORBIDDEN: "the client's service account lacks the role manage-users",
}


class Refused(Exception):
    """Keycloak answered, and not as hoped. The text holds nothing that was sent or received."""


class InHistory(Refused):
    """The user has this very password, or had it before."""


class UserRefused(Refused):
    """By a rule, for this user and this password: asking again changes nothing."""

    def __init__(self, text: str, why: CredentialsProblem) -> None:
        super().__init__(text)
        self.why = why


def refusal_of(call: str, answer: httpx.Response) -> Refused:
    """What to raise for an answer that was not hoped for. `call` says what was being done."""
    said = _said(answer)
    meaning = _of_the_user(said) if answer.status_code in (400, 409) else None
    return meaning or Refused(f"{call}: status {answer.status_code}{_to_mend(answer, said)}")


def _of_the_user(said: dict[str, Any]) -> Refused | None:
    code = str(said.get("error") or said.get("errorMessage"))
    if code in _HISTORY:
        return InHistory("used before")
    if code.startswith(_POLICY):
        return UserRefused(_RULES.get(code, _ANY_RULE), _UNFIT)
    if code in _READ_ONLY:
        return UserRefused("the user is read-only in Keycloak", _NOT_ALLOWED)
    if code.startswith("User exists with same "):
        return UserRefused("another user has the same name or e-mail address", _NOT_ALLOWED)
    if "errors" in said or "field" in said:
        return UserRefused("the realm's user profile refuses the user as they are", _NOT_ALLOWED)
    return None


def _to_mend(answer: httpx.Response, said: dict[str, Any]) -> str:
    if answer.status_code == httpx.codes.NOT_FOUND:
        is_realm = said.get("error") in _NO_REALM or not said
        return ": no such realm at this address" if is_realm else ""
    what = _TO_MEND.get(answer.status_code)
    return f": {what}" if what else ""


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
