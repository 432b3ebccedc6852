"""Keys: the newest signs, all verify, each purpose has its own."""

from __future__ import annotations

import hmac

import pytest

from core.keys import Keyring, Purpose, SecretKey

OLD = SecretKey("2026", b"o" * 32)
NEW = SecretKey("2027", b"n" * 32)


def test_the_newest_signs():
    """R14: without a name the first key is used; by name each of them."""
    ring = Keyring((NEW, OLD))
    assert ring.newest == "2027"
    assert ring.mac(Purpose.LINK, b"x") == ring.mac(Purpose.LINK, b"x", "2027")
    assert ring.mac(Purpose.LINK, b"x", "2026") == Keyring((OLD,)).mac(Purpose.LINK, b"x")


def test_a_key_that_left_is_unknown():
    """R14: what an abandoned key made can no longer be made."""
    with pytest.raises(KeyError):
        Keyring((NEW,)).mac(Purpose.LINK, b"x", "2026")


def test_purposes_do_not_stand_in_for_each_other():
    """R14: the same message under the same key differs for every purpose, key and message."""
    ring = Keyring((NEW, OLD))
    macs = {
        ring.mac(purpose, message, key)
        for purpose in Purpose
        for message in (b"", b"x", b"xx")
        for key in ("2026", "2027")
    }
    assert len(macs) == len(Purpose) * 6
    assert {len(mac) for mac in macs} == {32}


def test_labels_never_change():
    """R14: a renamed label would kill every link, seed and pseudonym in the database."""
    labels = ["link", "password", "pseudonym", "security-code", "register"]
    labels += ["receipt", "bounce", "network", "partner", "seal", "destruction"]
    labels += ["code-price"]
    assert list(Purpose) == [f"reassort/{label}/1" for label in labels]
    sub_key = hmac.digest(NEW.secret, b"reassort/link/1", "sha256")
    assert Keyring((NEW,)).mac(Purpose.LINK, b"x") == hmac.digest(sub_key, b"x", "sha256")


def test_pseudonyms_of_every_key():
    """R42: newest first, so that rows made before a rotation are still found."""
    ring = Keyring((NEW, OLD))
    assert ring.pseudonyms("00012345") == (
        *Keyring((NEW,)).pseudonyms("00012345"),
        *Keyring((OLD,)).pseudonyms("00012345"),
    )
    assert all(len(each) == 32 and "00012345" not in each for each in ring.pseudonyms("00012345"))
    assert ring.pseudonyms("00012345") != ring.pseudonyms("00012346")
    assert ring.pseudonym("00012345") == ring.pseudonyms("00012345")[0]


def test_a_tag_is_known_by_every_key_of_the_ring():
    """R14, R30: what the older key tagged is still known after a rotation, and made anew by the
    newest; not once the older key has left."""
    ring = Keyring((NEW, OLD))
    old, new = Keyring((OLD,)).tag(Purpose.RECEIPT, "x"), ring.tag(Purpose.RECEIPT, "x")
    assert new == Keyring((NEW,)).tag(Purpose.RECEIPT, "x") != old
    assert len(new) == len(old) == 32
    assert ring.made(old, Purpose.RECEIPT, "x")
    assert ring.made(new, Purpose.RECEIPT, "x")
    assert not Keyring((NEW,)).made(old, Purpose.RECEIPT, "x")


@pytest.mark.parametrize("text", ["", "X", "x ", "xx"])
def test_a_tag_is_for_one_text_and_one_purpose(text):
    """R14, R30: it shows nothing of another text, nor of the same text put to another use."""
    ring = Keyring((NEW,))
    tag = ring.tag(Purpose.RECEIPT, "x")
    assert not ring.made(tag, Purpose.RECEIPT, text)
    assert not ring.made(tag, Purpose.BOUNCE, "x")


@pytest.mark.parametrize("tag", ["", "0" * 32, "é", "\udcff", "a" * 5000])
def test_what_is_no_tag_is_not_known(tag):
    """R30: whatever comes from outside is compared, and nothing breaks."""
    assert not Keyring((NEW,)).made(tag, Purpose.RECEIPT, "\udcff")


@pytest.mark.parametrize(("id_", "secret"), [("", b"n" * 32), ("2027", b"n" * 31), ("2027", b"")])
def test_a_weak_key_is_refused(id_, secret):
    """R14: a key has an id and at least 32 bytes."""
    with pytest.raises(ValueError, match="32 bytes"):
        SecretKey(id_, secret)


@pytest.mark.parametrize("keys", [(), (NEW, NEW), (NEW, SecretKey("2027", b"x" * 32))])
def test_a_ring_needs_keys_that_differ(keys):
    """R14: an empty ring, or two keys of one id, is refused."""
    with pytest.raises(ValueError, match="keyring"):
        Keyring(keys)


def test_a_representation_reveals_nothing():
    """R42: neither a key nor a ring shows a secret."""
    assert "nnn" not in repr(NEW)
    assert "nnn" not in repr(Keyring((NEW, OLD)))
