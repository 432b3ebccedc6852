"""The port `Intake` on PostgreSQL: one statement, one commit, for all demands that came meanwhile.

While a statement is on its way, what arrives waits and shares the next: under load a demand costs a
part of a round trip, alone it waits for nobody. The rows of a demand hang together by the one that
says "this code was answered now": without it the others insert nothing. A statement of another
process with the same code waits at the primary key until the first has committed, and then finds no
such row; codes are inserted in their order, so that two statements never wait for each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import MISSING, dataclass, fields
from datetime import datetime

from adapters.store.consumed_codes import NOT_LOST
from adapters.store.postgres_connection import ValueRefused
from adapters.store.request_rows import number_to_column, rounds_to_column
from adapters.store.sql import Sql, to_column
from core.errors import StoreUnavailable
from core.jobs import Job
from core.recovery_request import RecoveryRequest

from .postgres_jobs import DEDUPED_JOB

AT_ONCE = 64
"""Demands in one statement at most."""
ON_THE_WAY = 2
"""Statements at once: a second only when it is full, since each costs as much as many demands."""
GATHERING = 0.001
"""Seconds between two statements while demands wait, so that more of them share the next."""

_RECEIVED = {
    "id": "text",
    "number": "text",
    "typed_email": "text",
    "pair": "text",
    "locale": "text",
    "received_at": "bigint",
    "partner": "text",
    "state": "text",
    "rounds": "text",
}
"""What may be known of a request that was just received; the other columns stay empty."""
_EMPTY = {
    each.name: each.default
    for each in fields(RecoveryRequest)
    if each.default is not MISSING and each.name not in _RECEIVED
}
"""What all else of such a request is."""
_TYPES = ["text", "bigint", "text", "text", "timestamptz", *_RECEIVED.values()]
_ARRAYS = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(_TYPES, 1))
_ACCEPT = f"""
WITH new AS (
    SELECT * FROM unnest({_ARRAYS}) AS new (code, until, kind, subject, due, {", ".join(_RECEIVED)})
), answered AS (
    INSERT INTO consumed_code (id, until) SELECT code, until FROM new
    WHERE until IS NOT NULL AND {NOT_LOST.format(until="until")}
    ON CONFLICT (id) DO NOTHING RETURNING id
), first AS (
    SELECT * FROM new WHERE until IS NULL OR code IN (SELECT id FROM answered)
), request AS (
    INSERT INTO recovery_request ({", ".join(_RECEIVED)}) SELECT {", ".join(_RECEIVED)} FROM first
), job AS (
    {DEDUPED_JOB.format(kind="kind", subject="subject", due="due", source="first")}
)
SELECT code FROM first
"""


@dataclass(frozen=True, eq=False)
class _Demand:
    """One that waits for its answer."""

    code_id: str
    row: tuple[object, ...]
    answer: asyncio.Future[bool]


class PostgresIntake:
    """Over the statements of a `PostgresStore`."""

    def __init__(
        self, statements: Callable[[], AbstractAsyncContextManager[Sql]], ring: Callable[[], None]
    ) -> None:
        """`ring` wakes idle workers; it is called after the commit."""
        self._statements = statements
        self._ring = ring
        self._waiting: deque[_Demand] = deque()
        self._on_the_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        row = (code_id, to_column(until), job.kind.value, job.subject, request.received_at)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Demand(code_id, row + _received(request), answer))
        if self._on_the_way < (ON_THE_WAY if len(self._waiting) >= AT_ONCE else 1):
            self._on_the_way += 1
            task = asyncio.create_task(self._take_in())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _take_in(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._next())
                if self._waiting:
                    await asyncio.sleep(GATHERING)
        finally:
            self._on_the_way -= 1

    def _next(self) -> Sequence[_Demand]:
        """Those who came first, each code once, without those who have left meanwhile."""
        chosen: dict[str, _Demand] = {}
        later: list[_Demand] = []
        while self._waiting and len(chosen) < AT_ONCE:
            demand = self._waiting.popleft()
            if demand.code_id in chosen:
                later.append(demand)
            elif not demand.answer.done():
                chosen[demand.code_id] = demand
        self._waiting.extendleft(reversed(later))
        return [chosen[code_id] for code_id in sorted(chosen)]

    async def _answer(self, demands: Sequence[_Demand]) -> None:
        """Nobody is left without an answer, and nobody pays for another's value."""
        failure = StoreUnavailable("the store was closed")
        accepted: set[str] | None = None
        try:
            accepted = await self._store(demands)
        except ValueRefused as refused:
            failure = refused
            if len(demands) > 1:
                for demand in demands:
                    await self._answer([demand])
        except StoreUnavailable as unavailable:
            failure = unavailable
        finally:
            for demand in demands:
                if not demand.answer.done() and accepted is None:
                    demand.answer.set_exception(StoreUnavailable(str(failure)))
                elif not demand.answer.done():
                    demand.answer.set_result(demand.code_id in (accepted or ()))

    async def _store(self, demands: Sequence[_Demand]) -> set[str]:
        """The codes of those that were taken in."""
        columns = [list(column) for column in zip(*(each.row for each in demands), strict=True)]
        if not columns:
            return set()
        async with self._statements() as sql:
            accepted = {row[0] for row in await sql.fetch(_ACCEPT, *columns)}
        if accepted:
            self._ring()
        return accepted


def _received(request: RecoveryRequest) -> tuple[object, ...]:
    """The values of `_RECEIVED`. Raises `ValueError` for a request with a value in another column,
    which the statement would lose."""
    if not vars(request).items() >= _EMPTY.items():
        beyond = ", ".join(name for name, empty in _EMPTY.items() if vars(request)[name] != empty)
        raise ValueError(f"not known of a request that was just received: {beyond}")
    return (
        request.id,
        number_to_column(request.number),
        request.typed_email.value if request.typed_email else None,
        request.pair,
        request.locale.value,
        to_column(request.received_at),
        request.partner,
        request.state.value,
        rounds_to_column(request.rounds),
    )
