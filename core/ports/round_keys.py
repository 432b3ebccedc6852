"""A key of each voting round's own (R48)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.round_keys import RoundKey


class RoundKeys(Protocol):
    """At most one of a round. No row is ever deleted."""

    async def add(self, key: RoundKey) -> bool:
        """False when the round has one, or had one."""
        ...

    async def get(self, round_id: str) -> RoundKey | None:
        """Also one that is destroyed; None when there was never any."""
        ...

    async def all(self) -> Sequence[RoundKey]:
        """By the rounds' ids, those that are destroyed as well."""
        ...

    async def reseal(self, key: RoundKey, was: RoundKey) -> bool:
        """The same key, sealed under another one; False when `was` stands no more."""
        ...

    async def destroy(self, round_id: str, at: datetime) -> None:
        """Wipe it, and let none be made for this round any more."""
        ...
