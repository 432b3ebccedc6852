"""The little that the repositories ask of an engine, and how values are kept in columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any, Protocol

from core.errors import StoreUnavailable

Row = Sequence[Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Sql(Protocol):
    """One open transaction (or a reading connection). Parameters are `$1`, `$2`, ..."""

    @property
    def server_time(self) -> str | None:
        """The statement that tells what the server's clock says; None where there is no server."""
        ...

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        """All rows of the answer. Raises `StoreUnavailable`."""
        ...

    async def execute(self, query: str, *values: object) -> int:
        """How many rows were changed. Raises `StoreUnavailable`."""
        ...

    async def change(
        self,
        query: str,
        *values: object,
        otherwise: Exception | None = None,
        only: str | None = None,
        but: str | None = None,
    ) -> None:
        """An INSERT, UPDATE or DELETE whose outcome nobody waits for: done before the next query of
        this unit, or with its commit. If no row was changed `otherwise` is raised then, and nothing
        of the unit is stored. `only`: the id of the one row that it may change; `but`: of one that
        it leaves alone. Raises `StoreUnavailable`."""
        ...

    def among(self, query: str) -> str:
        """SQL of `equal to one of these`, as the query gives them: looked up by an index, however
        many the engine expects."""
        ...

    async def hold(self, *names: str) -> None:
        """Wait until no other unit holds any of these names; hold them until this unit ends.

        For what is counted before it is written: one statement alone guards one row only. Raises
        `StoreUnavailable` when another unit holds one too long."""
        ...


class ValueRefused(StoreUnavailable):
    """No column takes a value, or a row of that key is there already. Nothing was stored by this
    statement, and the connection serves on."""


def to_column(at: datetime | None) -> int | None:
    """Microseconds since 1970, UTC: exact, sortable, the same in every engine."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def to_datetime(column: int | None) -> datetime | None:
    """The reverse of `to_column`: aware, UTC."""
    return None if column is None else _EPOCH + column * _MICROSECOND


def moment(column: int) -> datetime:
    """`to_datetime` for columns that are never null."""
    return _EPOCH + column * _MICROSECOND


def placeholders(count: int, first: int = 1) -> str:
    """`$1, $2, $3` for an IN list; an empty list gives NULL, which matches nothing."""
    return ", ".join(f"${first + index}" for index in range(count)) or "NULL"


@cache
def rows_of(width: int, count: int) -> str:
    """`($1, $2), ($3, $4)`: so many rows of so many values."""
    return ", ".join(f"({placeholders(width, 1 + width * row)})" for row in range(count))


def flat(rows: Iterable[Iterable[object]]) -> Iterator[object]:
    """The values of rows, one after the other."""
    return chain.from_iterable(rows)
