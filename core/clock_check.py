"""Whether a process may believe its own clock: its clock against others', without asking any.

A wrong clock makes requests old, links expired and codes forgotten. Where there is a server, its
clock decides. Where there is none, the past is known by the last moment seen, the future by another
process that lives; a process that is alone and ahead is believed once a minute has gone by as it
should.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.outage import Outage

BOUND = timedelta(seconds=30)
"""How far a clock may be off: NTP keeps machines within milliseconds, and retries wait longer."""
LOOK_EVERY = timedelta(seconds=10)
LIVING = 3 * LOOK_EVERY
"""A process that has not been heard of for so long does not live."""
SECOND_LOOK = timedelta(minutes=1)
"""After which an unconfirmed clock is believed, if it has gone on as the machine has."""


class ProcessKind(StrEnum):
    """What a process does."""

    GATEWAY = "gateway"
    WORKER = "worker"


@dataclass(frozen=True)
class Uptime:
    """How long this machine has been running since the start with the name `boot`. Nobody can set
    it, and it is the same for all processes of the machine."""

    boot: str
    since: timedelta


@dataclass(frozen=True)
class Heartbeat:
    """What a process last said of itself and of its neighbours: its clock, its machine's uptime."""

    process: str
    kind: ProcessKind
    at: datetime
    uptime: Uptime
    outages: tuple[Outage, ...] = ()
    """Neighbours that it has found to be down."""
    begun_at: datetime | None = None
    """When it was heard of first; None where that is not known."""
    has_stopped: bool = False
    """Whether it has said that it stops."""

    def time_at(self, uptime: Uptime) -> datetime | None:
        """What that process's clock says at this uptime; None when it may not live, or not on this
        machine."""
        passed = uptime.since - self.uptime.since
        if uptime.boot != self.uptime.boot or not timedelta(0) <= passed <= LIVING:
            return None
        return self.at + passed


def against_server(before: datetime, server: datetime, after: datetime) -> str:
    """What is wrong with this clock, which said `before` and `after` while the server was asked;
    empty when nothing is."""
    if server - after > BOUND:
        return _told(server - after, "behind the database server's")
    if before - server > BOUND:
        return _told(before - server, "ahead of the database server's")
    return ""


def against_others(now: datetime, mark: datetime | None, others: Iterable[datetime]) -> str:
    """The same where no server is: `mark` is the last moment seen, `others` what the clocks of
    processes that live say."""
    if mark is not None and mark - now > BOUND:
        return _told(mark - now, "behind the last moment that was seen in the database")
    for each in others:
        if now - each > BOUND:
            return _told(now - each, "ahead of another process's on this machine")
    return ""


def _told(by: timedelta, of_what: str) -> str:
    seconds = int(by.total_seconds())
    return f"the clock is {seconds} s {of_what}: set it right, then start again"
