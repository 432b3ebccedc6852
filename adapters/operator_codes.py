"""Codes of operators (RFC 6238), and their secrets sealed in the database."""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp.totp import TOTP

from core.errors import KeyUnavailable
from core.keys import Keyring, Purpose
from core.ports.randomness import Randomness

ISSUER = "reassort"
STEP_SECONDS = 30
NONCE_BYTES = 12


class TotpCodes:
    """The port `OperatorCodes`: six digits, 30 seconds, SHA-1, as every app has them."""

    def address(self, name: str, secret: bytes) -> str:
        return _totp(secret).provisioning_uri(name=name, issuer_name=ISSUER)

    def step_of(self, secret: bytes, code: str, now: datetime) -> int | None:
        present = int(now.timestamp()) // STEP_SECONDS
        given = "".join(code.split()).encode("utf-8", "surrogatepass")
        for step in (present, present - 1, present + 1):
            right = _totp(secret).generate_otp(step).encode()
            if hmac.compare_digest(given, right):
                return step
        return None


class AesGcmSealing:
    """The port `Sealing`: AES-256-GCM under a sub-key of the ring, a fresh nonce in front."""

    def __init__(self, keyring: Keyring, randomness: Randomness) -> None:
        self._keyring = keyring
        self._randomness = randomness

    def seal(self, secret: bytes, about: str) -> tuple[str, bytes]:
        key_id, nonce = self._keyring.newest, self._randomness.token(NONCE_BYTES)
        return key_id, nonce + self._aead(key_id).encrypt(nonce, secret, about.encode())

    def is_stale(self, key_id: str) -> bool:
        return key_id != self._keyring.newest and key_id in self._keyring

    def unseal(self, key_id: str, sealed: bytes, about: str) -> bytes:
        if key_id not in self._keyring:
            raise KeyUnavailable(f"sealed under the key {key_id}, which is not in REASSORT_KEYS")
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._aead(key_id).decrypt(nonce, rest, about.encode())
        except (InvalidTag, ValueError):
            raise KeyUnavailable("a sealed secret was changed in the database") from None

    def _aead(self, key_id: str) -> AESGCM:
        return AESGCM(self._keyring.mac(Purpose.SEAL, b"aes-256-gcm", key_id))


def _totp(secret: bytes) -> TOTP:
    return TOTP(b32encode(secret).decode(), interval=STEP_SECONDS)
