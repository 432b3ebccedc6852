"""What the records say of how a round's requests went."""

from collections.abc import Mapping
from typing import Protocol

from core.passages import Groups, Tally
from core.statistics import Window


class RecoveryStatistics(Protocol):
    """Counts over requests and their messages. Read only."""

    async def tallies(self, window: Window) -> Mapping[Groups, Tally]:
        """The requests that were received in the window and are the round's: their voter is in it,
        or nobody knows the voter and it was open. A cell of none is left out."""
        ...
