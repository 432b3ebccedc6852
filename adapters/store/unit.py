"""The unit of work over any engine that speaks `Sql`."""

from __future__ import annotations

from typing import Generic, TypeVar

from adapters.store.assistance import AssistanceTable
from adapters.store.consumed_codes import ConsumedCodeTable
from adapters.store.deliveries import DeliveryTable
from adapters.store.housekeeping import HousekeepingSql
from adapters.store.requests import RequestTable
from adapters.store.sql import Sql
from core.ports.jobs import JobQueue

Jobs = TypeVar("Jobs", bound=JobQueue)


class SqlUnit(Generic[Jobs]):
    """The port `UnitOfWork`: every table over one transaction. Holds no state of its own."""

    def __init__(self, sql: Sql, jobs: Jobs) -> None:
        self.sql = sql
        self.requests = self.links = self.history = RequestTable(sql)
        self.deliveries = DeliveryTable(sql)
        self.assistance = AssistanceTable(sql)
        self.codes = ConsumedCodeTable(sql)
        self.housekeeping = HousekeepingSql(sql)
        self.jobs = jobs
