"""Partners and their keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.trial import SeededRandomness
from core.partner import PREFIX_BYTES, SECRET_BYTES, ApiKey, Partner, PartnerKey

SECOND = timedelta(seconds=1)


def make_key(chance: SeededRandomness) -> ApiKey:
    return ApiKey.make(chance.token(SECRET_BYTES), chance.token(PREFIX_BYTES))


def test_a_key_is_read_as_it_was_made():
    """R40: prefix and digest come back; two keys differ in both."""
    chance = SeededRandomness()
    key, other = make_key(chance), make_key(chance)
    read = ApiKey.read(key.reveal())
    assert read == key
    assert read.digest == key.digest
    assert key.prefix != other.prefix
    assert key.digest != other.digest


def test_a_key_looks_like_one():
    """R40: a mark, ten characters that may be shown, 256 bits that may not."""
    text = make_key(SeededRandomness()).reveal()
    assert text.startswith("rsk_")
    assert [len(part) for part in text.split("_", 2)] == [3, 10, 43]


def test_a_key_does_not_show_its_secret():
    """R20: not in a representation."""
    key = make_key(SeededRandomness())
    assert key.reveal()[15:] not in repr(key)
    assert "digest" not in repr(PartnerKey(key.prefix, "consulat", key.digest, None))


@pytest.mark.parametrize("text", ["", "rsk_", "rsk_0123456789_short", "x" * 58, "rsk_0123456789"])
def test_what_is_no_key(text):
    """R40: whatever someone sends."""
    assert ApiKey.read(text) is None


def test_a_key_works_until_its_end(noon):
    """R40: not at it."""
    key = PartnerKey("a", "consulat", b"digest", noon)
    assert key.works(noon)
    assert replace(key, ends_at=noon + SECOND).works(noon)
    assert not replace(key, ends_at=noon).works(noon)
    assert key.opens_with(b"digest")
    assert not key.opens_with(b"Digest")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Consulat"},
        {"name": ""},
        {"name": "a b"},
        {"name": "-a"},
        {"name": "a" * 64},
        {"scopes": frozenset({"everything"})},
        {"scopes": frozenset({"a:b c"})},
        {"origins": ("https://a.example.org/path",)},
        {"origins": ("http://a.example.org",)},
        {"origins": ("*",)},
        {"origins": ("https://A.example.org",)},
    ],
)
def test_malformed_partners(noon, wrong):
    """R40: said when they are made, not when they call."""
    partner = Partner("consulat-2", frozenset({"renewals:write"}), ("http://localhost:3000",), noon)
    with pytest.raises(ValueError, match=r"name|scope|origin"):
        replace(partner, **wrong)
