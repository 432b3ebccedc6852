"""OneTimeLink: the address that an e-mail carries, good for one renewal.

The token is not stored, nor anything from which it could be made without a key that lives outside
the database: `token = base64url(HMAC(link key, request id + nonce))`, 256 bits (R14). The row keeps
the key's id, the nonce and the SHA-256 of the token. Whoever reads the database cannot make a link;
anyone who sends the e-mail again sends the same one.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime

from core.keys import Keyring, Purpose

NONCE_BYTES = 16
TOKEN_LENGTH = 43
"""Characters: 32 bytes in base64url without padding."""


@dataclass(frozen=True)
class OneTimeLink:
    """What the store knows of a link."""

    key_id: str
    nonce: bytes
    digest: bytes
    """SHA-256 of the token, 32 bytes: the link is looked up by it."""
    expires_at: datetime
    attempts_left: int
    """Wrong identifiers of all networks until each has fewer; 0 and less from then on."""

    @classmethod
    def issue(
        cls, keyring: Keyring, request_id: str, nonce: bytes, expires_at: datetime, attempts: int
    ) -> OneTimeLink:
        """A new link, made with the newest key. `nonce` is `NONCE_BYTES` from a CSPRNG."""
        token = _token(keyring, keyring.newest, request_id, nonce)
        return cls(keyring.newest, nonce, digest_of(token), expires_at, attempts)

    def token(self, keyring: Keyring, request_id: str) -> str:
        """The token again, for the e-mail. `KeyError` when its key has left the ring."""
        return _token(keyring, self.key_id, request_id, self.nonce)

    def living_until(self, expires_at: datetime) -> OneTimeLink:
        """The same link with another end: its lifetime counts from the sending (R17)."""
        return replace(self, expires_at=expires_at)

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


def digest_of(token: str) -> bytes:
    """By what a link is looked up. Any string is taken: what is no token simply matches nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _token(keyring: Keyring, key_id: str, request_id: str, nonce: bytes) -> str:
    mac = keyring.mac(Purpose.LINK, request_id.encode() + nonce, key_id)
    return urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")
