"""The port `Intake` over units of work, for engines to which a statement costs no round trip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.store.gathering import Gathering
from core.jobs import Job
from core.ports.unit_of_work import BeginUnit, UnitOfWork
from core.recovery_request import RecoveryRequest


class _Demand(NamedTuple):
    code_id: str
    until: datetime | None
    request: RecoveryRequest
    job: Job


class UnitIntake:
    """One unit for all demands that came while the one before was stored."""

    def __init__(self, begin: BeginUnit) -> None:
        self._begin = begin
        self._gathering = Gathering(self._store)

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        return await self._gathering.accept(code_id, _Demand(code_id, until, request, job))

    async def _store(self, demands: Sequence[_Demand]) -> set[str]:
        async with self._begin() as unit:
            return {each.code_id for each in demands if await _take_in(unit, each)}


async def _take_in(unit: UnitOfWork, demand: _Demand) -> bool:
    code_id, until, request, job = demand
    if until is not None and not await unit.codes.consume(code_id, until):
        return False
    await unit.requests.add(request)
    await unit.jobs.enqueue(job, at=request.received_at)
    return True
