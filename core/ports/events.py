"""The journal of what happened."""

from typing import Protocol

from core.events import Alert, Event


class Events(Protocol):
    """Told after the commit. A journal that fails never fails the use case."""

    def record(self, event: Event | Alert) -> None:
        """Take note of an event. Never raises, never blocks."""
        ...
