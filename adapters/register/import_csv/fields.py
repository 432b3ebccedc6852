"""One field at a time, by the core's own rules: what is accepted here is what voters may type."""

from __future__ import annotations

import hashlib
import re

from adapters.register.import_csv.findings import Hygiene, LineRejected, Rejection
from adapters.register.import_csv.phone import normalise
from adapters.register.import_csv.phone_plan import PhoneKind
from core.errors import InvalidFields
from core.voter import EmailAddress, Identifier, Numel, Numic

Notes = list[tuple[str, Hygiene]]
"""Column and code of each remark on a line that is kept."""

_ROUND = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
_NOTED_KINDS = {
    PhoneKind.FIXED_LINE: Hygiene.PHONE_FIXED_LINE,
    PhoneKind.OTHER: Hygiene.PHONE_OTHER_KIND,
}


def numic_of(text: str) -> Numic:
    """Raises `LineRejected`: a voter is known by this number."""
    try:
        return Numic.parse(text)
    except InvalidFields as invalid:
        missing = invalid.fields[0].code == "REQUIRED"
        code = Rejection.NUMIC_MISSING if missing else Rejection.NUMIC_INVALID
        raise LineRejected(code, "numic") from None


def identifier_of(text: str, length: int) -> Identifier:
    """Raises `LineRejected`: without an identifier no renewal can be confirmed."""
    try:
        return Identifier.parse(text, length)
    except InvalidFields as invalid:
        missing = invalid.fields[0].code == "REQUIRED"
        code = Rejection.IDENTIFIER_MISSING if missing else Rejection.IDENTIFIER_INVALID
        raise LineRejected(code, "identifier") from None


def round_of(text: str) -> str | None:
    """Raises `LineRejected` on what cannot be a voting round's id: 1 to 64 printable ASCII
    characters. Dropping it would let both credentials be renewed in one round (R8)."""
    trimmed = text.strip()
    if trimmed and not _ROUND.fullmatch(trimmed):
        raise LineRejected(Rejection.ROUND_INVALID, "identifier_renewed_in")
    return trimmed or None


def numel_of(text: str, notes: Notes) -> int | None:
    """None, with a remark, when malformed: the NUMIC is enough to find the voter."""
    if not text.strip():
        return None
    try:
        return int(Numel.parse(text).value)
    except InvalidFields:
        notes.append(("numel", Hygiene.NUMEL_MALFORMED))
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


def phone_of(
    text: str, default_region: str | None, notes: Notes
) -> tuple[int, str] | tuple[None, None]:
    """E.164 as an integer, and its kind; None, with a remark, when missing or malformed."""
    if not text.strip():
        notes.append(("phone", Hygiene.PHONE_MISSING))
        return None, None
    normal = normalise(text, default_region)
    if normal is None:
        notes.append(("phone", Hygiene.PHONE_MALFORMED))
        return None, None
    phone, kind = normal
    if kind in _NOTED_KINDS:
        notes.append(("phone", _NOTED_KINDS[kind]))
    return int(phone.value[1:]), kind.value
