"""The requests in the store as operators look through them."""

from collections.abc import Sequence
from typing import Protocol

from core.request_listing import Listed, Place, Wanted
from core.voter import ElectoralNumber


class RequestListing(Protocol):
    """Reads only."""

    async def newest(self, wanted: Wanted, limit: int, after: Place | None) -> Sequence[Listed]:
        """So many, the one that was received last first; `after`: those that follow in the list."""
        ...

    async def get(self, request_id: str) -> Listed | None:
        """The one with this id, or None."""
        ...

    async def of_voter(
        self, known_as: Sequence[str], numbers: Sequence[ElectoralNumber], limit: int
    ) -> Sequence[str]:
        """The ids of so many requests of the voter who is `known_as` any of these, and of those
        with these numbers that nobody has decided on; the one that was received last first."""
        ...
