"""Receipts of the first sending in the store, and how many voters stand how (R59)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.first_sending import KnownReceipt, SendingCount, SendingState


@dataclass(frozen=True)
class SendingFigures:
    """What was counted at the end of the last import of a round."""

    imported_at: datetime
    counts: Sequence[SendingCount]


class SendingReceipts(Protocol):
    """What an import adds stands apart until it is concluded: no figure knows of it before."""

    async def begin(self, round_id: str, at: datetime, by: str) -> int:
        """A new import, by its number. One that was begun before and not concluded is none any
        more."""
        ...

    async def clear(self, round_id: str, keep: int) -> bool:
        """Delete some of what imports left that were not concluded, save `keep`; whether there may
        be more."""
        ...

    async def ranks(
        self, round_id: str, import_id: int, voters: Collection[str]
    ) -> Mapping[str, tuple[datetime, SendingState]]:
        """Which receipt of each of these voters holds, for this import; who has none is left
        out."""
        ...

    async def add(self, round_id: str, import_id: int, receipts: Sequence[KnownReceipt]) -> None:
        """One a voter, each to hold from the conclusion on."""
        ...

    async def tally(
        self, round_id: str, import_id: int, since: str, until: str | None
    ) -> Sequence[SendingCount]:
        """Of the voters from `since` up to and without `until` (in their order as text), as they
        will stand after this import's conclusion."""
        ...

    async def conclude(
        self, round_id: str, import_id: int, counts: Sequence[SendingCount], at: datetime
    ) -> bool:
        """What it added holds, and these are the round's figures. False, and nothing changes, when
        another import was begun since."""
        ...

    async def figures(self, round_id: str) -> SendingFigures | None:
        """None when nothing was imported, or the round was destroyed."""
        ...
