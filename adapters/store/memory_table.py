"""A table in memory, as one unit of work sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from core.errors import StoreUnavailable

Row = TypeVar("Row")


class Table(Generic[Row]):
    """What is committed and, above it, what this unit has changed: nobody else sees that before
    `commit`, and forgetting the table is the rollback."""

    def __init__(self, committed: dict[str, Row], reading: bool = False) -> None:
        self._committed = committed
        self._changed: dict[str, Row | None] = {}
        self._reading = reading

    def get(self, key: str) -> Row | None:
        return self._changed[key] if key in self._changed else self._committed.get(key)

    def rows(self) -> list[Row]:
        """Every row, in the order of their first insertion."""
        merged = {**self._committed, **self._changed}
        return [row for row in merged.values() if row is not None]

    def insert(self, key: str, row: Row) -> None:
        if self.get(key) is not None:
            raise StoreUnavailable("this id is taken")
        self.put(key, row)

    def put(self, key: str, row: Row) -> None:
        self._change(key, row)

    def remove(self, key: str) -> None:
        self._change(key, None)

    def remove_where(self, condition: Callable[[Row], bool]) -> list[str]:
        """The keys of the rows that went."""
        gone = [key for key in {**self._committed, **self._changed} if self._meets(key, condition)]
        for key in gone:
            self.remove(key)
        return gone

    def commit(self) -> None:
        for key, row in self._changed.items():
            if row is None:
                self._committed.pop(key, None)
            else:
                self._committed[key] = row

    def _meets(self, key: str, condition: Callable[[Row], bool]) -> bool:
        row = self.get(key)
        return row is not None and condition(row)

    def _change(self, key: str, row: Row | None) -> None:
        if self._reading:
            raise StoreUnavailable("this unit only reads")
        self._changed[key] = row
