"""The voters in the store whom nothing reaches."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.request_listing import Place
from core.unreached_voters import UnreachedVoter, UnreachedWanted
from core.voter import ElectoralNumber


class UnreachedVoters(Protocol):
    """Reads only."""

    async def longest(
        self, wanted: UnreachedWanted, limit: int, after: Place | None
    ) -> Sequence[UnreachedVoter]:
        """So many, those who have waited longest first; `after`: those that follow in the list. Of
        requests that nobody has decided on each number is told once, by its first."""
        ...

    async def numbers(self, request_ids: Sequence[str]) -> Mapping[str, ElectoralNumber]:
        """What was typed, by request; those that are not kept any more are left out."""
        ...
