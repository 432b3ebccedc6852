"""What a process serves and works off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.background import Background
from core.errors import DependencyFailure, MustStop
from graphql_api.settings import Settings

from .password_keys import adopt_password_keys, claim_password_keys
from .ports import Ports, choose_ports, close_later, ports_on_demand
from .storage import last_sighting

if TYPE_CHECKING:
    from adapters.jobs.worker import Worker
    from core.jobs import Backlog
    from core.use_cases.follow_restore import FollowRestore
    from core.use_cases.freeze_voters import FreezeVoters
    from core.use_cases.keep_operators import KeepOperators
    from core.use_cases.keep_partners import KeepPartners
    from core.use_cases.keep_round_keys import KeepRoundKeys
    from core.use_cases.note_interventions import NoteInterventions
    from core.use_cases.record_bounce import RecordBounce
    from core.use_cases.record_receipt import RecordReceipt
    from core.use_cases.release_rounds import ReleaseRounds
    from core.use_cases.report_deliveries import DeliveryReport, ReportDeliveries
    from core.use_cases.reset_clock_mark import ResetClockMark
    from core.use_cases.watch_clock import WatchClock
    from core.use_cases.watch_lineage import WatchLineage
    from core.use_cases.watch_neighbours import WatchNeighbours
    from core.use_cases.watch_workers import WatchWorkers
    from core.workers_seen import WorkersSeen
    from graphql_api.access.authentication import Authentication
    from graphql_api.access.limits import EdgeLimits
    from graphql_api.over_http.receipts import ReceiptParser
    from graphql_api.schema.call import Gateway

    from .jobs import Jobs
    from .key_keeper import KeyKeeper

LATE = timedelta(minutes=1)
"""A job that is due for so long and that nobody has taken: there are too few workers, or none."""


@dataclass(frozen=True, eq=False)
class Application:
    """The use cases over their adapters, each composed when it is first asked for: a process
    imports and builds what it uses."""

    settings: Settings
    ports: Ports
    works: bool = False
    """Whether a worker runs in this process."""
    watches_clock: bool = False
    """Whether this process stops when its clock is wrong, or its database a backup: not where
    clocks are set (trials)."""

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

    @cached_property
    def watch_clock(self) -> WatchClock:
        from adapters.system import system_uptime
        from core.clock_check import ProcessKind
        from core.use_cases.watch_clock import WatchClock

        ports = self.ports
        kind = ProcessKind.WORKER if self.works else ProcessKind.GATEWAY
        process = ports.randomness.token(8).hex()
        return WatchClock(
            ports.store.begin, ports.clock, system_uptime, ports.events, process, kind
        )

    @cached_property
    def watch_neighbours(self) -> WatchNeighbours:
        from core.outages import Outages
        from core.use_cases.watch_neighbours import WatchNeighbours

        clock = self.ports.clock
        patience = timedelta(seconds=self.settings.alert_outage)
        return WatchNeighbours(Outages(clock), patience, clock, self.ports.events)

    @cached_property
    def watch_workers(self) -> WatchWorkers:
        from core.use_cases.watch_workers import WatchWorkers

        ports = self.ports
        patience = timedelta(seconds=self.settings.alert_without_worker)
        return WatchWorkers(ports.store.read, patience, ports.clock, ports.events)

    @cached_property
    def watch_lineage(self) -> WatchLineage:
        from core.use_cases.watch_lineage import WatchLineage

        ports = self.ports
        begin, beside = ports.store.begin, last_sighting(self.settings)
        return WatchLineage(begin, beside, ports.clock, ports.randomness, ports.events)

    def is_stopped(self) -> bool:
        """Whether this process may change nothing any more."""
        return bool(self.why_stopped())

    def why_stopped(self) -> str:
        """In a few words; empty while it goes on."""
        if not self.watches_clock:
            return ""
        if self.watch_clock.is_off:
            return "clock is wrong"
        return "database was put back from a backup" if self.watch_lineage.is_lost else ""

    @cached_property
    def jobs(self) -> Jobs:
        from .jobs import choose_jobs

        return choose_jobs(self.ports.store)

    @property
    def record_receipt(self) -> RecordReceipt:
        return self.ports.take_receipt

    @cached_property
    def key_keeper(self) -> KeyKeeper:
        from .key_keeper import build_key_keeper

        watch_clock = self.watch_clock if self.watches_clock else None
        return build_key_keeper(self.settings, self.ports, watch_clock)

    @cached_property
    def record_bounce(self) -> RecordBounce:
        from core.use_cases.record_bounce import RecordBounce

        from .email import resend_email

        ports = self.ports
        resend = resend_email(self.settings, ports)
        return RecordBounce(ports.store.begin, resend, ports.clock, ports.events)

    @cached_property
    def report_deliveries(self) -> ReportDeliveries:
        from core.use_cases.report_deliveries import ReportDeliveries

        calendar, smallest = self.settings.calendar, self.settings.smallest_cell
        read, clock = self.ports.store.read, self.ports.clock
        return ReportDeliveries(read, calendar, clock, smallest, self.settings.bounces_read)

    @cached_property
    def keep_partners(self) -> KeepPartners:
        from core.use_cases.keep_partners import KeepPartners

        store, ports = self.ports.store, self.ports
        return KeepPartners(
            store.begin,
            store.read,
            ports.clock,
            ports.randomness,
            ports.events,
            self.settings.partners_named,
        )

    @cached_property
    def freeze_voters(self) -> FreezeVoters:
        from core.use_cases.freeze_voters import FreezeVoters

        store, ports = self.ports.store, self.ports
        return FreezeVoters(
            store.begin,
            store.read,
            ports.register,
            self.settings.keyring,
            ports.clock,
            ports.randomness,
            ports.events,
        )

    @cached_property
    def reset_clock_mark(self) -> ResetClockMark:
        from adapters.system import system_uptime
        from core.use_cases.reset_clock_mark import ResetClockMark

        ports = self.ports
        return ResetClockMark(ports.store.begin, ports.clock, system_uptime, ports.events)

    @cached_property
    def note_interventions(self) -> NoteInterventions:
        from core.use_cases.note_interventions import NoteInterventions

        store, ports = self.ports.store, self.ports
        return NoteInterventions(store.begin, store.read, ports.clock, ports.events)

    async def note_start(self, by: str) -> None:
        """Leave a trace of keys and routes that are not those that processes had before."""
        from core.intervention import Act

        from .started_with import keys_told, routes_told

        note = self.note_interventions
        await note.if_changed(by, Act.KEYS_CHANGED, keys_told(self.settings))
        await note.if_changed(by, Act.ROUTES_CHANGED, routes_told(self.settings))

    @cached_property
    def follow_restore(self) -> FollowRestore:
        from core.use_cases.follow_restore import FollowRestore

        ports = self.ports
        return FollowRestore(
            ports.store.begin,
            last_sighting(self.settings),
            self.settings.renewal_policy.security_code_lifetime,
            ports.clock,
            ports.randomness,
            ports.events,
        )

    @cached_property
    def keep_operators(self) -> KeepOperators:
        from .operators import keep_operators

        return keep_operators(self.settings, self.ports)

    @cached_property
    def keep_round_keys(self) -> KeepRoundKeys:
        from .round_keys import keep_round_keys

        return keep_round_keys(self.settings, self.ports)

    @cached_property
    def release_rounds(self) -> ReleaseRounds:
        from core.use_cases.release_rounds import ReleaseRounds

        store, settings, ports = self.ports.store, self.settings, self.ports
        return ReleaseRounds(
            store.begin,
            store.read,
            self.keep_operators,
            settings.calendar,
            settings.terms,
            settings.keyring,
            ports.clock,
            ports.events,
        )

    async def open(self) -> None:
        """Open the database; raises `StoreUnavailable`, also when it belongs to other keys, and
        leaves no connection open then."""
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

    async def adopt_password_keys(self) -> tuple[str | None, int]:
        """See `password_keys.adopt_password_keys`; the database is open."""
        return await adopt_password_keys(self.ports.password_keys, self.ports.store)

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

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Where clocks are real, this process looks after its own (a worker does that itself where
        there is one) and after the workers for as long as the block lasts."""
        if not self.watches_clock:
            yield
            return
        watch = Background(self._watch)
        watch.begin()
        try:
            yield
        finally:
            await watch.aclose()

    async def _watch(self) -> None:
        from core.clock_check import LOOK_EVERY

        while not self.is_stopped():
            with suppress(MustStop, DependencyFailure):
                if not self.works:
                    await self.watch_neighbours()
                    await self.watch_lineage()
                    await self.watch_clock()
                await self.watch_workers()
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def read_report(self) -> tuple[DeliveryReport, Backlog, WorkersSeen]:
        """What operators watch. Raises `StoreUnavailable`."""
        window = timedelta(seconds=self.settings.alert_window)
        patience = timedelta(seconds=self.settings.alert_patience)
        report = await self.report_deliveries(window, patience)
        backlog = await self.jobs.backlog(self.ports.clock.now() - LATE)
        return report, backlog, await self.watch_workers.look()

    async def without_worker(self) -> str:
        """Since when no worker lives, where clocks are real; empty while one does."""
        if not self.watches_clock:
            return ""
        with suppress(Exception):
            seen = await asyncio.wait_for(self.watch_workers.look(), timeout=2)
            if not seen.living:
                return f"none since {seen.last_at:%Y-%m-%dT%H:%M:%SZ}" if seen.last_at else "none"
        return ""

    async def is_ready(self) -> bool:
        """Whether the database and its jobs can be read."""
        with suppress(Exception):
            await asyncio.wait_for(self.jobs.list(1), timeout=2)
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
