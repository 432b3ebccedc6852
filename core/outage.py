"""A neighbour that does nothing but fail, as one process found it, or as all have that live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

FEWEST = 3
"""Failures in a row: one or two may be one voter's mailbox."""
STALE = timedelta(minutes=10)
"""A process that has not called the neighbour for so long does not know any more. Jobs that wait
for it try at least every five minutes."""


@dataclass(frozen=True)
class Outage:
    """`failures` in a row since the last answer, the last one at `failed_at`, for `reason`."""

    neighbour: str
    since: datetime
    failed_at: datetime
    failures: int
    reason: str

    def is_known(self, now: datetime, patience: timedelta) -> bool:
        """Whether it has lasted for long enough to be told."""
        return self.failures >= FEWEST and now - self.since >= patience

    def is_stale(self, now: datetime) -> bool:
        """Whether it may be over, and nobody has asked."""
        return now - self.failed_at > STALE


def longest(outages: Iterable[Outage], now: datetime) -> tuple[Outage, ...]:
    """Of each neighbour the outage that was found first, by name."""
    found: dict[str, Outage] = {}
    for each in sorted(outages, key=lambda each: each.since):
        if not each.is_stale(now):
            found.setdefault(each.neighbour, each)
    return tuple(found[name] for name in sorted(found))
