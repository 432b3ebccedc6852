"""The unit of work over any engine that speaks `Sql`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, cast

from adapters.store.alerts import AlertTable
from adapters.store.assistance import AssistanceTable
from adapters.store.attempts import AttemptTable
from adapters.store.clocks import ClockTables
from adapters.store.consumed_codes import ConsumedCodeTable
from adapters.store.deliveries import DeliveryTable
from adapters.store.destructions import DestructionTable
from adapters.store.early_receipts import EarlyReceiptTable
from adapters.store.evidence import EvidenceSql
from adapters.store.figure_buckets import FigureBuckets
from adapters.store.figures import FiguresSql
from adapters.store.first_sending import FirstSendingTables
from adapters.store.housekeeping import DeadJobs, HousekeepingSql
from adapters.store.interventions import InterventionTable
from adapters.store.lineage import LineageTable
from adapters.store.mail_attempts import MailAttemptTable, MailRouteTables
from adapters.store.message_changes import MessageChangeTable
from adapters.store.operators import OperatorTable
from adapters.store.partners import PartnerKeyTable, PartnerTable, SuspensionTable
from adapters.store.requests import RequestTable
from adapters.store.requests_listed import RequestListingTable
from adapters.store.round_keys import RoundKeyTable
from adapters.store.round_releases import RoundReleaseTables
from adapters.store.round_voters import RoundVotersSql
from adapters.store.route_ledger import RouteLedgerTables
from adapters.store.sql import Sql
from adapters.store.statistics import StatisticsSql
from adapters.store.unreached_voters import UnreachedVotersSql
from adapters.store.voter_freezes import VoterFreezeTable
from core.delivery import Delivery
from core.ports.jobs import JobQueue


class JobTable(JobQueue, DeadJobs, Protocol):
    """The queue of an engine, in the unit's transaction."""


Jobs = TypeVar("Jobs", bound=JobTable)
Table = TypeVar("Table")


class _Made(Generic[Table]):
    """A table over the unit's transaction, made when it is asked for: a unit uses a few of them."""

    def __init__(self, made: Callable[[Sql], Table]) -> None:
        self._made = made

    def __get__(self, unit: SqlUnit[Any], owner: type) -> Table:
        return self._made(unit.sql)


def _table(made: Callable[[Sql], Table]) -> Table:
    """What a unit has by this name."""
    return cast(Table, _Made(made))


class SqlUnit(Generic[Jobs]):
    """The port `UnitOfWork`: every table over one transaction. Holds no state of its own."""

    requests = _table(RequestTable)
    links = _table(RequestTable)
    history = _table(RequestTable)
    listing = _table(RequestListingTable)
    deliveries = _table(DeliveryTable)
    attempts = _table(AttemptTable)
    mail_attempts = _table(MailAttemptTable)
    mail_routes = _table(MailRouteTables)
    changes = _table(MessageChangeTable)
    early_receipts = _table(EarlyReceiptTable)
    routes = _table(RouteLedgerTables)
    figures = _table(FiguresSql)
    evidence = _table(EvidenceSql)
    evidence_folding = _table(EvidenceSql)
    first_sending = _table(FirstSendingTables)
    unreached_voters = _table(UnreachedVotersSql)
    statistics = _table(StatisticsSql)
    statistics_folding = _table(StatisticsSql)
    figure_folding = _table(FigureBuckets)
    assistance = _table(AssistanceTable)
    codes = _table(ConsumedCodeTable)
    partners = _table(PartnerTable)
    partner_keys = _table(PartnerKeyTable)
    suspensions = _table(SuspensionTable)
    freezes = _table(VoterFreezeTable)
    operators = _table(OperatorTable)
    releases = _table(RoundReleaseTables)
    round_keys = _table(RoundKeyTable)
    round_voters = _table(RoundVotersSql)
    destructions = _table(DestructionTable)
    clocks = _table(ClockTables)
    interventions = _table(InterventionTable)
    alerts = _table(AlertTable)
    lineage = _table(LineageTable)

    def __init__(self, sql: Sql, jobs: Jobs) -> None:
        self.sql = sql
        self.jobs = jobs

    @property
    def housekeeping(self) -> HousekeepingSql:
        return HousekeepingSql(self.sql, self.jobs)

    async def queue(self, message: Delivery) -> None:
        await self.deliveries.add(message)
        await self.jobs.enqueue(message.job, at=message.queued_at)
