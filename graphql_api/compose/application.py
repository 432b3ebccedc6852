"""What a process serves and works off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from adapters.jobs.worker import Worker
from core.jobs import Backlog
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.keep_partners import KeepPartners
from core.use_cases.record_bounce import RecordBounce
from core.use_cases.record_receipt import RecordReceipt
from core.use_cases.report_deliveries import DeliveryReport, ReportDeliveries
from graphql_api.access.authentication import Authentication
from graphql_api.over_http.receipts import ReceiptParser
from graphql_api.schema.call import Gateway
from graphql_api.settings import Settings

from .access import build_authentication
from .gateway import build_gateway
from .jobs import Jobs, choose_jobs
from .ports import Ports, choose_ports
from .sms import receipt_parsers
from .worker import build_worker

LATE = timedelta(minutes=1)
"""A job that is due for so long and that nobody has taken: there are too few workers, or none."""


@dataclass(frozen=True)
class Application:
    """The use cases over their adapters: what a process serves and works off."""

    settings: Settings
    ports: Ports
    gateway: Gateway
    worker: Worker
    jobs: Jobs
    report_deliveries: ReportDeliveries
    record_receipt: RecordReceipt
    record_bounce: RecordBounce
    receipt_parsers: Mapping[str, ReceiptParser]
    authentication: Authentication
    keep_partners: KeepPartners

    async def start(self) -> None:
        """Open the database; raises `StoreUnavailable`, also when it belongs to other keys."""
        await self.ports.store.open()
        await self.ports.store.belong_to(self.settings.keyring)
        await self.authentication.start()

    async def stop(self) -> None:
        await self.authentication.aclose()
        await self.gateway.limits.aclose()
        await self.ports.close()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker, running for as long as the block lasts."""
        await self.ports.connect()
        stop = asyncio.Event()
        grace = timedelta(seconds=self.settings.stop_grace)
        task = asyncio.create_task(self.worker.run(stop, grace))
        try:
            yield
        finally:
            stop.set()
            await task

    async def look(self) -> tuple[DeliveryReport, Backlog]:
        """What operators watch. Raises `StoreUnavailable`."""
        window = timedelta(seconds=self.settings.alert_window)
        patience = timedelta(seconds=self.settings.alert_patience)
        report = await self.report_deliveries(window, patience)
        return report, await self.jobs.backlog(self.ports.clock.now() - LATE)

    async def is_ready(self) -> bool:
        """Whether the database and its jobs can be read."""
        with suppress(Exception):
            await asyncio.wait_for(self.jobs.list(1), timeout=2)
            return True
        return False


def compose(settings: Settings, ports: Ports | None = None) -> Application:
    """The application of these settings. Opens nothing; raises `SettingsRefused` when something is
    missing, `ValueError` for a setting that an adapter refuses."""
    ports = ports or choose_ports(settings)
    gateway = build_gateway(settings, ports)
    jobs = choose_jobs(ports.store)
    begin, clock, events = ports.store.begin, ports.clock, ports.events
    record_receipt = RecordReceipt(begin, ConcludeSms(begin, clock, events), clock)
    ports.receipts.lead_to(record_receipt)
    return Application(
        settings,
        ports,
        gateway,
        build_worker(settings, ports, jobs),
        jobs,
        gateway.report_deliveries,
        record_receipt,
        RecordBounce(begin, clock, events),
        receipt_parsers(settings, clock),
        build_authentication(settings, ports),
        KeepPartners(begin, ports.store.read, clock, ports.randomness),
    )
