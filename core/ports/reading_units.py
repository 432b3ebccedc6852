"""The parts of a unit of work that reports are read from, and that operators look through."""

from typing import Protocol

from core.ports.attempts import Attempts, EarlyReceipts
from core.ports.deliveries import Deliveries
from core.ports.delivery_figures import DeliveryFigures
from core.ports.evidence import DeliveryEvidence
from core.ports.first_sending import SendingReceipts
from core.ports.mail_attempts import MailAttempts, MailRoutes
from core.ports.message_changes import MessageChanges
from core.ports.recovery_requests import RecoveryRequests
from core.ports.request_listing import RequestListing
from core.ports.route_ledger import RouteLedger
from core.ports.statistics import RecoveryStatistics
from core.ports.unreached_voters import UnreachedVoters


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


class FirstSendingUnit(Protocol):
    """For what was reported of the first sending."""

    @property
    def first_sending(self) -> SendingReceipts: ...


class UnreachedUnit(Protocol):
    """For operators who look after voters whom nothing reaches."""

    @property
    def unreached_voters(self) -> UnreachedVoters: ...


class StatisticsUnit(Protocol):
    """For how a round's requests went."""

    @property
    def statistics(self) -> RecoveryStatistics: ...


class OperationsUnit(Protocol):
    """For operators who look at requests."""

    @property
    def requests(self) -> RecoveryRequests: ...
    @property
    def listing(self) -> RequestListing: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def mail_attempts(self) -> MailAttempts: ...
    @property
    def changes(self) -> MessageChanges: ...
