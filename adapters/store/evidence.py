"""What the history of messages says of a round at a moment: a full count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Sql, to_column
from core.evidence import PlaceCount, Tally

# A voter whose round pseudonym is not known is told from all others: each of these requests counts.
_LATEST = """
SELECT id, constituency, post, country, row_number() OVER (
    PARTITION BY coalesce(round_voter, id) ORDER BY confirmed_at DESC, id DESC
) AS place
FROM recovery_request WHERE round_id = $1 AND confirmed_at <= $2
"""
_WAS = """
CASE WHEN EXISTS (
    SELECT 1 FROM message_change AS later
    WHERE later.delivery = latest.id || '.password' AND {states} AND later.{moment} <= $2
) THEN 1 ELSE 0 END"""
# An attempt may fail and another route deliver: the message as a whole is number 0.
_DELIVERED = "later.state = 'delivered'"
_ENDED = "later.number = 0 AND later.state IN ('failed', 'expired')"
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
    FROM ({_LATEST}) AS latest WHERE place = 1
) AS voters
GROUP BY 1, 2, 3
"""


class EvidenceSql:
    """The port `DeliveryEvidence`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def tallies(self, round_id: str, as_of: datetime) -> Sequence[PlaceCount]:
        rows = await self._sql.fetch(_TALLIES, round_id, to_column(as_of))
        return [
            PlaceCount(
                row[0],
                row[1],
                row[2],
                Tally(row[3], row[4], row[5]),
                Tally(row[3], row[6], row[7]),
            )
            for row in rows
        ]
