"""What wakes an idle worker."""

from __future__ import annotations

from typing import Protocol


class Waking(Protocol):
    """Tells an idle worker that jobs were queued. A hint: it polls all the same, if seldom."""

    @property
    def is_listening(self) -> bool:
        """False while hints may be missed."""
        ...

    async def listen(self) -> None:
        """Runs until cancelled."""
        ...

    async def rung(self) -> None:
        """Returns when there was a hint since the last time."""
        ...

    def heard(self) -> None:
        """Forget the hints so far: whatever was queued before them is about to be looked for."""
        ...
