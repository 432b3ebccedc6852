"""The engine without a disk: for tests and for a look around. Everything ends with the process.

Lookups go through all rows: meant for thousands of them, not for millions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from adapters.jobs.memory import MemoryJobs, QueuedJob
from adapters.store.memory_requests import MemoryRequests
from adapters.store.memory_table import Table
from core.assistance import AssistanceRequest
from core.delivery import Delivery
from core.errors import ConcurrentChange
from core.messages import MessageKind
from core.recovery_request import RecoveryRequest


@dataclass
class _Committed:
    """What every unit starts from."""

    requests: dict[str, RecoveryRequest] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    assistance: dict[str, AssistanceRequest] = field(default_factory=dict)
    codes: dict[str, datetime] = field(default_factory=dict)
    jobs: dict[str, QueuedJob] = field(default_factory=dict)
    job_ids: count[int] = field(default_factory=lambda: count(1))


class MemoryStore:
    """Units of work one after the other. `open` and `close` are there for the engine's sake."""

    def __init__(self) -> None:
        self._committed = _Committed()
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to let go; what was stored stays until the process ends."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryUnit]:
        """A unit that sees what is committed and takes no lock. Writing to it fails."""
        yield MemoryUnit(self._committed, reading=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnit]:
        """A unit that commits when left, and leaves nothing when left by an exception."""
        async with self._turn:
            unit = MemoryUnit(self._committed)
            yield unit
            unit.commit()


class MemoryUnit:
    """The port `UnitOfWork`."""

    def __init__(self, committed: _Committed, reading: bool = False) -> None:
        requests = Table(committed.requests, reading)
        deliveries = Table(committed.deliveries, reading)
        assistance = Table(committed.assistance, reading)
        codes = Table(committed.codes, reading)
        jobs = Table(committed.jobs, reading)
        self._tables = (requests, deliveries, assistance, codes, jobs)
        self.requests = self.links = self.history = MemoryRequests(requests)
        self.deliveries = MemoryDeliveries(deliveries)
        self.assistance = MemoryAssistance(assistance)
        self.codes = MemoryCodes(codes)
        self.jobs = MemoryJobs(jobs, committed.job_ids.__next__)
        self.housekeeping = MemoryHousekeeping(requests, deliveries, assistance, codes, jobs)

    def commit(self) -> None:
        for table in self._tables:
            table.commit()


class MemoryDeliveries:
    """The port `Deliveries`."""

    def __init__(self, table: Table[Delivery]) -> None:
        self._table = table

    async def add(self, delivery: Delivery) -> None:
        self._table.insert(delivery.id, delivery)

    async def get(self, delivery_id: str) -> Delivery | None:
        return self._table.get(delivery_id)

    async def save(self, delivery: Delivery, was: Delivery) -> None:
        stored = self._table.get(delivery.id)
        if stored is None or stored.state is not was.state:
            raise ConcurrentChange(delivery.id)
        self._table.put(delivery.id, delivery)


class MemoryAssistance:
    """The port `AssistanceRequests`."""

    def __init__(self, table: Table[AssistanceRequest]) -> None:
        self._table = table

    async def add(self, request: AssistanceRequest) -> None:
        self._table.insert(request.id, request)

    async def get(self, request_id: str) -> AssistanceRequest | None:
        return self._table.get(request_id)

    async def save(self, request: AssistanceRequest) -> None:
        if self._table.get(request.id) is not None:
            self._table.put(request.id, request)


class MemoryCodes:
    """The port `ConsumedCodes`."""

    def __init__(self, table: Table[datetime]) -> None:
        self._table = table

    async def consume(self, code_id: str, until: datetime) -> bool:
        if self._table.get(code_id) is not None:
            return False
        self._table.put(code_id, until)
        return True


class MemoryHousekeeping:
    """The port `Housekeeping`."""

    def __init__(
        self,
        requests: Table[RecoveryRequest],
        deliveries: Table[Delivery],
        assistance: Table[AssistanceRequest],
        codes: Table[datetime],
        jobs: Table[QueuedJob],
    ) -> None:
        self._requests = requests
        self._deliveries = deliveries
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

    async def delete_finished(self, before: datetime) -> int:
        finished = self._requests.remove_where(
            lambda each: (each.changed_at or each.received_at) < before
        )
        answered = self._assistance.remove_where(lambda each: each.received_at < before)
        gone = {*finished, *answered}
        self._deliveries.remove_where(lambda each: each.subject in gone)
        self._jobs.remove_where(lambda each: each.dead_at is not None and each.dead_at < before)
        return len(finished)

    async def forget_security_codes(self, now: datetime) -> int:
        return len(self._codes.remove_where(lambda until: until < now))
