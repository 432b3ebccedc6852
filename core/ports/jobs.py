"""Jobs: queued in the commit that causes them, worked off elsewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.jobs import ClaimedJob, Job, JobKind


class JobQueue(Protocol):
    """The queue as a use case sees it, inside a unit of work."""

    async def enqueue(self, *jobs: Job, at: datetime) -> None:
        """Queue jobs, to be run at `at` or later. One that is queued already is not queued twice.

        They exist from the unit's commit on, and not at all if it rolls back.
        """
        ...

    async def requeue(self, ids: Sequence[int], now: datetime) -> int:
        """Make these due now, with their attempts forgotten; how many of them were given up."""
        ...


class JobSource(Protocol):
    """The queue as a worker sees it. Each call is a commit of its own."""

    async def claim(
        self,
        room: dict[JobKind, int],
        now: datetime,
        lease: timedelta,
        done: Sequence[ClaimedJob] = (),
    ) -> Sequence[ClaimedJob]:
        """Up to `room[kind]` due jobs of each kind, oldest first, held until the lease ends.

        A job whose lease ran out (its worker died) is due again. Those that are `done` for good are
        acknowledged first, as by `settle`.
        """
        ...

    async def settle(
        self,
        done: Sequence[ClaimedJob],
        again: Sequence[tuple[ClaimedJob, datetime]],
        dead: Sequence[tuple[ClaimedJob, str]],
        now: datetime,
        anew: Sequence[tuple[ClaimedJob, datetime]] = (),
    ) -> None:
        """Acknowledge jobs in one batch: done for good, due again at a time, dead for a reason, or
        done and due `again` at a time: as another job of the same key, with no attempt behind it.
        What this caller no longer holds is left as it is.
        """
        ...
