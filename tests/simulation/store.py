"""The store of a simulated election, which is also asked what no port tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.diskless import DisklessStore
from adapters.store.sql import Row, to_datetime
from core.jobs import JobKind

_OF_KIND = "SELECT min(due_at) AS due FROM job WHERE kind = '{}' AND dead_at IS NULL"
_NEXT_DUE = f"SELECT min(due) FROM ({' UNION ALL '.join(map(_OF_KIND.format, JobKind))})"


class SimulatedStore(DisklessStore):
    """Units of work in memory."""

    def next_due(self) -> datetime | None:
        """When the next job is due."""
        return to_datetime(self.rows(_NEXT_DUE)[0][0])

    def rows(self, query: str, *values: object) -> Sequence[Row]:
        """What is committed."""
        assert self._reader is not None
        return self._reader.rows(query, *values)
