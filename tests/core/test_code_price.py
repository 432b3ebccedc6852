"""The price of a security code: found by trying, checked by one hash, nothing stored."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import count

import pytest

from core.code_price import CodePrice
from core.keys import Keyring, SecretKey
from tests.paying import proof_for

OLD = SecretKey("2026", b"o" * 32)
NEW = SecretKey("2027", b"n" * 32)
PRICE = CodePrice(Keyring((NEW,)), bits=10)


def test_a_challenge_follows_from_the_code():
    """R27: the same each time, another for each code and key, and it says how hard it is."""
    challenge = PRICE.of("a-code")
    assert re.fullmatch(r"sha256:10:[0-9a-f]{32}", challenge)
    assert PRICE.of("a-code") == challenge
    assert PRICE.of("another") != challenge
    assert CodePrice(Keyring((OLD,)), 10).of("a-code") != challenge


def test_the_first_number_that_solves_it_pays():
    """R27: by the words of the schema, and none of the numbers before it."""
    challenge = PRICE.of("a-code")
    proof = next(
        number
        for number in count()
        if sha256(f"{challenge}:{number}".encode()).hexdigest() < f"{1 << 22:08x}"
    )
    assert str(proof) == proof_for(challenge)
    assert [each for each in range(proof + 1) if PRICE.is_paid("a-code", str(each))] == [proof]
    assert not PRICE.is_paid("another", str(proof))


@pytest.mark.parametrize(
    "proof", [None, "", " ", "-1", "1.0", "\u0661", "x", "9" * 17, "1\n", "1" * 100_000]
)
def test_what_is_no_number_pays_nothing(proof):
    """R27: even where any number would."""
    assert CodePrice(PRICE.keyring, bits=0).is_paid("a-code", "0" * 16)
    assert not CodePrice(PRICE.keyring, bits=0).is_paid("a-code", proof)


def test_a_proof_outlives_a_rotation():
    """R14: as long as the key that made its challenge is in the ring, and no longer."""
    proof = proof_for(CodePrice(Keyring((OLD,)), 10).of("a-code"))
    assert CodePrice(Keyring((NEW, OLD)), 10).is_paid("a-code", proof)
    assert not CodePrice(Keyring((NEW,)), 10).is_paid("a-code", proof)
