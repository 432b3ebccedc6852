"""Holds the circuit of one neighbour: asked before each call, told of its outcome."""

from __future__ import annotations

from core.circuit import Circuit, CircuitSettings
from core.ports.clock import Clock


class Breaker:
    """One neighbour's `Circuit` in this process. For the event loop's thread alone."""

    def __init__(self, settings: CircuitSettings, clock: Clock) -> None:
        self._circuit = Circuit(settings)
        self._clock = clock

    def admits(self) -> bool:
        """Whether the call that asks may be made now; it counts as made."""
        now = self._clock.now()
        if not self._circuit.allows(now):
            return False
        self._circuit = self._circuit.after_admission(now)
        return True

    def succeeded(self) -> None:
        """The neighbour answered, whatever it said."""
        self._circuit = self._circuit.after_success(self._clock.now())

    def failed(self, wait: float = 0.0) -> None:
        """It did not; `wait` is for how many seconds it asked to be left alone."""
        self._circuit = self._circuit.after_failure(self._clock.now(), wait)

    @property
    def circuit(self) -> Circuit:
        """As it stands."""
        return self._circuit
