"""The parts of a unit of work that are about the deployment itself."""

from typing import Protocol

from core.ports.clocks import Clocks
from core.ports.lineage import Lineage


class ClockUnit(Protocol):
    """For what clocks say, and which processes live."""

    @property
    def clocks(self) -> Clocks: ...


class LineageUnit(Protocol):
    """For which database this is."""

    @property
    def lineage(self) -> Lineage: ...
