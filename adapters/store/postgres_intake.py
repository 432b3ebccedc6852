"""The port `Intake` on PostgreSQL: one statement, one commit, for all demands that came meanwhile.

The rows of a demand hang together by the one that says "this code was answered now": without it the
others insert nothing. A statement of another process with the same code waits at the primary key
until the first has committed, and then finds no such row; codes are inserted in their order, so
that two statements never wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from adapters.store.consumed_codes import NOT_LOST
from adapters.store.gathering import Gathering
from adapters.store.request_rows import RECEIVED, to_received_row
from adapters.store.sql import Sql, to_column
from core.jobs import Job
from core.recovery_request import RecoveryRequest

from .postgres_jobs import DEDUPED_JOB

ON_THE_WAY = 2
"""Statements at once: a second only when it is full."""

_RECEIVED = ", ".join(RECEIVED)
_TYPES = ["text", "bigint", "text", "text", "timestamptz"]
_TYPES += ["bigint" if name == "received_at" else "text" for name in RECEIVED]
_ARRAYS = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(_TYPES, 1))
_ACCEPT = f"""
WITH new AS (
    SELECT * FROM unnest({_ARRAYS}) AS new (code, until, kind, subject, due, {_RECEIVED})
), answered AS (
    INSERT INTO consumed_code (id, until) SELECT code, until FROM new
    WHERE until IS NOT NULL AND {NOT_LOST.format(until="until")}
    ON CONFLICT (id) DO NOTHING RETURNING id
), first AS (
    SELECT * FROM new WHERE until IS NULL OR code IN (SELECT id FROM answered)
), request AS (
    INSERT INTO recovery_request ({_RECEIVED}) SELECT {_RECEIVED} FROM first
), job AS (
    {DEDUPED_JOB.format(kind="kind", subject="subject", due="due", source="first")}
)
SELECT code FROM first
"""


class PostgresIntake:
    """Over the statements of a `PostgresStore`."""

    def __init__(
        self, statements: Callable[[], AbstractAsyncContextManager[Sql]], ring: Callable[[], None]
    ) -> None:
        """`ring` wakes idle workers; it is called after the commit."""
        self._statements = statements
        self._ring = ring
        self._gathering = Gathering(self._store, ON_THE_WAY)

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        row = (code_id, to_column(until), job.kind.value, job.subject, request.received_at)
        return await self._gathering.accept(code_id, (*row, *to_received_row(request)))

    async def _store(self, rows: Sequence[tuple[object, ...]]) -> set[str]:
        columns = [list(column) for column in zip(*rows, strict=True)]
        async with self._statements() as sql:
            accepted = {row[0] for row in await sql.fetch(_ACCEPT, *columns)}
        if accepted:
            self._ring()
        return accepted
