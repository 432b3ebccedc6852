"""The digits of a security code follow from its id and a key, however often it is read."""

from __future__ import annotations

from base64 import b32encode, urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import ClassVar

from pyotp import HOTP

from adapters.captcha.digits import DigitsCaptcha
from adapters.trial import SeededRandomness, SetClock
from core.errors import SecurityCodeProblem
from core.keys import Keyring, Purpose, SecretKey
from core.security_code import RenewalStep

OLD, NEW = SecretKey("2026", b"o" * 32), SecretKey("2027", b"n" * 32)
LIFETIME = timedelta(minutes=10)


def captcha(
    *keys: SecretKey, clock: SetClock | None = None, ring: Keyring | None = None
) -> DigitsCaptcha:
    clock = clock or SetClock(datetime(2027, 6, 5, 12, tzinfo=UTC))
    return DigitsCaptcha(ring or Keyring(keys), clock, SeededRandomness(), LIFETIME)


class CountedKeyring(Keyring):
    """Keeps what it has signed."""

    macs: ClassVar[list[bytes]] = []

    def mac(self, purpose: Purpose, message: bytes, key_id: str | None = None) -> bytes:
        self.macs.append(message)
        return super().mac(purpose, message, key_id)


def digits_by_the_book(code_id: str, key: SecretKey) -> str:
    """By RFC 4226 as pyotp has it, from a secret in base32."""
    payload = urlsafe_b64decode(code_id + "=" * (-len(code_id) % 4))[:17]
    sub_key = digest(key.secret, b"reassort/security-code/1", "sha256")
    secret = b32encode(digest(sub_key, b"code" + payload, "sha256")).decode()
    return HOTP(secret, digits=8, digest=sha256).at(0)[-4:]


async def test_digits_are_those_of_pyotp():
    """R14, R27: by the key that signed the id, the newest or an older one of the ring, and the same
    when they are asked for again."""
    before, now = captcha(OLD), captcha(NEW, OLD)
    for issuing, key in ((before, OLD), (now, NEW)):
        ids = [(await issuing.issue(RenewalStep.REQUEST)).id for _ in range(300)]
        expected = [digits_by_the_book(each, key) for each in ids]
        assert [now.answer_to(each) for each in ids] == expected
        assert [now.answer_to(each) for each in ids] == expected


async def test_a_code_runs_out_however_often_it_was_read():
    """R27: that an id was read before makes it good for no longer."""
    clock = SetClock(datetime(2027, 6, 5, 12, tzinfo=UTC))
    codes = captcha(NEW, clock=clock)
    issued = await codes.issue(RenewalStep.REQUEST)
    answer = codes.answer_to(issued.id) or ""
    assert await codes.find(issued.id) == issued
    assert (await codes.check(RenewalStep.REQUEST, issued.id, answer)).problem is None
    clock.advance(LIFETIME)
    assert await codes.find(issued.id) is None
    checked = await codes.check(RenewalStep.REQUEST, issued.id, answer)
    assert checked.problem is SecurityCodeProblem.EXPIRED


async def test_an_id_is_read_once_for_one_request():
    """R27: whether it is owed for, and whether it is answered rightly, are two questions about one
    id; its signature and its digits are worked out once."""
    ring = CountedKeyring((NEW,))
    codes = captcha(ring=ring)
    issued = await codes.issue(RenewalStep.REQUEST)
    before = len(ring.macs)
    await codes.find(issued.id)
    await codes.check(RenewalStep.REQUEST, issued.id, "0000")
    assert len(ring.macs) - before == 2
