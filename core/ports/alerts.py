"""What operators are to look at, kept for the deployment."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.alert import Alert, AlertPlace, AlertState
from core.request_listing import Place


class Alerts(Protocol):
    """Of one place one is open at most."""

    async def last_of(self, place: AlertPlace) -> Alert | None:
        """The last one of this place, or None. Until the unit ends no other unit has one of this
        place."""
        ...

    async def take(self, alert_id: str) -> Alert | None:
        """The one with this id, or None; no other unit has it until this one ends."""
        ...

    async def add(self, alert: Alert) -> bool:
        """False when one is open at its place."""
        ...

    async def save(self, alert: Alert) -> None:
        """In the place of the one with its id, which this unit has."""
        ...

    async def get(self, alert_id: str) -> Alert | None:
        """The one with this id, or None."""
        ...

    async def open(self) -> Sequence[Alert]:
        """All that are raised or acknowledged."""
        ...

    async def newest(
        self, states: Collection[AlertState], limit: int, after: Place | None
    ) -> Sequence[Alert]:
        """So many in these states (none: in any), the one that was first seen last first; `after`:
        those that follow in the list."""
        ...

    async def forget(self, before: datetime) -> int:
        """Delete those that were resolved before then; how many."""
        ...
