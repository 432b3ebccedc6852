"""The port `Intake` on SQLite: three statements for all demands that came meanwhile, in one commit.

To begin and to end a statement costs as much as some rows: what it touches is put aside first, so
that it can be undone by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import cache
from typing import NamedTuple

from adapters.store.consumed_codes import NOT_LOST
from adapters.store.gathering import Gathering
from adapters.store.request_rows import RECEIVED, to_received_row
from adapters.store.sql import Sql, flat, rows_of, to_column
from adapters.store.unit import SqlUnit
from core.jobs import Job
from core.recovery_request import RecoveryRequest

from .sqlite_jobs import JobTable

_CONSUME = f"""
WITH answered (id, until) AS (VALUES {{rows}})
INSERT INTO consumed_code (id, until)
SELECT id, until FROM answered WHERE {NOT_LOST.format(until="until")}
ON CONFLICT (id) DO NOTHING RETURNING id
"""
_RECEIVE = f"INSERT INTO recovery_request ({', '.join(RECEIVED)}) VALUES {{rows}}"


class _Demand(NamedTuple):
    code_id: str
    until: datetime | None
    request: RecoveryRequest
    job: Job


class SqliteIntake:
    """One unit for all demands that came while the one before was stored."""

    def __init__(self, begin: Callable[[], AbstractAsyncContextManager[SqlUnit[JobTable]]]) -> None:
        self._begin = begin
        self._gathering = Gathering(self._store)

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        return await self._gathering.accept(code_id, _Demand(code_id, until, request, job))

    async def _store(self, demands: Sequence[_Demand]) -> set[str]:
        async with self._begin() as unit:
            first = await _first(unit.sql, demands)
            if first:
                rows = [to_received_row(each.request) for each in first]
                await unit.sql.execute(_receive(len(rows)), *flat(rows))
                jobs = [(each.job, each.request.received_at) for each in first]
                await unit.jobs.enqueue_each(jobs)
        return {each.code_id for each in first}


async def _first(sql: Sql, demands: Sequence[_Demand]) -> Sequence[_Demand]:
    """Those whose security code was not answered before."""
    codes = [(each.code_id, to_column(each.until)) for each in demands if each.until is not None]
    if not codes:
        return demands
    consumed = {row[0] for row in await sql.fetch(_consume(len(codes)), *flat(codes))}
    return [each for each in demands if each.until is None or each.code_id in consumed]


@cache
def _consume(count: int) -> str:
    return _CONSUME.format(rows=rows_of(2, count))


@cache
def _receive(count: int) -> str:
    return _RECEIVE.format(rows=rows_of(len(RECEIVED), count))
