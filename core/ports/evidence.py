"""What the records say of a round's passwords at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.evidence import PlaceCount


class DeliveryEvidence(Protocol):
    """Counts over the history of messages. Read only."""

    async def tallies(self, round_id: str, as_of: datetime) -> Sequence[PlaceCount]:
        """The voters of the round who had confirmed by then, each by the latest renewal of that
        time. A place of nobody is left out."""
        ...
