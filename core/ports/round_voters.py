"""Requests of which it is not known yet by what their voters are known in the round (R48)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.recovery_request import RecoveryRequest


class RoundVoters(Protocol):
    """What a release before this one decided, and what was decided without the round's key."""

    async def unknown(self, after: str, limit: int) -> Sequence[RecoveryRequest]:
        """So many that follow this id, in the order of the ids."""
        ...

    async def overtake(self, request: RecoveryRequest) -> None:
        """This one counts in the stead of the same voter's earlier links; once it is confirmed, of
        all that came before it, too."""
        ...

    async def overtake_in(
        self, rounds: Sequence[str], known_as: Sequence[str], request: RecoveryRequest
    ) -> None:
        """The same in other rounds, in which the voter is known as any of these: by a pseudonym, or
        by what belongs to the round, which outlives every key. One voter has one password,
        whichever of the rounds held at that time it is of: a link counts beside the renewal that
        was confirmed in another, and takes its place when it is confirmed itself."""
        ...

    async def know(self, round_voters: Mapping[str, str], voters: Sequence[str]) -> None:
        """By what the voters of these requests (by id) are known, as far as that is new; and what
        release 0.2.0 did not note: which of them count, and why their voters are unreached.
        `voters`: the pseudonyms of all of them. Who confirms meanwhile comes before or after."""
        ...

    async def to_sort_out(self, since: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Of so many voters whose renewals changed since then, and of whom a later one overtook
        what is not marked so, as a gateway of the release before leaves it: by what each is known
        in the round, with each of the pseudonyms."""
        ...

    async def sort_out(self, round_voters: Sequence[tuple[str, str]]) -> int:
        """Mark that of these voters; in how many requests. Who confirms meanwhile comes before or
        after."""
        ...
