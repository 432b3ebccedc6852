"""Which database this is, told in it and beside it."""

from datetime import datetime
from typing import Protocol

from core.lineage import Sighting


class Lineage(Protocol):
    """The names that a database has had, and the looks at it, counted in it."""

    async def looks_of(self, name: str) -> int | None:
        """How many looks were counted under this name; None when it has never had it."""
        ...

    async def look(self) -> Sighting | None:
        """Count one more look under the newest name; None when it has none yet."""
        ...

    async def begin(
        self, name: str, now: datetime, by: str | None = None, codes_until: datetime | None = None
    ) -> Sighting:
        """A new name, with one look. `by`: who has put a backup back. Security codes that end by
        `codes_until` count as answered from now on."""
        ...

    async def begin_first(self, name: str, now: datetime) -> Sighting:
        """The same unless there is a name; then one more look under that."""
        ...


class LastSighting(Protocol):
    """What this machine remembers, outside of the database."""

    def read(self) -> Sighting | None:
        """None when nothing is remembered, or nothing that can be read."""
        ...

    def write(self, sighting: Sighting) -> None:
        """Put it in the place of what was remembered. What cannot be written is logged."""
        ...
