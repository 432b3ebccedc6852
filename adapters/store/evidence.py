"""What the history of messages says of a round at a moment: a full count, in portions, so that no
statement lasts, however many voters there are."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from adapters.store.sql import Sql, to_column
from core.evidence import PlaceCount, Tally

PORTION = 2000
"""Requests that one statement looks at: some 20 ms, in which nothing else runs on SQLite."""
_EDGE = "SELECT id FROM recovery_request WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"
# A voter whose round pseudonym is not known is told from all others: each of these requests counts.
_LATEST = """
SELECT id, constituency, post, country FROM recovery_request AS renewal
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
# An attempt may fail and another route deliver: the message as a whole is number 0.
_DELIVERED = "change.state = 'delivered'"
_ENDED = "change.number = 0 AND change.state IN ('failed', 'expired')"
_TALLIES = f"""
SELECT coalesce(constituency, ''), coalesce(post, ''), coalesce(country, ''), count(*),
    CAST(sum(recorded) AS BIGINT), CAST(sum((1 - recorded) * recorded_end) AS BIGINT),
    CAST(sum(happened) AS BIGINT), CAST(sum((1 - happened) * happened_end) AS BIGINT)
FROM (
    SELECT constituency, post, country,
        {_WAS.format(states=_DELIVERED, moment="recorded_at")} AS recorded,
        {_WAS.format(states=_ENDED, moment="recorded_at")} AS recorded_end,
        {_WAS.format(states=_DELIVERED, moment="happened_at")} AS happened,
        {_WAS.format(states=_ENDED, moment="happened_at")} AS happened_end
    FROM ({_LATEST}) AS latest
) AS voters
GROUP BY 1, 2, 3
"""
_UP_TO = _TALLIES.format(portion="id > $3 AND id <= $4")
_FROM = _TALLIES.format(portion="id > $3")

_Place = tuple[str, str, str]


class EvidenceSql:
    """The port `DeliveryEvidence`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def tallies(self, round_id: str, as_of: datetime) -> Sequence[PlaceCount]:
        found: defaultdict[_Place, tuple[Tally, Tally]] = defaultdict(lambda: (Tally(), Tally()))
        async for query, edges in self._portions():
            for row in await self._sql.fetch(query, round_id, to_column(as_of), *edges):
                recorded, happened = found[row[0], row[1], row[2]]
                recorded += Tally(row[3], row[4], row[5])
                happened += Tally(row[3], row[6], row[7])
                found[row[0], row[1], row[2]] = recorded, happened
            await asyncio.sleep(0)
        return [PlaceCount(*place, *tallies) for place, tallies in found.items()]

    async def _portions(self) -> AsyncIterator[tuple[str, Sequence[str]]]:
        """What to ask of each, and the ids between which it lies."""
        begin = ""
        while rows := await self._sql.fetch(_EDGE, begin, PORTION - 1):
            yield _UP_TO, (begin, rows[0][0])
            begin = rows[0][0]
        yield _FROM, (begin,)
