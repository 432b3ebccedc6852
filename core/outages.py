"""Neighbours that do nothing but fail, as one process finds them: since when, and why."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
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


@dataclass
class Outages:
    """By neighbour. An answer, whatever it says, ends an outage."""

    clock: Clock
    by_name: dict[str, Outage] = field(default_factory=dict[str, Outage])

    @contextmanager
    def observing(self, neighbour: str) -> Generator[None, None, None]:
        """Around one call of a neighbour. One that was given up before its end is a failure."""
        answered = False
        reason = "no answer in time"
        try:
            yield
            answered = True
        except DependencyFailure as failure:
            reason = str(failure)
            raise
        except Exception:
            answered = True
            raise
        finally:
            if answered:
                self.by_name.pop(neighbour, None)
            else:
                self._failed(neighbour, reason)

    def _failed(self, neighbour: str, reason: str) -> None:
        first = Outage(neighbour, self.clock.now(), 0, reason)
        was = self.by_name.get(neighbour, first)
        self.by_name[neighbour] = replace(was, failures=was.failures + 1, reason=reason)
