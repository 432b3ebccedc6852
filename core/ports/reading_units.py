"""The parts of a unit of work that reports are read from."""

from typing import Protocol

from core.ports.attempts import EarlyReceipts
from core.ports.delivery_figures import DeliveryFigures
from core.ports.evidence import DeliveryEvidence
from core.ports.mail_attempts import MailRoutes
from core.ports.route_ledger import RouteLedger


class FiguresUnit(Protocol):
    """For reports and alerts: how messages fare."""

    @property
    def figures(self) -> DeliveryFigures: ...
    @property
    def early_receipts(self) -> EarlyReceipts: ...
    @property
    def mail_routes(self) -> MailRoutes: ...
    @property
    def routes(self) -> RouteLedger: ...


class EvidenceUnit(Protocol):
    """For what can be proven of a round at a moment."""

    @property
    def evidence(self) -> DeliveryEvidence: ...
