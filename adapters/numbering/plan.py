"""The kind of a plain international number, by the patterns of `phonenumbers`, in 3 microseconds.

`phonenumbers.parse` and `number_type` take 15 to 50: they look every pattern up again for every
number. Here the patterns of a country code are compiled once. Only numbers about which no rule of
parsing has anything to say are answered: no national prefix, no leading zero, one of the library's
own ranges. For all others `kind_of` gives None, and the library itself is to be asked. A test
holds the two against each other, over every country.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc


class PhoneKind(StrEnum):
    """What a number is by its country's plan, or what is known of it: it is stored with the
    number, and decides whether an SMS is sent there."""

    MOBILE = "mobile"
    FIXED_LINE = "fixed_line"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    OTHER = "other"
    """A range that the library does not know (new ones; Arcep's for fiction), or of calls over the
    internet."""
    SPECIAL = "special"
    """Free phone, premium rate, pagers, mailboxes: no person's."""
    RENUMBERED = "renumbered"
    """Of a former numbering plan."""
    MALFORMED = "malformed"
    """Something is written, but no number."""
    CONFIRMED = "confirmed"
    """The consulate says that it takes SMS, whatever the plan says."""

    @property
    def takes_sms(self) -> bool:
        """Whether an SMS sent there may reach the voter."""
        return self in _REACHED


_REACHED = frozenset(
    {PhoneKind.MOBILE, PhoneKind.FIXED_OR_MOBILE, PhoneKind.OTHER, PhoneKind.CONFIRMED}
)

Matches = Callable[[str], bool]

_OTHERS = {
    "premium_rate": PhoneKind.SPECIAL,
    "toll_free": PhoneKind.SPECIAL,
    "shared_cost": PhoneKind.SPECIAL,
    "voip": PhoneKind.OTHER,
    "personal_number": PhoneKind.OTHER,
    "pager": PhoneKind.SPECIAL,
    "uan": PhoneKind.SPECIAL,
    "voicemail": PhoneKind.SPECIAL,
}
"""Ranges that come before mobile and fixed ones, in the library's order."""


@dataclass(frozen=True)
class _Region:
    """One region's plan. Regions that share a country code are told apart by `leads`, if set."""

    leads: Callable[[str], object] | None
    general: Matches
    others: tuple[tuple[Matches, PhoneKind], ...]
    fixed_line: Matches
    mobile: Matches
    same: bool

    def kind_of(self, national: str) -> PhoneKind | None:
        if not self.general(national):
            return None
        for matches, kind in self.others:
            if matches(national):
                return kind
        if self.fixed_line(national):
            both = self.same or self.mobile(national)
            return PhoneKind.FIXED_OR_MOBILE if both else PhoneKind.FIXED_LINE
        return PhoneKind.MOBILE if not self.same and self.mobile(national) else None


@dataclass(frozen=True)
class _Plan:
    """All regions of one country code, the main one first."""

    has_prefix: Callable[[str], object]
    regions: tuple[_Region, ...]

    def kind_of(self, national: str) -> PhoneKind | None:
        if self.has_prefix(national):
            return None
        if len(self.regions) == 1:
            return self.regions[0].kind_of(national)
        for region in self.regions:
            if region.leads is None:
                if kind := region.kind_of(national):
                    return kind
            elif region.leads(national):
                return region.kind_of(national)
        return None


def kind_of(digits: str) -> PhoneKind | None:
    """The kind of the number "+" `digits`, or None when the library has to be asked."""
    for length in (2, 1, 3):
        plan = _plan(digits[:length])
        if plan is not None:
            national = digits[length:]
            return None if national.startswith("0") else plan.kind_of(national)
    return None


@cache
def _plan(country_code: str) -> _Plan | None:
    """None when there is no such country code, or it is no country's (satellites, free phone)."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(country_code or 0), ())
    metadata = [PhoneMetadata.metadata_for_region(region, None) for region in regions]
    known = [each for each in metadata if each is not None]
    if not known or len(known) != len(regions):
        return None
    prefix = known[0].national_prefix_for_parsing
    return _Plan(
        has_prefix=re.compile(prefix).match if prefix else _never,
        regions=tuple(_region(each) for each in known),
    )


def _region(metadata: PhoneMetadata) -> _Region:
    leading = metadata.leading_digits
    others = ((_matcher(getattr(metadata, name)), kind) for name, kind in _OTHERS.items())
    return _Region(
        leads=re.compile(leading).match if leading is not None else None,
        general=_matcher(metadata.general_desc),
        others=tuple(each for each in others if each[0] is not _never),
        fixed_line=_matcher(metadata.fixed_line),
        mobile=_matcher(metadata.mobile),
        same=bool(metadata.same_mobile_and_fixed_line_pattern),
    )


def _matcher(range_: PhoneNumberDesc | None) -> Matches:
    if range_ is None or not range_.national_number_pattern:
        return _never
    lengths = frozenset(range_.possible_length)
    fullmatch = re.compile(range_.national_number_pattern).fullmatch
    if not lengths:
        return lambda national: fullmatch(national) is not None
    return lambda national: len(national) in lengths and fullmatch(national) is not None


def _never(national: str) -> bool:
    return False
