"""A transaction on PostgreSQL in as few round trips as it can be.

Each costs both sides about as much as the statement in it. So a transaction begins with the first
query, changes whose outcome nobody waits for are made together in one statement, and where that is
all there is, it is its own transaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapters.connections.postgres import POSTGRES_ERRORS
from adapters.connections.postgres_tables import advisory_key
from adapters.store.postgres_connection import NothingChanged, PostgresSql, translated
from adapters.store.sql import Row
from core.errors import StoreUnavailable

TOGETHER = 8
"""Changes in one statement at most."""


@dataclass(frozen=True)
class _Change:
    """One statement that is to be made."""

    query: str
    values: tuple[object, ...]
    otherwise: Exception | None
    only: str | None
    but: str | None

    @property
    def table(self) -> str:
        """INSERT INTO table, UPDATE table, DELETE FROM table."""
        first, second, third, *_ = self.query.split(None, 3)
        return second if first == "UPDATE" else third

    def could_meet(self, earlier: _Change) -> bool:
        """Whether it may be of the same row, which one statement changes once."""
        if self.query.lstrip().startswith("INSERT") or self.table != earlier.table:
            return False
        return earlier.only is None or earlier.only != self.but


class PostgresUnit(PostgresSql):
    """One transaction as the port `Sql`; `commit` or `roll_back` at its end."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._begun = False
        self._held: set[int] = set()
        self._changes: list[_Change] = []

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        await self._make_changes()
        return await super().fetch(query, *values)

    async def execute(self, query: str, *values: object) -> int:
        await self._make_changes()
        return await super().execute(query, *values)

    async def change(
        self,
        query: str,
        *values: object,
        otherwise: Exception | None = None,
        only: str | None = None,
        but: str | None = None,
    ) -> None:
        change = _Change(query, values, otherwise, only, but)
        if len(self._changes) == TOGETHER or any(map(change.could_meet, self._changes)):
            await self._make_changes()
        self._changes.append(change)

    async def hold(self, *names: str) -> None:
        """In one order, so that two units that hold the same names do not wait for each other, and
        before what is still to be changed."""
        keys = sorted({advisory_key("hold", name) for name in names} - self._held)
        if keys:
            await self._run(*(f"SELECT pg_advisory_xact_lock({key})" for key in keys))
            self._held.update(keys)

    async def commit(self) -> None:
        """Raises what a change is to raise that changed nothing, and `StoreUnavailable`."""
        if not self._begun:
            await self._change_together()
            return
        await self._make_changes()
        self._begun = False
        with translated():
            if await self._connection.execute("COMMIT") != "COMMIT":
                raise StoreUnavailable("the database rolled back")

    async def roll_back(self) -> None:
        """A connection that is lost has rolled back by itself; one that cannot is not used
        again."""
        if not self._begun:
            return
        try:
            await self._connection.execute("ROLLBACK")
        except POSTGRES_ERRORS:
            with suppress(*POSTGRES_ERRORS):  # asyncpg may have taken it away already
                self._connection.terminate()

    async def _make_changes(self) -> None:
        if not self._begun:
            await self._run()
        await self._change_together()

    async def _run(self, *statements: str) -> None:
        """Statements without values, in one round trip with the beginning."""
        begin = () if self._begun else ("BEGIN",)
        self._begun = True
        with translated():
            await self._connection.execute(";".join((*begin, *statements)))

    async def _change_together(self) -> None:
        changes, self._changes = self._changes, []
        if not changes:
            return
        if len(changes) == 1:
            (only,) = changes
            await super().change(only.query, *only.values, otherwise=only.otherwise)
            return
        query = _joined(*((each.query, len(each.values), bool(each.otherwise)) for each in changes))
        values = [value for each in changes for value in each.values]
        try:
            with translated():
                await self._connection.fetch(query, *values)
        except NothingChanged:
            raise next(each.otherwise for each in changes if each.otherwise) from None


@lru_cache(256)
def _joined(*changes: tuple[str, int, bool]) -> str:
    """One statement of several: their texts, how many values each has, and whether to divide by the
    number of its rows, which undoes all of them where it is none. They are made in this order."""
    parts: list[str] = []
    counts: list[str] = []
    taken = 0
    for number, (query, values, must_change) in enumerate(changes):
        moved = re.sub(r"\$(\d+)", lambda found, taken=taken: f"${int(found[1]) + taken}", query)
        parts.append(f"change_{number} AS ({moved} RETURNING 1)")
        one = "1 / " if must_change else ""
        counts.append(f"(SELECT {one}count(*) FROM change_{number})")
        taken += values
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"
