"""The journal of what happened."""

from typing import Protocol

from core.events import Alert, Event
from core.rows_deleted import RowsDeleted


class Events(Protocol):
    """Told after the commit. A journal that fails never fails the use case."""

    def record(self, event: Event | Alert | RowsDeleted) -> None:
        """Take note of an event. Never raises, never blocks."""
        ...
