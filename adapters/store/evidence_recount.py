"""What the history of messages says of a round at a moment, counted anew: by each request, in
portions, so that no statement lasts. `evidence.py` gives the same, quickly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from adapters.store.evidence import AXES, DELIVERED, ENDED
from adapters.store.sql import Sql, to_column
from core.evidence import Axis, Line, Tally

PORTION = 2000
"""Requests that one statement looks at: some 20 ms, in which nothing else runs on SQLite."""
_EDGE = "SELECT id FROM recovery_request WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"
# A voter whose round pseudonym is not known is told from all others: each of these requests counts.
_LATEST = """
SELECT id, constituency, post, country, partner FROM recovery_request AS renewal
WHERE {portion} AND round_id = $1 AND confirmed_at <= $2 AND NOT EXISTS (
    SELECT 1 FROM recovery_request AS later
    WHERE later.round_voter = renewal.round_voter
      AND (later.confirmed_at, later.id) > (renewal.confirmed_at, renewal.id)
      AND later.confirmed_at <= $2
)
"""
_WAS = """
CASE WHEN EXISTS (
    SELECT 1 FROM message_change AS change
    WHERE change.delivery = latest.id || '.password' AND {states} AND change.{moment} <= $2
) THEN 1 ELSE 0 END"""
_TALLIES = f"""
SELECT coalesce(constituency, ''), coalesce(post, ''), coalesce(country, ''), coalesce(partner, ''),
    count(*),
    CAST(sum(recorded) AS BIGINT), CAST(sum((1 - recorded) * recorded_end) AS BIGINT),
    CAST(sum(happened) AS BIGINT), CAST(sum((1 - happened) * happened_end) AS BIGINT)
FROM (
    SELECT constituency, post, country, partner,
        {_WAS.format(states=DELIVERED, moment="recorded_at")} AS recorded,
        {_WAS.format(states=ENDED, moment="recorded_at")} AS recorded_end,
        {_WAS.format(states=DELIVERED, moment="happened_at")} AS happened,
        {_WAS.format(states=ENDED, moment="happened_at")} AS happened_end
    FROM ({_LATEST}) AS latest
) AS voters
GROUP BY 1, 2, 3, 4
"""
_UP_TO = _TALLIES.format(portion="id > $3 AND id <= $4")
_FROM = _TALLIES.format(portion="id > $3")


class EvidenceRecount:
    """The port `DeliveryEvidence`, of any moment."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def lines(
        self, round_id: str, hour: datetime, axes: Sequence[Axis]
    ) -> Mapping[Axis, Sequence[Line]]:
        found: dict[Axis, dict[str, Line]] = {axis: {} for axis in axes}
        async for query, edges in self._portions():
            for row in await self._sql.fetch(query, round_id, to_column(hour), *edges):
                told = Tally(row[4], row[5], row[6]), Tally(row[4], row[7], row[8])
                for axis, name in zip(AXES, row, strict=False):
                    if axis in found:
                        line = found[axis].get(name, Line(name))
                        found[axis][name] = line + Line(name, *told)
            await asyncio.sleep(0)
        return {axis: list(by_name.values()) for axis, by_name in found.items()}

    async def _portions(self) -> AsyncIterator[tuple[str, Sequence[str]]]:
        """What to ask of each, and the ids between which it lies."""
        begin = ""
        while rows := await self._sql.fetch(_EDGE, begin, PORTION - 1):
            yield _UP_TO, (begin, rows[0][0])
            begin = rows[0][0]
        yield _FROM, (begin,)
