"""Worker, at intervals: no password is left half issued, whatever became of its job (R20, R29)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.delivery import delivery_id
from core.messages import MessageKind
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, HousekeepingUnit
from core.use_cases.fail_over import FailOver
from core.use_cases.issue_password import IssuePassword

SLACK = timedelta(minutes=10)
"""For jobs that are just about to do it."""
AT_ONCE = 100


@dataclass(frozen=True)
class EndOverdue:
    """Runs the step that is due for requests whose message deadline is over: each finds that it is
    late, wipes the seed, records the end and has the voter told."""

    read: Begin[HousekeepingUnit]
    issue_password: IssuePassword
    fail_over: FailOver
    policy: RenewalPolicy
    clock: Clock

    async def __call__(self) -> int:
        """How many were looked at. Raises what the two use cases raise."""
        before = self.clock.now() - self.policy.message_deadline - SLACK
        async with self.read() as unit:
            overdue = await unit.housekeeping.overdue(before, AT_ONCE)
        for request_id in overdue:
            await self.issue_password(request_id)
            async with self.read() as unit:
                made = await unit.attempts.of(delivery_id(request_id, MessageKind.PASSWORD))
            for each in made:
                await self.fail_over(each.id)
        return len(overdue)
