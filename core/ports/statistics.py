"""What the records say of how a round's requests went."""

from datetime import datetime
from typing import Protocol

from core.passages import Count
from core.statistics import Window


class RecoveryStatistics(Protocol):
    """Counts over requests and their messages. Read only. A request is the round's when its voter
    is, or nobody knows the voter and the round was open."""

    async def count(self, window: Window) -> Count:
        """What a worker has counted of the window. It may take seconds, and be of several
        moments: `catch_up` makes it one."""
        ...

    async def catch_up(self, window: Window, count: Count) -> Count:
        """All requests of the window as they are now. `count`, which must have been caught up with
        within `CHANGES_KEPT`, is brought to what workers have counted by now."""
        ...


class StatisticsFolding(Protocol):
    """What each change left for that, in its commit."""

    async def fold(self, limit: int, now: datetime) -> int:
        """Count so many anew, the oldest; how many there were. Forgets changes that are older than
        `CHANGES_KEPT`. No answer is another than before."""
        ...
