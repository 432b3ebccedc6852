"""Phone numbers as the register's clerks wrote them, brought to E.164 and typed (R35).

`phonenumbers` decides. A number is *malformed* when its country's numbering plan has no number of
that length. A range that is merely unknown to the library (new, or Arcep's reserved for fiction)
is kept as `OTHER` and named in the report: plans change faster than libraries, and a voter should
not lose the vote to that.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

from adapters.register.import_csv.phone_plan import PhoneKind, kind_of
from core.voter import PhoneNumber

_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_OR_MOBILE,
}
_WRITTEN = re.compile(r"\+?[\d\s().\-/]+", re.ASCII)
"""No letters, no extensions: neither can be sent an SMS."""
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_LONGEST = 40
_DIGITS = 15
"""Most digits of an E.164 number."""
_NO_SEPARATORS = str.maketrans("", "", " ().-/\t\n\r\f\v")


def is_region(code: str) -> bool:
    """Whether phone numbers can be read as this country's (ISO 3166)."""
    return code in phonenumbers.SUPPORTED_REGIONS


def normalise(text: str, default_region: str | None) -> tuple[PhoneNumber, PhoneKind] | None:
    """E.164 and kind of a number, or None when it is malformed.

    "00" before the country code stands for "+", wherever the clerk sat. A number without country
    code is read as one of `default_region` (ISO 3166, "FR"), and is malformed without it.
    """
    written = _written(text)
    if written is None:
        return None
    if written[0] == "+":
        digits = written[1:].translate(_NO_SEPARATORS)
        kind = kind_of(digits)
        if kind not in (None, PhoneKind.OTHER) and len(digits) <= _DIGITS:
            return PhoneNumber(f"+{digits}"), kind
    return _by_library(written, default_region)


def _by_library(written: str, default_region: str | None) -> tuple[PhoneNumber, PhoneKind] | None:
    phonenumbers.enable_pattern_cache()  # else 150 microseconds a number when countries alternate
    try:
        number = phonenumbers.parse(written, default_region)
    except phonenumbers.NumberParseException:
        return None
    kind = _KINDS.get(phonenumbers.number_type(number), PhoneKind.OTHER)
    if kind is PhoneKind.OTHER and not _has_possible_length(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return (PhoneNumber(e164), kind) if _E164.fullmatch(e164) else None


def _written(text: str) -> str | None:
    written = text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()
    written = written.replace("\u2010", "-").replace("\u2011", "-").replace("\u2013", "-")
    if len(written) > _LONGEST or not _WRITTEN.fullmatch(written):
        return None
    return "+" + written[2:] if written.startswith("00") else written


def _has_possible_length(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
