"""The one-time link: what the row keeps, and the token that it does not keep."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.keys import Keyring
from core.one_time_link import NONCE_BYTES, TOKEN_LENGTH, OneTimeLink, digest_of


@pytest.fixture
def issue(keyring, randomness, noon):
    def issue(request_id="r1", ring=keyring):
        nonce = randomness.token(NONCE_BYTES)
        return OneTimeLink.issue(ring, request_id, nonce, noon + timedelta(hours=1), 5)

    return issue


def test_the_token_is_url_safe_and_long(issue, keyring):
    """R14: 256 bits as 43 characters that need no quoting in a URL."""
    token = issue().token(keyring, "r1")
    assert len(token) == TOKEN_LENGTH
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)


def test_all_of_its_bits_vary(issue, keyring):
    """R14: over 400 tokens every character takes nearly all of its values; none repeats."""
    tokens = [issue().token(keyring, "r1") for _ in range(400)]
    assert len(set(tokens)) == 400
    values = [len(set(column)) for column in zip(*tokens, strict=True)]
    assert min(values[:-1]) > 58
    assert values[-1] == 16


def test_the_row_holds_no_token(issue, keyring):
    """R14: neither the token nor a part of it is in what is stored."""
    link = issue()
    token = link.token(keyring, "r1")
    assert link.digest == hashlib.sha256(token.encode()).digest() == digest_of(token)
    assert token not in repr(asdict(link))


def test_the_same_link_is_sent_again(issue, keyring):
    """R29: a second sending carries the same token."""
    link = issue()
    assert link.token(keyring, "r1") == link.token(keyring, "r1")


def test_tokens_differ_by_request_nonce_and_key(keyring, noon):
    """R14: whatever of the three differs, the token does."""
    old = Keyring(keyring.keys[1:])
    tokens = {
        OneTimeLink.issue(ring, request, nonce, noon, 5).token(ring, request)
        for ring in (keyring, old)
        for request in ("r1", "r2")
        for nonce in (b"n" * NONCE_BYTES, b"m" * NONCE_BYTES)
    }
    assert len(tokens) == 8


def test_a_rotation_kills_no_link(issue, keyring):
    """R14: a link made with an older key keeps its token; new ones use the newest key."""
    before = Keyring(keyring.keys[1:])
    link = issue(ring=before)
    assert link.token(keyring, "r1") == link.token(before, "r1")
    assert (link.key_id, issue().key_id) == ("2026", "2027")


def test_a_key_that_left_takes_its_links_along(issue, keyring):
    """R14: without the key there is no way back to the token."""
    link = issue(ring=Keyring(keyring.keys[1:]))
    with pytest.raises(KeyError):
        link.token(Keyring(keyring.keys[:1]), "r1")


def test_a_new_end_changes_nothing_else(issue, keyring, noon):
    """R17: a lifetime that starts anew leaves token, digest and attempts as they are."""
    link = issue()
    later = link.living_until(noon + timedelta(hours=3))
    assert later.token(keyring, "r1") == link.token(keyring, "r1")
    assert (later.digest, later.attempts_left) == (link.digest, 5)
    assert link.is_expired(noon + timedelta(hours=1))
    assert not later.is_expired(noon + timedelta(hours=1))


@given(st.text() | st.just("\ud800"))
def test_any_text_has_a_digest(text):
    """R37: what is no token matches nothing and breaks nothing."""
    assert len(digest_of(text)) == 32
