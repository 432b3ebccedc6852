"""Neighbours that do nothing but fail, as one process finds them: since when, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.errors import DependencyFailure
from core.ports.clock import Clock

FEWEST = 3
"""Failures in a row: one or two may be one voter's mailbox."""


@dataclass(frozen=True)
class Outage:
    """`failures` in a row since the last answer; `reason` is the last one's."""

    neighbour: str
    since: datetime
    failures: int
    reason: str

    def is_known(self, now: datetime, patience: timedelta) -> bool:
        """Whether it has lasted for long enough to be told."""
        return self.failures >= FEWEST and now - self.since >= patience


class _Call:
    """One call, from beginning to end."""

    __slots__ = ("_neighbour", "_outages")

    def __init__(self, outages: Outages, neighbour: str) -> None:
        self._outages, self._neighbour = outages, neighbour

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DependencyFailure):
            self._outages.failed(self._neighbour, str(error))
        elif error is None or isinstance(error, Exception):
            self._outages.answered(self._neighbour)
        else:
            self._outages.failed(self._neighbour, "no answer in time")


@dataclass
class Outages:
    """By neighbour. An answer, whatever it says, ends an outage."""

    clock: Clock
    by_name: dict[str, Outage] = field(default_factory=dict[str, Outage])

    def observing(self, neighbour: str) -> _Call:
        """Around one call of a neighbour. One that was given up before its end is a failure."""
        return _Call(self, neighbour)

    def answered(self, neighbour: str) -> None:
        """Whatever it said."""
        self.by_name.pop(neighbour, None)

    def failed(self, neighbour: str, reason: str) -> None:
        """It said nothing of use, for this reason."""
        first = Outage(neighbour, self.clock.now(), 0, reason)
        was = self.by_name.get(neighbour, first)
        self.by_name[neighbour] = replace(was, failures=was.failures + 1, reason=reason)
