"""What makes a password of a seed, together with it; and the keys of `REASSORT_KEYS` as that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.errors import KeyUnavailable
from core.keys import Keyring, Purpose


class PasswordKeys(Protocol):
    """Keys outside the database. The id of each is stored beside the seeds that it is for."""

    def current(self) -> str:
        """The id of the key for new seeds. Raises `KeyUnavailable`."""
        ...

    def __contains__(self, key_id: str) -> bool:
        """Whether this key is here, still."""
        ...

    def mac(self, message: bytes, key_id: str) -> bytes:
        """32 bytes that nobody can tell who does not have the key. Raises `KeyUnavailable`."""
        ...


@dataclass(frozen=True)
class RingPasswordKeys:
    """The keys of the ring. Whoever has them and a copy of the database, of its log or of a backup
    can derive the passwords whose seeds are there: days' keys (`core/day_keys.py`) end that."""

    keyring: Keyring

    def current(self) -> str:
        return self.keyring.newest

    def __contains__(self, key_id: str) -> bool:
        return key_id in self.keyring

    def mac(self, message: bytes, key_id: str) -> bytes:
        if key_id not in self.keyring:
            raise KeyUnavailable("the key of this renewal is not in the ring")
        return self.keyring.mac(Purpose.PASSWORD, message, key_id)
