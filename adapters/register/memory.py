"""Register in memory: for tests, for demonstrations, for hosts that hold their voters already."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Mapping

from core.census import Places
from core.voter import ElectoralNumber, Identifier, Numic, Voter


class MemoryRegister:
    """`core.ports.register.Register` over two mappings, read at each lookup: never copied.

    `voters` holds each voter under their own NUMIC; `identifiers` may lack some. A NUMEL is looked
    for one voter after the other: meant for thousands of voters, not for millions.
    """

    def __init__(
        self, voters: Mapping[Numic, Voter], identifiers: Mapping[Numic, Identifier]
    ) -> None:
        self._voters = voters
        self._identifiers = identifiers

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        if isinstance(number, Numic):
            return self._voters.get(number)
        return next((each for each in self._voters.values() if each.numel == number), None)

    async def find_many(self, numics: Collection[Numic]) -> Mapping[Numic, Voter]:
        """See `core.ports.register.FindsMany`."""
        return {each: self._voters[each] for each in numics if each in self._voters}

    async def voters_by_place(self) -> Places:
        """See `core.ports.register.CountsVoters`."""
        return Counter((each.constituency, each.post) for each in self._voters.values())

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port."""
        known = self._identifiers.get(numic)
        if known is None or numic not in self._voters:
            return False
        return hmac.compare_digest(known.canonical.encode(), identifier.canonical.encode())
