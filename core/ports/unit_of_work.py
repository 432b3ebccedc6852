"""The unit of work: everything that one step changes, in one durable commit."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from core.delivery import Delivery
from core.ports.alert_units import AlertUnit
from core.ports.alerts import Alerts
from core.ports.assistance import AssistanceRequests
from core.ports.attempts import Attempts, EarlyReceipts
from core.ports.clocks import Clocks
from core.ports.consumed_codes import ConsumedCodes
from core.ports.deliveries import Deliveries
from core.ports.delivery_figures import FigureFolding
from core.ports.deployment_units import ClockUnit, LineageUnit
from core.ports.evidence import EvidenceFolding
from core.ports.interventions import Interventions
from core.ports.jobs import JobQueue
from core.ports.mail_attempts import MailAttempts, MailRoutes
from core.ports.partners import PartnerKeys, Partners, Suspensions
from core.ports.reading_units import (
    EvidenceUnit,
    FiguresUnit,
    FirstSendingUnit,
    OperationsUnit,
    StatisticsUnit,
    UnreachedUnit,
)
from core.ports.recovery_requests import (
    Housekeeping,
    OneTimeLinks,
    RecoveryRequests,
    RenewalHistory,
)
from core.ports.round_keys import RoundKeys
from core.ports.round_releases import Destructions, Operators, RoundReleases
from core.ports.round_voters import RoundVoters
from core.ports.route_ledger import RouteLedger
from core.ports.statistics import StatisticsFolding
from core.ports.voter_freezes import VoterFreezes


class QueuingUnit(Protocol):
    """A unit that causes messages."""

    async def queue(self, message: Delivery) -> None:
        """Record a new message, and the job that sends it at once (R29)."""
        ...


class CountingUnit(Protocol):
    """For what one voter has had already."""

    @property
    def history(self) -> RenewalHistory: ...


class RoundKeyUnit(Protocol):
    """For what a voter is known by in one round."""

    @property
    def round_keys(self) -> RoundKeys: ...


class RoundVoterUnit(RoundKeyUnit, Protocol):
    """For voters of whom nobody could tell by what they are known in the round."""

    @property
    def round_voters(self) -> RoundVoters: ...


class RenewalUnit(QueuingUnit, RoundKeyUnit, Protocol):
    """For the forms of a renewal, and its decision."""

    @property
    def codes(self) -> ConsumedCodes: ...
    @property
    def requests(self) -> RecoveryRequests: ...
    @property
    def links(self) -> OneTimeLinks: ...
    @property
    def history(self) -> RenewalHistory: ...
    @property
    def round_voters(self) -> RoundVoters: ...


class AssistanceUnit(QueuingUnit, Protocol):
    """For messages to the assistance cell."""

    @property
    def codes(self) -> ConsumedCodes: ...
    @property
    def assistance(self) -> AssistanceRequests: ...


class EmailUnit(Protocol):
    """For e-mails: what they say, by which relay they go, and what becomes of them."""

    @property
    def requests(self) -> RecoveryRequests: ...
    @property
    def assistance(self) -> AssistanceRequests: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def suspensions(self) -> Suspensions: ...
    @property
    def mail_attempts(self) -> MailAttempts: ...
    @property
    def mail_routes(self) -> MailRoutes: ...
    @property
    def jobs(self) -> JobQueue: ...


class SmsUnit(QueuingUnit, Protocol):
    """For passwords by SMS: routes, attempts and receipts."""

    @property
    def requests(self) -> RecoveryRequests: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def early_receipts(self) -> EarlyReceipts: ...
    @property
    def routes(self) -> RouteLedger: ...
    @property
    def jobs(self) -> JobQueue: ...


class FoldingUnit(Protocol):
    """For what changes left for the figures, and for the shares at a moment."""

    @property
    def figure_folding(self) -> FigureFolding: ...
    @property
    def evidence_folding(self) -> EvidenceFolding: ...
    @property
    def statistics_folding(self) -> StatisticsFolding: ...


class InterventionUnit(Protocol):
    """For the trace of what was done to a deployment."""

    @property
    def interventions(self) -> Interventions: ...


class PartnerUnit(InterventionUnit, Protocol):
    """For partners and their keys."""

    @property
    def partners(self) -> Partners: ...
    @property
    def partner_keys(self) -> PartnerKeys: ...
    @property
    def suspensions(self) -> Suspensions: ...


class RequeuingUnit(InterventionUnit, Protocol):
    """For jobs that were given up."""

    @property
    def jobs(self) -> JobQueue: ...


class FreezingUnit(Protocol):
    """For voters whose renewals are stopped."""

    @property
    def freezes(self) -> VoterFreezes: ...


class ReleasingUnit(RoundKeyUnit, Protocol):
    """For voting rounds that are held, released and destroyed."""

    @property
    def operators(self) -> Operators: ...
    @property
    def releases(self) -> RoundReleases: ...
    @property
    def destructions(self) -> Destructions: ...


class RestoringUnit(QueuingUnit, ClockUnit, LineageUnit, Protocol):
    """For a backup that was put back."""

    @property
    def requests(self) -> RecoveryRequests: ...
    @property
    def links(self) -> OneTimeLinks: ...


class HousekeepingUnit(Protocol):
    """For what has served its time."""

    @property
    def housekeeping(self) -> Housekeeping: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def early_receipts(self) -> EarlyReceipts: ...
    @property
    def clocks(self) -> Clocks: ...
    @property
    def routes(self) -> RouteLedger: ...
    @property
    def alerts(self) -> Alerts: ...


class UnitOfWork(
    RenewalUnit,
    AssistanceUnit,
    EmailUnit,
    SmsUnit,
    OperationsUnit,
    FiguresUnit,
    EvidenceUnit,
    UnreachedUnit,
    FirstSendingUnit,
    StatisticsUnit,
    FoldingUnit,
    PartnerUnit,
    FreezingUnit,
    AlertUnit,
    ReleasingUnit,
    RestoringUnit,
    HousekeepingUnit,
    Protocol,
):
    """An open transaction, seen through all the ports: what an engine gives. A use case asks for
    the part of it that it needs."""


Unit = TypeVar("Unit", covariant=True)

Begin = Callable[[], AbstractAsyncContextManager[Unit]]
"""Opens a unit of work. Leaving it normally commits, durably; leaving it by an exception rolls it
back. Units are serialised as far as the rows they touch go. Keep other I/O out of them. What a call
says that it raises is raised in leaving at the latest, `ConcurrentChange` of several changes with
the name of one. Raises `StoreUnavailable` at entry or commit; after that nothing of the unit is
stored, unless the connection to a server was lost in the very commit: then all of it may be, never
a part."""

BeginUnit = Begin[UnitOfWork]
"""For anyone who hands units on to all use cases."""
