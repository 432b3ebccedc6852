"""Partner: who builds front ends for us, under which name, with which scopes and keys (R40).

An API key reads `rsk_<prefix>_<secret>`. The prefix is public: it finds the row and stands in
lists. Of the secret, 256 bits from a secure source, only the SHA-256 is stored. A slow hash such as
argon2 makes guessing dear where people choose; nobody guesses 2^256, and it would cost 50 ms of CPU
a request, for anyone who sends rubbish.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from core.trace import check_words

SECRET_BYTES = 32
PREFIX_BYTES = 5
MARK = "rsk_"
"""What every key begins with, so that scanners of repositories and logs know one."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SCOPE = re.compile(r"[a-z][a-z-]*:[a-z]+")
_ORIGIN = re.compile(
    r"https://[a-z0-9.-]+(?::\d{1,5})?|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?"
)
_KEY = re.compile(r"rsk_([0-9a-f]{10})_([A-Za-z0-9_-]{43})")


def is_partner_name(text: str) -> bool:
    """Lower-case letters, digits and hyphens, as in settings and links."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class Partner:
    """A partner that has API keys. `origins` are those of its pages, as a browser sends them.

    Raises `ValueError`, saying what is wrong."""

    name: str
    scopes: frozenset[str]
    origins: tuple[str, ...]
    created_at: datetime

    def __post_init__(self) -> None:
        if not is_partner_name(self.name):
            raise ValueError("a partner's name is lower-case letters, digits and hyphens")
        if not all(_SCOPE.fullmatch(each) for each in self.scopes):
            raise ValueError("a scope reads like `renewals:write`")
        if not all(_ORIGIN.fullmatch(each) for each in self.origins):
            raise ValueError("an origin reads like `https://consulat.example.org`, without a path")


@dataclass(frozen=True)
class PartnerKey:
    """One key of a partner, as it is stored. It works until `ends_at`, for ever without one."""

    prefix: str
    partner: str
    digest: bytes = field(repr=False)
    created_at: datetime
    ends_at: datetime | None = None
    revoked: bool = False
    """Whether its end was ordered for all keys at once, rather than set by a rotation."""
    last_used_at: datetime | None = None
    voter_told_at: datetime | None = None
    """When a call with it last said for whom it was made."""

    def works(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at

    def opens_with(self, digest: bytes) -> bool:
        """In a time that does not depend on where the two differ."""
        return compare_digest(self.digest, digest)


@dataclass(frozen=True)
class Suspension:
    """An operator's order that nothing comes from a partner, nor leads to it: its keys, its
    issuer's tokens, its pages' origin, its links. Kept after its end, as a trace."""

    partner: str
    suspended_at: datetime
    suspended_by: str
    reason: str
    resumed_at: datetime | None = None
    resumed_by: str | None = None

    def __post_init__(self) -> None:
        check_words(suspended_by=self.suspended_by, reason=self.reason)

    @property
    def is_in_force(self) -> bool:
        return self.resumed_at is None


@dataclass(frozen=True)
class ApiKey:
    """A key as its holder has it. Its text is shown once, when it is made."""

    prefix: str
    _secret: str = field(repr=False)

    @classmethod
    def make(cls, secret: bytes, prefix: bytes) -> ApiKey:
        """The key made of `SECRET_BYTES` and `PREFIX_BYTES` random bytes."""
        return cls(prefix.hex(), urlsafe_b64encode(secret).rstrip(b"=").decode())

    @classmethod
    def read(cls, text: str) -> ApiKey | None:
        """None when `text` is no key of ours, whatever it is."""
        found = _KEY.fullmatch(text)
        return cls(found[1], found[2]) if found else None

    @property
    def digest(self) -> bytes:
        return sha256(self._secret.encode()).digest()

    def reveal(self) -> str:
        return f"{MARK}{self.prefix}_{self._secret}"
