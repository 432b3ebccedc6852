"""Tables `first_sending`, `first_sending_import` and `first_sending_count`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from adapters.store.sql import Sql, flat, moment, placeholders, rows_of, to_column
from core.first_sending import KnownReceipt, SendingCount, SendingState
from core.ports.first_sending import SendingFigures

AT_ONCE = 1000
"""Rows that one statement looks for, or deletes."""
ROWS = 50
"""That one statement writes: SQLite looks each parameter's name up among all before it."""
_BEGIN = """
INSERT INTO first_sending_import (round, begun_at, begun_by) VALUES ($1, $2, $3) RETURNING id
"""
_GIVEN_UP = "DELETE FROM first_sending_import WHERE round = $1 AND ended_at IS NULL"
_CONCLUDED = "SELECT id FROM first_sending_import WHERE round = $1 AND ended_at IS NOT NULL"
_HOLDS = f"(import_id = $2 OR import_id IN ({_CONCLUDED}))"
# Nothing at all when all imports came to their end, as they do.
_LEFT = f"""
SELECT voter, import_id FROM first_sending WHERE round = $1 AND NOT {_HOLDS}
ORDER BY voter, import_id LIMIT $3
"""
_DELETE = "DELETE FROM first_sending WHERE round = $1 AND voter = $2 AND import_id = $3"
_RANKS = f"""
SELECT voter, at, state FROM first_sending
WHERE round = $1 AND {_HOLDS} AND voter IN ({{voters}})
"""
_COLUMNS = (
    "round", "voter", "import_id", "at", "state", "operator", "route", "constituency", "post",
    "country",
)  # fmt: skip
_ADD = f"""
INSERT INTO first_sending ({", ".join(_COLUMNS)}) VALUES {{rows}}
ON CONFLICT (round, voter, import_id) DO UPDATE
SET {", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[3:])}
"""
_WEIGHT = "CASE state {} END".format(
    " ".join(f"WHEN '{each.value}' THEN {each.weight}" for each in SendingState)
)
_TALLY = f"""
SELECT constituency, post, country, state, count(*) FROM (
    SELECT constituency, post, country, state, row_number() OVER (
        PARTITION BY voter ORDER BY at DESC, {_WEIGHT} DESC, import_id DESC
    ) AS turn
    FROM first_sending WHERE round = $1 AND {_HOLDS} AND voter >= $3 {{until}}
) AS receipts WHERE turn = 1 GROUP BY 1, 2, 3, 4
"""
_CONCLUDE = """
UPDATE first_sending_import SET ended_at = $3
WHERE id = $2 AND round = $1 AND ended_at IS NULL
"""
_FORGET_COUNTS = "DELETE FROM first_sending_count WHERE round = $1"
_COUNT = """
INSERT INTO first_sending_count (round, constituency, post, country, state, voters)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_IMPORTED = "SELECT max(ended_at) FROM first_sending_import WHERE round = $1"
_COUNTS = """
SELECT constituency, post, country, state, voters FROM first_sending_count WHERE round = $1
"""
_EDGE = "SELECT voter FROM first_sending WHERE round = $1 ORDER BY voter LIMIT 1 OFFSET $2"
_DESTROY_UP_TO = "DELETE FROM first_sending WHERE round = $1 AND voter <= $2"
_DESTROY = "DELETE FROM first_sending WHERE round = $1"


Value = TypeVar("Value")


class FirstSendingTables:
    """The port `SendingReceipts`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def begin(self, round_id: str, at: datetime, by: str) -> int:
        await self._sql.hold(_name(round_id))
        await self._sql.execute(_GIVEN_UP, round_id)
        return (await self._sql.fetch(_BEGIN, round_id, to_column(at), by))[0][0]

    async def clear(self, round_id: str, keep: int) -> bool:
        left = await self._sql.fetch(_LEFT, round_id, keep, AT_ONCE)
        for voter, import_id in left:
            await self._sql.execute(_DELETE, round_id, voter, import_id)
        return len(left) == AT_ONCE

    async def ranks(
        self, round_id: str, import_id: int, voters: Collection[str]
    ) -> Mapping[str, tuple[datetime, SendingState]]:
        found: dict[str, tuple[datetime, SendingState]] = {}
        for some in _portions(sorted(voters), AT_ONCE):
            query = _RANKS.format(voters=placeholders(len(some), 3))
            for voter, at, name in await self._sql.fetch(query, round_id, import_id, *some):
                rank = moment(at), SendingState(name)
                was = found.get(voter)
                if was is None or (was[0], was[1].weight) < (rank[0], rank[1].weight):
                    found[voter] = rank
        return found

    async def add(self, round_id: str, import_id: int, receipts: Sequence[KnownReceipt]) -> None:
        for some in _portions(receipts, ROWS):
            rows = [_row(round_id, import_id, each) for each in some]
            query = _ADD.format(rows=rows_of(len(_COLUMNS), len(rows)))
            await self._sql.execute(query, *flat(rows))

    async def tally(
        self, round_id: str, import_id: int, since: str, until: str | None
    ) -> Sequence[SendingCount]:
        query = _TALLY.format(until="" if until is None else "AND voter < $4")
        bounds = (since,) if until is None else (since, until)
        rows = await self._sql.fetch(query, round_id, import_id, *bounds)
        return [_count(*row) for row in rows]

    async def conclude(
        self, round_id: str, import_id: int, counts: Sequence[SendingCount], at: datetime
    ) -> bool:
        await self._sql.hold(_name(round_id))
        if not await self._sql.execute(_CONCLUDE, round_id, import_id, to_column(at)):
            return False
        await self._sql.execute(_FORGET_COUNTS, round_id)
        for each in counts:
            place = each.constituency, each.post, each.country
            await self._sql.execute(_COUNT, round_id, *place, each.state.value, each.voters)
        return True

    async def figures(self, round_id: str) -> SendingFigures | None:
        ((imported_at,),) = await self._sql.fetch(_IMPORTED, round_id)
        rows = await self._sql.fetch(_COUNTS, round_id)
        if imported_at is None or not rows:
            return None
        return SendingFigures(moment(imported_at), [_count(*row) for row in rows])


async def destroy_some(sql: Sql, round_id: str) -> bool:
    """Delete what was imported of a round, or a part of it; whether nothing is left."""
    edge = await sql.fetch(_EDGE, round_id, AT_ONCE - 1)
    if edge:
        await sql.execute(_DESTROY_UP_TO, round_id, edge[0][0])
        return False
    await sql.execute(_DESTROY, round_id)
    await sql.execute(_FORGET_COUNTS, round_id)
    await sql.execute(_GIVEN_UP, round_id)
    return True


def _portions(values: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
    return (values[first : first + size] for first in range(0, len(values), size))


def _count(constituency: str, post: str, country: str, state: str, voters: int) -> SendingCount:
    return SendingCount(constituency, post, country, SendingState(state), voters)


def _row(round_id: str, import_id: int, receipt: KnownReceipt) -> tuple[object, ...]:
    return (
        round_id,
        receipt.voter,
        import_id,
        to_column(receipt.at),
        receipt.state.value,
        receipt.operator,
        receipt.route,
        receipt.constituency,
        receipt.post,
        receipt.country,
    )


def _name(round_id: str) -> str:
    return f"first sending of {round_id}"
