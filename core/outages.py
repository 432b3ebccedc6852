"""Neighbours that do nothing but fail, as one process finds them: since when, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.errors import DependencyFailure
from core.outage import Outage
from core.ports.clock import Clock


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
        now = self.clock.now()
        was = self.by_name.get(neighbour, Outage(neighbour, now, now, 0, reason))
        more = replace(was, failed_at=now, failures=was.failures + 1, reason=reason)
        self.by_name[neighbour] = more
