"""The store of a simulated election, which is also asked what no port tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

    def observe(self, tables: Iterable[str], note: Callable[[str, str], None]) -> None:
        """From now on each row that is written is noted: its table, and its columns as JSON. Bytes
        are noted as whether there are any."""
        assert self._writer is not None
        connection = self._writer._connection
        connection.create_function("note", 2, note)
        for table in tables:
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            row = ", ".join(f"'{name}', {_readable(name, kind)}" for _, name, kind, *_ in columns)
            for verb in ("INSERT", "UPDATE"):
                connection.execute(
                    f"CREATE TEMP TRIGGER note_{verb}_{table} AFTER {verb} ON main.{table} "
                    f"BEGIN SELECT note('{table}', json_object({row})); END"
                )

    def rows(self, query: str, *values: object) -> Sequence[Row]:
        """What is committed."""
        assert self._reader is not None
        return self._reader.rows(query, *values)


def _readable(column: str, kind: str) -> str:
    return f"NEW.{column} IS NOT NULL" if kind == "BLOB" else f"NEW.{column}"
