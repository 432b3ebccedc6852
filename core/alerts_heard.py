"""Events of one process that are alerts, until they are stored (R53)."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.alert import AlertPlace, Condition
from core.alert_conditions import heard_of
from core.events import Alert, Event
from core.ports.events import Events
from core.rows_deleted import RowsDeleted


@dataclass(frozen=True)
class AlertsHeard:
    """The port `Events` before another one. Of each place the last is kept: no caller can make it
    hold much."""

    events: Events
    waiting: dict[AlertPlace, Condition] = field(default_factory=dict[AlertPlace, Condition])

    def record(self, event: Event | Alert | RowsDeleted) -> None:
        self.events.record(event)
        condition = heard_of(event)
        if condition is not None:
            self.waiting[condition.place] = condition

    def take(self) -> list[Condition]:
        """What was heard since the last time, or given back."""
        heard = list(self.waiting.values())
        self.waiting.clear()
        return heard

    def give_back(self, conditions: list[Condition]) -> None:
        """They could not be stored. What was heard since then is newer."""
        for each in conditions:
            self.waiting.setdefault(each.place, each)
