"""For operators: one voter's renewals are stopped, and go on again (R61)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RegisterUnavailable
from core.events import VoterFrozen, VoterUnfrozen
from core.identifiers import CHANCE_BYTES, new_id
from core.keys import Keyring
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.register import Register
from core.ports.unit_of_work import Begin, FreezingUnit
from core.trace import check_words
from core.voter import Numic
from core.voter_freeze import VoterFreeze


@dataclass(frozen=True)
class FreezeVoters:
    """Voters whose renewals are stopped. What decides about links and confirmations looks here in
    the same commit, so that an order holds at once in every process. Raises `StoreUnavailable`."""

    begin: Begin[FreezingUnit]
    read: Begin[FreezingUnit]
    register: Register
    keyring: Keyring
    clock: Clock
    randomness: Randomness
    events: Events

    async def freeze(self, numic: Numic, by: str, reason: str) -> bool:
        """No further link, and none is redeemed, until `unfreeze`; an SMS that is under way goes
        out. False when the register did not answer: it holds, and nobody knows whether the voter
        exists.

        Raises `ValueError` when the register has no such voter, when it is so already, when nobody
        or no reason is named, and when the reason names the voter: it is kept."""
        check_words(by=by, why=reason)
        if numic.value in reason or numic.value in by:
            raise ValueError("the trace does not name the voter: leave the NUMIC out")
        try:
            is_known = await self.register.find(numic) is not None
        except RegisterUnavailable:
            is_known = None
        if is_known is False:
            raise ValueError("the register has no voter with this NUMIC")
        voters = self._pseudonyms(numic)
        now = self.clock.now()
        id = new_id(now, self.randomness.token(CHANCE_BYTES))
        freeze = VoterFreeze(id, voters, now, by, reason)
        async with self.begin() as unit:
            if not await unit.freezes.add(freeze):
                raise ValueError("this voter's renewals are stopped already")
        self.events.record(VoterFrozen(voters[self.keyring.newest], by))
        return is_known is True

    async def unfreeze(self, numic: Numic, by: str) -> None:
        """Renewals go on. Raises `ValueError` when they were not stopped, or nobody is named."""
        check_words(by=by)
        voters = self._pseudonyms(numic)
        async with self.begin() as unit:
            if not await unit.freezes.end(tuple(voters.values()), self.clock.now(), by):
                raise ValueError("this voter's renewals are not stopped")
        self.events.record(VoterUnfrozen(voters[self.keyring.newest], by))

    async def all(self) -> Sequence[VoterFreeze]:
        """Those in force and those that have ended, from the oldest to the newest."""
        async with self.read() as unit:
            return await unit.freezes.all()

    def _pseudonyms(self, numic: Numic) -> dict[str, str]:
        ids = (key.id for key in self.keyring.keys)
        return dict(zip(ids, self.keyring.pseudonyms(numic.value), strict=True))
