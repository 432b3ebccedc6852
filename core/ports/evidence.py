"""What the records say of a round's passwords at a moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.evidence import Axis, Line


class DeliveryEvidence(Protocol):
    """Sums over the history of messages. Read only."""

    async def lines(
        self, round_id: str, hour: datetime, axes: Sequence[Axis]
    ) -> Mapping[Axis, Sequence[Line]]:
        """Of each axis, all of one look: the voters of the round who had confirmed by this whole
        hour, each by the latest renewal of that time. A group of nobody is left out."""
        ...


class EvidenceFolding(Protocol):
    """What each change left for that, in its commit."""

    async def fold(self, limit: int) -> int:
        """Sum up so many, the oldest; how many there were. No line is another than before."""
        ...
