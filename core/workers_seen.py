"""Which workers live, by the heartbeats that they leave in the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock_check import Heartbeat, ProcessKind


@dataclass(frozen=True)
class WorkersSeen:
    """`living`: how many have been heard of of late; `last_at`: when one was heard of last, None
    when none ever was."""

    living: int
    last_at: datetime | None


def workers_seen(beats: Iterable[Heartbeat], now: datetime, patience: timedelta) -> WorkersSeen:
    """A beat from the future is some wrong clock's: nobody lives by it."""
    moments = [
        each.at for each in beats if each.kind is ProcessKind.WORKER and each.at - now <= patience
    ]
    living = sum(now - each <= patience for each in moments)
    return WorkersSeen(living, max(moments, default=None))
