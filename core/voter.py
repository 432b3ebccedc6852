"""Who asks: the values by which a voter is known, forgiving in what they accept (R10).

Each value is parsed once at the edge and is normal ever after. A value's `repr` is masked, so that
a stray log line or traceback shows none of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from core.errors import FieldProblem, InvalidFields
from core.typed_text import plain, without_unseen

NUMIC_DIGITS = 8
"""The guide: « numéro d'identification consulaire NUMIC à 8 chiffres »."""
NUMEL_DIGITS = 9
EMAIL_LENGTH = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 octets less its angle brackets."""

_BETWEEN_ROUNDS = re.compile(r"[,;|]")
_IGNORED = re.compile(r"[\s.\-]+")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>\"(),:;\\\[\]]+@[^@\s\x00-\x1f\x7f<>\"(),:;\\\[\]_]+")

_HOST = re.compile(r"(?!-)[^.]+(?<!-)(?:\.(?!-)[^.]+(?<!-))+")
"""Two labels or more, none of them empty or with a hyphen at an end."""


def _squeezed(text: str) -> str:
    """Without the spaces, dots and hyphens that people type along; digits of every script as
    ours."""
    return _IGNORED.sub("", plain(text))


def _digits(text: str, field: str, length: int) -> str:
    squeezed = _squeezed(text)
    if not squeezed:
        raise InvalidFields(FieldProblem(field, "REQUIRED"))
    if not (squeezed.isascii() and squeezed.isdigit()):
        raise InvalidFields(FieldProblem(field, "NOT_DIGITS"))
    if len(squeezed) > length:
        raise InvalidFields(FieldProblem(field, "TOO_LONG"))
    return squeezed.zfill(length)


@dataclass(frozen=True, repr=False)
class Numic:
    """Consular identification number: 8 digits, leading zeros kept."""

    value: str

    @classmethod
    def parse(cls, text: str, field: str = "numic") -> Self:
        """1 to 8 digits, padded with zeros; raises `InvalidFields` naming `field`."""
        return cls(_digits(text, field, NUMIC_DIGITS))

    def __repr__(self) -> str:
        return "Numic(…)"


@dataclass(frozen=True, repr=False)
class Numel:
    """National voter number, the alternative to the NUMIC (code électoral, R176-3-7): 9 digits."""

    value: str

    @classmethod
    def parse(cls, text: str, field: str = "numel") -> Self:
        """1 to 9 digits, padded with zeros; raises `InvalidFields` naming `field`."""
        return cls(_digits(text, field, NUMEL_DIGITS))

    def __repr__(self) -> str:
        return "Numel(…)"


type_of_number = {Numic: "numic", Numel: "numel"}
"""How each kind of number is named in stored rows and in the register's contract."""

ElectoralNumber = Numic | Numel


@dataclass(frozen=True, repr=False)
class Identifier:
    """The voting identifier that the voter received by e-mail: 12 characters A-Z0-9 by default.

    Two identifiers are the same when their `canonical` forms are: case and spaces do not count,
    nor does O for 0 or I for 1.
    """

    canonical: str

    @classmethod
    def parse(cls, text: str, length: int = 12, field: str = "identifier") -> Self:
        """Raises `InvalidFields` naming `field` when the shape cannot be an identifier's."""
        squeezed = _squeezed(text).upper()
        if not squeezed:
            raise InvalidFields(FieldProblem(field, "REQUIRED"))
        if not (squeezed.isascii() and squeezed.isalnum()):
            raise InvalidFields(FieldProblem(field, "NOT_ALPHANUMERIC"))
        if len(squeezed) != length:
            raise InvalidFields(FieldProblem(field, "WRONG_LENGTH", length))
        return cls(squeezed.replace("O", "0").replace("I", "1"))

    def __repr__(self) -> str:
        return "Identifier(…)"


@dataclass(frozen=True, repr=False)
class EmailAddress:
    """An e-mail address as given, trimmed; `same_as` compares as mailboxes are compared."""

    value: str

    @classmethod
    def parse(cls, text: str, field: str = "email") -> Self:
        """Raises `InvalidFields` naming `field` when no mailbox can be reached at this."""
        trimmed = _mailbox(text)
        if not trimmed:
            raise InvalidFields(FieldProblem(field, "REQUIRED"))
        if len(trimmed.encode("utf-8", "replace")) > EMAIL_LENGTH:
            raise InvalidFields(FieldProblem(field, "TOO_LONG"))
        if not _EMAIL.fullmatch(trimmed) or not _is_host(trimmed.rpartition("@")[2]):
            raise InvalidFields(FieldProblem(field, "MALFORMED"))
        if not _is_encodable(trimmed):
            raise InvalidFields(FieldProblem(field, "MALFORMED"))
        return cls(trimmed)

    @property
    def comparable(self) -> str:
        """One form for one mailbox: case folded, compatibility forms and IDN hosts made plain."""
        mailbox = plain(self.value).casefold()
        if mailbox.isascii() and "@" in mailbox:
            return mailbox  # IDNA leaves it as it is
        local, _, host = mailbox.rpartition("@")
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
        return f"{local}@{host}"

    @property
    def host(self) -> str:
        """The mailbox's domain, in lower case: delivery rates are counted by it (R32)."""
        return self.comparable.rpartition("@")[2]

    def same_as(self, other: EmailAddress) -> bool:
        return self.comparable == other.comparable

    def __repr__(self) -> str:
        return "EmailAddress(…)"


def _mailbox(text: str) -> str:
    """As typed, but for what is around it and what nobody sees; keyboards of full width made
    plain."""
    if text.isascii():
        return text.strip()
    trimmed = without_unseen(unicodedata.normalize("NFC", text)).strip()
    return trimmed if "@" in trimmed else plain(trimmed)


def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


def _is_encodable(text: str) -> bool:
    """Lone surrogates come through JSON escapes and can be neither stored nor sent."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, repr=False)
class PhoneNumber:
    """A telephone number in E.164, from the register only (R28): "+" and 7 to 15 digits."""

    value: str

    @classmethod
    def parse(cls, text: str, field: str = "phone") -> Self:
        """Strict: the importing adapter has already brought the number to E.164."""
        if not re.fullmatch(r"\+[1-9]\d{6,14}", text, re.ASCII):
            raise InvalidFields(FieldProblem(field, "MALFORMED"))
        return cls(text)

    def __repr__(self) -> str:
        return "PhoneNumber(…)"


@dataclass(frozen=True, repr=False)
class Voter:
    """What the consular register says of one voter, as far as a renewal needs it."""

    numic: Numic
    email: EmailAddress | None
    phone: PhoneNumber | None
    numel: Numel | None = None
    identifier_renewed_in: str | None = None
    """Ids of the voting rounds in which the *identifier* was renewed, if any: see `rounds_named`
    (R8)."""
    has_unusable_phone: bool = False
    """Whether a number is on record that no SMS can reach; `phone` is None then (R50)."""
    other_emails: tuple[EmailAddress, ...] = ()
    """Further addresses on file, in a register that holds several. The typed one may equal any."""
    constituency: str | None = None
    """As the register names it; None when it does not (R49)."""
    post: str | None = None
    """The consular post at which the voter is registered, likewise."""

    @property
    def emails(self) -> tuple[EmailAddress, ...]:
        """Every address on file."""
        return (*((self.email,) if self.email else ()), *self.other_emails)

    def has_renewed_identifier_in(self, round_id: str) -> bool:
        """Whether the identifier was renewed in this round: the password may not be then (R8)."""
        return round_id in rounds_named(self.identifier_renewed_in or "")

    def __repr__(self) -> str:
        return "Voter(…)"


def rounds_named(text: str) -> frozenset[str]:
    """Every id of a voting round that a register's text may name: one a line, or several in a line
    with commas, semicolons or bars between them. A line as it stands is an id as well, since ids
    may hold such signs."""
    lines = [each.strip() for each in text.splitlines()]
    parts = (part.strip() for line in lines for part in _BETWEEN_ROUNDS.split(line))
    return frozenset(filter(None, (*lines, *parts)))


def rounds_unknown(texts: Iterable[str], known: Collection[str]) -> list[str]:
    """What in such texts names no round of `known`, each once, in order: past rounds, or misspelt
    ones, which would let both credentials be renewed in one round."""
    lines = {line.strip() for text in texts for line in text.splitlines()} - set(known)
    parts = {part.strip() for line in lines for part in _BETWEEN_ROUNDS.split(line)}
    return sorted(filter(None, parts - set(known)))
