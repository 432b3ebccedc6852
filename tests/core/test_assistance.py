"""What may be written to the assistance cell."""

from __future__ import annotations

import pytest

from core.assistance import LONGEST_MESSAGE, parse_message
from core.errors import InvalidFields


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour",
        " Bonjour,\r\n\tje n’ai rien reçu\u00a0! ",
        "\u202fÇa ne marche pas",
        "x" * LONGEST_MESSAGE,
        "日本から書いています",
    ],
)
def test_people_write_as_they_like(text):
    """R1: text in any language, on several lines, trimmed."""
    assert parse_message(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "REQUIRED"),
        (" \n\t ", "REQUIRED"),
        ("x" * (LONGEST_MESSAGE + 1), "TOO_LONG"),
        ("a\x00b", "MALFORMED"),
        ("a\x1b[31mb", "MALFORMED"),
        ("a\ud800b", "MALFORMED"),
    ],
)
def test_what_no_mail_can_carry_is_refused(text, code):
    """R37: empty, too long, or with control characters: named, never cut."""
    with pytest.raises(InvalidFields) as refused:
        parse_message(text)
    assert [(each.field, each.code) for each in refused.value.fields] == [("message", code)]
