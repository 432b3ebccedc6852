"""By what voters are known in one round, and how that is kept (R48)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.errors import KeyUnavailable
from core.keys import KEY_BYTES
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from core.ports.sealing import Sealing
from core.ports.unit_of_work import Begin, RoundKeyUnit
from core.round_keys import RoundKey, round_voter
from core.voter import Numic

RoundVoterOf = Callable[[Numic], str]
"""By what a voter is known in one round."""


@dataclass(frozen=True)
class KeepRoundKeys:
    """A key is made when the first voter of its round is decided on, and opened each time: when it
    is destroyed, no process holds it any more."""

    begin: Begin[RoundKeyUnit]
    read: Begin[RoundKeyUnit]
    sealing: Sealing
    clock: Clock
    randomness: Randomness

    async def voter_in(self, unit: RoundKeyUnit, round_id: str, numic: Numic) -> str | None:
        """Within the caller's unit, which writes. None when the round's key is destroyed, or sealed
        under a key that is not in the ring: nobody goes without a link for a figure."""
        key = await unit.round_keys.get(round_id) or await self._made(unit, round_id)
        return self._known(key, numic)

    async def voters_of(self, unit: RoundKeyUnit, round_id: str) -> RoundVoterOf | None:
        """By what each of many voters is known, for as long as the caller has it; None as above."""
        key = await unit.round_keys.get(round_id) or await self._made(unit, round_id)
        opened = self._opened(key)
        return None if opened is None else partial(round_voter, opened)

    async def voter_in_others(
        self, unit: RoundKeyUnit, round_ids: Sequence[str], numic: Numic
    ) -> tuple[str, ...]:
        """In those of these rounds that have voters. No key is made for the others."""
        keys = [await unit.round_keys.get(each) for each in round_ids]
        known = (self._known(each, numic) for each in keys)
        return tuple(each for each in known if each is not None)

    async def all(self) -> Sequence[RoundKey]:
        """By the rounds' ids, those that are destroyed as well."""
        async with self.read() as unit:
            return await unit.round_keys.all()

    async def seal_anew(self) -> int:
        """After a rotation: what older keys have sealed is sealed under the newest; of how many.
        Keys that cannot be opened stay as they are, for `doctor` to tell of."""
        living = (each for each in await self.all() if each.destroyed_at is None)
        return sum([await self._seal_anew(each) for each in living])

    async def _seal_anew(self, was: RoundKey) -> bool:
        if not self.sealing.is_stale(was.key_id):
            return False
        try:
            opened = self.sealing.unseal(was.key_id, was.sealed, was.about)
        except KeyUnavailable:
            return False
        key_id, sealed = self.sealing.seal(opened, was.about)
        async with self.begin() as unit:
            return await unit.round_keys.reseal(replace(was, key_id=key_id, sealed=sealed), was=was)

    def _known(self, key: RoundKey | None, numic: Numic) -> str | None:
        opened = self._opened(key)
        return None if opened is None else round_voter(opened, numic)

    def _opened(self, key: RoundKey | None) -> bytes | None:
        if key is None or key.destroyed_at is not None:
            return None
        try:
            return self.sealing.unseal(key.key_id, key.sealed, key.about)
        except KeyUnavailable:
            return None

    async def _made(self, unit: RoundKeyUnit, round_id: str) -> RoundKey | None:
        """Of several that make one at the same time one wins, and all use it."""
        made = RoundKey(round_id, "", b"", self.clock.now())
        key_id, sealed = self.sealing.seal(self.randomness.token(KEY_BYTES), made.about)
        await unit.round_keys.add(replace(made, key_id=key_id, sealed=sealed))
        return await unit.round_keys.get(round_id)
