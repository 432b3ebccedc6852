"""The trace of what was done to a deployment."""

from collections.abc import Sequence
from typing import Protocol

from core.intervention import Act, Intervention


class Interventions(Protocol):
    """In the store; nothing deletes them."""

    async def add(self, intervention: Intervention) -> None: ...

    async def last(self, act: Act) -> Intervention | None:
        """The last of this kind; None when there was none."""
        ...

    async def latest(self, limit: int) -> Sequence[Intervention]:
        """The latest first."""
        ...
