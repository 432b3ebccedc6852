"""A connection to SQLite with the unit of work over it, which is made once.

It holds no state of its own, and making two dozen tables costs as much as a statement."""

from __future__ import annotations

from functools import cached_property

from adapters.store.sqlite_connection import SqliteConnection
from adapters.store.unit import SqlUnit

from .sqlite_jobs import JobTable


class UnitConnection(SqliteConnection):
    """One SQLite connection, and what units of work over it are given."""

    @cached_property
    def unit(self) -> SqlUnit[JobTable]:
        """For whichever unit is open; readers share theirs."""
        return SqlUnit(self, JobTable(self))
