"""The real clock and the real chance: the only place that asks the operating system for them."""

import secrets
from datetime import UTC, datetime


class SystemClock:
    """The port `Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemRandomness:
    """The port `Randomness`."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)
