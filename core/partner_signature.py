"""A partner's word, carried by a voter's browser, that the page which it shows is the partner's.

For pages that a partner's server renders, and whose browser's `Origin` says nothing. The parameter
reads `<partner>.<end>.<key>.<signature>`: the end in seconds since 1970, the public prefix of an
API key of the partner's, and the HMAC-SHA256 of what stands before, in hexadecimal digits.

The secret is not the API key, of which we have the hash alone: it is derived from our own keys and
the prefix. So nobody signs who has read our database only, and it ends with the API key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from core.keys import Keyring, Purpose

LONGEST_SECONDS = 3600
"""How far ahead the end may be: about as long as somebody takes to fill in a form."""
_SIGNED = re.compile(r"([a-z0-9][a-z0-9-]{0,62})\.(\d{1,12})\.([0-9a-f]{10})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class SignedPartner:
    """The parameter, read; whether it holds is another matter."""

    partner: str
    ends_at: int
    prefix: str
    signature: str

    @classmethod
    def read(cls, text: str) -> SignedPartner | None:
        """None for anything else, a partner's bare name included."""
        found = _SIGNED.fullmatch(text)
        return cls(found[1], int(found[2]), found[3], found[4]) if found else None

    def holds(self, keyring: Keyring, now: datetime) -> bool:
        """Whether it is signed by the secret of its key under any key of the ring, and its end is
        ahead, but not too far. Where a signature differs does not change the time that it takes."""
        text = f"{self.partner}.{self.ends_at}.{self.prefix}"
        made = [sign(secret, text) for secret in _secrets(keyring, self.prefix)]
        matches = [hmac.compare_digest(each, self.signature) for each in made]
        return any(matches) and 0 < self.ends_at - now.timestamp() <= LONGEST_SECONDS


def secret_of(keyring: Keyring, prefix: str) -> str:
    """What the holder of this API key signs with: 64 hexadecimal digits."""
    return _secrets(keyring, prefix)[0]


def sign(secret: str, text: str) -> str:
    """64 hexadecimal digits. The secret's digits are taken as they are written."""
    return hmac.digest(secret.encode(), text.encode(), hashlib.sha256).hex()


def _secrets(keyring: Keyring, prefix: str) -> list[str]:
    message = prefix.encode()
    return [keyring.mac(Purpose.PARTNER, message, key.id).hex() for key in keyring.keys]
