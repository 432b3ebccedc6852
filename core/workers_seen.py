"""Which workers live, and which neighbours do not, by the heartbeats that processes leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock_check import Heartbeat, ProcessKind
from core.outage import Outage, longest


@dataclass(frozen=True)
class WorkersSeen:
    """`living`: how many have been heard of of late; `last_at`: when one was heard of last, None
    when none ever was. `outages`: what processes that live, workers and gateways, have found."""

    living: int
    last_at: datetime | None
    outages: tuple[Outage, ...] = ()


def workers_seen(beats: Iterable[Heartbeat], now: datetime, patience: timedelta) -> WorkersSeen:
    """A beat from the future is some wrong clock's: nobody lives by it."""
    past = [each for each in beats if each.at - now <= patience]
    moments = [each.at for each in past if each.kind is ProcessKind.WORKER]
    living = sum(now - each <= patience for each in moments)
    told = [outage for each in past if now - each.at <= patience for outage in each.outages]
    return WorkersSeen(living, max(moments, default=None), longest(told, now))
