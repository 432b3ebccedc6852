"""For operators: what happened to one voter's requests; that somebody looked is kept (R45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.intervention import Act, Intervention
from core.keys import Keyring
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.operators_units import ShowingUnit
from core.ports.unit_of_work import Begin
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.look_at_requests import Looked, look_at
from core.use_cases.note_interventions import told
from core.voter import Numic
from core.voting_round import Calendar

MOST_SHOWN = 20
"""Requests of one voter, the latest."""


@dataclass(frozen=True)
class ShowVoter:
    """The trace is in the commit of the look: nobody looks without it."""

    begin: Begin[ShowingUnit]
    round_keys: KeepRoundKeys
    calendar: Calendar
    keyring: Keyring
    clock: Clock
    events: Events

    async def __call__(self, numic: Numic, by: str) -> Sequence[Looked]:
        """The request that was received last first. The trace tells the pseudonym, as freezes do.

        Raises `ValueError` when nobody is named, or the trace would name the voter, and
        `StoreUnavailable`."""
        if numic.value in by:
            raise ValueError("the trace does not name the voter: leave the NUMIC out")
        pseudonyms = self.keyring.pseudonyms(numic.value)
        noted = Intervention(self.clock.now(), by, Act.VOTER_SHOWN, pseudonyms[0])
        rounds = [each.id for each in self.calendar.rounds]
        async with self.begin() as unit:
            await unit.interventions.add(noted)
            in_rounds = await self.round_keys.voter_in_others(unit, rounds, numic)
            known_as = (*pseudonyms, *in_rounds)
            ids = await unit.listing.of_voter(known_as, [numic], MOST_SHOWN)
            found = [await look_at(unit, each) for each in ids]
        self.events.record(told(noted))
        return [each for each in found if each is not None]
