"""What the store knows of the time, and of the processes that live."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.clock_check import Heartbeat


class Clocks(Protocol):
    """Moments and heartbeats that processes leave in the store."""

    async def server_time(self) -> datetime | None:
        """What the server's clock says; None where there is no server."""
        ...

    async def mark(self) -> datetime | None:
        """The last moment seen; None before the first."""
        ...

    async def move_mark(self, to: datetime) -> None:
        """It was seen; one that is later stays."""
        ...

    async def reset_mark(self, to: datetime) -> None:
        """That is the last moment seen, though there was a later one. Heartbeats after it go."""
        ...

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Put it in the place of this process's last one, and keep when the first came."""
        ...

    async def stop(self, process: str) -> None:
        """This process says that it stops."""
        ...

    async def forget_beats(self, before: datetime) -> int:
        """Delete those of processes that were heard of before then, but the last of each kind; how
        many."""
        ...

    async def beats(self) -> Sequence[Heartbeat]:
        """The last of each process."""
        ...
