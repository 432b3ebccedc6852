"""The recovery requests in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.store.memory_table import Table
from core.errors import ConcurrentChange
from core.recovery_request import LINK_IS_GONE, Dismissal, History, RecoveryRequest, State


class MemoryRequests:
    """The ports `RecoveryRequests`, `OneTimeLinks` and `RenewalHistory`."""

    def __init__(self, table: Table[RecoveryRequest]) -> None:
        self._table = table

    async def add(self, request: RecoveryRequest) -> None:
        self._table.insert(request.id, request)

    async def get(self, request_id: str) -> RecoveryRequest | None:
        return self._table.get(request_id)

    async def save(self, request: RecoveryRequest, was: RecoveryRequest) -> None:
        stored = self._table.get(request.id)
        if stored is None or stored.state is not was.state:
            raise ConcurrentChange(request.id)
        self._table.put(request.id, request)

    async def find(self, digest: bytes) -> RecoveryRequest | None:
        return next(
            (each for each in self._table.rows() if each.link and each.link.digest == digest), None
        )

    async def redeem(
        self, digest: bytes, now: datetime, seed: bytes, password_key: str
    ) -> RecoveryRequest | None:
        request = await self._usable(digest, now)
        if request is None:
            return None
        confirmed = replace(
            request,
            state=State.CONFIRMED,
            confirmed_at=self._after_earlier_ones(request, now),
            seed=seed,
            password_key=password_key,
            changed_at=now,
        )
        self._table.put(request.id, confirmed)
        return confirmed

    def _after_earlier_ones(self, request: RecoveryRequest, now: datetime) -> datetime:
        """Of one voter's renewals the one that was confirmed last wins, whatever the clocks say."""
        theirs = [each.confirmed_at for each in self._table.rows() if each.voter == request.voter]
        later = [at for at in theirs if at is not None and at >= now]
        return max(later) + timedelta(microseconds=1) if later else now

    def overdue(self, before: datetime) -> list[str]:
        """See the port `Housekeeping`."""
        held = [
            each
            for each in self._table.rows()
            if each.state in (State.CONFIRMED, State.PASSWORD_SENT, State.UNDELIVERED)
            and each.seed is not None
            and each.confirmed_at is not None
            and each.confirmed_at < before
        ]
        return [each.id for each in sorted(held, key=lambda each: str(each.confirmed_at))]

    async def spend_attempt(self, digest: bytes, now: datetime) -> int | None:
        request = await self._usable(digest, now)
        if request is None or request.link is None:
            return None
        left = request.link.attempts_left - 1
        state = State.LINK_SENT if left > 0 else State.REVOKED
        link = replace(request.link, attempts_left=left)
        self._table.put(request.id, replace(request, link=link, state=state, changed_at=now))
        return left

    async def supersede(self, voters: Sequence[str], now: datetime) -> int:
        return self._move(
            [each for each in self._open_links() if each.voter in voters], State.SUPERSEDED, now
        )

    async def of(
        self, pairs: Sequence[str], voters: Sequence[str], since: datetime, but: str
    ) -> History:
        others = [each for each in self._table.rows() if each.id != but]
        written = sorted(
            (each.written_at, each.state)
            for each in others
            if each.voter in voters and each.written_at is not None and each.written_at > since
        )
        asked = [
            each
            for each in others
            if each.pair in pairs
            and each.received_at > since
            and each.state is not State.RECEIVED
            and each.reason is not Dismissal.OVER_QUOTA
        ]
        gone = bool(written) and written[-1][1] in LINK_IS_GONE
        return History([at for at, _ in written], len(asked), gone)

    async def expire_links(self, now: datetime, waiting: Collection[str]) -> int:
        """All but those of the requests in `waiting`."""
        ran_out = [
            each
            for each in self._open_links()
            if each.link and each.link.is_expired(now) and each.id not in waiting
        ]
        return self._move(ran_out, State.EXPIRED, now)

    async def _usable(self, digest: bytes, now: datetime) -> RecoveryRequest | None:
        request = await self.find(digest)
        if request is None or request.link is None or request.state is not State.LINK_SENT:
            return None
        return None if request.link.is_expired(now) else request

    def _open_links(self) -> list[RecoveryRequest]:
        return [each for each in self._table.rows() if each.state is State.LINK_SENT]

    def _move(self, requests: Sequence[RecoveryRequest], state: State, now: datetime) -> int:
        for each in requests:
            self._table.put(each.id, replace(each, state=state, changed_at=now))
        return len(requests)
