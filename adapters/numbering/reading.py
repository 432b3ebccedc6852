"""A telephone number as it stands in a register, brought to E.164 and judged (R35, R50).

`phonenumbers` decides, but for the table of changes: the library calls some dead numbers valid, and
others garbage. A number is *malformed* when its country's numbering plan has no number of that
length. A range that is merely unknown to the library (new, or Arcep's reserved for fiction) is
kept as `OTHER` and named in the report: plans change faster than libraries, and a voter should not
lose the vote to that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumberType,
    ValidationResult,
)

from adapters.numbering.changes import Change, Death, change_of
from adapters.numbering.france import FRENCH_PLAN, french_number, is_fiction
from adapters.numbering.plan import PhoneKind, kind_of
from adapters.numbering.writing import Flaw, Written, unwrapped, written
from core.voter import PhoneNumber

_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_OR_MOBILE,
    PhoneNumberType.PREMIUM_RATE: PhoneKind.SPECIAL,
    PhoneNumberType.TOLL_FREE: PhoneKind.SPECIAL,
    PhoneNumberType.SHARED_COST: PhoneKind.SPECIAL,
    PhoneNumberType.PAGER: PhoneKind.SPECIAL,
    PhoneNumberType.UAN: PhoneKind.SPECIAL,
    PhoneNumberType.VOICEMAIL: PhoneKind.SPECIAL,
}
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_QUICK = re.compile(r"(?:\+|00)([1-9][\d ]{6,24})", re.ASCII)
_DIGITS = 15
"""Most digits of an E.164 number."""
_LEAST = 7


@dataclass(frozen=True)
class Reading:
    """What a cell says. `number` is None when nothing in it can be dialled."""

    number: PhoneNumber | None
    kind: PhoneKind
    without_code: bool = False
    """No country code was written: whose number it is was guessed."""
    as_float: bool = False
    """A program wrote it as a quantity."""
    change: Change | None = None
    """What became of the numbers of this form."""
    proposal: PhoneNumber | None = None
    """What is probably meant. Nobody sends there before the consulate has said so."""

    @property
    def takes_sms(self) -> bool:
        """Whether an SMS is sent to this number."""
        return self.number is not None and self.kind.takes_sms


_MALFORMED = Reading(None, PhoneKind.MALFORMED)


def is_region(code: str) -> bool:
    """Whether phone numbers can be read as this country's (ISO 3166)."""
    return code in phonenumbers.SUPPORTED_REGIONS


def read(text: str, country: str | None) -> Reading:
    """The number in `text`, which is not empty.

    "00" before the country code stands for "+", wherever the clerk sat; where people dial another
    prefix, that one does, too. A number without country code is read as one of `country` (ISO 3166,
    "FR"), and is malformed without it.
    """
    quick = _QUICK.fullmatch(text)
    if quick and (text[0] == "+" or _dials_00(country)):
        digits = quick[1].replace(" ", "")
        if len(digits) <= _DIGITS:
            return _international(digits)
    found = written(text)
    if found is Flaw.AS_FLOAT:
        return _float(unwrapped(text), country)
    return _MALFORMED if isinstance(found, Flaw) else _read(found, country)


def _read(found: Written, country: str | None) -> Reading:
    reading = _as_written(found.digits, found, country)
    if found.with_trunk and reading.kind not in _KNOWN:
        kept = _as_written(found.with_trunk, found, country)
        reading = kept if kept.kind in _KNOWN else reading
    if found.without_tail and _as_written(found.without_tail, found, country).kind in _KNOWN:
        # a number by itself: the tail is an extension, or the end of another number
        return replace(_MALFORMED, without_code=reading.without_code)
    return reading


_KNOWN = frozenset(_KINDS.values())
"""Kinds of numbers that the plan knows."""


def _as_written(digits: str, found: Written, country: str | None) -> Reading:
    if not found.has_code:
        return replace(_national(digits, country), without_code=True)
    if found.by_prefix and country is not None and not _dials_00(country):
        dialled = _parsed("00" + digits, country)
        there = _international(dialled) if dialled else _MALFORMED
        if there.kind in _KNOWN:
            return there
    return _international(digits) if len(digits) <= _DIGITS else _MALFORMED


def _national(digits: str, country: str | None) -> Reading:
    """A guess, by the plan of `country`: an unknown range of it would be a guess upon a guess."""
    reading = _of_country(digits, country) if country else _MALFORMED
    if reading.kind in _KNOWN or reading.kind is PhoneKind.RENUMBERED or _is_sample(reading):
        return reading
    eaten = _international(digits) if len(digits) <= _DIGITS else _MALFORMED
    proposal = eaten.number if eaten.kind in _KNOWN and eaten.takes_sms else None
    return replace(_MALFORMED, proposal=proposal)


def _is_sample(reading: Reading) -> bool:
    return reading.number is not None and is_fiction(reading.number.value[1:])


def _of_country(digits: str, country: str) -> Reading:
    if country in FRENCH_PLAN and (french := french_number(digits)):
        return _international(french)
    code = str(phonenumbers.country_code_for_region(country))
    former = _former(code + digits)
    if former is not None:
        return former
    parsed = _parsed(digits, country)
    reading = _MALFORMED if parsed is None else _international(parsed)
    if reading.kind in _KNOWN or not digits.startswith("0"):
        return reading
    return _former(code + digits[1:]) or reading


def _former(digits: str) -> Reading | None:
    change = change_of(digits)
    return None if change is None or change.dead is not Death.YES else _changed(digits, change)


def _international(digits: str) -> Reading:
    change = change_of(digits)
    if change is not None and change.dead is Death.YES:
        return _changed(digits, change)
    reading = _by_plan(digits)
    if change is None:
        return _without_second_code(digits, reading) if reading.kind not in _KNOWN else reading
    if change.dead is Death.UNKNOWN:
        return reading if reading.kind in _KNOWN else _changed(digits, change)
    return replace(reading, change=change, proposal=_proposal(digits, change))


def _without_second_code(digits: str, reading: Reading) -> Reading:
    """A country code that is written twice: what is meant without it is proposed."""
    for length in (1, 2, 3):
        code = digits[:length]
        if digits.startswith(2 * code) and int(code or 0) in COUNTRY_CODE_TO_REGION_CODE:
            once = _by_plan(digits[length:])
            if once.kind in _KNOWN and once.takes_sms:
                return replace(_MALFORMED, proposal=once.number)
    return reading


@cache
def _dials_00(country: str | None) -> bool:
    """Whether "00" goes before country codes there; in doubt it does."""
    plan = country and PhoneMetadata.metadata_for_region(country, None)
    return not plan or bool(re.fullmatch(plan.international_prefix or "00", "00"))


def _by_plan(digits: str) -> Reading:
    kind = kind_of(digits)
    if kind is not None and kind is not PhoneKind.OTHER and _LEAST <= len(digits) <= _DIGITS:
        return Reading(PhoneNumber(f"+{digits}"), kind)
    return by_library(f"+{digits}")


def by_library(e164: str) -> Reading:
    """As `phonenumbers` alone reads it, slowly."""
    number = _number(e164, None)
    if number is None:
        return _MALFORMED
    kind = _KINDS.get(phonenumbers.number_type(number), PhoneKind.OTHER)
    if kind is PhoneKind.OTHER and not _has_possible_length(number):
        return _MALFORMED
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Reading(PhoneNumber(formatted), kind) if _E164.fullmatch(formatted) else _MALFORMED


def _parsed(digits: str, country: str) -> str | None:
    """The digits with country code of a number of `country`."""
    number = _number(digits, country)
    if number is None:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


def _number(written: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    phonenumbers.enable_pattern_cache()  # else 150 microseconds a number when countries alternate
    try:
        return phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None


def _has_possible_length(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _changed(digits: str, change: Change) -> Reading:
    number = PhoneNumber(f"+{digits}") if len(digits) <= _DIGITS else None
    return Reading(number, PhoneKind.RENUMBERED, change=change, proposal=_proposal(digits, change))


def _proposal(digits: str, change: Change) -> PhoneNumber | None:
    """What the change makes of it, when that takes SMS."""
    proposed = change.proposal(digits)
    if proposed is None:
        return None
    reading = _by_plan(proposed)
    return reading.number if reading.takes_sms else None


def _float(bare: str, country: str | None) -> Reading:
    """Never a number: a digit may be gone, and the point is none. Without exponent the whole part
    is proposed."""
    whole = re.split(r"[.,]", bare)[0]
    proposal = None
    if "e" not in bare.lower():
        found = written(whole)
        if not isinstance(found, Flaw):
            reading = _read(found, country)
            proposal = reading.number if reading.takes_sms else reading.proposal
    return Reading(None, PhoneKind.MALFORMED, as_float=True, proposal=proposal)
