"""R61, A3: what a partner signs, and when it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.keys import Keyring, SecretKey
from core.partner_signature import LONGEST_SECONDS, SignedPartner, secret_of, sign

KEY = "0f5a1c9e27"


def made(keyring, end):
    text = f"consulat.{int(end.timestamp())}.{KEY}"
    return SignedPartner.read(f"{text}.{sign(secret_of(keyring, KEY), text)}")


def test_until_its_end_and_no_further_ahead(keyring, noon):
    """R61: from an hour before its end on, up to the second of it."""
    signed = made(keyring, noon)
    at = [signed.holds(keyring, noon - timedelta(seconds=seconds)) for seconds in range(3)]
    assert at == [False, True, True]
    assert signed.holds(keyring, noon - timedelta(seconds=LONGEST_SECONDS))
    assert not signed.holds(keyring, noon - timedelta(seconds=LONGEST_SECONDS + 1))


def test_every_key_of_the_ring_counts(keyring, noon):
    """R14: a secret that was handed over before a rotation goes on, until that key leaves."""
    newer = Keyring((SecretKey("2028", b"m" * 32), *keyring.keys))
    signed, before = made(keyring, noon), noon - timedelta(minutes=1)
    assert signed.holds(newer, before)
    assert not signed.holds(Keyring(newer.keys[:1]), before)
    assert secret_of(newer, KEY) != secret_of(keyring, KEY) != secret_of(keyring, "0f5a1c9e28")


@pytest.mark.parametrize("text", ["consulat", "", "consulat.1.0f5a1c9e27", "a.b.c.d"])
def test_anything_else_is_none(text):
    """R61: a bare name among them."""
    assert SignedPartner.read(text) is None
