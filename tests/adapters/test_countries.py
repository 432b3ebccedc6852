"""The port `Countries` by the numbering plans: the short way tells what the long one does."""

from __future__ import annotations

import phonenumbers
import pytest

from adapters.countries import UNKNOWN, NumberingPlan, _by_plan
from core.voter import PhoneNumber

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)


@pytest.mark.parametrize("region", REGIONS)
def test_by_the_calling_code_or_by_the_plan(region):
    """R50: every region's example numbers, and what could be numbers of the same calling code."""
    code = phonenumbers.country_code_for_region(region)
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in KINDS]
    numbers = [
        phonenumbers.format_number(each, phonenumbers.PhoneNumberFormat.E164)
        for each in examples
        if each is not None
    ]
    numbers += [f"+{code}{digit * 8}" for digit in "123456789"]
    for each in numbers:
        assert NumberingPlan().of(PhoneNumber(each)) == _by_plan(each)


def test_of_no_country():
    """R50: satellites, and codes that nobody has."""
    for number in ("+870773111632", "+8831234567", "+999123456789"):
        assert NumberingPlan().of(PhoneNumber(number)) == UNKNOWN
