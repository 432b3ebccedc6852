"""The unit of work over any engine that speaks `Sql`."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

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


class SqlUnit(Generic[Jobs]):
    """The port `UnitOfWork`: every table over one transaction. Holds no state of its own."""

    def __init__(self, sql: Sql, jobs: Jobs) -> None:
        self.sql = sql
        self.requests = self.links = self.history = RequestTable(sql)
        self.listing = RequestListingTable(sql)
        self.deliveries = DeliveryTable(sql)
        self.attempts = AttemptTable(sql)
        self.mail_attempts = MailAttemptTable(sql)
        self.mail_routes = MailRouteTables(sql)
        self.changes = MessageChangeTable(sql)
        self.early_receipts = EarlyReceiptTable(sql)
        self.routes = RouteLedgerTables(sql)
        self.figures = FiguresSql(sql)
        self.evidence = self.evidence_folding = EvidenceSql(sql)
        self.first_sending = FirstSendingTables(sql)
        self.unreached_voters = UnreachedVotersSql(sql)
        self.statistics = self.statistics_folding = StatisticsSql(sql)
        self.figure_folding = FigureBuckets(sql)
        self.assistance = AssistanceTable(sql)
        self.codes = ConsumedCodeTable(sql)
        self.partners = PartnerTable(sql)
        self.partner_keys = PartnerKeyTable(sql)
        self.suspensions = SuspensionTable(sql)
        self.freezes = VoterFreezeTable(sql)
        self.operators = OperatorTable(sql)
        self.releases = RoundReleaseTables(sql)
        self.round_keys = RoundKeyTable(sql)
        self.round_voters = RoundVotersSql(sql)
        self.destructions = DestructionTable(sql)
        self.clocks = ClockTables(sql)
        self.interventions = InterventionTable(sql)
        self.alerts = AlertTable(sql)
        self.lineage = LineageTable(sql)
        self.housekeeping = HousekeepingSql(sql, jobs)
        self.jobs = jobs

    async def queue(self, message: Delivery) -> None:
        await self.deliveries.add(message)
        await self.jobs.enqueue(message.job, at=message.queued_at)
