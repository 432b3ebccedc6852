"""How a round's requests went: a full count, in portions, so that no statement lasts, however many
requests there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import lru_cache

from adapters.store.request_rows import rounds_from_column
from adapters.store.sql import Row, Sql, moment, to_column
from core.passages import STEP_OF, Groups, Passage, Step, Tally, length_of, tally
from core.recovery_request import State
from core.statistics import Window

PORTION = 1000
"""Requests that one statement looks at: some 20 ms, in which nothing else runs on SQLite."""
_EDGE = "SELECT id FROM recovery_request WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"
# Of what release 0.2.0 did no changes were kept: the messages' rows say what they can. A message
# that goes by another route is accepted once more; the first time counts.
PASSAGES = """
SELECT asked.received_at / 3600000000, asked.state, asked.reason, asked.constituency, asked.post,
    coalesce(asked.country, (
        SELECT tried.country FROM attempt AS tried WHERE tried.delivery = asked.id || '.password'
        ORDER BY tried.number DESC LIMIT 1
    )),
    sms.route, sms.operator, mail.destination, asked.partner, asked.round_id, asked.rounds,
    asked.received_at,
    coalesce((
        SELECT min(change.recorded_at) FROM message_change AS change
        WHERE change.delivery = asked.id || '.link' AND change.number = 0
          AND change.state = 'accepted'
    ), mail.accepted_at),
    asked.confirmed_at,
    coalesce((
        SELECT min(change.recorded_at) FROM message_change AS change
        WHERE change.delivery = asked.id || '.password' AND change.number = 0
          AND change.state = 'accepted'
    ), sms.accepted_at),
    coalesce((
        SELECT min(change.happened_at) FROM message_change AS change
        WHERE change.delivery = asked.id || '.password' AND change.state = 'delivered'
    ), CASE WHEN sms.state = 'delivered' THEN sms.changed_at END)
FROM recovery_request AS asked
LEFT JOIN delivery AS mail ON mail.id = asked.id || '.link'
LEFT JOIN delivery AS sms ON sms.id = asked.id || '.password'
WHERE """
_IN_WINDOW = """(asked.round_id = $1 OR asked.round_id IS NULL)
  AND asked.received_at >= $2 AND asked.received_at < $3 AND asked.id > $4"""
_FROM = PASSAGES + _IN_WINDOW
_UP_TO = f"{_FROM} AND asked.id <= $5"


class StatisticsSql:
    """The port `RecoveryStatistics`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def tallies(self, window: Window) -> Mapping[Groups, Tally]:
        cells: dict[Groups, Tally] = {}
        since, until = to_column(window.since), to_column(window.until)
        async for query, edges in self._portions():
            rows = await self._sql.fetch(query, window.round_id, since, until, *edges)
            found = (passage_of(row) for row in rows if window.round_id in rounds_of(row))
            tally(found, window.by, cells)
            await asyncio.sleep(0)
        return cells

    async def _portions(self) -> AsyncIterator[tuple[str, Sequence[str]]]:
        """What to ask of each, and the ids between which it lies."""
        begin = ""
        while rows := await self._sql.fetch(_EDGE, begin, PORTION - 1):
            yield _UP_TO, (begin, rows[0][0])
            begin = rows[0][0]
        yield _FROM, (begin,)


def rounds_of(row: Row) -> Sequence[str]:
    """Of which rounds this row of `PASSAGES` is: the voter's; those that were open when it came
    while nobody knows the voter."""
    return rounds_from_column(row[11]) if row[10] is None else (row[10],)


def passage_of(row: Row) -> Passage:
    """From a row of `PASSAGES`."""
    hour, state, reason, constituency, post, country, route, operator, domain, partner = row[:10]
    received, mailed, confirmed, taken, arrived = row[12:]
    step = STEP_OF[State(state)]
    return Passage(
        _hour(hour),
        step,
        taken is not None or step in (Step.PASSWORD_SENT, Step.DELIVERED),
        reason or "",
        constituency or "",
        post or "",
        country or "",
        route or "",
        operator or "",
        domain or "",
        partner or "",
        (
            _length(received, mailed),
            _length(mailed, confirmed),
            _length(confirmed, taken),
            _length(taken, arrived),
            _length(received, arrived),
        ),
    )


def _length(begun: int | None, over: int | None) -> int | None:
    return None if begun is None or over is None else length_of((over - begun) / 1_000_000)


@lru_cache(maxsize=10_000)
def _hour(number: int) -> str:
    return moment(number * 3_600_000_000).isoformat()
