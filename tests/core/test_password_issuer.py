"""The password issuer: the same seed gives the same password, and nothing else does."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from dataclasses import replace

import pytest

from core.errors import KeyUnavailable
from core.keys import Keyring
from core.password_issuer import SEED_BYTES, Password, PasswordIssuer
from core.password_keys import RingPasswordKeys
from core.policy import STANDARD, STRICT, UNAMBIGUOUS
from core.voter import Identifier

SEED = bytes(range(SEED_BYTES))


def issuer_of(keyring, policy):
    return PasswordIssuer(RingPasswordKeys(keyring), policy)


@pytest.fixture
def issuer(keyring):
    return issuer_of(keyring, STANDARD)


def derive(issuer, request_id="r1", seed=SEED, key_id="2027"):
    return issuer.derive(request_id, seed, key_id).reveal()


def test_twelve_unambiguous_symbols(issuer):
    """R11: the policy's length, of the policy's alphabet."""
    password = derive(issuer)
    assert len(password) == 12
    assert set(password) <= set(UNAMBIGUOUS)


def test_a_retry_derives_the_same(issuer, keyring):
    """R20: a run after a crash, in another process, comes to the same password."""
    assert derive(issuer) == derive(issuer_of(Keyring(keyring.keys), replace(STANDARD)))


def test_whatever_differs_gives_another(issuer):
    """R20: another request, seed or key gives another password."""
    derived = {
        derive(issuer, request, seed, key)
        for request in ("r1", "r2")
        for seed in (SEED, bytes(SEED_BYTES))
        for key in ("2027", "2026")
    }
    assert len(derived) == 8


def test_a_seed_outlives_a_rotation(issuer, keyring):
    """R14: a seed stored with an older key gives its password as long as the key is there."""
    before = issuer_of(Keyring(keyring.keys[1:]), STANDARD)
    assert (before.key_id, issuer.key_id) == ("2026", "2027")
    assert derive(issuer, key_id="2026") == derive(before, key_id="2026")
    with pytest.raises(KeyUnavailable):
        derive(before, key_id="2027")


@pytest.mark.parametrize(
    ("alphabet", "length"),
    [(UNAMBIGUOUS, 16), ("0123456789", 19), ("ABCDEFGHJKMNPQRSTVWXYZ", 14), (UNAMBIGUOUS, 64)],
)
def test_other_shapes(keyring, alphabet, length):
    """R11: alphabet and length are the authority's choice."""
    policy = replace(STANDARD, password_alphabet=alphabet, password_length=length)
    password = derive(issuer_of(keyring, policy))
    assert len(password) == length
    assert set(password) <= set(alphabet)
    assert len(derive(issuer_of(keyring, STRICT))) == 16


@pytest.mark.parametrize("alphabet", [UNAMBIGUOUS, "0123456789ABCDEFGHJKMNPQRST"])
def test_symbols_are_uniform(keyring, randomness, alphabet):
    """R11: over 20,000 symbols the chi-square statistic stays below its 99.9 % quantile, for the
    whole and for each place."""
    policy = replace(STANDARD, password_alphabet=alphabet, password_length=20)
    issuer = issuer_of(keyring, policy)
    passwords = [derive(issuer, seed=randomness.token(SEED_BYTES)) for _ in range(1000)]

    def chi_square(symbols):
        expected = len(symbols) / len(alphabet)
        counted = Counter(symbols)
        return sum((counted[each] - expected) ** 2 / expected for each in alphabet)

    assert len(set(passwords)) == 1000
    freedom = len(alphabet) - 1
    limit = freedom * (1 - 2 / (9 * freedom) + 3.09 * (2 / (9 * freedom)) ** 0.5) ** 3
    assert chi_square("".join(passwords)) < limit
    places = [chi_square(column) for column in zip(*passwords, strict=True)]
    assert sum(each > limit for each in places) <= 1


class TestPassword:
    def test_it_does_not_show_itself(self):
        """R20: neither printed, formatted nor found in what holds it."""
        password = Password("CANARY234567")
        for shown in (repr(password), str(password), f"{password}", f"{[password]!r}"):
            assert "CANARY" not in shown

    @pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_it_does_not_leave_memory(self, leave):
        """R20: it can be neither pickled nor copied by way of pickling."""
        with pytest.raises(TypeError, match="never pickled"):
            leave(Password("CANARY234567"))

    def test_it_is_no_identifier(self):
        """R9: the two credentials are never taken for each other."""
        assert Password("K7WPQ2M4XN9B") != Identifier("K7WPQ2M4XN9B")
