"""Which workers live, and which neighbours do not, by the heartbeats that processes leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock_check import Heartbeat, ProcessKind
from core.outage import Outage, longest

MISSED_FOR = timedelta(hours=1)
"""How long a worker is missed that has fallen silent."""


@dataclass(frozen=True)
class WorkersSeen:
    """`living`: how many have been heard of of late, and did not say that they stop; `last_at`:
    when one was heard of last, None when none ever was. `outages`: what processes that live,
    workers and gateways, have found. `missing`: workers that have fallen silent within an hour, did
    not say that they stop, and whose place no later one has taken."""

    living: int
    last_at: datetime | None
    outages: tuple[Outage, ...] = ()
    missing: int = 0


def workers_seen(beats: Iterable[Heartbeat], now: datetime, patience: timedelta) -> WorkersSeen:
    """A beat from the future is some wrong clock's: nobody lives by it."""
    past = [each for each in beats if each.at - now <= patience]
    workers = [each for each in past if each.kind is ProcessKind.WORKER]
    living = sum(now - each.at <= patience for each in workers if not each.has_stopped)
    told = [outage for each in past if now - each.at <= patience for outage in each.outages]
    last_at = max((each.at for each in workers), default=None)
    return WorkersSeen(living, last_at, longest(told, now), _missing(past, now, patience))


def _missing(beats: Iterable[Heartbeat], now: datetime, patience: timedelta) -> int:
    """Each worker that has begun since then stands for one that is gone."""
    workers = [each for each in beats if each.kind is ProcessKind.WORKER]
    silent = [
        each.at
        for each in workers
        if patience < now - each.at <= MISSED_FOR and not each.has_stopped
    ]
    begun = [each.begun_at for each in workers if each.begun_at and now - each.at <= patience]
    later = [each for each in begun if silent and each > min(silent)]
    return max(0, len(silent) - len(later))
