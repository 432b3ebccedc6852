"""The signature by which the portal knows a call from the gateway.

    Reassort-Signature: t=1811332800,kid=2027,v1=5d41...

`t` is when it was signed, in seconds since 1970; `kid` names the key; `v1` is HMAC-SHA256 in
hexadecimal, under that key, of five lines joined by a line feed: `t`, the method, the path, the
Idempotency-Key, and SHA-256 of the body in hexadecimal. Two keys are in use while one replaces the
other: the portal learns the new one first.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime

HEADER = "Reassort-Signature"
SECRET_BYTES = 32
"""The least: as long as the hash (RFC 2104, 3)."""


@dataclass(frozen=True)
class SigningKey:
    """Shared with the portal."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.id):
            raise ValueError("a signing key's id has letters, digits, dots, hyphens")
        if len(self.secret) < SECRET_BYTES:
            raise ValueError(f"a signing key has at least {SECRET_BYTES} bytes")

    def sign(self, at: datetime, method: str, path: str, idempotency_key: str, body: bytes) -> str:
        """The header's value."""
        seconds = str(int(at.timestamp()))
        digest = hashlib.sha256(body).hexdigest()
        signed = "\n".join((seconds, method, path, idempotency_key, digest)).encode()
        return f"t={seconds},kid={self.id},v1={hmac.digest(self.secret, signed, 'sha256').hex()}"

    def salt(self, request_id: str, size: int = 16) -> bytes:
        """The same for the same request: a call that is repeated has the same body."""
        return hmac.digest(self.secret, b"salt\n" + request_id.encode(), "sha256")[:size]
