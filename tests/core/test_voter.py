"""The values by which a voter is known: forgiving in what they accept, silent in what they show."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FieldProblem, InvalidFields
from core.typed_text import plain, without_unseen
from core.voter import (
    _EMAIL,
    EMAIL_LENGTH,
    EmailAddress,
    Identifier,
    Numel,
    Numic,
    PhoneNumber,
    Voter,
    rounds_named,
    rounds_unknown,
)

SPACES = [" ", "\u00a0", "\u202f", "\u2009", "\u3000", "\t", "\n", ".", "-", "\u200b", "\ufeff"]
ANYTHING = st.text() | st.text(st.sampled_from("0189oOiI ABZ.@-_é\u00a0\uff10\ud800"))


def problem(parse, text):
    with pytest.raises(InvalidFields) as caught:
        parse(text)
    (found,) = caught.value.fields
    assert isinstance(found, FieldProblem)
    return found.field, found.code


class TestNumic:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("12345", "00012345"),
            ("00012345", "00012345"),
            ("1", "00000001"),
            ("0", "00000000"),
            ("1234567", "01234567"),
            (" 123 456 78 ", "12345678"),
            ("12.345.678", "12345678"),
            ("12-34-56-78", "12345678"),
            ("\u00a012\u202f345\u00a0678", "12345678"),
            ("\uff11\uff12\uff13", "00000123"),
            ("\ufeff12\u200b34", "00001234"),
        ],
    )
    def test_forgiving(self, typed, meant):
        """R10: 1 to 8 digits, whatever stands between them, padded with zeros."""
        assert Numic.parse(typed) == Numic(meant)

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("", "REQUIRED"),
            (" . ", "REQUIRED"),
            ("123456789", "TOO_LONG"),
            ("000012345678", "TOO_LONG"),
            ("1234567A", "NOT_DIGITS"),
            ("½", "NOT_DIGITS"),
            ("+1", "NOT_DIGITS"),
            ("\ud800", "NOT_DIGITS"),
        ],
    )
    def test_refused(self, typed, code):
        """R10: what no NUMIC can look like is refused by name; nothing is cut off."""
        assert problem(Numic.parse, typed) == ("numic", code)

    @given(st.integers(0, 99_999_999), st.lists(st.sampled_from(SPACES), min_size=9, max_size=9))
    def test_every_number_however_typed(self, number, fillers):
        """R10: any NUMIC, with anything that people type along, is understood."""
        digits = str(number)
        typed = fillers[0] + "".join(map("".join, zip(digits, fillers[1:], strict=False)))
        assert Numic.parse(typed).value == f"{number:08}"


class TestNumel:
    def test_forgiving(self):
        """R8: 1 to 9 digits, padded with zeros."""
        assert Numel.parse("12 345 678") == Numel("012345678")
        assert Numel.parse("123456789") == Numel("123456789")

    def test_refused(self):
        """R10: the field is named as the form names it."""
        assert problem(Numel.parse, "1234567890") == ("numel", "TOO_LONG")
        assert problem(lambda text: Numel.parse(text, "number"), "") == ("number", "REQUIRED")


class TestIdentifier:
    @pytest.mark.parametrize(
        "typed",
        [
            "K7WPQ2M4XN0B",
            "k7wpq2m4xn0b",
            "K7WP Q2M4 XN0B",
            "k7wp-q2m4-xn0b",
            "K7WPQ2M4XNOB",
            "k7wpq2m4xnob",
            "\uff2b7WPQ2M4XN0B",
            "\u00a0K7WP.Q2M4.XN0B\u202f",
        ],
    )
    def test_the_same_however_typed(self, typed):
        """R10: neither case nor spaces count, nor does O for 0."""
        assert Identifier.parse(typed) == Identifier.parse("K7WPQ2M4XN0B")

    def test_i_and_1_are_alike(self):
        """R10: I and 1 are taken for each other; L is not."""
        assert Identifier.parse("IIIIIIIIIIII") == Identifier.parse("1iI1iI1iI1iI")
        assert Identifier.parse("LLLLLLLLLLLL") != Identifier.parse("111111111111")

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("", "REQUIRED"),
            ("  ", "REQUIRED"),
            ("K7WPQ2M4XN0", "WRONG_LENGTH"),
            ("K7WPQ2M4XN0BB", "WRONG_LENGTH"),
            ("K7WPQ2M4XN0É", "NOT_ALPHANUMERIC"),
            ("K7WPQ2M4XN0!", "NOT_ALPHANUMERIC"),
        ],
    )
    def test_refused(self, typed, code):
        """R11: a wrong shape is named, not cut to fit."""
        assert problem(Identifier.parse, typed) == ("identifier", code)

    def test_another_length(self):
        """R11: the length is the authority's choice."""
        assert Identifier.parse("ABCD", 4).canonical == "ABCD"


class TestEmailAddress:
    @pytest.mark.parametrize(
        ("typed", "on_file"),
        [
            ("camille.martin@example.org", "camille.martin@example.org"),
            (" Camille.Martin@Example.ORG\n", "camille.martin@example.org"),
            ("\u00a0camille.martin@example.org\u202f", "camille.martin@example.org"),
            ("zoe\u0308@example.org", "zo\u00eb@example.org"),
            ("camille@ex\u00e4mple.org", "camille@xn--exmple-cua.org"),
            ("STRASSE@example.org", "straße@example.org"),
        ],
    )
    def test_the_same_mailbox(self, typed, on_file):
        """R10: case, outer spaces and the ways to write a letter do not count."""
        assert EmailAddress.parse(typed).same_as(EmailAddress.parse(on_file))

    @pytest.mark.parametrize(
        "other", ["camille@example.org", "camille.martin@example.net", "camille+1@example.org"]
    )
    def test_another_mailbox(self, other):
        """R25: whatever else differs makes another mailbox."""
        address = EmailAddress.parse("camille.martin@example.org")
        assert not address.same_as(EmailAddress.parse(other))

    def test_it_is_kept_as_given(self):
        """R10: only the outer spaces go; the relay gets the rest as typed."""
        assert EmailAddress.parse(" Zoë.O'Hara+x@Example.org ").value == "Zoë.O'Hara+x@Example.org"

    def test_its_host(self):
        """R32: the mailbox's domain, one spelling for one domain."""
        assert EmailAddress.parse("x@EXÄMPLE.org").host == "xn--exmple-cua.org"
        assert EmailAddress("x@" + "a" * 70 + ".org").host == "a" * 70 + ".org"

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("", "REQUIRED"),
            (" \u00a0", "REQUIRED"),
            ("camille", "MALFORMED"),
            ("camille@example", "MALFORMED"),
            ("@example.org", "MALFORMED"),
            ("camille@", "MALFORMED"),
            ("a@b@example.org", "MALFORMED"),
            ("camille@example..org", "MALFORMED"),
            ("camille@-example.org", "MALFORMED"),
            ("camille@exa_mple.org", "MALFORMED"),
            ("camille martin@example.org", "MALFORMED"),
            ("Camille <camille@example.org>", "MALFORMED"),
            ("camille@example.org\r\nBcc: x@example.org", "MALFORMED"),
            ("camille\x00@example.org", "MALFORMED"),
            ("camille\ud800@example.org", "MALFORMED"),
            ("c" * 243 + "@example.org", "TOO_LONG"),
            ("é" * 122 + "@example.org", "TOO_LONG"),
        ],
    )
    def test_refused(self, typed, code):
        """R10: at what is refused here no mailbox can be reached."""
        assert problem(EmailAddress.parse, typed) == ("email", code)

    def test_the_longest(self):
        """R10: 254 octets are taken whole."""
        assert len(EmailAddress.parse("c" * 242 + "@example.org").value) == 254

    @given(st.emails())
    def test_ordinary_addresses_are_taken(self, address):
        """R10: parsing twice is parsing once, and an address is the same as itself."""
        try:
            parsed = EmailAddress.parse(address)
        except InvalidFields:
            return
        assert EmailAddress.parse(parsed.value) == parsed
        assert parsed.same_as(EmailAddress.parse(f" {address} "))


class TestPhoneNumber:
    def test_e164(self):
        """R35: only numbers in E.164, as the import leaves them."""
        assert PhoneNumber.parse("+33639980001").value == "+33639980001"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0639980001",
            "+33 639980001",
            "+0639980001",
            "+336399",
            "+" + "3" * 16,
            "+3363998٠001",
        ],
    )
    def test_refused(self, text):
        """R35: anything else is malformed."""
        assert problem(PhoneNumber.parse, text) == ("phone", "MALFORMED")


@pytest.mark.parametrize("parse", [Numic.parse, Numel.parse, Identifier.parse, EmailAddress.parse])
@given(text=ANYTHING)
def test_any_text_is_parsed_or_refused(parse, text):
    """R10: whatever is typed, the answer is a value or a named problem of one field."""
    with suppress(InvalidFields):
        assert parse(text)


def test_a_representation_reveals_nothing():
    """R42: no value shows itself in a log line or traceback, alone or within a voter."""
    values = {
        "00012345": Numic("00012345"),
        "000054321": Numel("000054321"),
        "K7WPQ2M4XN9B": Identifier("K7WPQ2M4XN9B"),
        "camille.martin@example.org": EmailAddress("camille.martin@example.org"),
        "+33639980001": PhoneNumber("+33639980001"),
    }
    numic, numel, _, email, phone = values.values()
    voter = Voter(numic, email, phone, numel, "2027-1")
    for secret, value in values.items():
        for shown in (repr(value), str(value), f"{[value]}", repr(voter), str(voter)):
            assert secret not in shown
    assert "2027-1" not in repr(voter)


def test_a_refusal_reveals_nothing():
    """R42: the text of a refusal names the field and the code, not what was typed."""
    with pytest.raises(InvalidFields) as caught:
        Numic.parse("1234567890")
    assert str(caught.value) == "numic: TOO_LONG"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", set()),
        ("2027-1", {"2027-1"}),
        ("2027-1, 2027-2", {"2027-1, 2027-2", "2027-1", "2027-2"}),
        ("a;b|c", {"a;b|c", "a", "b", "c"}),
        ("a\nb,", {"a", "b", "b,"}),
        (" ; ", {";"}),
    ],
)
def test_the_rounds_that_a_register_names(text, named):
    """R8: several of them, in the ways in which people and registers write them."""
    assert rounds_named(text) == named
    voter = Voter(Numic("00012345"), None, None, identifier_renewed_in=text or None)
    assert all(map(voter.has_renewed_identifier_in, named))
    assert not voter.has_renewed_identifier_in("")
    assert not voter.has_renewed_identifier_in("2027")


def test_a_misspelt_round_is_named_once():
    """R8: whatever else stands beside it; an id with a comma in it is known as a whole."""
    texts = ["2027-1, 2027-l", "2027-l", "Paris, 2", "2027-1\n2022"]
    assert rounds_unknown(texts, ["2027-1", "Paris, 2"]) == ["2022", "2027-l"]
    assert rounds_unknown([], ["2027-1"]) == []


ODD = "\x00é\u00ad\u200b\uff20\uff0e\u3002\u0130ßñ\ud800"
SIGNS = st.sampled_from([*"aZ9@.-_+'\"<> \t\n", *ODD, "@a.b", "-.", ".-"])
MAILBOXES = st.one_of(
    ANYTHING,
    st.lists(SIGNS, max_size=14).map("".join),
    st.emails(),
    st.integers(60, 66).map(lambda length: f"x@{'a' * length}.org"),
    st.integers(225, 260).map(lambda length: f"{'é' * (length - 240)}{'a' * 225}@example.org"),
)


def read_at_length(text):
    """What is read of a mailbox, and what it is compared by, with nothing left out for ASCII."""
    trimmed = without_unseen(unicodedata.normalize("NFC", text)).strip()
    trimmed = trimmed if "@" in trimmed else plain(trimmed)
    labels = trimmed.rpartition("@")[2].split(".")
    if not trimmed:
        return "REQUIRED"
    if len(trimmed.encode("utf-8", "replace")) > EMAIL_LENGTH:
        return "TOO_LONG"
    if not _EMAIL.fullmatch(trimmed) or len(labels) < 2:
        return "MALFORMED"
    if not all(label and label.strip("-") == label for label in labels):
        return "MALFORMED"
    with suppress(UnicodeEncodeError):
        trimmed.encode("utf-8")
        return trimmed, compared_at_length(trimmed)
    return "MALFORMED"


def compared_at_length(text):
    local, _, host = plain(text).casefold().rpartition("@")
    with suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    return f"{local}@{host}"


@hypothesis.settings(max_examples=400)
@given(MAILBOXES)
def test_a_mailbox_in_ascii_is_read_as_any_other(text):
    """R10, R37: the short way refuses what the long one refuses, for the same reason, and makes of
    an address the same one."""
    assert outcome(text) == read_at_length(text)


def outcome(text):
    try:
        found = EmailAddress.parse(text)
    except InvalidFields as refusal:
        return refusal.fields[0].code
    return found.value, found.comparable


@given(MAILBOXES)
def test_what_a_register_holds_is_compared_as_before(text):
    """Also what is no address: quotas and the register count the same ones as equal as before."""
    assert EmailAddress(text).comparable == compared_at_length(text)
