"""By what a voter is known in the figures of one voting round (R48).

A pseudonym under `REASSORT_KEYS` changes with every rotation: a voter unreached under the one and
reached under the other would count as unreached as long as the round is kept. A round's own key
does not change, and is destroyed with what belongs to the round.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from core.keys import KEY_BYTES, Keyring
from core.voter import Numic

KNOWN_BY = 32
"""Hex characters of what a voter is known by."""


@dataclass(frozen=True)
class RoundKey:
    """`sealed` under the key `key_id` of the ring; empty once it is destroyed. The row stays, so
    that no second key is made for a round whose first is gone."""

    round_id: str
    key_id: str
    sealed: bytes = field(repr=False)
    made_at: datetime
    destroyed_at: datetime | None = None

    @property
    def about(self) -> str:
        """What it is sealed as: it opens as nothing else's."""
        return f"key of the round {self.round_id}"

    def outlives_rotation(self, keyring: Keyring) -> bool:
        """Whether it can be opened still when all keys but the newest have left the ring."""
        return self.destroyed_at is not None or self.key_id == keyring.newest


def round_voter(key: bytes, numic: Numic) -> str:
    """The voter in this key's round: `KNOWN_BY` hex characters, of which nobody finds the NUMIC
    without the key. Raises `ValueError` for a key of another length than `KEY_BYTES`."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a round's key has {KEY_BYTES} bytes")
    return hmac.digest(key, numic.value.encode(), hashlib.sha256).hex()[:KNOWN_BY]
