"""Which voters' renewals operators have stopped (R61)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.voter_freeze import VoterFreeze


class VoterFreezes(Protocol):
    """By pseudonym. Under each of a voter's at most one is in force. None that is in
    force is ever deleted; of the others see `Housekeeping.forget_freezes`."""

    async def add(self, freeze: VoterFreeze) -> bool:
        """False when one is in force under every pseudonym: it stays as it is. One that is in force
        under some only, since a key is newer, is ended by this one."""
        ...

    async def end(self, voters: Sequence[str], at: datetime, by: str) -> bool:
        """End what is in force under any of these pseudonyms, under its others as well. False when
        nothing is."""
        ...

    async def all(self) -> Sequence[VoterFreeze]:
        """From the oldest to the newest."""
        ...
