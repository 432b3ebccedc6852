"""What the records say about how messages fare."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.delivery_figures import Arrival, Count, Standing


class FigureFolding(Protocol):
    """What each change left for the figures, in its commit."""

    async def fold(self, limit: int) -> int:
        """Sum up so many, the oldest; how many there were. No figure is another than before."""
        ...


class DeliveryFigures(Protocol):
    """Counts over the store. Read only."""

    async def counts(self, since: datetime) -> Sequence[Count]:
        """Attempts at SMS begun, and e-mails queued, since the minute of this moment began."""
        ...

    async def constituencies(self, since: datetime, before: datetime) -> Sequence[Arrival]:
        """By constituency, what became of the voters who confirmed from `since` on and before
        then: each by the last renewal, where a receipt is expected. Those of whom the register says
        none are left out."""
        ...

    async def standings(
        self, rounds: Sequence[str], before: datetime, now: datetime
    ) -> Sequence[Standing]:
        """Voters of these rounds who are not known to be reached, each by the latest renewal or
        link: those who wait since before then, and all others whom nothing reaches. Requests that
        nobody has decided on since before then are told as numbers, of whichever round."""
        ...
