"""Secret keys: a list, newest first; the newest signs, all of them verify (R14).

Every purpose has a sub-key of its own, derived by HMAC from a label, so that no value made for one
purpose can stand in for another.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

KEY_BYTES = 32
TAG_LENGTH = 32


class Purpose(StrEnum):
    """What a sub-key is for. The label is part of the derivation: never rename one."""

    LINK = "reassort/link/1"
    PASSWORD = "reassort/password/1"
    PSEUDONYM = "reassort/pseudonym/1"
    SECURITY_CODE = "reassort/security-code/1"
    REGISTER = "reassort/register/1"
    RECEIPT = "reassort/receipt/1"
    BOUNCE = "reassort/bounce/1"
    NETWORK = "reassort/network/1"
    PARTNER = "reassort/partner/1"
    SEAL = "reassort/seal/1"
    DESTRUCTION = "reassort/destruction/1"
    CODE_PRICE = "reassort/code-price/1"


@dataclass(frozen=True)
class SecretKey:
    """`id` is public and stored beside what the key made; `secret` is 32 bytes or more."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.id or len(self.secret) < KEY_BYTES:
            raise ValueError(f"key {self.id!r}: an id and at least {KEY_BYTES} bytes are needed")


@dataclass(frozen=True)
class Keyring:
    """The keys in force, newest first."""

    keys: tuple[SecretKey, ...]

    def __post_init__(self) -> None:
        ids = [key.id for key in self.keys]
        if not ids or len(set(ids)) != len(ids):
            raise ValueError("a keyring needs at least one key, and ids that differ")

    @property
    def newest(self) -> str:
        """Id of the key that signs."""
        return self.keys[0].id

    def __contains__(self, key_id: str) -> bool:
        return any(key.id == key_id for key in self.keys)

    def mac(self, purpose: Purpose, message: bytes, key_id: str | None = None) -> bytes:
        """HMAC-SHA256 under the sub-key for `purpose`: 32 bytes.

        Raises `KeyError` when `key_id` names a key that is no longer in the ring.
        """
        mac = self._keyed(purpose, key_id or self.newest).copy()
        mac.update(message)
        return mac.digest()

    def pseudonyms(self, text: str) -> tuple[str, ...]:
        """Keyed pseudonyms of `text`, newest key first: 32 hex characters each.

        A plain hash of the 10^8 NUMICs would be reversed in minutes; this one cannot be without
        the key. Store `pseudonym`; look rows up by all, so that a rotation forgets nobody.
        """
        return tuple(self._pseudonym(text, key.id) for key in self.keys)

    def pseudonym(self, text: str) -> str:
        """The one to be stored: the newest key's."""
        return self._pseudonym(text, self.newest)

    def tag(self, purpose: Purpose, text: str) -> str:
        """What shows, in a URL or an address that comes back from outside, that `text` is ours: 32
        hex characters of the newest key's."""
        return self._tag(purpose, text, self.newest)

    def tags(self, purpose: Purpose, text: str) -> tuple[str, ...]:
        """The tags of every key, the newest first: what came back may be of an older one."""
        return tuple(self._tag(purpose, text, key.id) for key in self.keys)

    def made(self, tag: str, purpose: Purpose, text: str) -> bool:
        """Whether any key of the ring made this tag for this text. Takes as long for a wrong one as
        for a right one."""
        given = tag.encode("utf-8", "surrogatepass")
        tags = self.tags(purpose, text)
        matches = [hmac.compare_digest(given, each.encode()) for each in tags]
        return any(matches)

    def _pseudonym(self, text: str, key_id: str) -> str:
        return self.mac(Purpose.PSEUDONYM, text.encode(), key_id).hex()[:32]

    def _tag(self, purpose: Purpose, text: str, key_id: str) -> str:
        message = text.encode("utf-8", "surrogatepass")
        return self.mac(purpose, message, key_id).hex()[:TAG_LENGTH]

    def _keyed(self, purpose: Purpose, key_id: str) -> hmac.HMAC:
        for key in self.keys:
            if key.id == key_id:
                return _keyed(key.secret, purpose)
        raise KeyError(key_id)


@lru_cache(64)
def _keyed(secret: bytes, purpose: Purpose) -> hmac.HMAC:
    """An HMAC that has taken in the sub-key, and no message yet: to be copied for each."""
    sub_key = hmac.digest(secret, purpose.value.encode(), "sha256")
    return hmac.new(sub_key, digestmod="sha256")
