"""The port `Intake` over units of work, for engines to which a statement costs no round trip."""

from __future__ import annotations

from datetime import datetime

from core.jobs import Job
from core.ports.unit_of_work import BeginUnit
from core.recovery_request import RecoveryRequest


class UnitIntake:
    """One unit a request; engines that share commits share them here, too."""

    def __init__(self, begin: BeginUnit) -> None:
        self._begin = begin

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        async with self._begin() as unit:
            if until is not None and not await unit.codes.consume(code_id, until):
                return False
            await unit.requests.add(request)
            await unit.jobs.enqueue(job, at=request.received_at)
        return True
