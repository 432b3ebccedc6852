"""Secrets of ours in the database, sealed under the keys of the ring."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import KeyUnavailable
from core.keys import Keyring, Purpose
from core.ports.randomness import Randomness

NONCE_BYTES = 12


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
