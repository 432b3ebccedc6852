"""Telephone numbers as they stand in registers: what is read, proposed, refused (R35, R50)."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from pathlib import Path

import phonenumbers
import pytest

from adapters.numbering import PhoneKind, Reading, is_region, read
from adapters.numbering.changes import Death, all_changes, change_of
from adapters.numbering.plan import kind_of
from adapters.numbering.reading import by_library

FORMS = Path(__file__).with_name("numbers_as_written.csv")
"""Our own list: a country, the region by which a national number is read, the form, the number that
is meant (empty: none that takes SMS), and how it has to end. The numbers are made up: of ranges
that are kept for fiction in France, the United States, Canada, Australia, Sweden and Germany,
elsewhere rows of digits in a plan's own ranges, like 234 56 78."""


def forms() -> list[dict[str, str]]:
    with FORMS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value(reading: Reading) -> str | None:
    return reading.number and reading.number.value


def is_remarked(reading: Reading) -> bool:
    plain = reading.kind in (PhoneKind.MOBILE, PhoneKind.FIXED_OR_MOBILE)
    return not plain or reading.without_code or reading.as_float or reading.change is not None


def end_of(reading: Reading, meant: str) -> str:
    """How the form ends, in the words of the list."""
    if reading.takes_sms:
        there = "read" if value(reading) == meant else "elsewhere"
        return f"{there}, remarked" if reading.without_code else there
    if reading.proposal is None:
        return "refused"
    return "proposed" if reading.proposal.value == meant else "proposed elsewhere"


@pytest.mark.parametrize("form", forms(), ids=lambda form: f"{form['region']}:{form['written']}")
def test_a_written_form_ends_as_it_should(form: dict[str, str]):
    """R50: at the number that is meant, as a proposal, or refused: and with that kind."""
    reading = read(form["written"], form["region"] or None)
    assert (end_of(reading, form["meant"]), reading.kind.value) == (form["ends"], form["kind"])


def test_no_form_ends_silently_at_a_number_that_nobody_meant():
    """R50, N1 to N6: more than 290 forms of more than 40 countries."""
    listed = forms()
    assert len(listed) >= 290
    assert len({form["country"] for form in listed}) >= 40
    elsewhere = 0
    for form in listed:
        reading = read(form["written"], form["region"] or None)
        if reading.takes_sms and value(reading) != form["meant"]:
            elsewhere += 1
            assert is_remarked(reading), form
    ends = Counter(form["ends"] for form in listed)
    assert elsewhere == ends["elsewhere, remarked"] <= 11
    assert ends["elsewhere"] == 0


def test_without_a_region_nothing_is_guessed():
    """R50, N2: a number without country code, sent to when a region is given, is not sent to
    without one."""
    guessed = [
        form["written"] for form in forms() if read(form["written"], form["region"]).without_code
    ]
    assert len(guessed) > 100
    assert not [each for each in guessed if read(each, None).takes_sms]


@pytest.mark.parametrize("change", all_changes(), ids=lambda change: change.old.pattern)
def test_a_change_of_plan_names_its_source_and_leads_to_a_number(change):
    """R50: each line has a source; a new number is one that its country's plan has."""
    assert change.source
    assert change.country
    digits = _of_form(change.old.pattern)
    assert change_of(digits) is not None
    proposed = change.proposal(digits)
    assert proposed is None or by_library(f"+{proposed}").number is not None


def _of_form(pattern: str) -> str:
    """Digits of a pattern of the table: the first of each choice, and 2 for any digit."""
    rest = re.sub(r"\(\?[!=][^)]*\)", "", pattern)
    while "(" in rest:
        rest = re.sub(r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)", r"\1", rest)
    rest = re.sub(r"\[(\d)[^]]*\]", r"\1", rest).replace("?", "")
    rest = re.sub(r"\\d\{(\d+)(?:,\d+)?\}", lambda times: "2" * int(times[1]), rest)
    return rest.replace("\\d", "2")


def test_no_number_that_the_library_gives_as_an_example_is_called_dead():
    """R50: the table forbids nothing that is in use, but what its lines name: Gabon's former
    numbers, which the library's examples of today are not."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            continue
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        dead = read(e164, None).kind is PhoneKind.RENUMBERED
        assert not dead or region == "GA", region


def test_the_library_is_not_believed_where_the_table_knows_better():
    """N4: numbers that it calls valid mobiles, and which reach nobody."""
    for dead in ("+24107123456", "+37744123456"):
        assert phonenumbers.is_valid_number(phonenumbers.parse(dead))
        assert read(dead, None).kind is PhoneKind.RENUMBERED


def test_a_change_that_is_not_confirmed_refuses_nothing():
    """R50: a remark and a proposal; the number goes on being used."""
    reading = read("+220 301 2345", None)
    assert reading.takes_sms
    assert reading.change is not None
    assert reading.change.dead is Death.NO
    assert reading.proposal is not None


@pytest.mark.parametrize("text", ["0612345678", "+", "00", "()", "+" * 70, "+1 " + "2" * 70])
def test_what_is_no_number_is_malformed(text: str):
    """R35: without a country nothing is guessed."""
    assert read(text, None).kind is PhoneKind.MALFORMED
    assert read(text, None).number is None


def test_regions_are_those_that_have_telephones():
    """R35: what `--region` and the column `country` may say."""
    assert is_region("FR")
    assert is_region("XK")
    assert not is_region("fr")
    assert not is_region("AQ")


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
    numbers = [each for each in _variants() if 8 <= len(each) <= 16]
    answered = 0
    for number in numbers:
        quick = kind_of(number[1:])
        if quick is not None:
            answered += 1
            assert by_library(number).kind is quick, number
    assert answered > len(numbers) / 3
