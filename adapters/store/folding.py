"""What is counted of requests, kept up to date: whoever changes a request, or a message of it, only
says so; a worker works out what it counts as now, and adds the difference to buckets by the hour.

To keep another count so, named X, it takes

1. tables by a migration: `X_due (id, request)`; `X_counted`, keyed by `request`, with what was last
   read of it; `X_bucket`, keyed by its groups, `span` and `start`, with a column for each figure;
2. triggers, which leave a row in `X_due` in the commit of whatever changes what X reads of a
   request (of its deletion, too), and a row for each request that the migration finds;
3. a `Folding`: what is read of a request, and to which cells that adds what;
4. a chore that calls `fold` again and again, as `core/use_cases/fold_evidence.py` does;
5. a question that sums buckets by `up_to`, and adds in the same statement what is due and not
   folded yet, as `touched` and `rows` read it: it is exact before a folding, in it, and after.

`evidence.py` is an example of all of it, with `migrations/0007_shares_*`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.store.sql import Row, Sql, flat, placeholders, rows_of

SPANS = (1, 8, 64, 512)
"""Hours of a bucket: a sum from the beginning on reads long ones, and its edge by shorter ones."""
AT_ONCE = 100
"""Rows in one statement: engines take so many parameters only."""
IS, WAS = 1, 2
"""First column of what `touched` reads: as it is now, or as the buckets have it."""
_TAKE = """
DELETE FROM {name}_due WHERE id IN (SELECT id FROM {name}_due ORDER BY id LIMIT $1)
RETURNING request
"""
_TOUCHED = """
due AS ({due}),
touched AS (SELECT request FROM due)
"""
# Whoever was, or is now, known as the same voter.
_TOUCHED_BY_VOTER = """
due AS ({due}),
known AS (
    SELECT (SELECT round_voter FROM recovery_request WHERE id = due.request) AS voter FROM due
    UNION
    SELECT (SELECT voter FROM {name}_counted AS counted WHERE counted.request = due.request)
    FROM due
),
touched AS (
    SELECT request FROM due
    UNION
    SELECT id FROM recovery_request WHERE round_voter IS NOT NULL AND round_voter {among_known}
)
"""

Cell = tuple[object, ...]
"""Of the groups' columns of a bucket, in the order of its key."""
_CellOfHour = tuple[Cell, int]
_Differences = Mapping[_CellOfHour, Mapping[str, int]]
"""Of each figure."""


@dataclass(frozen=True)
class Folding:
    """How one count is kept. `Added` below: a cell, the hour since 1970, a figure, and how much."""

    name: str
    columns: Sequence[str]
    """Of `X_counted`, but for `request`."""
    facts: str
    """SQL of rows of `request` and `columns`, of those requests whose id `{among_touched}`."""
    groups: Sequence[str]
    figures: Sequence[str]
    adds: Callable[[Row], Iterable[tuple[Cell, int, str, int]]]
    """What a row of `request` and `columns` adds to the buckets."""
    by_voter: bool = False
    """Whether the other requests of a voter count otherwise when one changes. `X_counted` has a
    column `voter` then."""

    def touched(self, sql: Sql, due: str) -> str:
        """SQL of the tables `due` and `touched`, to follow WITH. `due` is the SQL of requests."""
        form = _TOUCHED_BY_VOTER if self.by_voter else _TOUCHED
        known = sql.among("SELECT voter FROM known")
        return form.format(due=due, name=self.name, among_known=known)

    def rows(self, sql: Sql, only: str = "TRUE") -> str:
        """SQL of what is and what was counted of `touched`: `IS` or `WAS`, request, columns."""
        among = sql.among("SELECT request FROM touched")
        facts = self.facts.format(among_touched=among)
        return f"""
        SELECT {IS} AS part, facts.* FROM ({facts}) AS facts WHERE {only}
        UNION ALL
        SELECT {WAS}, request, {", ".join(self.columns)} FROM {self.name}_counted
        WHERE request {among} AND {only}
        """

    async def fold(self, sql: Sql, limit: int) -> int:
        """So many of what is due, the oldest; how many there were. Two workers take turns: nobody's
        difference is added twice."""
        await sql.hold(f"folding {self.name}")
        taken = await sql.fetch(_TAKE.format(name=self.name), limit)
        if taken:
            requests = sorted({row[0] for row in taken})
            query = f"WITH {self.touched(sql, those(len(requests)))} {self.rows(sql)}"
            new, old = changed(await sql.fetch(query, *requests))
            await self._count(sql, new, old)
            await self._add(sql, self._differences(new, old))
        return len(taken)

    def _differences(self, new: Sequence[Row], old: Sequence[Row]) -> _Differences:
        """By cell and hour, of each figure."""
        found: defaultdict[_CellOfHour, defaultdict[str, int]]
        found = defaultdict(lambda: defaultdict(int))
        for rows, sign in ((new, 1), (old, -1)):
            for row in rows:
                for cell, hour, figure, by in self.adds(row):
                    found[cell, hour][figure] += sign * by
        return {key: values for key, values in found.items() if any(values.values())}

    async def _count(self, sql: Sql, new: Sequence[Row], old: Sequence[Row]) -> None:
        for some in _portions(old):
            query = f"DELETE FROM {self.name}_counted WHERE request IN ({placeholders(len(some))})"
            await sql.execute(query, *(row[0] for row in some))
        query = f"INSERT INTO {self.name}_counted (request, {', '.join(self.columns)}) VALUES "
        for some in _portions(new):
            await sql.execute(query + rows_of(len(some[0]), len(some)), *flat(some))

    async def _add(self, sql: Sql, differences: _Differences) -> None:
        sums: defaultdict[Cell, list[int]] = defaultdict(lambda: [0] * len(self.figures))
        for (cell, hour), by_figure in differences.items():
            for span in SPANS:
                bucket = sums[*cell, span, hour - hour % span]
                for place, figure in enumerate(self.figures):
                    bucket[place] += by_figure.get(figure, 0)
        key = ", ".join((*self.groups, "span", "start"))
        table = f"{self.name}_bucket"
        grown = ", ".join(f"{x} = {table}.{x} + excluded.{x}" for x in self.figures)
        into = f"INSERT INTO {table} ({key}, {', '.join(self.figures)}) VALUES "
        for some in _portions([(*cell, *by) for cell, by in sorted(sums.items()) if any(by)]):
            added = rows_of(len(some[0]), len(some))
            query = f"{into}{added} ON CONFLICT ({key}) DO UPDATE SET {grown}"
            await sql.execute(query, *flat(some))
        await sql.execute(
            f"DELETE FROM {table} WHERE {' AND '.join(f'{x} = 0' for x in self.figures)}"
        )


def changed(rows: Iterable[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """Of what `Folding.rows` read: what is and is not counted, what was and is no more."""
    found: dict[int, set[tuple[object, ...]]] = {IS: set(), WAS: set()}
    for part, *row in rows:
        found[part].add(tuple(row))
    return list(found[IS] - found[WAS]), list(found[WAS] - found[IS])


def up_to(hour: int) -> Sequence[tuple[int, int, int]]:
    """Which buckets hold all hours up to this one: the span, and from which start on to which, that
    one left out."""
    edges = [hour + 1, *(hour + 1 - (hour + 1) % span for span in SPANS[1:]), 0]
    return [(span, edges[place + 1], edges[place]) for place, span in enumerate(SPANS)]


def those(count: int) -> str:
    """SQL of a list of requests, which are `$1`, `$2`, ..."""
    each = ", ".join(f"(${place})" for place in range(1, count + 1))
    return f"SELECT column1 AS request FROM (VALUES {each}) AS those"


def _portions(rows: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    return (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE))
