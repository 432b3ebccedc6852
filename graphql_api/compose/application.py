"""What a process serves and works off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.errors import MustStop
from graphql_api.settings import Settings

from .commands import Commands
from .password_keys import adopt_password_keys, claim_password_keys
from .ports import Ports, choose_ports, close_later, ports_on_demand
from .storage import told_where
from .watches import Watches

if TYPE_CHECKING:
    from adapters.jobs.worker import Worker
    from core.jobs import Backlog
    from core.use_cases.record_receipt import RecordReceipt
    from core.use_cases.report_deliveries import DeliveryReport
    from core.workers_seen import WorkersSeen
    from graphql_api.access.authentication import Authentication
    from graphql_api.access.limits import EdgeLimits
    from graphql_api.over_http.receipts import ReceiptParser
    from graphql_api.schema.call import Gateway

    from .key_keeper import KeyKeeper

LATE = timedelta(minutes=1)
"""A job that is due for so long and that nobody has taken: there are too few workers, or none."""


@dataclass(frozen=True, eq=False)
class Application(Watches, Commands):
    """What one process has, each part composed when it is first asked for: a process imports and
    builds what it uses. A command wants little more than `Commands`; what serves is here."""

    @cached_property
    def gateway(self) -> Gateway:
        from .gateway import build_gateway

        return build_gateway(
            self.settings,
            self.ports,
            self.report_deliveries,
            self.limits,
            self.authentication.partner_by,
            self.watch_neighbours.outages,
        )

    @cached_property
    def limits(self) -> EdgeLimits:
        from .limits import build_limits

        return build_limits(self.settings, self.ports.clock)

    @cached_property
    def authentication(self) -> Authentication:
        from .access import build_authentication

        return build_authentication(self.settings, self.ports)

    @cached_property
    def receipt_parsers(self) -> Mapping[str, ReceiptParser]:
        from .sms import receipt_parsers

        return receipt_parsers(self.settings, self.ports.clock)

    @cached_property
    def worker(self) -> Worker:
        from .worker import build_worker

        watch_clock = self.watch_clock if self.watches_clock else None
        watch_lineage = self.watch_lineage if self.watches_clock else None
        return build_worker(
            self.settings, self.ports, self.jobs, self.watch_neighbours, watch_clock, watch_lineage
        )

    @property
    def record_receipt(self) -> RecordReceipt:
        return self.ports.take_receipt

    @cached_property
    def key_keeper(self) -> KeyKeeper:
        from .key_keeper import build_key_keeper

        watch_clock = self.watch_clock if self.watches_clock else None
        return build_key_keeper(self.settings, self.ports, watch_clock)

    async def open(self) -> None:
        """Open the database; raises `StoreUnavailable`, also when it belongs to other keys, and
        leaves no connection open then."""
        with told_where(self.settings):
            await self.ports.store.open()
        try:
            await self.ports.store.belong_to(self.settings.keyring)
        except BaseException:
            await self.ports.store.close()
            raise

    async def start(self) -> None:
        """Open the database, seal what a rotation has left, and begin to know who calls. Raises
        `StoreUnavailable`, and `KeyUnavailable` or `ConfigurationRefused` for password keys that
        are not the database's."""
        try:
            await self.open()
            await self.claim_password_keys()
            await self.keep_round_keys.seal_anew()
            await self.authentication.start()
        except BaseException:
            await self.stop()
            raise
        self.key_keeper.begin()

    async def claim_password_keys(self) -> None:
        """See `password_keys.claim_password_keys`; the database is open."""
        await claim_password_keys(self.ports.password_keys, self.ports.store)

    async def adopt_password_keys(self, by: str) -> tuple[str, int]:
        """See `password_keys.adopt_password_keys`; the database is open."""
        ports = self.ports
        keys, store = ports.password_keys, ports.store
        return await adopt_password_keys(keys, store, by, ports.clock, ports.events)

    def keep_to_beats(self) -> None:
        """For a process that works, and answers nobody: its writes tell others nothing (R24)."""
        from .jobs import KeepsBeats

        if isinstance(self.ports.store, KeepsBeats):
            self.ports.store.keep_to_beats()

    async def stop(self) -> None:
        """Let go of what was made, the last first."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.ports.close)
            close_later(stack, vars(self).values())

    @asynccontextmanager
    async def working(self) -> AsyncIterator[asyncio.Task[None]]:
        """The worker, running for as long as the block lasts, unless its clock is found wrong."""
        await self.ports.connect()
        stop = asyncio.Event()
        grace = timedelta(seconds=self.settings.stop_grace)
        task = asyncio.create_task(self.worker.run(stop, grace))
        try:
            yield task
        finally:
            stop.set()
            with suppress(MustStop):
                await task
            await self.leave()

    async def read_report(self) -> tuple[DeliveryReport, Backlog, WorkersSeen]:
        """What operators watch. Raises `StoreUnavailable`."""
        window = timedelta(seconds=self.settings.alert_window)
        patience = timedelta(seconds=self.settings.alert_patience)
        report = await self.report_deliveries(window, patience)
        backlog = await self.jobs.backlog(self.ports.clock.now() - LATE)
        return report, backlog, await self.watch_workers.look()

    async def is_ready(self) -> bool:
        """Whether the database takes writes, and its jobs can be read."""
        with suppress(Exception):
            async with asyncio.timeout(2):
                await self.ports.store.check()
                await self.jobs.list(1)
            return True
        return False


def compose(
    settings: Settings,
    ports: Ports | None = None,
    work: bool = True,
    watches_clock: bool = False,
) -> Application:
    """The application of these settings, for a process that serves. Opens nothing; raises
    `SettingsRefused` when something is missing, `ValueError` for a setting that an adapter refuses.

    `work`: whether a worker may run in this process; otherwise what only a worker needs is made
    when it is asked for. `watches_clock`: it stops when its clock is wrong, or its database a
    backup that was put back."""
    if ports is None:
        ports = choose_ports(settings) if work else ports_on_demand(settings)
    application = Application(settings, ports, work, watches_clock)
    _ = application.gateway, application.authentication, application.receipt_parsers
    if work:
        _ = application.worker
    return application


def compose_on_demand(settings: Settings) -> Application:
    """The application of these settings, for a command, which needs little of it: what is missing
    or refused is said when it is asked for."""
    return Application(settings, Ports(settings))
