"""How a round's requests went, counted anew: by each request, in portions, so that no statement
lasts, however many there are. `statistics.py` gives the same, quickly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from adapters.store.passages import FACTS, MESSAGES, counted, is_of, passage_of
from adapters.store.sql import Sql, to_column
from core.passages import Count
from core.statistics import Window

PORTION = 1000
"""Requests that one statement looks at: some 20 ms, in which nothing else runs on SQLite."""
_EDGE = "SELECT id FROM recovery_request WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"
_FROM = f"""
SELECT {FACTS} FROM recovery_request AS asked {MESSAGES}
WHERE asked.received_at >= $1 AND asked.received_at < $2 AND asked.id > $3
"""
_UP_TO = f"{_FROM} AND asked.id <= $4"


async def recount(sql: Sql, window: Window) -> Count:
    """All of it; of no single moment, while requests go on."""
    count = Count(window.by)
    bounds = to_column(window.since), to_column(window.until)
    async for query, edges in _portions(sql):
        for facts in await sql.fetch(query, *bounds, *edges):
            if is_of(window.round_id, facts):
                count.add(passage_of(counted(facts)))
        await asyncio.sleep(0)
    return count


async def _portions(sql: Sql) -> AsyncIterator[tuple[str, Sequence[str]]]:
    """What to ask of each, and the ids between which it lies."""
    begin = ""
    while rows := await sql.fetch(_EDGE, begin, PORTION - 1):
        yield _UP_TO, (begin, rows[0][0])
        begin = rows[0][0]
    yield _FROM, (begin,)
