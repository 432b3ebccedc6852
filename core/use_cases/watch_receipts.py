"""Worker, every few seconds: does what routes report tie to our SMS? (R30, R32)"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.delivery_figures import UNTIED_AFTER, AlertRule
from core.events import ReceiptsTied, ReceiptsUntied
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.reading_units import FiguresUnit
from core.ports.unit_of_work import Begin


@dataclass
class RoutesUntied:
    """The routes that this process has alerted of: each is said once."""

    names: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class WatchReceipts:
    """Alerts once when too many receipts of a route tie to nothing, and once when no longer. Each
    worker watches by itself."""

    read: Begin[FiguresUnit]
    rule: AlertRule
    clock: Clock
    events: Events
    alerted: RoutesUntied = field(default_factory=RoutesUntied)

    async def __call__(self) -> None:
        """Raises `StoreUnavailable`."""
        now = self.clock.now()
        async with self.read() as unit:
            counted = await unit.early_receipts.untied(now - self.rule.window, now - UNTIED_AFTER)
        for route in self.alerted.names | counted.keys():
            self._judge(route, counted.get(route, 0))

    def _judge(self, route: str, receipts: int) -> None:
        if receipts > self.rule.untied and route not in self.alerted.names:
            self.alerted.names.add(route)
            self.events.record(ReceiptsUntied(route, receipts))
        elif receipts <= self.rule.untied and route in self.alerted.names:
            self.alerted.names.remove(route)
            self.events.record(ReceiptsTied(route, receipts))
