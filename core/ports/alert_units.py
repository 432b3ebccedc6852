"""The parts of a unit of work that alerts are found, raised and answered by."""

from typing import Protocol

from core.ports.alerts import Alerts
from core.ports.clocks import Clocks
from core.ports.interventions import Interventions
from core.ports.jobs import JobQueue
from core.ports.reading_units import FiguresUnit


class AlertUnit(Protocol):
    """For what operators are to look at, who is told, and what is done about it."""

    @property
    def alerts(self) -> Alerts: ...
    @property
    def interventions(self) -> Interventions: ...
    @property
    def jobs(self) -> JobQueue: ...


class WatchingUnit(FiguresUnit, Protocol):
    """For all that may be an alert."""

    @property
    def clocks(self) -> Clocks: ...
