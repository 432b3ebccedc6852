"""Tables `figure_difference` and `figure_bucket`: what changes leave, folded by a worker.

No row is shared by those who change messages: each leaves rows of its own, which the database
writes in the same commit (`migrations/0006_figures_differences.*.sql`). Figures read buckets and
what is not folded yet in one statement: they are the same before a folding, in it, and after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, flat, rows_of, to_column

SPANS = (1, 60, 360, 1440)
"""Minutes of a bucket: a look far back reads days, and its edge by what is shorter."""
AT_ONCE = 100
"""Buckets in one statement: engines take so many parameters only."""
_TAKE = """
DELETE FROM figure_difference
WHERE id IN (SELECT id FROM figure_difference ORDER BY id LIMIT $1)
RETURNING minute, figure, place, route, operator, state, messages, cost
"""
_KEY = "figure, span, start, place, route, operator, state"
_ADD = f"""
INSERT INTO figure_bucket ({_KEY}, messages, cost) VALUES {{rows}}
ON CONFLICT ({_KEY}) DO UPDATE SET
    messages = figure_bucket.messages + excluded.messages,
    cost = figure_bucket.cost + excluded.cost
"""
_EMPTY = "DELETE FROM figure_bucket WHERE messages = 0"
_ALIKE = "place, route, operator, state"
_BUCKETS = f"SELECT {_ALIKE}, messages, cost FROM figure_bucket WHERE figure = $1"
_EDGES = (
    *(
        f"{_BUCKETS} AND span = {span} AND start >= ${place} AND start < ${place + 1}"
        for place, span in enumerate(SPANS[:-1], 2)
    ),
    f"{_BUCKETS} AND span = {SPANS[-1]} AND start >= ${len(SPANS) + 1}",
)
SUMS = f"""
SELECT {_ALIKE}, CAST(sum(messages) AS BIGINT), CAST(sum(cost) AS BIGINT) FROM (
    {" UNION ALL ".join(_EDGES)}
    UNION ALL SELECT {_ALIKE}, messages, cost FROM figure_difference
    WHERE figure = $1 AND minute >= $2
) AS parts GROUP BY {_ALIKE} HAVING sum(messages) <> 0
"""
"""For a figure and the edges of a moment."""


class FigureBuckets:
    """The port `FigureFolding`, and what figures are summed up from."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def fold(self, limit: int) -> int:
        await self._sql.hold("folding figures")
        taken = await self._sql.fetch(_TAKE, limit)
        sums: Counter[tuple[object, ...]] = Counter()
        costs: Counter[tuple[object, ...]] = Counter()
        for minute, figure, place, route, operator, state, messages, cost in taken:
            for span in SPANS:
                key = (figure, span, minute - minute % span, place, route, operator, state)
                sums[key] += messages
                costs[key] += cost
        rows = [(*key, sums[key], costs[key]) for key in sums if sums[key] or costs[key]]
        for first in range(0, len(rows), AT_ONCE):
            await self._add(rows[first : first + AT_ONCE])
        if taken:
            await self._sql.execute(_EMPTY)
        return len(taken)

    async def sums(self, figure: str, since: datetime) -> Sequence[Row]:
        """Place, route, operator, state, messages and cost of all that began in the minute of
        `since`, or later."""
        return await self._sql.fetch(SUMS, figure, *edges(since))

    async def _add(self, rows: Sequence[Sequence[object]]) -> None:
        query = _ADD.format(rows=rows_of(len(rows[0]), len(rows)))
        await self._sql.execute(query, *flat(rows))


def edges(since: datetime) -> tuple[int, ...]:
    """From which minute on buckets of each of `SPANS` are read, those of the next one on from where
    they begin."""
    minute = (to_column(since) or 0) // 60_000_000
    return tuple(-(-minute // span) * span for span in SPANS)
