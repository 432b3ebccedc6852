"""The parts of a unit of work for what operators do to single voters, and the trace of it."""

from typing import Protocol

from core.ports.reading_units import FirstSendingUnit, OperationsUnit, UnreachedUnit
from core.ports.unit_of_work import InterventionUnit, RoundKeyUnit


class ShowingUnit(OperationsUnit, RoundKeyUnit, InterventionUnit, Protocol):
    """For one voter's requests, and the trace of who looked."""


class NamingUnit(UnreachedUnit, RoundKeyUnit, InterventionUnit, Protocol):
    """For the list of voters unreached, and the trace of who made it."""


class SendingUnit(FirstSendingUnit, RoundKeyUnit, InterventionUnit, Protocol):
    """For reports of the first sending that are imported, and the trace of who did."""
