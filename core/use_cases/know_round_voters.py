"""Worker, at intervals: by what are voters known whom nobody could tell in the round yet? (R48)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.errors import RegisterUnavailable
from core.keys import Keyring
from core.ports.clock import Clock
from core.ports.register import Register
from core.ports.unit_of_work import Begin, RoundVoterUnit
from core.recovery_request import RecoveryRequest
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.voter import Numic

EVERY = timedelta(minutes=5)
LOOK_BACK = 4 * EVERY
"""How long ago a gateway of 0.2.0 may have confirmed what is still to be sorted out."""
AT_ONCE = 100
"""Requests in one commit, for which their voters' confirmations wait."""


@dataclass(frozen=True)
class KnowRoundVoters:
    """Release 0.2.0 knew voters under `REASSORT_KEYS` only. Running it twice, or in two workers,
    does no harm; with nothing left to do it reads an empty index."""

    begin: Begin[RoundVoterUnit]
    read: Begin[RoundVoterUnit]
    round_keys: KeepRoundKeys
    register: Register
    keyring: Keyring
    clock: Clock

    async def __call__(self) -> int:
        """Of how many requests. Those that no key can tell wait for it, and no other for them.
        Raises `StoreUnavailable`, and `RegisterUnavailable` once those are known that need no
        register."""
        await self._sort_out()
        known, last, outage = 0, "", None
        while portion := await self._portion(last):
            last = portion[-1].id
            numics, outage = await self._numics(portion)
            known += await self._know(portion, numics)
        if outage is not None:
            raise outage
        return known

    async def _sort_out(self) -> None:
        """In portions: of a voter who is held nobody else decides, nor can she confirm."""
        since = self.clock.now() - LOOK_BACK
        while True:
            async with self.read() as unit:
                found = await unit.round_voters.to_sort_out(since, AT_ONCE)
            if not found:
                return
            async with self.begin() as unit:
                await unit.round_voters.sort_out(found)

    async def _portion(self, after: str) -> Sequence[RecoveryRequest]:
        async with self.read() as unit:
            return await unit.round_voters.unknown(after, AT_ONCE)

    async def _numics(
        self, portion: Sequence[RecoveryRequest]
    ) -> tuple[dict[str, Numic | None], RegisterUnavailable | None]:
        """The NUMICs by request, as far as the register answers; None: it knows the voter, whom it
        was decided for, no more."""
        numics: dict[str, Numic | None] = {}
        for each in portion:
            if isinstance(each.number, Numic):
                numics[each.id] = each.number
        for each in portion:
            if each.id not in numics:
                try:
                    voter = await self.register.find(each.number)
                except RegisterUnavailable as outage:
                    return numics, outage
                is_same = voter is not None and each.is_of(voter, self.keyring)
                numics[each.id] = voter.numic if voter is not None and is_same else None
        return numics, None

    async def _know(
        self, portion: Sequence[RecoveryRequest], numics: dict[str, Numic | None]
    ) -> int:
        """One commit. Whom the register knows no more stays known by the pseudonym."""
        told: dict[str, str] = {}
        voters: set[str] = set()
        async with self.begin() as unit:
            for each in portion:
                round_id = each.round_to_be_known_in
                if each.id not in numics or round_id is None or each.voter is None:
                    continue
                numic = numics[each.id]
                known = each.voter
                if numic is not None:
                    known = await self.round_keys.voter_in(unit, round_id, numic)
                if known is not None:
                    told[each.id] = known
                    voters.add(each.voter)
            await unit.round_voters.know(told, sorted(voters))
        return len(told)
