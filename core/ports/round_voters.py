"""Requests of which it is not known yet by what their voters are known in the round (R48)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.recovery_request import RecoveryRequest


class RoundVoters(Protocol):
    """What a release before this one decided, and what was decided without the round's key."""

    async def unknown(self, after: str, limit: int) -> Sequence[RecoveryRequest]:
        """So many that follow this id, in the order of the ids."""
        ...

    async def know(self, round_voters: Mapping[str, str]) -> None:
        """By what the voters of these requests (by id) are known, as far as that is new."""
        ...
