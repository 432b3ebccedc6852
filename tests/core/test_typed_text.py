"""What keyboards and clipboards send is understood at every field (R10, N6)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistance import parse_message
from core.errors import InvalidFields
from core.typed_text import digits_of, plain, without_unseen
from core.voter import EmailAddress, Identifier, Numel, Numic

ZEROS = [
    chr(point)
    for point in range(0x110000)
    if unicodedata.category(chr(point)) == "Nd" and unicodedata.decimal(chr(point)) == 0
]
UNSEEN = [
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e",
    "\u200f", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\u2800", "\u3164", "\ufe0f",
    "\ufeff", "\U000e0001",
]  # fmt: skip


@pytest.mark.parametrize("zero", ZEROS, ids=unicodedata.name)
def test_digits_of_every_script_are_digits(zero: str):
    """R10: whatever the keyboard's script, in a number, an identifier and a security code."""
    typed = "".join(chr(ord(zero) + digit) for digit in (1, 2, 3, 4))
    assert Numic.parse(typed) == Numic("00001234")
    assert Numel.parse(typed) == Numel("000001234")
    assert Identifier.parse("ABCDEFGH" + typed) == Identifier.parse("ABCDEFGH1234")
    assert digits_of(typed) == "1234"


@pytest.mark.parametrize("unseen", UNSEEN, ids=[f"{ord(each):04X}" for each in UNSEEN])
def test_what_nobody_sees_does_not_count(unseen: str):
    """R10: before, within and after each value, as copying from a page or a message adds it."""
    assert Numic.parse(f"{unseen}12{unseen}345{unseen}") == Numic("00012345")
    assert Identifier.parse(f"{unseen}K7WPQ2{unseen}M4XN9B") == Identifier.parse("K7WPQ2M4XN9B")
    assert digits_of(f"{unseen}12{unseen}34{unseen}") == "1234"
    typed = EmailAddress.parse(f"{unseen}camille{unseen}@example.org{unseen}")
    assert typed == EmailAddress("camille@example.org")


@pytest.mark.parametrize("typed", ["12 34", "1-2-3-4", "12.34", "1️⃣2️⃣3️⃣4️⃣", "１２３４", "12\u201134"])
def test_a_security_code_is_its_digits(typed: str):
    """R27: no code is burnt for how its digits were typed."""
    assert digits_of(typed) == "1234"


@pytest.mark.parametrize("typed", ["123", "l234", "12345", "ABCD", ""])
def test_other_answers_stay_other(typed: str):
    """R27: nothing is guessed into an answer."""
    assert digits_of(typed) == typed


def test_mailboxes_of_full_width_and_of_other_digits_are_the_same():
    """R10: an e-mail address typed on a Japanese or an Arabic keyboard names the mailbox."""
    known = EmailAddress("camille2@example.org")
    assert EmailAddress.parse("ｃａｍｉｌｌｅ２＠ｅｘａｍｐｌｅ．ｏｒｇ").same_as(known)
    assert EmailAddress.parse("camille٢@example.org").same_as(known)
    assert not EmailAddress.parse("camille٣@example.org").same_as(known)


def test_text_keeps_its_letters():
    """R10: only dashes, spaces and digits change their form."""
    assert plain("Zoé ½ 12−3\u2003४") == "Zoé 1⁄2 12-3 4"
    assert without_unseen("\u200fمرحبا\u200e ٣") == "مرحبا ٣"


def test_a_message_from_an_arabic_keyboard_is_taken():
    """R1: direction marks are no control characters that somebody smuggles in."""
    assert parse_message("a\u202eb") == "ab"
    assert parse_message("\u200f لم أتلق الرسالة\u200e") == "لم أتلق الرسالة"
    with pytest.raises(InvalidFields):
        parse_message("one\0two")


@given(
    st.text(
        st.one_of(st.characters(), st.sampled_from("0123456789 .-\t\u0664\u200b\uff11")),
        max_size=12,
    )
)
def test_digits_in_one_go_are_the_same(typed: str):
    """R10: an answer of plain digits needs no look at each sign, and comes out as if it had one."""
    kept = [each for each in plain(typed) if each not in ".-" and not each.isspace()]
    assert digits_of(typed) == "".join(kept)
