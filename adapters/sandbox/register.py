"""A register that is slow or down for some, at one step or for a while, and in which an identifier
can be renewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.voter import ElectoralNumber, Identifier, Numic, Voter

from ..register.memory import MemoryRegister
from .setback import Setback, befall


class SandboxRegister:
    """The port `Register` in memory. `setbacks` happen to anyone who has an identifier checked,
    `afterwards` to who looks such a voter up once it was the right one. Until `undecided` lets it,
    nobody finds that voter."""

    def __init__(
        self,
        voters: Mapping[Numic, Voter],
        identifiers: Mapping[Numic, Identifier],
        setbacks: Mapping[Numic, Setback],
        afterwards: Mapping[ElectoralNumber, Setback],
        undecided: Mapping[ElectoralNumber, Setback],
    ) -> None:
        self._voters = dict(voters)
        self._register = MemoryRegister(self._voters, identifiers)
        self._setbacks, self._afterwards, self._undecided = setbacks, afterwards, undecided
        self._confirmed = set[ElectoralNumber]()

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        await befall(self._undecided, number)
        if number in self._confirmed:
            await befall(self._afterwards, number)
        return await self._register.find(number)

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port."""
        await befall(self._setbacks, numic)
        matches = await self._register.identifier_matches(numic, identifier)
        if matches:
            self._confirmed.add(numic)
        return matches

    def renew_identifier(self, number: ElectoralNumber, round_id: str) -> None:
        """This voter's identifier was renewed in that round, just now."""
        for voter in list(self._voters.values()):
            if number in (voter.numic, voter.numel):
                self._voters[voter.numic] = replace(voter, identifier_renewed_in=round_id)
