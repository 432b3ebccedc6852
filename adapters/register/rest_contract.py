"""The JSON contract between the gateway and a register behind REST, and its strict reading.

All requests are POST with a JSON body, so that no NUMIC stands in a URL and hence in no access log.
`Authorization: Bearer <token>` goes with each.

`POST /voters/search` with `{"numic": "00012345"}` or `{"numel": "000000042"}` (8 and 9 digits):

* 200 and the voter:
  `{"numic": "00012345", "numel": "000000042" | null, "email": "a@example.org" | null,`
  `"phone": "+33639980001" | null, "constituency": "2" | null, "post": "Lima" | null,`
  `"identifier_renewed_in": "<round id>" | ["<round id>", ...] | null}`.
  `numic` is required, the others may be left out for null; further members are ignored. `phone` is
  E.164; one that takes no SMS by its numbering plan counts as unusable. The number that was asked
  for must be the one in the answer.
* 404 and `{"code": "UNKNOWN_VOTER"}` when the register knows no such voter. The body is required: a
  404 from a wrong address must not pass every voter off as unknown.

`POST /voters/identifier-check` with `{"numic": "00012345", "identifier": "K7WPQ2M4XN9B"}`:

* 200 and `{"matches": true | false}`; false for an unknown voter, too. The identifier comes in
  capitals, with 0 for O and 1 for I: the register compares its own in that form.

429, 500 and above, and broken connections are tried again, after `Retry-After` seconds when the
answer has that header. Everything else is an answer that cannot be used.
"""

from __future__ import annotations

from typing import Any

from adapters.numbering import read
from core.errors import InvalidFields
from core.voter import (
    NUMEL_DIGITS,
    NUMIC_DIGITS,
    ElectoralNumber,
    EmailAddress,
    Numel,
    Numic,
    PhoneNumber,
    Voter,
    type_of_number,
)

SEARCH = "/voters/search"
IDENTIFIER_CHECK = "/voters/identifier-check"
UNKNOWN_VOTER = "UNKNOWN_VOTER"


class BrokenContract(Exception):
    """The answer is not what the contract says. The text names a member, and never its value."""


def search_body(number: ElectoralNumber) -> dict[str, str]:
    """Body of a search by this number."""
    return {type_of_number[type(number)]: number.value}


def says_unknown(answer: Any) -> bool:
    """Whether the body of a 404 is the register's own."""
    return isinstance(answer, dict) and answer.get("code") == UNKNOWN_VOTER


def voter_of(answer: Any, asked: ElectoralNumber) -> Voter:
    """The voter in the body of a 200; raises `BrokenContract`."""
    if not isinstance(answer, dict):
        raise BrokenContract("the voter is not an object")
    numic, numel = _number(answer, "numic", NUMIC_DIGITS), _number(answer, "numel", NUMEL_DIGITS)
    email, phone = _text(answer, "email"), _text(answer, "phone")
    if numic is None:
        raise BrokenContract("unusable numic")
    try:
        number = None if phone is None else PhoneNumber.parse(phone)
        usable = number is not None and read(number.value, None).takes_sms
        voter = Voter(
            numic=Numic(numic),
            email=None if email is None else EmailAddress.parse(email),
            phone=number if usable else None,
            numel=None if numel is None else Numel(numel),
            identifier_renewed_in=_rounds(answer),
            other_emails=tuple(map(EmailAddress.parse, _texts(answer, "other_emails"))),
            has_unusable_phone=number is not None and not usable,
            constituency=_name(answer, "constituency"),
            post=_name(answer, "post"),
        )
    except InvalidFields as invalid:
        raise BrokenContract(f"unusable {invalid}") from None
    if asked not in (voter.numic, voter.numel):
        raise BrokenContract("the voter is not the one asked for")
    return voter


def match_of(answer: Any) -> bool:
    """What the body of an identifier check says; raises `BrokenContract`."""
    matches = answer.get("matches") if isinstance(answer, dict) else None
    if not isinstance(matches, bool):
        raise BrokenContract("unusable matches")
    return matches


def _number(answer: dict[str, Any], name: str, digits: int) -> str | None:
    value = _text(answer, name)
    if value is not None and not (value.isascii() and value.isdigit() and len(value) == digits):
        raise BrokenContract(f"unusable {name}")
    return value


def _rounds(answer: dict[str, Any]) -> str | None:
    """One id, or a list of them."""
    if isinstance(answer.get("identifier_renewed_in"), list):
        return "\n".join(_texts(answer, "identifier_renewed_in")) or None
    return _text(answer, "identifier_renewed_in")


def _texts(answer: dict[str, Any], name: str) -> list[str]:
    values = answer.get(name) or []
    if not (isinstance(values, list) and all(isinstance(each, str) for each in values)):
        raise BrokenContract(f"unusable {name}")
    return values


def _name(answer: dict[str, Any], name: str) -> str | None:
    return " ".join((_text(answer, name) or "").split()) or None


def _text(answer: dict[str, Any], name: str) -> str | None:
    value = answer.get(name)
    if value is not None and not isinstance(value, str):
        raise BrokenContract(f"unusable {name}")
    return value
