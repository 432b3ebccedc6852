"""A fresh secret key. In a file of its own: making one needs nothing else of a deployment."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime


def new_key() -> str:
    """Ready for `REASSORT_KEYS`: an id that begins with today's date, and 32 random bytes."""
    secret = urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode("ascii")
    return f"{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(3)}:{secret}"
