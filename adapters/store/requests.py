"""Table `recovery_request`: the requests with their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from adapters.store.request_rows import (
    COLUMNS,
    RECEIVED,
    request_of,
    to_received_row,
    to_row,
    was_just_received,
)
from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.errors import ConcurrentChange
from core.reasons import Revocation
from core.recovery_request import RecoveryRequest, State
from core.unreached import Cause
from core.voter_history import MOST_COUNTED, Earlier, History

_ALL = ", ".join(COLUMNS)
_INSERT = f"INSERT INTO recovery_request ({_ALL}) VALUES ({placeholders(len(COLUMNS))})"
_RECEIVE = f"""
INSERT INTO recovery_request ({", ".join(RECEIVED)}) VALUES ({placeholders(len(RECEIVED))})
"""
_SELECT = f"SELECT {_ALL} FROM recovery_request WHERE "
# Of one voter's renewals the one that was confirmed last wins, whatever the clocks of two machines
# say: its moment is after every earlier one.
_REDEEM = f"""
UPDATE recovery_request
SET state = 'confirmed', cause = NULL, seed = $3, password_key = $4, changed_at = $2,
    confirmed_at = coalesce((
        SELECT max(earlier.confirmed_at) + 1 FROM recovery_request AS earlier
        WHERE earlier.voter = recovery_request.voter AND earlier.confirmed_at >= $2
    ), $2)
WHERE link_digest = $1 AND state = 'link_sent' AND link_expires_at > $2
RETURNING {_ALL}
"""
_SPEND = """
UPDATE recovery_request
SET link_attempts_left = link_attempts_left - 1, changed_at = $2
WHERE link_digest = $1 AND state = 'link_sent' AND link_expires_at > $2
RETURNING link_attempts_left
"""
_SUPERSEDE = """
UPDATE recovery_request SET state = 'superseded', changed_at = $1
WHERE state = 'link_sent' AND voter IN ({voters})
"""
# Links whose e-mails failed push none of those out that count. The ends of the voter's freezes come
# with it, and how often the pair has asked, in rows of their own: there may be no others.
_LATEST = f"""
SELECT * FROM (
    SELECT state, written_at, link_expires_at, confirmed_at, round_id, changed_at, reason
    FROM recovery_request
    WHERE voter IN ({{{{voters}}}}) AND written_at >= $1 AND id <> $2
        AND coalesce(reason, '') {{is_failed}} 'mail_failed'
    ORDER BY written_at DESC LIMIT {MOST_COUNTED}
) AS {{name}}
"""
_EARLIER = f"""
{_LATEST.format(is_failed="<>", name="earlier")}
UNION ALL
{_LATEST.format(is_failed="=", name="failed")}
UNION ALL
SELECT NULL, unfrozen_at, NULL, NULL, NULL, NULL, NULL
FROM voter_freeze WHERE voter IN ({{voters}})
"""
_ASKED = """
SELECT 'asked', count(*), NULL, NULL, NULL, NULL, NULL FROM recovery_request
WHERE pair IN ({pairs}) AND received_at > $3 AND id <> $2
  AND state <> 'received' AND coalesce(reason, '') <> 'over_quota'
"""
_OVERDUE = """
SELECT id FROM recovery_request WHERE seed IS NOT NULL AND confirmed_at < $1
ORDER BY confirmed_at LIMIT $2
"""
_KEYS_IN_USE = "SELECT DISTINCT password_key FROM recovery_request WHERE seed IS NOT NULL"
# A pseudonym is of the key that made the link, which was the newest then.
_OPEN_BY_KEY = """
SELECT link_key, CAST(sum(requests) AS BIGINT) FROM (
    SELECT link_key, count(*) AS requests FROM recovery_request
    WHERE state = 'link_sent' AND link_expires_at > $1 GROUP BY link_key
    UNION ALL
    SELECT link_key, count(*) FROM recovery_request WHERE seed IS NOT NULL GROUP BY link_key
) AS either WHERE link_key IS NOT NULL GROUP BY link_key
"""
_EXPIRE = """
UPDATE recovery_request
SET state = 'expired', changed_at = $1, cause = coalesce(cause, 'link_not_taken')
WHERE state = 'link_sent' AND link_expires_at <= $1 AND NOT EXISTS (
    SELECT 1 FROM delivery
    WHERE delivery.id = recovery_request.id || '.link' AND delivery.state = 'queued'
)
"""
_NOTE = """
UPDATE recovery_request SET cause = $3
WHERE id = $1 AND state = $2 AND (cause IS NULL OR cause <> $3)
"""
_NOTE_LINK = """
UPDATE recovery_request
SET cause = CASE
    WHEN CAST($2 AS TEXT) IS NULL AND state = 'expired' THEN 'link_not_taken' ELSE $2 END
WHERE id = $1 AND confirmed_at IS NULL AND link_digest IS NOT NULL
    AND (cause IS NULL OR cause <> 'link_withdrawn')
"""


class RequestTable:
    """The ports `RecoveryRequests`, `OneTimeLinks` and `RenewalHistory` over one table."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, request: RecoveryRequest) -> None:
        if was_just_received(request):
            await self._sql.change(_RECEIVE, *to_received_row(request))
        else:
            await self._sql.change(_INSERT, *to_row(request))

    async def get(self, request_id: str) -> RecoveryRequest | None:
        return _first(await self._sql.fetch(_SELECT + "id = $1", request_id))

    async def save(self, request: RecoveryRequest, was: RecoveryRequest) -> None:
        row, stood = to_row(request), to_row(was)
        moves = request.state is not was.state
        changed = [
            place
            for place, column in enumerate(COLUMNS)
            if row[place] != stood[place] or column == "state" or (column == "cause" and moves)
        ]
        values = (row[place] for place in changed)
        changes = (request.id, was.state.value, *values)
        moved = ConcurrentChange(request.id)
        await self._sql.change(_update(*changed), *changes, otherwise=moved, only=request.id)

    async def note(self, request: RecoveryRequest, cause: Cause) -> None:
        await self._sql.execute(_NOTE, request.id, request.state.value, cause.value)

    async def note_link(self, request_id: str, cause: Cause | None) -> None:
        await self._sql.execute(_NOTE_LINK, request_id, cause.value if cause else None)

    async def find(self, digest: bytes) -> RecoveryRequest | None:
        return _first(await self._sql.fetch(_SELECT + "link_digest = $1", digest))

    async def unused(self) -> Sequence[RecoveryRequest]:
        rows = await self._sql.fetch(_SELECT + "state = 'link_sent'")
        return [request_of(row) for row in rows]

    async def redeem(
        self, digest: bytes, now: datetime, seed: bytes, password_key: str
    ) -> RecoveryRequest | None:
        return _first(await self._sql.fetch(_REDEEM, digest, to_column(now), seed, password_key))

    async def spend_attempt(self, digest: bytes, now: datetime) -> int | None:
        rows = await self._sql.fetch(_SPEND, digest, to_column(now))
        return rows[0][0] if rows else None

    async def supersede(self, voters: Sequence[str], now: datetime) -> int:
        await self._sql.hold(*voters)
        query = _listing(_SUPERSEDE, "voters", len(voters), 2)
        return await self._sql.execute(query, to_column(now), *voters)

    async def of(
        self,
        pairs: Sequence[str],
        voters: Sequence[str],
        asked_since: datetime,
        since: datetime,
        but: str,
    ) -> History:
        await self._sql.hold(*pairs, *voters)
        asking = (to_column(asked_since), *pairs) if pairs else ()
        query = _history(len(voters), len(pairs))
        rows = await self._sql.fetch(query, to_column(since), but, *asking, *voters)
        written = [_earlier(row) for row in rows if row[0] not in (None, "asked")]
        asked = sum(row[1] for row in rows if row[0] == "asked")
        ends = [to_datetime(row[1]) for row in rows if row[0] is None]
        counts_from = max((end for end in ends if end is not None), default=None)
        return History(tuple(written), asked, None in ends, counts_from)

    async def overdue(self, before: datetime, limit: int) -> Sequence[str]:
        rows = await self._sql.fetch(_OVERDUE, to_column(before), limit)
        return [row[0] for row in rows]

    async def password_keys_in_use(self) -> Sequence[str]:
        return [row[0] for row in await self._sql.fetch(_KEYS_IN_USE) if row[0] is not None]

    async def open_by_key(self, now: datetime) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._sql.fetch(_OPEN_BY_KEY, to_column(now))}

    async def expire_links(self, now: datetime) -> int:
        return await self._sql.execute(_EXPIRE, to_column(now))


async def requests_where(sql: Sql, condition: str, *values: object) -> list[RecoveryRequest]:
    """All requests that the condition, SQL of ours, holds for."""
    rows = await sql.fetch(_SELECT + condition, *values)
    return [request_of(row) for row in rows]


@cache
def _update(*places: int) -> str:
    """Of these columns, by their places in `COLUMNS`: whoever changes others at the same time loses
    nothing. What says why a voter is unreached belongs to the state, and moves with it."""
    assignments = (f"{COLUMNS[place]} = ${index}" for index, place in enumerate(places, 3))
    return f"UPDATE recovery_request SET {', '.join(assignments)} WHERE id = $1 AND state = $2"


@cache
def _listing(query: str, name: str, count: int, first: int) -> str:
    return query.format(**{name: placeholders(count, first)})


@cache
def _history(voters: int, pairs: int) -> str:
    """Of so many pseudonyms of the voter; how often they have asked where there are pairs."""
    if not pairs:
        return _EARLIER.format(voters=placeholders(voters, 3))
    both = f"{_EARLIER} UNION ALL {_ASKED}"
    return both.format(pairs=placeholders(pairs, 4), voters=placeholders(voters, 4 + pairs))


def _first(rows: Sequence[Row]) -> RecoveryRequest | None:
    return request_of(rows[0]) if rows else None


def _earlier(row: Row) -> Earlier:
    state, written_at, link_ends_at, confirmed_at, round_id, changed_at, reason = row
    return Earlier(
        state=State(state),
        written_at=moment(written_at),
        link_ends_at=to_datetime(link_ends_at),
        confirmed_at=to_datetime(confirmed_at),
        round_id=round_id,
        changed_at=to_datetime(changed_at),
        did_mail_fail=reason == Revocation.MAIL_FAILED,
    )
