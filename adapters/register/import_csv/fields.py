"""One field at a time, as strictly as a file can be read."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from adapters.numbering import PhoneKind, Reading, is_region, read
from adapters.numbering.writing import is_float
from adapters.register.import_csv import strict
from adapters.register.import_csv.findings import Hygiene, LineRejected, Rejection
from adapters.register.import_csv.strict import Fault
from core.errors import InvalidFields
from core.typed_text import plain
from core.voter import NUMEL_DIGITS, NUMIC_DIGITS, EmailAddress, Identifier, Numic, rounds_named

Notes = list[tuple[str, Hygiene]]
"""Column and code of each remark on a line that is kept."""

_ROUND = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
_NOTED_KINDS = {
    PhoneKind.FIXED_LINE: Hygiene.PHONE_FIXED_LINE,
    PhoneKind.OTHER: Hygiene.PHONE_OTHER_KIND,
    PhoneKind.SPECIAL: Hygiene.PHONE_UNUSABLE,
    PhoneKind.RENUMBERED: Hygiene.PHONE_RENUMBERED,
    PhoneKind.MALFORMED: Hygiene.PHONE_MALFORMED,
}
_LONGEST_NAME = 64
_PLACE_FAULTS = {
    "constituency": Hygiene.CONSTITUENCY_MISSING,
    "post": Hygiene.POST_MISSING,
}
_NUMIC_FAULTS = {
    Fault.MISSING: Rejection.NUMIC_MISSING,
    Fault.AS_FLOAT: Rejection.NUMBER_AS_FLOAT,
    Fault.INVALID: Rejection.NUMIC_INVALID,
}
_IDENTIFIER_FAULTS = {
    Fault.MISSING: Rejection.IDENTIFIER_MISSING,
    Fault.AS_FLOAT: Rejection.NUMBER_AS_FLOAT,
    Fault.INVALID: Rejection.IDENTIFIER_INVALID,
}


def numic_of(text: str) -> Numic:
    """Raises `LineRejected`: a voter is known by this number."""
    found = strict.digits(text, NUMIC_DIGITS)
    if isinstance(found, Fault):
        raise LineRejected(_NUMIC_FAULTS[found], "numic")
    return Numic(found)


def identifier_of(text: str, length: int) -> Identifier:
    """Raises `LineRejected`: without an identifier no renewal can be confirmed."""
    found = strict.symbols(text, length)
    if isinstance(found, Fault):
        raise LineRejected(_IDENTIFIER_FAULTS[found], "identifier")
    return Identifier.parse(found, length)


def round_of(text: str) -> str | None:
    """One id or several, as `core.voter.rounds_named` reads them. Raises `LineRejected` on what
    cannot be a voting round's id: 1 to 64 printable ASCII characters. Dropping it would let both
    credentials be renewed in one round (R8)."""
    trimmed = text.strip()
    ids = rounds_named(trimmed) - {trimmed} or {trimmed}
    if trimmed and not all(map(_ROUND.fullmatch, ids)):
        raise LineRejected(Rejection.ROUND_INVALID, "identifier_renewed_in")
    return trimmed or None


def numel_of(text: str, notes: Notes) -> int | None:
    """None, with a remark, when malformed: the NUMIC is enough to find the voter."""
    found = strict.digits(text, NUMEL_DIGITS)
    if not isinstance(found, Fault):
        return int(found)
    if found is not Fault.MISSING:
        as_float = found is Fault.AS_FLOAT
        notes.append(("numel", Hygiene.NUMBER_AS_FLOAT if as_float else Hygiene.NUMEL_MALFORMED))
    return None


def email_of(text: str, notes: Notes) -> EmailAddress | None:
    """None, with a remark, when missing or malformed."""
    try:
        return EmailAddress.parse(text)
    except InvalidFields as invalid:
        missing = invalid.fields[0].code == "REQUIRED"
        notes.append(("email", Hygiene.EMAIL_MISSING if missing else Hygiene.EMAIL_MALFORMED))
        return None


def mailbox_digest(email: EmailAddress) -> int:
    """The same for two spellings of one mailbox; 64 bits, so that among 1.5 million mailboxes two
    share theirs by chance once in ten million imports."""
    digest = hashlib.blake2b(email.comparable.encode("utf-8", "replace"), digest_size=8)
    return int.from_bytes(digest.digest())


def place_of(text: str, column: Literal["constituency", "post"], notes: Notes) -> str | None:
    """Where a voter is registered. None, with a remark, for nothing, for more than 64 characters,
    and for a quantity, `2.0`: a wrong name would open a round that is not the voter's (R49)."""
    name = " ".join(plain(text).split())
    if is_float(name):
        notes.append((column, Hygiene.NUMBER_AS_FLOAT))
    elif 0 < len(name) <= _LONGEST_NAME and name.isprintable():
        return name
    else:
        notes.append((column, _PLACE_FAULTS[column]))
    return None


def country_of(text: str, default: str | None, notes: Notes) -> str | None:
    """Whose national numbers the line's phone is read by. A country that is not understood is
    remarked on, and nothing is guessed in its stead."""
    code = text.strip().upper()
    if not code:
        return default
    if is_region(code):
        return code
    notes.append(("country", Hygiene.COUNTRY_UNKNOWN))
    return None


def phone_of(text: str, country: str | None, notes: Notes) -> Reading | None:
    """What is written, with remarks; None when nothing is."""
    if not text or text.isspace():
        notes.append(("phone", Hygiene.PHONE_MISSING))
        return None
    reading = read(text, country)
    if reading.without_code:
        notes.append(("phone", Hygiene.PHONE_WITHOUT_COUNTRY_CODE))
    if reading.as_float:
        notes.append(("phone", Hygiene.NUMBER_AS_FLOAT))
    elif reading.kind in _NOTED_KINDS:
        notes.append(("phone", _NOTED_KINDS[reading.kind]))
    elif reading.change is not None:
        notes.append(("phone", Hygiene.PHONE_RENUMBERED))
    return reading
