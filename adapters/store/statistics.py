"""How a round's requests went: counted once for each question, and then by what has changed since.

Whatever changes how far a request has come leaves a row in `statistics_due` in its commit. A worker
writes to `statistics_counted` what is counted of it now, and to `statistics_change` what is so no
longer and what is now; these are kept for an hour. Who asks counts the first of these tables once,
and later reads the changes only. One statement reads them, what is due and not folded yet, and what
nobody has decided on: the answer is that of a full count (`statistics_recount.py`), whatever was
folded.

Buckets by each pair of axes would be some two rows for each request, and a change would write to
46 of them: `docs/reference/performance.md` has the figures.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.store.passages import (
    COLUMN_OF,
    COLUMNS,
    FACTS,
    HOUR,
    MESSAGES,
    UNDECIDED,
    counted,
    is_of,
    passage_of,
)
from adapters.store.sql import Row, Sql, flat, placeholders, rows_of, to_column
from adapters.store.statistics_recount import recount
from core.passages import MANY, MOST_NAMED, Axis, Count
from core.statistics import CHANGES_KEPT, Window

MOST_DUE = 20_000
"""Requests that may be due, and each looked at for each question: beyond that all are counted anew,
in portions. A migration leaves so many, or a worker that was long away."""
AT_ONCE = 50
"""Rows in one statement: engines take so many parameters only."""
_COLUMNS = ", ".join(COLUMNS)
_COLUMNS_OF_HOUR = ", ".join(f"counted.{name}" for name in COLUMNS)
_TAKE = """
DELETE FROM statistics_due WHERE id IN (SELECT id FROM statistics_due ORDER BY id LIMIT $1)
RETURNING request
"""
_IS = f"""
SELECT {FACTS} FROM recovery_request AS asked {MESSAGES}
WHERE asked.changed_at IS NOT NULL AND asked.id {{among}}
"""
_WAS = f"SELECT {_COLUMNS} FROM statistics_counted AS counted WHERE counted.request {{among}}"
_NO_LONGER = "DELETE FROM statistics_counted WHERE request IN ({requests})"
_NOW = f"INSERT INTO statistics_counted ({_COLUMNS}) VALUES {{rows}}"
_CHANGED = f"INSERT INTO statistics_change (at, sign, {_COLUMNS}) VALUES {{rows}}"
_FORGET = "DELETE FROM statistics_change WHERE at < $1"
_LAST = "SELECT coalesce(max(id), 0) AS id FROM statistics_change"
OF_HOUR = f"""
SELECT last.id, {_COLUMNS_OF_HOUR} FROM ({_LAST}) AS last
LEFT JOIN statistics_counted AS counted ON counted.hour = $1
"""
_SIZES = "SELECT {column}, count(*) FROM statistics_counted WHERE hour = $1 GROUP BY {column}"
_HOW_MANY = f"SELECT count(*) FROM (SELECT 1 FROM statistics_due LIMIT {MOST_DUE + 1}) AS due"


class StatisticsSql:
    """The ports `RecoveryStatistics` and `StatisticsFolding`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def count(self, window: Window) -> Count:
        count = Count(window.by, named=await self._named(window))
        for begin in range(*_hours(window)):
            rows = await self._sql.fetch(OF_HOUR, begin)
            count.places[begin] = rows[0][0]
            for some in _portions(rows):
                for _, *row in some:
                    if row[0] is not None and is_of(window.round_id, row):
                        count.add(passage_of(row))
                await asyncio.sleep(0)
        return count

    async def _named(self, window: Window) -> Mapping[Axis, Collection[str]]:
        """The largest of each axis that has too many values to name them all."""
        named: dict[Axis, Collection[str]] = {}
        for axis in (each for each in window.by if each in MANY):
            column = COLUMN_OF.get(axis, axis.value)
            query = _SIZES.format(column=column)
            sizes = Counter[str]()
            for hour in range(*_hours(window)):
                for name, number in await self._sql.fetch(query, hour):
                    sizes[name] += number
                await asyncio.sleep(0)
            if len(sizes) > MOST_NAMED:
                named[axis] = frozenset(name for name, _ in sizes.most_common(MOST_NAMED))
        return named

    async def catch_up(self, window: Window, count: Count) -> Count:
        ((due,),) = await self._sql.fetch(_HOW_MANY)
        if due > MOST_DUE:
            return await recount(self._sql, window)
        beside, hours = Count(window.by, named=count.named), range(*_hours(window))
        known = last = min(count.places.values())
        for number, sign, *row in await self._sql.fetch(since(self._sql), known):
            last = max(last, number)
            if row[0] not in hours or not is_of(window.round_id, row):
                continue
            if not number:
                beside.add(passage_of(counted(row) if sign > 0 else row), sign)
            elif number > count.places[row[0]]:
                count.add(passage_of(row), sign)
        count.places = {hour: max(place, last) for hour, place in count.places.items()}
        return count.with_those_of(beside)

    async def fold(self, limit: int, now: datetime) -> int:
        await self._sql.hold("folding statistics")
        taken = await self._sql.fetch(_TAKE, limit)
        for some in _portions(sorted({row[0] for row in taken})):
            await self._fold(some, now)
        await self._sql.execute(_FORGET, to_column(now - CHANGES_KEPT))
        return len(taken)

    async def _fold(self, requests: Sequence[str], now: datetime) -> None:
        among, at = f"IN ({placeholders(len(requests))})", to_column(now)
        new = {counted(row) for row in await self._sql.fetch(_IS.format(among=among), *requests)}
        old = {tuple(row) for row in await self._sql.fetch(_WAS.format(among=among), *requests)}
        gone, come = old - new, new - old
        if gone:
            query = _NO_LONGER.format(requests=placeholders(len(gone)))
            await self._sql.execute(query, *(facts[1] for facts in gone))
        await self._insert(_NOW, list(come))
        changes = [(at, sign, *facts) for sign, some in ((-1, gone), (1, come)) for facts in some]
        for some in _portions(changes):
            await self._insert(_CHANGED, some)

    async def _insert(self, query: str, rows: Sequence[Row]) -> None:
        if rows:
            listed = query.format(rows=rows_of(len(rows[0]), len(rows)))
            await self._sql.execute(listed, *flat(rows))


def since(sql: Sql) -> str:
    """SQL of what has changed since `$1`, which has a number; and of what is not folded yet, which
    has none."""
    among = sql.among("SELECT request FROM statistics_due")
    return f"""
    SELECT id, sign, {_COLUMNS} FROM statistics_change WHERE id > $1
    UNION ALL SELECT 0, -1, was.* FROM ({_WAS.format(among=among)}) AS was
    UNION ALL SELECT 0, 1, facts.* FROM ({_IS.format(among=among)}) AS facts
    UNION ALL SELECT 0, 1, facts.* FROM ({UNDECIDED}) AS facts
    """


def _hours(window: Window) -> tuple[int, int]:
    """Since 1970, the last one left out."""
    return (to_column(window.since) or 0) // HOUR, (to_column(window.until) or 0) // HOUR


def _portions(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE))
