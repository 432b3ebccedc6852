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

from adapters.store.intake import UnitIntake
from adapters.store.memory_attempts import HeldSince, MemoryAttempts, MemoryEarlyReceipts
from adapters.store.memory_figures import MemoryFigures
from adapters.store.memory_housekeeping import MemoryHousekeeping
from adapters.store.memory_partners import MemoryPartnerKeys, MemoryPartners
from adapters.store.memory_requests import MemoryRequests
from adapters.store.memory_routes import MemoryRouteLedger, SmsCount
from adapters.store.memory_table import Table
from core.assistance import AssistanceRequest
from core.attempt import Attempt
from core.delivery import Delivery
from core.errors import ConcurrentChange
from core.partner import Partner, PartnerKey
from core.recovery_request import RecoveryRequest
from core.route_health import Verdict

from .memory_jobs import MemoryJobs, QueuedJob


@dataclass
class _Committed:
    """What every unit starts from."""

    requests: dict[str, RecoveryRequest] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    early: dict[str, HeldSince] = field(default_factory=dict)
    early_ids: count[int] = field(default_factory=lambda: count(1))
    paces: dict[str, datetime] = field(default_factory=dict)
    counts: dict[str, SmsCount] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    assistance: dict[str, AssistanceRequest] = field(default_factory=dict)
    codes: dict[str, datetime] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    partner_keys: dict[str, PartnerKey] = field(default_factory=dict)
    jobs: dict[str, QueuedJob] = field(default_factory=dict)
    job_ids: count[int] = field(default_factory=lambda: count(1))


class MemoryStore:
    """Units of work one after the other. `open` and `close` are there for the engine's sake."""

    def __init__(self) -> None:
        self._committed = _Committed()
        self._turn = asyncio.Lock()
        self.intake = UnitIntake(self.begin)

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
        attempts = Table(committed.attempts, reading)
        early = Table(committed.early, reading)
        paces = Table(committed.paces, reading)
        counts = Table(committed.counts, reading)
        verdicts = Table(committed.verdicts, reading)
        assistance = Table(committed.assistance, reading)
        codes = Table(committed.codes, reading)
        partners = Table(committed.partners, reading)
        partner_keys = Table(committed.partner_keys, reading)
        jobs = Table(committed.jobs, reading)
        self._tables = (
            *(requests, deliveries, assistance, codes, jobs),
            *(attempts, early, paces, counts, verdicts, partners, partner_keys),
        )
        self.requests = self.links = self.history = MemoryRequests(requests)
        self.deliveries = MemoryDeliveries(deliveries)
        self.attempts = MemoryAttempts(attempts, requests)
        self.early_receipts = MemoryEarlyReceipts(early, committed.early_ids.__next__)
        self.routes = MemoryRouteLedger(attempts, paces, counts, verdicts)
        self.figures = MemoryFigures(requests, deliveries, attempts)
        self.assistance = MemoryAssistance(assistance)
        self.codes = MemoryCodes(codes)
        self.partners = MemoryPartners(partners)
        self.partner_keys = MemoryPartnerKeys(partner_keys)
        self.jobs = MemoryJobs(jobs, committed.job_ids.__next__)
        self.housekeeping = MemoryHousekeeping(
            requests, deliveries, attempts, assistance, codes, jobs
        )

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
