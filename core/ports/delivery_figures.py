"""What the records say about how messages fare."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.delivery_figures import Count, Unreached


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

    async def unreached(self, before: datetime, since: datetime) -> Unreached:
        """Voters of renewals confirmed since then who are not known to have a password that works:
        `waiting` since before then, or `lost`. Whoever renewed again and got it does not count."""
        ...
