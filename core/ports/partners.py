"""The partners with API keys, and their keys (R40)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.partner import Partner, PartnerKey, Suspension


class Partners(Protocol):
    """By name."""

    async def add(self, partner: Partner) -> bool:
        """False when there is one of that name, which then stays as it is."""
        ...

    async def get(self, name: str) -> Partner | None: ...

    async def all(self) -> Sequence[Partner]:
        """In the order of their names."""
        ...


class PartnerKeys(Protocol):
    """By prefix. Keys are never deleted: a list shows which there were."""

    async def add(self, key: PartnerKey) -> None:
        """Raises `StoreUnavailable` when the prefix is taken."""
        ...

    async def all(self) -> Sequence[PartnerKey]:
        """In the order in which they were made."""
        ...

    async def end(self, partner: str, at: datetime, revoked: bool) -> int:
        """Every key of `partner` that would work beyond `at` ends then. Returns how many."""
        ...

    async def note_use(self, prefix: str, at: datetime, tells_voter: bool) -> None:
        """When it was last used, and last for a voter who was told; an earlier moment than the one
        that is known changes nothing."""
        ...


class Suspensions(Protocol):
    """By partner, whether it has keys or not. At most one of a partner's is in force."""

    async def add(self, suspension: Suspension) -> bool:
        """False when one of that partner's is in force, which then stays as it is."""
        ...

    async def end(self, partner: str, at: datetime, by: str) -> bool:
        """False when none is in force."""
        ...

    async def in_force(self) -> Sequence[Suspension]:
        """In the order of the partners' names."""
        ...

    async def all(self) -> Sequence[Suspension]:
        """From the oldest to the newest."""
        ...
