"""Deleting from memory what has served its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.memory_requests import MemoryRequests
from adapters.store.memory_table import Table
from core.assistance import AssistanceRequest
from core.attempt import Attempt
from core.delivery import Delivery
from core.messages import MessageKind
from core.recovery_request import RecoveryRequest

from .memory_jobs import QueuedJob


class MemoryHousekeeping:
    """The port `Housekeeping`."""

    def __init__(
        self,
        requests: Table[RecoveryRequest],
        deliveries: Table[Delivery],
        attempts: Table[Attempt],
        assistance: Table[AssistanceRequest],
        codes: Table[datetime],
        jobs: Table[QueuedJob],
    ) -> None:
        self._requests = requests
        self._deliveries = deliveries
        self._attempts = attempts
        self._assistance = assistance
        self._codes = codes
        self._jobs = jobs

    async def expire_links(self, now: datetime) -> int:
        waiting = {
            each.subject
            for each in self._deliveries.rows()
            if each.kind is MessageKind.LINK and each.is_open
        }
        return await MemoryRequests(self._requests).expire_links(now, waiting)

    async def overdue(self, before: datetime, limit: int) -> Sequence[str]:
        return MemoryRequests(self._requests).overdue(before)[:limit]

    async def delete_finished(self, before: datetime) -> int:
        finished = self._requests.remove_where(
            lambda each: (each.changed_at or each.received_at) < before
        )
        answered = self._assistance.remove_where(lambda each: each.received_at < before)
        gone = {*finished, *answered}
        messages = set(self._deliveries.remove_where(lambda each: each.subject in gone))
        self._attempts.remove_where(lambda each: each.delivery in messages)
        self._jobs.remove_where(lambda each: each.dead_at is not None and each.dead_at < before)
        return len(finished)

    async def forget_security_codes(self, now: datetime) -> int:
        return len(self._codes.remove_where(lambda until: until < now))
