"""Codes of operators (RFC 6238)."""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import datetime

from pyotp.totp import TOTP

ISSUER = "reassort"
STEP_SECONDS = 30


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


def _totp(secret: bytes) -> TOTP:
    return TOTP(b32encode(secret).decode(), interval=STEP_SECONDS)
