"""Four digits, seen or heard: the security code of the guide (R2, R5, R27).

An id is `base64url(step | end | nonce | mac)`: it says by itself for which step and until when it
is good, and it is signed. The digits follow from the id and a key, so nothing is stored, above all
no hash of a code, which 10^4 tries would open.
"""

from __future__ import annotations

import binascii
import hmac
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from pyotp.hotp import HOTP

from adapters.captcha.picture import draw
from adapters.captcha.stock import Stock, packaged
from adapters.captcha.voice import speak
from core.errors import SecurityCodeProblem
from core.keys import Keyring, Purpose
from core.locale import Locale
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from core.security_code import (
    CheckedAnswer,
    IssuedSecurityCode,
    Media,
    RenewalStep,
    SecurityCodeKind,
)
from core.typed_text import digits_of

LENGTH = 4
_STEPS = list(RenewalStep)
_END, _NONCE, _MAC = 4, 12, 12
_PAYLOAD = 1 + _END + _NONCE
_ID_LENGTH = len(urlsafe_b64encode(bytes(_PAYLOAD + _MAC)).rstrip(b"="))
_REMEMBERED = 256
"""Ids that were read last: one request reads its code's two or three times."""


@dataclass(frozen=True)
class _Challenge:
    """What an id says, once its signature is found good."""

    step: RenewalStep
    expires_at: datetime
    digits: str
    payload: bytes
    key_id: str


class DigitsCaptcha:
    """The port `Captcha` with four digits."""

    def __init__(
        self,
        keyring: Keyring,
        clock: Clock,
        randomness: Randomness,
        lifetime: timedelta,
        stock: Stock | None = None,
    ) -> None:
        """Pictures and sounds are of `stock`, or of the packaged one."""
        self._keyring = keyring
        self._clock = clock
        self._randomness = randomness
        self._lifetime = lifetime
        self._stock = stock or packaged()
        self._remembered = lru_cache(_REMEMBERED)(self._challenge_of)

    async def issue(self, step: RenewalStep) -> IssuedSecurityCode:
        expires_at = (self._clock.now() + self._lifetime).replace(microsecond=0)
        end = int(expires_at.timestamp()).to_bytes(_END)
        payload = bytes([_STEPS.index(step)]) + end + self._randomness.token(_NONCE)
        code_id = urlsafe_b64encode(payload + self._mac(payload, self._keyring.newest))
        return IssuedSecurityCode(
            code_id.rstrip(b"=").decode("ascii"), SecurityCodeKind.DIGITS, expires_at
        )

    async def check(self, step: RenewalStep, code_id: str, answer: str) -> CheckedAnswer:
        challenge = self._read(code_id)
        if challenge is None or challenge.step is not step:
            return CheckedAnswer(SecurityCodeProblem.UNKNOWN)
        if self._clock.now() >= challenge.expires_at:
            return CheckedAnswer(SecurityCodeProblem.EXPIRED)
        given = digits_of(answer).encode("utf-8", "replace")
        right = hmac.compare_digest(given, challenge.digits.encode())
        return CheckedAnswer(None if right else SecurityCodeProblem.WRONG, challenge.expires_at)

    async def find(self, code_id: str) -> IssuedSecurityCode | None:
        challenge = self._read(code_id)
        if challenge is None or self._clock.now() >= challenge.expires_at:
            return None
        return IssuedSecurityCode(code_id, SecurityCodeKind.DIGITS, challenge.expires_at)

    async def picture(self, code_id: str) -> Media | None:
        challenge = self._read(code_id)
        if challenge is None:
            return None
        look = self._chance(challenge)
        return Media("image/png", draw(challenge.digits, look, self._stock))

    async def sound(self, code_id: str, locale: Locale) -> Media | None:
        challenge = self._read(code_id)
        if challenge is None:
            return None
        look = self._chance(challenge)
        return Media("audio/wav", speak(challenge.digits, locale.value, look, self._stock))

    def answer_to(self, code_id: str) -> str | None:
        """The right digits, for the demo's inbox; None for an id that is not ours."""
        challenge = self._read(code_id)
        return challenge and challenge.digits

    def _read(self, code_id: str) -> _Challenge | None:
        """None for an id that is not ours. What is too long to be one is not remembered."""
        return self._remembered(code_id) if len(code_id) == _ID_LENGTH else None

    def _challenge_of(self, code_id: str) -> _Challenge | None:
        try:
            raw = urlsafe_b64decode(code_id + "=" * (-len(code_id) % 4))
        except (binascii.Error, ValueError):
            return None
        payload, mac = raw[:_PAYLOAD], raw[_PAYLOAD:]
        # One id has one spelling, or a code could be answered once for each of them.
        if urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != code_id:
            return None
        for key in self._keyring.keys:
            if hmac.compare_digest(self._mac(payload, key.id), mac):
                return self._challenge(payload, key.id)
        return None

    def _challenge(self, payload: bytes, key_id: str) -> _Challenge:
        end = int.from_bytes(payload[1 : 1 + _END])
        secret = self._keyring.mac(Purpose.SECURITY_CODE, b"code" + payload, key_id)
        digits = _Hotp(secret).at(0)[-LENGTH:]
        expires_at = datetime.fromtimestamp(end, UTC)
        return _Challenge(_STEPS[payload[0]], expires_at, digits, payload, key_id)

    def _chance(self, challenge: _Challenge) -> random.Random:
        """Only how a code looks and sounds comes from this, never what it is. One code has one
        look: anyone who asks again gets the same bytes, and no second picture to compare."""
        message = b"look" + challenge.payload
        look = self._keyring.mac(Purpose.SECURITY_CODE, message, challenge.key_id)
        return random.Random(look)  # noqa: S311

    def _mac(self, payload: bytes, key_id: str) -> bytes:
        return self._keyring.mac(Purpose.SECURITY_CODE, b"id" + payload, key_id)[:_MAC]


class _Hotp(HOTP):
    """HOTP whose secret is bytes: base32 there and back took longer than the HMAC."""

    def __init__(self, secret: bytes) -> None:
        self._bytes = secret  # first: the constructor looks at it
        super().__init__("", digits=8, digest=sha256)

    def byte_secret(self) -> bytes:
        return self._bytes
