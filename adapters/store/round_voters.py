"""Of table `recovery_request`: by what voters are known in the round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from adapters.store.requests import requests_where
from adapters.store.sql import Sql, placeholders, to_column
from core.recovery_request import RecoveryRequest

_UNKNOWN = "round_voter IS NULL AND voter IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
_KNOW = """
UPDATE recovery_request SET round_voter = $2, cause = coalesce(cause, CASE
    WHEN state = 'password_sent' AND EXISTS (
        SELECT 1 FROM attempt WHERE attempt.delivery = recovery_request.id || '.password'
            AND attempt.state = 'accepted' AND attempt.receipt_due_at IS NULL
    ) THEN 'receipt_not_expected'
    WHEN state = 'revoked' AND reason = 'mail_failed' THEN 'link_bounced'
    WHEN state = 'expired' THEN coalesce((
        SELECT CASE state WHEN 'failed' THEN 'link_bounced' WHEN 'expired' THEN 'link_given_up' END
        FROM delivery WHERE delivery.id = recovery_request.id || '.link'
    ), 'link_not_taken')
END) WHERE id = $1 AND round_voter IS NULL
"""
_OVERTAKE = """
UPDATE recovery_request SET overtaken = 1
WHERE round_voter = $1 AND id <> $2 AND overtaken = 0 AND link_digest IS NOT NULL
    AND ($3 = 1 OR confirmed_at IS NULL)
"""
_OVERTAKE_IN = """
UPDATE recovery_request SET overtaken = 1
WHERE (voter IN ({known_as}) OR round_voter IN ({known_as})
        OR id = (SELECT renewed_beside FROM recovery_request WHERE id = $1))
    AND round_id IN ({rounds}) AND id <> $1 AND overtaken = 0
    AND link_digest IS NOT NULL AND ($2 = 1 OR confirmed_at IS NULL)
"""
_RENEWED_BESIDE = """
UPDATE recovery_request SET renewed_beside = (
    SELECT renewed.id FROM recovery_request AS renewed
    WHERE (renewed.voter IN ({known_as}) OR renewed.round_voter IN ({known_as}))
        AND renewed.round_id IN ({rounds}) AND renewed.confirmed_at IS NOT NULL
        AND renewed.overtaken = 0
    ORDER BY renewed.confirmed_at DESC LIMIT 1
)
WHERE id = $1
"""
# A link is later than a renewal that was confirmed before it was written, whenever asked for.
_HAS_LATER = """
overtaken = 0 AND link_digest IS NOT NULL AND EXISTS (
    SELECT 1 FROM recovery_request AS later
    WHERE later.round_voter = recovery_request.round_voter AND later.link_digest IS NOT NULL AND (
        later.confirmed_at > coalesce(
            recovery_request.confirmed_at, recovery_request.written_at,
            recovery_request.changed_at, recovery_request.received_at
        )
        OR recovery_request.confirmed_at IS NULL
            AND later.received_at > recovery_request.received_at
    )
)
"""
_ONE = f"UPDATE recovery_request SET overtaken = 1 WHERE round_voter = $1 AND {_HAS_LATER}"
_TO_SORT_OUT = f"""
SELECT DISTINCT round_voter, voter FROM recovery_request WHERE round_voter IN (
    SELECT DISTINCT round_voter FROM recovery_request
    WHERE round_voter IN (
        SELECT round_voter FROM recovery_request
        WHERE changed_at >= $1 AND confirmed_at IS NOT NULL
    ) AND {_HAS_LATER} LIMIT $2
)
"""


class RoundVotersSql:
    """The port `RoundVoters`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def unknown(self, after: str, limit: int) -> Sequence[RecoveryRequest]:
        return await requests_where(self._sql, _UNKNOWN, after, limit)

    async def know(self, round_voters: Mapping[str, str], voters: Sequence[str]) -> None:
        if voters:
            await self._sql.hold(*voters)
        for request_id, round_voter in sorted(round_voters.items()):
            await self._sql.execute(_KNOW, request_id, round_voter)
        await self._sort_out(round_voters.values())

    async def _sort_out(self, round_voters: Iterable[str]) -> int:
        each = sorted(set(round_voters))
        return sum([await self._sql.execute(_ONE, round_voter) for round_voter in each])

    async def overtake(self, request: RecoveryRequest) -> None:
        if request.round_voter is not None:
            is_confirmed = int(request.confirmed_at is not None)
            values = (request.round_voter, request.id, is_confirmed)
            await self._sql.change(_OVERTAKE, *values, but=request.id)

    async def overtake_in(
        self, rounds: Sequence[str], known_as: Sequence[str], request: RecoveryRequest
    ) -> None:
        if not rounds or not known_as:
            return
        is_confirmed = int(request.confirmed_at is not None)
        listed = _listed(_OVERTAKE_IN, rounds, known_as, 3)
        await self._sql.execute(listed, request.id, is_confirmed, *known_as, *rounds)
        if not is_confirmed:
            listed = _listed(_RENEWED_BESIDE, rounds, known_as, 2)
            await self._sql.execute(listed, request.id, *known_as, *rounds)

    async def to_sort_out(self, since: datetime, limit: int) -> Sequence[tuple[str, str]]:
        rows = await self._sql.fetch(_TO_SORT_OUT, to_column(since), limit)
        return [(round_voter, voter) for round_voter, voter in rows]

    async def sort_out(self, round_voters: Sequence[tuple[str, str]]) -> int:
        await self._sql.hold(*(voter for _, voter in round_voters))
        return await self._sort_out(round_voter for round_voter, _ in round_voters)


def _listed(query: str, rounds: Sequence[str], known_as: Sequence[str], first: int) -> str:
    return query.format(
        known_as=placeholders(len(known_as), first),
        rounds=placeholders(len(rounds), first + len(known_as)),
    )
