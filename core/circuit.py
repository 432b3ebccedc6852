"""Circuit breaker: leave a neighbour that is down alone, and try it again with care (R29, R31).

A `Circuit` is a value without a clock of its own. A `Breaker` holds the one of a neighbour, and
`Circuits` those of several, by name:

    if not breaker.admits():
        ...                  # not asked at all
    ...                      # ask
    breaker.succeeded()      # or failed()

CLOSED lets every call through and counts failures in a row. OPEN lets none through for a time that
doubles with each opening in a row. HALF_OPEN, once that time is over, lets a few probes through:
that many successes close the circuit, one failure opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from core.ports.clock import Clock


@dataclass(frozen=True)
class CircuitSettings:
    """When to open, and for how long. Durations are in seconds."""

    failures_to_open: int = 5
    """Failures in a row."""
    open_seconds: float = 5.0
    """The first time; twice that the second time in a row, and so on."""
    longest_open_seconds: float = 120.0
    """However often it opens, and however long the neighbour asks to be left alone."""
    probes: int = 1
    """Calls that are let through while half open, all of which must succeed."""

    def __post_init__(self) -> None:
        if self.failures_to_open < 1 or self.probes < 1:
            raise ValueError(
                "a circuit opens after at least one failure and has at least one probe"
            )
        if not 0 < self.open_seconds <= self.longest_open_seconds:
            raise ValueError("a circuit's time open is above zero and at most its longest")

    def seconds_open(self, opening: int) -> float:
        """How long the circuit stays open at its first (1), second (2) ... opening in a row."""
        doublings = min(opening - 1, 64)  # beyond, a float may overflow and the bound holds anyway
        return min(self.open_seconds * 2.0**doublings, self.longest_open_seconds)


class CircuitState(StrEnum):
    """What the circuit does with calls."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True)
class Circuit:
    """One neighbour's circuit. `now` is an aware time, from the port `Clock`."""

    settings: CircuitSettings = CircuitSettings()
    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    """In a row, while closed."""
    openings: int = 0
    """In a row, without having been closed in between."""
    until: datetime | None = None
    """OPEN: when probes may begin. HALF_OPEN: when probes without an outcome count as lost."""
    admitted: int = 0
    """Probes let through while half open."""
    succeeded: int = 0
    """Probes that came back well."""

    def allows(self, now: datetime) -> bool:
        """Whether a call may be made now; if it is, say so with `after_admission`."""
        if self.state is CircuitState.CLOSED or self._is_over(now):
            return True
        return self.state is CircuitState.HALF_OPEN and self.admitted < self.settings.probes

    def after_admission(self, now: datetime) -> Self:
        """A call that `allows` permitted is on its way."""
        if self.state is CircuitState.CLOSED:
            return self
        if self._is_over(now):
            return self._half_open(now)
        return replace(self, admitted=self.admitted + 1)

    def after_success(self, now: datetime) -> Self:
        """A call succeeded. One that began before the circuit opened says nothing new."""
        if self.state is CircuitState.OPEN:
            return self
        if self.state is CircuitState.HALF_OPEN and self.succeeded + 1 < self.settings.probes:
            return replace(self, succeeded=self.succeeded + 1)
        return type(self)(self.settings)

    def after_failure(self, now: datetime, wait: float = 0.0) -> Self:
        """A call failed; `wait` is for how many seconds the neighbour asked to be left alone.

        Such a wait opens the circuit at once, or keeps it open for longer.
        """
        if self.state is CircuitState.OPEN:
            return self._open_until(now, wait) if wait > 0 else self
        failures = self.failures + 1
        if self.state is CircuitState.HALF_OPEN or failures >= self.settings.failures_to_open:
            opening = self.openings + 1
            opened = replace(self, openings=opening, until=None)
            return opened._open_until(now, max(wait, self.settings.seconds_open(opening)))
        if wait > 0:
            return self._open_until(now, wait)
        return replace(self, failures=failures)

    def _is_over(self, now: datetime) -> bool:
        """A time further away than the longest has come from a clock that was put back since."""
        longest = timedelta(seconds=self.settings.longest_open_seconds)
        until = self.until or now
        return now >= until or until - now > longest

    def _open_until(self, now: datetime, wait: float) -> Self:
        bounded = timedelta(seconds=min(wait, self.settings.longest_open_seconds))
        until = max(now + bounded, self.until or now)
        return replace(
            self, state=CircuitState.OPEN, failures=0, until=until, admitted=0, succeeded=0
        )

    def _half_open(self, now: datetime) -> Self:
        """The first probe is on its way. Probes that were lost before are forgotten."""
        patience = timedelta(seconds=self.settings.seconds_open(max(self.openings, 1)))
        return replace(
            self, state=CircuitState.HALF_OPEN, until=now + patience, admitted=1, succeeded=0
        )


class Breaker:
    """One neighbour's `Circuit`, as this process finds it. For the event loop's thread alone."""

    def __init__(self, settings: CircuitSettings, clock: Clock) -> None:
        self._circuit = Circuit(settings)
        self._clock = clock

    @property
    def circuit(self) -> Circuit:
        """As it stands."""
        return self._circuit

    def allows(self) -> bool:
        """Whether a call may be made now; if it is, say so with `admitted`."""
        return self._circuit.allows(self._clock.now())

    def admitted(self) -> None:
        """A call is on its way."""
        self._circuit = self._circuit.after_admission(self._clock.now())

    def admits(self) -> bool:
        """Whether the call that asks may be made now; it counts as made."""
        if not self.allows():
            return False
        self.admitted()
        return True

    def succeeded(self) -> None:
        """The neighbour answered, whatever it said."""
        self._circuit = self._circuit.after_success(self._clock.now())

    def failed(self, wait: float = 0.0) -> None:
        """It did not; `wait` is for how many seconds it asked to be left alone."""
        self._circuit = self._circuit.after_failure(self._clock.now(), wait)


@dataclass
class Circuits:
    """The breakers of several neighbours, by name."""

    clock: Clock
    by_name: dict[str, Breaker] = field(default_factory=dict[str, Breaker])

    def of(self, name: str) -> Breaker:
        """This neighbour's; closed when nothing is known of it."""
        if name not in self.by_name:
            self.by_name[name] = Breaker(CircuitSettings(), self.clock)
        return self.by_name[name]

    def broken(self) -> frozenset[str]:
        """The names of those that may not be called now."""
        return frozenset(name for name, each in self.by_name.items() if not each.allows())
