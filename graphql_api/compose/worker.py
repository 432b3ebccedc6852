"""What works off the jobs: the use cases behind the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from adapters.jobs.chores import Chore, Chores
from adapters.jobs.settings import WorkerSettings
from adapters.jobs.worker import Handler, Worker
from core.clock_check import LOOK_EVERY
from core.jobs import JobKind
from core.password_issuer import PasswordIssuer
from core.use_cases.assign_rounds import AssignRounds
from core.use_cases.compose_email import ComposeEmail
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.deliver_email import DeliverEmail
from core.use_cases.destroy_rounds import DestroyRounds
from core.use_cases.dispatch_email import DispatchEmail
from core.use_cases.dispatch_sms import DispatchSms
from core.use_cases.end_overdue import EndOverdue
from core.use_cases.fail_over import FailOver
from core.use_cases.fold_evidence import FoldEvidence
from core.use_cases.fold_figures import FoldFigures
from core.use_cases.fold_statistics import FoldStatistics
from core.use_cases.hand_over_password import HandOverPassword
from core.use_cases.issue_password import IssuePassword
from core.use_cases.know_round_voters import EVERY, KnowRoundVoters
from core.use_cases.purge_expired import PurgeExpired
from core.use_cases.send_link import SendLink
from core.use_cases.settle_receipts import SettleReceipts
from core.use_cases.watch_clock import WatchClock
from core.use_cases.watch_deliveries import WatchDeliveries
from core.use_cases.watch_lineage import WatchLineage
from core.use_cases.watch_links import WatchLinks
from core.use_cases.watch_neighbours import WatchNeighbours
from core.use_cases.watch_receipts import WatchReceipts
from core.use_cases.watch_routes import WatchRoutes
from core.voter import EmailAddress
from graphql_api.settings import Settings

from .alerts import alert_rule, send_alert, watch_alerts
from .email import relays_of, resend_email
from .jobs import Jobs, choose_waking
from .observed import observed
from .operators import keep_operators
from .ports import Ports
from .round_keys import keep_round_keys
from .routes import health_rule, route_table, spending_rule

OFTEN = timedelta(seconds=10)
"""How often routes are judged, and the chores looked at."""
HOUR = timedelta(hours=1)


def build_worker(
    settings: Settings,
    ports: Ports,
    jobs: Jobs,
    watch_neighbours: WatchNeighbours,
    watch_clock: WatchClock | None = None,
    watch_lineage: WatchLineage | None = None,
) -> Worker:
    """`watch_clock`: where clocks are real. Then nothing is ended by age before it is sure."""
    ports = observed(ports, watch_neighbours.outages)
    paces = WorkerSettings(
        concurrency=concurrency(settings.job_concurrency, settings.engine == "sqlite"),
        lease=timedelta(seconds=settings.job_lease),
        tidy_every=OFTEN,
    )
    issue_password, fail_over = _sms_steps(settings, ports)
    handlers = {
        **_handlers(settings, ports),
        JobKind.ISSUE_PASSWORD: issue_password,
        JobKind.FOLLOW_SMS: fail_over,
        JobKind.FAIL_OVER: fail_over,
        JobKind.SEND_ALERT: send_alert(settings, ports),
    }
    policy, read = settings.renewal_policy, ports.store.read
    overdue = EndOverdue(read, issue_password, fail_over, policy, ports.clock)
    first = [Chore(watch_lineage, LOOK_EVERY)] if watch_lineage else []
    chores = Chores(
        [
            *first,
            *_chores(settings, ports, overdue, watch_clock),
            Chore(watch_neighbours, OFTEN),
            Chore(watch_alerts(settings, ports, jobs, watch_clock is not None), OFTEN),
        ],
        ports.clock,
    )
    waking = choose_waking(settings, ports.store)
    return Worker(jobs, handlers, chores, ports.clock, paces, waking)


def build_messenger(settings: Settings, ports: Ports, jobs: Jobs) -> Worker:
    """What tells of alerts while no worker lives, and does nothing else."""

    async def nothing() -> None:
        pass

    handlers = {JobKind.SEND_ALERT: send_alert(settings, ports)}
    return Worker(jobs, handlers, nothing, ports.clock)


def concurrency(most: int, on_beats: bool = False) -> dict[JobKind, int]:
    """Of messages to the assistance cell so few at once that relay and register are the voters'.
    `on_beats`: of decisions four times as many, as they wait for a beat most of the time."""
    decisions = 4 * most if on_beats else most
    cell = max(1, most // 8)
    return dict.fromkeys(JobKind, most) | {
        JobKind.DELIVER_TO_CELL: cell,
        JobKind.SEND_LINK: decisions,
    }


def _chores(
    settings: Settings, ports: Ports, overdue: EndOverdue, watch_clock: WatchClock | None
) -> list[Chore]:
    store, clock = ports.store, ports.clock
    purge = PurgeExpired(store.begin, settings.terms, clock, ports.events)
    watch = WatchRoutes(store.begin, store.read, health_rule(settings), clock, ports.events)
    minute = timedelta(minutes=1)
    events = ports.events
    deliveries = WatchDeliveries(
        *(store.read, alert_rule(settings), settings.calendar, clock, events),
        bounces_read=settings.bounces_read,
    )
    receipts = WatchReceipts(store.read, alert_rule(settings), clock, events)
    rule, resend = settings.link_share_rule, resend_email(settings, ports)
    links = WatchLinks(store.begin, store.read, resend, rule, clock, events)
    conclude = ConcludeSms(store.begin, clock, events)
    settle = SettleReceipts(store.begin, store.read, conclude, clock, events)
    destroy = DestroyRounds(
        store.begin, store.read, settings.terms, settings.keyring, clock, events
    )
    round_keys = keep_round_keys(settings, ports)
    known = (store.begin, store.read, round_keys, ports.register, settings.keyring, clock)
    return [
        Chore(AssignRounds(store.begin, settings.calendar), minute),
        Chore(KnowRoundVoters(*known), EVERY),
        *([Chore(watch_clock, LOOK_EVERY)] if watch_clock else []),
        Chore(_by_a_sure_clock(purge, watch_clock), minute),
        Chore(_by_a_sure_clock(destroy, watch_clock), minute),
        Chore(destroy.seal_anew, HOUR),
        Chore(keep_operators(settings, ports).seal_anew, HOUR),
        Chore(round_keys.seal_anew, HOUR),
        Chore(_by_a_sure_clock(overdue, watch_clock), minute),
        Chore(watch, OFTEN),
        Chore(FoldFigures(store.begin), OFTEN),
        Chore(FoldEvidence(store.begin), OFTEN),
        Chore(FoldStatistics(store.begin, clock), OFTEN),
        Chore(deliveries, OFTEN),
        Chore(links, minute),
        Chore(settle, OFTEN),
        Chore(receipts, OFTEN),
        Chore(store.checkpoint, minute),  # after those that write
    ]


def _by_a_sure_clock(
    chore: Callable[[], Awaitable[object]], watch_clock: WatchClock | None
) -> Callable[[], Awaitable[object]]:
    if watch_clock is None:
        return chore

    async def do() -> None:
        await watch_clock()
        if watch_clock.is_sure:
            await chore()

    return do


def _handlers(settings: Settings, ports: Ports) -> Mapping[JobKind, Handler]:
    keyring, policy, calendar = settings.keyring, settings.renewal_policy, settings.calendar
    begin, read = ports.store.begin, ports.store.read
    clock, events, register = ports.clock, ports.events, ports.register
    cell = EmailAddress.parse(settings.assistance_email)
    compose_email = ComposeEmail(
        begin, read, read, register, cell, calendar, policy, keyring, clock, ports.countries
    )
    relays, table = relays_of(settings, ports.email), settings.mail_table
    dispatch = DispatchEmail(read, relays, table, clock, settings.link_share_rule)
    deliver = DeliverEmail(begin, read, compose_email, dispatch, policy, clock, events)
    return {
        JobKind.SEND_LINK: SendLink(
            begin,
            read,
            register,
            calendar,
            policy,
            keyring,
            keep_round_keys(settings, ports),
            clock,
            ports.randomness,
            events,
            ports.countries,
        ),
        JobKind.DELIVER_EMAIL: deliver,
        JobKind.DELIVER_TO_CELL: deliver,
        JobKind.RESEND_EMAIL: deliver.again,
    }


def _sms_steps(settings: Settings, ports: Ports) -> tuple[IssuePassword, FailOver]:
    keyring, policy = settings.keyring, settings.renewal_policy
    begin, read = ports.store.begin, ports.store.read
    clock, events = ports.clock, ports.events
    dispatch = DispatchSms(
        begin,
        read,
        ports.sms,
        route_table(settings),
        ports.countries,
        health_rule(settings),
        spending_rule(settings),
        clock,
        events,
    )
    hand_over = HandOverPassword(
        begin,
        read,
        ports.register,
        ports.credentials,
        dispatch,
        keyring,
        PasswordIssuer(ports.password_keys, policy),
        settings.calendar,
        policy,
        clock,
        events,
    )
    conclude = ConcludeSms(begin, clock, events)
    steps = (begin, read, hand_over, conclude, clock, events)
    return IssuePassword(*steps), FailOver(*steps)
