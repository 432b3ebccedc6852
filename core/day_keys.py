"""Keys of one day each: a ratchet, of which only the later days can be derived (R20).

A key that is destroyed cannot be derived from those that follow: seeds that are left in a log, an
archive or a backup give nothing any more.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.keys import KEY_BYTES

_STEP = b"reassort/password-day/1 "
_USE = b"reassort/password-of-the-day/1"
MOST_STEPS = 3653
"""Days that are derived at most, ten years: a clock or an id beyond is wrong."""


@dataclass(frozen=True)
class DayKey:
    """The key of one day (in UTC). `file_id` is public, and the same for all days."""

    file_id: str
    day: date
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES or not self.file_id:
            raise ValueError(f"a day's key has an id and {KEY_BYTES} bytes")

    def at(self, day: date) -> DayKey:
        """The key of this or a later day. Raises `ValueError` for an earlier one, which nobody can
        derive, and for one that is more than `MOST_STEPS` later."""
        steps = (day - self.day).days
        if not 0 <= steps <= MOST_STEPS:
            raise ValueError(f"the key of {day} does not follow from that of {self.day}")
        secret = self.secret
        for step in range(1, steps + 1):
            following = (self.day + timedelta(days=step)).isoformat().encode()
            secret = hmac.digest(secret, _STEP + following, hashlib.sha256)
        return DayKey(self.file_id, day, secret)

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 under a sub-key, so that it tells nothing of the days that follow."""
        return hmac.digest(hmac.digest(self.secret, _USE, hashlib.sha256), message, hashlib.sha256)


@dataclass(frozen=True)
class DayKeyId:
    """What is stored beside a seed: a key of the ring, a file, a day. `2027:1a2b3c4d:2027-05-30`.

    An id of the ring has no colon, so the two are never taken for each other.
    """

    ring: str
    file_id: str
    day: date

    def __str__(self) -> str:
        return f"{self.ring}:{self.file_id}:{self.day.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> DayKeyId | None:
        """None when it is no day's key."""
        parts = text.rsplit(":", 2)
        if len(parts) != 3:
            return None
        try:
            return cls(parts[0], parts[1], date.fromisoformat(parts[2]))
        except ValueError:
            return None
