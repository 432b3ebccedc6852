"""Table `destruction`, and the deleting of what belongs to released rounds."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.first_sending import destroy_some
from adapters.store.messages_of import AT_ONCE, delete_messages
from adapters.store.request_rows import rounds_from_column
from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.round_release import Destruction, Doomed, Kept
from core.rows_deleted import MessagesDeleted

_COLUMNS = (
    "release_id", "round", "begun_at", "last_id", "requests", "messages", "attempts", "shared",
    "first_at", "last_at", "digest", "ended_at", "key_id", "seal", "changes",
)  # fmt: skip
_ALL = f"SELECT {', '.join(_COLUMNS)} FROM destruction ORDER BY release_id"
_SAVE = f"""
INSERT INTO destruction ({", ".join(_COLUMNS)}) VALUES ({placeholders(len(_COLUMNS))})
ON CONFLICT (release_id) DO UPDATE
SET {", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[3:])}
"""
_AFTER = """
SELECT id, received_at, state, reason, confirmed_at, changed_at, rounds FROM recovery_request
WHERE id > $1 ORDER BY id LIMIT $2
"""
_KEPT = "SELECT rounds, count(*) FROM recovery_request GROUP BY rounds ORDER BY rounds"


class DestructionTable:
    """The port `Destructions`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def all(self) -> Sequence[Destruction]:
        return [_record(row) for row in await self._sql.fetch(_ALL)]

    async def save(self, record: Destruction) -> None:
        await self._sql.execute(
            _SAVE,
            record.release_id,
            record.round_id,
            to_column(record.begun_at),
            record.last_id,
            record.requests,
            record.messages,
            record.attempts,
            record.shared,
            record.first_at,
            record.last_at,
            record.digest,
            to_column(record.ended_at),
            record.key_id,
            record.seal,
            record.changes,
        )

    async def after(self, request_id: str, limit: int) -> Sequence[Doomed]:
        rows = await self._sql.fetch(_AFTER, request_id, limit)
        return [_doomed(*row) for row in rows]

    async def delete(self, request_ids: Sequence[str]) -> MessagesDeleted:
        for first in range(0, len(request_ids), AT_ONCE):
            some = request_ids[first : first + AT_ONCE]
            query = f"DELETE FROM recovery_request WHERE id IN ({placeholders(len(some))})"
            await self._sql.execute(query, *some)
        return await delete_messages(self._sql, request_ids)

    async def forget_first_sending(self, round_id: str) -> bool:
        return await destroy_some(self._sql, round_id)

    async def kept(self) -> Sequence[Kept]:
        return [Kept(rounds_from_column(row[0]), row[1]) for row in await self._sql.fetch(_KEPT)]


def _doomed(
    id: str,
    received_at: int,
    state: str,
    reason: str | None,
    confirmed_at: int | None,
    changed_at: int | None,
    rounds: str | None,
) -> Doomed:
    known = rounds_from_column(rounds)
    return Doomed(id, received_at, state, reason, confirmed_at, changed_at, known)


def _record(row: Row) -> Destruction:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Destruction(
        **{name: values[name] for name in _COLUMNS[4:10]},
        release_id=values["release_id"],
        round_id=values["round"],
        begun_at=moment(values["begun_at"]),
        last_id=values["last_id"],
        digest=bytes(values["digest"]),
        ended_at=to_datetime(values["ended_at"]),
        key_id=values["key_id"],
        seal=values["seal"] and bytes(values["seal"]),
        changes=values["changes"],
    )
