"""Which country a number belongs to, by the numbering plans that `phonenumbers` knows."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

from core.voter import PhoneNumber

UNKNOWN = "ZZ"
"""CLDR's code for an unknown region."""


class NumberingPlan:
    """The port `Countries`. Numbers of no country (satellite networks) are `ZZ`, too."""

    def of(self, number: PhoneNumber) -> str:
        return _country(number.value)


@lru_cache(maxsize=4096)
def _country(e164: str) -> str:
    """A calling code of one country tells it; reading the whole number takes ten times as long."""
    for digits in range(2, 5):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(e164[1:digits]), ())
        if len(regions) == 1:
            return _told(regions[0])
    return _by_plan(e164)


def _by_plan(e164: str) -> str:
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return UNKNOWN
    code = phonenumbers.region_code_for_number(parsed)
    if code is None:  # a range that the plan does not know yet: the calling code still tells
        code = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return _told(code)


def _told(code: str) -> str:
    return code if len(code) == 2 and code.isalpha() else UNKNOWN
