"""Phone numbers at import: E.164, kinds, and what counts as malformed."""

import random

import phonenumbers
import pytest

from adapters.register.import_csv import phone
from adapters.register.import_csv.phone import normalise
from adapters.register.import_csv.phone_plan import PhoneKind, kind_of


@pytest.mark.parametrize(
    ("written", "e164", "kind"),
    [
        ("+33612345678", "+33612345678", PhoneKind.MOBILE),
        ("+33 6 12 34 56 78", "+33612345678", PhoneKind.MOBILE),
        ("+33 (0)6 12 34 56 78", "+33612345678", PhoneKind.MOBILE),
        ("+33.6.12.34.56.78", "+33612345678", PhoneKind.MOBILE),
        ("+33-6-12-34-56-78", "+33612345678", PhoneKind.MOBILE),
        ("+33\u00a06\u202f12 34‑56‑78", "+33612345678", PhoneKind.MOBILE),
        ("＋３３６１２３４５６７８", "+33612345678", PhoneKind.MOBILE),
        ("0033612345678", "+33612345678", PhoneKind.MOBILE),
        ("00 33 (0)6 12 34 56 78", "+33612345678", PhoneKind.MOBILE),
        ("+33 1 42 68 53 00", "+33142685300", PhoneKind.FIXED_LINE),
        ("+1 201-555-0123", "+12015550123", PhoneKind.FIXED_OR_MOBILE),
        ("+39 02 1234 5678", "+390212345678", PhoneKind.FIXED_LINE),
        ("+54 9 11 2345 6789", "+5491123456789", PhoneKind.MOBILE),
        ("+33 800 12 34 56", "+33800123456", PhoneKind.OTHER),
        ("+33 6 39 98 00 01", "+33639980001", PhoneKind.OTHER),
    ],
)
def test_numbers_are_brought_to_e164_and_typed(written: str, e164: str, kind: PhoneKind):
    """R35: spaces, dots, parentheses, 00, full-width digits; Arcep's fictitious range is kept."""
    normal = normalise(written, None)
    assert normal is not None
    assert (normal[0].value, normal[1]) == (e164, kind)


@pytest.mark.parametrize(
    "written",
    [
        "0612345678", "+", "00", "+33", "+33 6 12", "+33 6 12 34 56 78 90", "+999123456789",
        "+33 6 12 34 56 7x", "+1-800-FLOWERS", "+33612345678 ext. 5", "+33612345678;+33612345679",
        "+33 6 12 34 56 78 " + "0" * 60, "call me", "3,36E+10", "()", "+1 310 1234",
        "++33612345678", "+٣٣x",
    ],
)  # fmt: skip
def test_what_cannot_be_dialled_is_malformed(written: str):
    """R35: no number of that length, no country code, letters, extensions, two numbers."""
    assert normalise(written, None) is None


@pytest.mark.parametrize(
    "written", ["06 12 34 56 78", "0612345678", "+33612345678", "6 12 34 56 78"]
)
def test_a_default_region_reads_national_numbers(written: str):
    """R35: "FR" makes 06... a number in France; international ones stay what they are."""
    normal = normalise(written, "FR")
    assert normal is not None
    assert normal[0].value == "+33612345678"


def _variants() -> list[str]:
    """Every region's example of every kind, and neighbours with a few digits changed."""
    chance = random.Random(35)
    numbers: list[str] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in phonenumbers.PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            numbers += [e164, e164[:-1], e164 + "5", "+" + e164[1:].replace("0", "00", 1)]
            for _ in range(6):
                digits = list(e164)
                for _ in range(chance.randrange(1, 5)):
                    digits[chance.randrange(2, len(digits))] = chance.choice("0123456789")
                numbers.append("".join(digits))
    return numbers


def test_the_quick_way_says_what_the_library_says():
    """R35: over every country's plan, the compiled patterns and `phonenumbers` agree."""
    numbers = _variants()
    answered = 0
    for number in numbers:
        assert normalise(number, None) == phone._by_library(number, None), number
        answered += kind_of(number[1:]) is not None
    assert answered > len(numbers) / 3
