"""Of table `recovery_request`: by what voters are known in the round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.store.requests import requests_where
from adapters.store.sql import Sql
from core.recovery_request import RecoveryRequest

_UNKNOWN = "round_voter IS NULL AND voter IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
_KNOW = "UPDATE recovery_request SET round_voter = $2 WHERE id = $1 AND round_voter IS NULL"


class RoundVotersSql:
    """The port `RoundVoters`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def unknown(self, after: str, limit: int) -> Sequence[RecoveryRequest]:
        return await requests_where(self._sql, _UNKNOWN, after, limit)

    async def know(self, round_voters: Mapping[str, str]) -> None:
        for request_id, round_voter in sorted(round_voters.items()):
            await self._sql.execute(_KNOW, request_id, round_voter)
