"""A store without a disk that is slow or down for some."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from core.assistance import AssistanceRequest
from core.jobs import Job
from core.ports.assistance import AssistanceRequests
from core.ports.intake import Intake
from core.recovery_request import RecoveryRequest
from core.voter import EmailAddress, Numic

from ..store.diskless import DisklessStore
from ..store.sqlite_jobs import JobTable
from ..store.unit import SqlUnit
from .setback import Setback, befall


class SandboxStore(DisklessStore):
    """`setbacks` befall whoever asks for a renewal, `by_email` whoever writes to the cell."""

    def __init__(
        self, setbacks: Mapping[Any, Setback], by_email: Mapping[EmailAddress, Setback]
    ) -> None:
        super().__init__()
        self._by_email = by_email
        self.intake = _Intake(self.intake, setbacks)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnit[JobTable]]:
        async with super().begin() as unit:
            unit.assistance = _Assistance(unit.assistance, self._by_email)  # pyright: ignore[reportAttributeAccessIssue]
            yield unit


class _Intake:
    """The port `Intake`."""

    def __init__(self, intake: Intake, setbacks: Mapping[Numic, Setback]) -> None:
        self._intake, self._setbacks = intake, setbacks

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        if isinstance(request.number, Numic):
            await befall(self._setbacks, request.number)
        return await self._intake.accept(code_id, until, request, job)


class _Assistance:
    """The port `AssistanceRequests`."""

    def __init__(self, inner: AssistanceRequests, by_email: Mapping[EmailAddress, Setback]) -> None:
        self._by_email = by_email
        self.get, self.save = inner.get, inner.save
        self._add = inner.add

    async def add(self, request: AssistanceRequest) -> None:
        if request.contact is not None:
            await befall(self._by_email, request.contact)
        await self._add(request)
