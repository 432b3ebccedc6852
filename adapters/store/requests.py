"""Table `recovery_request`: the requests with their links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.errors import ConcurrentChange
from core.locale import Locale
from core.one_time_link import OneTimeLink
from core.recovery_request import Dismissal, RecoveryRequest, Revocation, State
from core.unreached import Cause
from core.voter import ElectoralNumber, EmailAddress, Numel, Numic
from core.voter_history import MOST_COUNTED, Earlier, History

COLUMNS = (
    "id",
    "number",
    "typed_email",
    "pair",
    "locale",
    "received_at",
    "partner",
    "state",
    "reason",
    "voter",
    "round_id",
    "written_at",
    "link_key",
    "link_nonce",
    "link_digest",
    "link_expires_at",
    "link_attempts_left",
    "confirmed_at",
    "seed",
    "password_key",
    "changed_at",
    "password_was_in_force",
    "rounds",
    "round_voter",
    "cause",
)
_ALL = ", ".join(COLUMNS)
_INSERT = f"INSERT INTO recovery_request ({_ALL}) VALUES ({placeholders(len(COLUMNS))})"
_SELECT = f"SELECT {_ALL} FROM recovery_request WHERE "
# A chore may have found out meanwhile by what the voter is known: that stays.
_TO = {column: f"${index}" for index, column in enumerate(COLUMNS, 1)} | {
    "round_voter": f"coalesce(${COLUMNS.index('round_voter') + 1}, round_voter)"
}
_UPDATE = (
    "UPDATE recovery_request SET "
    + ", ".join(f"{column} = {_TO[column]}" for column in COLUMNS[1:])
    + f" WHERE id = $1 AND state = ${len(COLUMNS) + 1}"
)
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
SET link_attempts_left = link_attempts_left - 1,
    state = CASE WHEN link_attempts_left <= 1 THEN 'revoked' ELSE state END,
    changed_at = $2
WHERE link_digest = $1 AND state = 'link_sent' AND link_expires_at > $2
RETURNING link_attempts_left
"""
_SUPERSEDE = """
UPDATE recovery_request SET state = 'superseded', changed_at = $1
WHERE state = 'link_sent' AND voter IN ({voters})
"""
# The ends of the voter's freezes come with it, in rows of their own: there may be no others.
_EARLIER = f"""
SELECT * FROM (
    SELECT state, written_at, link_expires_at, confirmed_at, round_id, changed_at
    FROM recovery_request
    WHERE voter IN ({{voters}}) AND written_at >= $1 AND id <> $2
    ORDER BY written_at DESC LIMIT {MOST_COUNTED}
) AS earlier
UNION ALL
SELECT NULL, unfrozen_at, NULL, NULL, NULL, NULL FROM voter_freeze WHERE voter IN ({{voters}})
"""
_ASKED = """
SELECT count(*) FROM recovery_request
WHERE pair IN ({pairs}) AND received_at > $1 AND id <> $2
  AND state <> 'received' AND coalesce(reason, '') <> 'over_quota'
"""
_OVERDUE = """
SELECT id FROM recovery_request WHERE seed IS NOT NULL AND confirmed_at < $1
ORDER BY confirmed_at LIMIT $2
"""
_KEYS_IN_USE = "SELECT DISTINCT password_key FROM recovery_request WHERE seed IS NOT NULL"
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
"""
_REVOCATIONS = frozenset(Revocation)


class RequestTable:
    """The ports `RecoveryRequests`, `OneTimeLinks` and `RenewalHistory` over one table."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, request: RecoveryRequest) -> None:
        await self._sql.execute(_INSERT, *to_row(request))

    async def get(self, request_id: str) -> RecoveryRequest | None:
        return _first(await self._sql.fetch(_SELECT + "id = $1", request_id))

    async def save(self, request: RecoveryRequest, was: RecoveryRequest) -> None:
        if not await self._sql.execute(_UPDATE, *to_row(request), was.state):
            raise ConcurrentChange(request.id)

    async def note(self, request: RecoveryRequest, cause: Cause) -> None:
        await self._sql.execute(_NOTE, request.id, request.state.value, cause.value)

    async def note_link(self, request_id: str, cause: Cause | None) -> None:
        await self._sql.execute(_NOTE_LINK, request_id, cause.value if cause else None)

    async def find(self, digest: bytes) -> RecoveryRequest | None:
        return _first(await self._sql.fetch(_SELECT + "link_digest = $1", digest))

    async def unused(self) -> Sequence[RecoveryRequest]:
        rows = await self._sql.fetch(_SELECT + "state = 'link_sent'")
        return [_from_row(dict(zip(COLUMNS, row, strict=True))) for row in rows]

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
        earlier = _listing(_EARLIER, "voters", len(voters), 3)
        rows = await self._sql.fetch(earlier, to_column(since), but, *voters)
        asked = await self._asked(pairs, asked_since, but) if pairs else 0
        written = [_earlier(row) for row in rows if row[0] is not None]
        ends = [to_datetime(row[1]) for row in rows if row[0] is None]
        counts_from = max((end for end in ends if end is not None), default=None)
        return History(tuple(written), asked, None in ends, counts_from)

    async def _asked(self, pairs: Sequence[str], since: datetime, but: str) -> int:
        query = _listing(_ASKED, "pairs", len(pairs), 3)
        ((count,),) = await self._sql.fetch(query, to_column(since), but, *pairs)
        return count

    async def overdue(self, before: datetime, limit: int) -> Sequence[str]:
        rows = await self._sql.fetch(_OVERDUE, to_column(before), limit)
        return [row[0] for row in rows]

    async def password_keys_in_use(self) -> Sequence[str]:
        return [row[0] for row in await self._sql.fetch(_KEYS_IN_USE) if row[0] is not None]

    async def expire_links(self, now: datetime) -> int:
        return await self._sql.execute(_EXPIRE, to_column(now))


async def requests_where(sql: Sql, condition: str, *values: object) -> list[RecoveryRequest]:
    """All requests that the condition, SQL of ours, holds for."""
    rows = await sql.fetch(_SELECT + condition, *values)
    return [_from_row(dict(zip(COLUMNS, row, strict=True))) for row in rows]


@cache
def _listing(query: str, name: str, count: int, first: int) -> str:
    return query.format(**{name: placeholders(count, first)})


def to_row(request: RecoveryRequest) -> tuple[object, ...]:
    """The values of `COLUMNS`, in their order."""
    link = request.link
    return (
        request.id,
        _number_to_column(request.number),
        request.typed_email.value if request.typed_email else None,
        request.pair,
        request.locale.value,
        to_column(request.received_at),
        request.partner,
        request.state.value,
        request.reason.value if request.reason else None,
        request.voter,
        request.round_id,
        to_column(request.written_at),
        link.key_id if link else None,
        link.nonce if link else None,
        link.digest if link else None,
        to_column(link.expires_at) if link else None,
        link.attempts_left if link else None,
        to_column(request.confirmed_at),
        request.seed,
        request.password_key,
        to_column(request.changed_at),
        int(request.password_was_in_force),
        rounds_to_column(request.rounds),
        request.round_voter,
        request.cause.value if request.cause else None,
    )


def rounds_to_column(rounds: Sequence[str]) -> str | None:
    """One id a line; NULL while they are not known."""
    return "\n".join(rounds) or None


def rounds_from_column(column: str | None) -> tuple[str, ...]:
    """The reverse of `rounds_to_column`."""
    return tuple(column.split("\n")) if column else ()


def _first(rows: Sequence[Row]) -> RecoveryRequest | None:
    return _from_row(dict(zip(COLUMNS, rows[0], strict=True))) if rows else None


def _from_row(row: dict[str, object]) -> RecoveryRequest:
    values: dict = row
    return RecoveryRequest(
        id=values["id"],
        number=_number_from_column(values["number"]),
        typed_email=EmailAddress(values["typed_email"]) if values["typed_email"] else None,
        pair=values["pair"],
        locale=Locale(values["locale"]),
        received_at=moment(values["received_at"]),
        partner=values["partner"],
        state=State(values["state"]),
        reason=_reason(values["reason"]),
        voter=values["voter"],
        round_id=values["round_id"],
        written_at=to_datetime(values["written_at"]),
        link=_link(values) if values["link_digest"] is not None else None,
        confirmed_at=to_datetime(values["confirmed_at"]),
        seed=values["seed"],
        password_key=values["password_key"],
        changed_at=to_datetime(values["changed_at"]),
        password_was_in_force=bool(values["password_was_in_force"]),
        rounds=rounds_from_column(values["rounds"]),
        round_voter=values["round_voter"],
        cause=Cause(values["cause"]) if values["cause"] else None,
    )


def _earlier(row: Row) -> Earlier:
    state, written_at, link_ends_at, confirmed_at, round_id, changed_at = row
    return Earlier(
        state=State(state),
        written_at=moment(written_at),
        link_ends_at=to_datetime(link_ends_at),
        confirmed_at=to_datetime(confirmed_at),
        round_id=round_id,
        changed_at=to_datetime(changed_at),
    )


def _reason(column: str | None) -> Dismissal | Revocation | None:
    if not column:
        return None
    return Revocation(column) if column in _REVOCATIONS else Dismissal(column)


def _link(row: dict) -> OneTimeLink:
    return OneTimeLink(
        key_id=row["link_key"],
        nonce=row["link_nonce"],
        digest=row["link_digest"],
        expires_at=moment(row["link_expires_at"]),
        attempts_left=row["link_attempts_left"],
    )


def _number_to_column(number: ElectoralNumber) -> str:
    """`numic:00012345`: a reference to the register, and which one."""
    return f"{'numic' if isinstance(number, Numic) else 'numel'}:{number.value}"


def _number_from_column(column: str) -> ElectoralNumber:
    kind, _, value = column.partition(":")
    return Numic(value) if kind == "numic" else Numel(value)
