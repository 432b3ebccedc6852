"""The composition: the only file that knows adapters. From `Settings` to an `Application`.

Every dependency is an argument of a constructor below; a test or a host builds the same with other
adapters, or passes its own through `Ports`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from adapters.captcha.digits import DigitsCaptcha
from adapters.captcha.inbox import InboxCaptcha
from adapters.captcha.proof_of_work import ProofOfWorkCaptcha, Work
from adapters.credentials.sqlite import SqliteCredentials
from adapters.email.inbox import InboxEmail
from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.email.smtp import SmtpEmail
from adapters.email.smtp_connections import SmtpSecurity, SmtpSettings
from adapters.http import http_client
from adapters.inbox import Inbox
from adapters.jobs.queue import StoredJobs
from adapters.jobs.worker import Worker, WorkerSettings
from adapters.journal import LoggedEvents
from adapters.register.import_csv import ImportFailed, ImportReport, Progress, import_register
from adapters.register.rest import RestRegister, RestRegisterSettings
from adapters.register.sqlite import SqliteRegister
from adapters.sms.inbox import InboxSms
from adapters.sms.kannel import KannelSettings, KannelSms
from adapters.sms.ovh import OvhSettings, OvhSms
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from adapters.store.migrate import migrate
from adapters.store.sqlite import SqliteStore
from adapters.system import SystemClock, SystemRandomness
from core.jobs import JobKind
from core.locale import Locale
from core.password_issuer import PasswordIssuer
from core.ports.captcha import Captcha
from core.ports.clock import Clock
from core.ports.credentials import Credentials
from core.ports.email import Email
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.register import Register
from core.ports.sms import Sms
from core.security_code import SecurityCodeKind
from core.use_cases.compose_email import ComposeEmail
from core.use_cases.confirm_renewal import ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.contact_assistance import ContactAssistance
from core.use_cases.deliver_email import DeliverEmail
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_password import IssuePassword
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.purge_expired import PurgeExpired
from core.use_cases.request_renewal import RequestRenewal
from core.use_cases.send_link import SendLink
from core.voter import EmailAddress
from graphql_api.gateway import AssistanceCell, Gateway
from graphql_api.limits import EdgeLimits
from graphql_api.settings import PREFIX, Settings, SettingsRefused

__all__ = [
    "Application",
    "ImportFailed",
    "ImportReport",
    "Ports",
    "choose_ports",
    "compose",
    "load_register",
    "prepare_database",
]

HARDER = Work(iterations=20_000)
"""What a proof of work asks for while it stands in for a captcha that is out."""


@dataclass(frozen=True)
class Ports:
    """The adapters of one process. Replace any of them with `dataclasses.replace`."""

    store: SqliteStore
    register: Register
    credentials: Credentials
    captcha: Captcha
    proof_of_work: Captcha
    fallback: Captcha
    email: Email
    sms: Sms
    clock: Clock
    randomness: Randomness
    events: Events
    inbox: Inbox | None
    http: httpx.AsyncClient

    async def close(self) -> None:
        """Let go of files and connections, in the reverse order of their use."""
        for port in (self.email, self.credentials):
            close = getattr(port, "aclose", None)
            if close is not None:
                await close()
        close = getattr(self.register, "close", None)
        if close is not None:
            close()
        await self.http.aclose()
        await self.store.close()


@dataclass(frozen=True)
class Application:
    """The use cases over their adapters: what a process serves and works off."""

    settings: Settings
    ports: Ports
    gateway: Gateway
    worker: Worker
    jobs: StoredJobs

    async def start(self) -> None:
        """Open the database; raises `StoreUnavailable`, also when it belongs to other keys."""
        await self.ports.store.open()
        await self.ports.store.belong_to(self.settings.keyring)

    async def stop(self) -> None:
        await self.ports.close()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker, running for as long as the block lasts."""
        stop = asyncio.Event()
        grace = timedelta(seconds=self.settings.stop_grace)
        task = asyncio.create_task(self.worker.run(stop, grace))
        try:
            yield
        finally:
            stop.set()
            await task

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
    gateway = _gateway(settings, ports)
    jobs = StoredJobs(ports.store.begin, ports.store.read)
    return Application(settings, ports, gateway, _worker(settings, ports, jobs), jobs)


def choose_ports(settings: Settings, **given: Any) -> Ports:
    """The adapters that the settings name; `given` ones, by their name in `Ports`, take their place
    and need no settings. Raises `SettingsRefused`."""
    replaced = {"kannel": "sms", "ovh": "sms", "register": "register"}
    missing = [
        name
        for name in settings.missing()
        if replaced[name.removeprefix(PREFIX).split("_")[0].lower()] not in given
    ]
    if missing:
        raise SettingsRefused(f"also needed by what was chosen: {', '.join(missing)}")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    clock: Clock = given.get("clock") or SystemClock()
    randomness: Randomness = given.get("randomness") or SystemRandomness()
    in_the_open = settings.dev_inbox or "inbox" in (settings.email, settings.sms)
    inbox = Inbox(settings.inbox_file) if in_the_open else None
    http: httpx.AsyncClient = given.get("http") or http_client()
    build: dict[str, Callable[[], Any]] = {
        "store": lambda: SqliteStore(settings.database, settings.store_lock_timeout),
        "register": lambda: _register(settings, http),
        "credentials": lambda: _credentials(settings),
        "captcha": lambda: _captcha(settings, clock, randomness, inbox),
        "proof_of_work": lambda: _proof_of_work(settings, clock, randomness, Work()),
        "fallback": lambda: _proof_of_work(settings, clock, randomness, HARDER),
        "email": lambda: _email(settings, clock, inbox),
        "sms": lambda: _sms(settings, clock, inbox, http),
        "events": LoggedEvents,
    }
    chosen = {name: given.get(name) or make() for name, make in build.items()}
    return Ports(**chosen, clock=clock, randomness=randomness, inbox=inbox, http=http)


def load_register(
    settings: Settings,
    source: Path,
    report: Path,
    progress: Progress | None = None,
    region: str | None = None,
    force: bool = False,
) -> ImportReport:
    """Make the CSV file `source` the register; raises `ImportFailed`, the old one then intact."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return import_register(
        source,
        settings.register_file,
        settings.keyring,
        report=report,
        progress=progress,
        default_region=region,
        force=force,
        identifier_length=settings.renewal_policy.identifier_length,
    )


def prepare_database(settings: Settings) -> bool:
    """Create or upgrade the recovery store; True when something changed."""
    return migrate(settings.database)


def _register(settings: Settings, http: httpx.AsyncClient) -> Register:
    if settings.register_kind == "rest":
        token = settings.register_token.get_secret_value()
        return RestRegister(http, RestRegisterSettings(settings.register_url, token))
    return SqliteRegister(settings.register_file, settings.keyring)


def _credentials(settings: Settings) -> Credentials:
    return SqliteCredentials(settings.credentials_file, workers=settings.password_threads)


def _captcha(
    settings: Settings, clock: Clock, randomness: Randomness, inbox: Inbox | None
) -> Captcha:
    lifetime = settings.renewal_policy.security_code_lifetime
    digits = DigitsCaptcha(settings.keyring, clock, randomness, lifetime)
    return InboxCaptcha(digits, inbox) if settings.dev_inbox and inbox else digits


def _proof_of_work(
    settings: Settings, clock: Clock, randomness: Randomness, work: Work
) -> ProofOfWorkCaptcha:
    lifetime = settings.renewal_policy.security_code_lifetime
    return ProofOfWorkCaptcha(settings.keyring, clock, randomness, lifetime, work)


def _email(settings: Settings, clock: Clock, inbox: Inbox | None) -> Email:
    contact = AssistanceContact(
        settings.assistance_email,
        settings.assistance_phone,
        _hours(settings),
    )
    renderer = EmailRenderer(
        EmailSettings(
            sender=settings.email_sender,
            sender_name=settings.email_sender_name,
            link_template=settings.link_template,
            message_id_domain=settings.email_sender.rpartition("@")[2],
            assistance=contact,
            partner_links=settings.partner_links,
        ),
        clock,
    )
    if settings.email == "inbox" and inbox is not None:
        return InboxEmail(renderer, inbox)
    return SmtpEmail(renderer, _smtp(settings))


def _hours(settings: Settings) -> dict[Locale, str]:
    return {Locale(code): text for code, text in settings.assistance_hours.items()}


def _smtp(settings: Settings) -> SmtpSettings:
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=SmtpSecurity(settings.smtp_security),
        bounce_address=settings.bounce_address or settings.email_sender,
        username=settings.smtp_username or None,
        password=settings.smtp_password.get_secret_value() or None,
        ca_file=settings.smtp_ca_file,
        connections=settings.smtp_connections,
        connect_timeout=settings.smtp_timeout,
        command_timeout=settings.smtp_timeout,
    )


def _sms(settings: Settings, clock: Clock, inbox: Inbox | None, http: httpx.AsyncClient) -> Sms:
    text = SmsText(settings.renewal_policy.password_length)
    senders = SenderIds(settings.sms_sender, settings.sms_senders_by_prefix)
    if settings.sms == "inbox" and inbox is not None:
        return InboxSms(text, inbox, clock)
    if settings.sms == "ovh":
        ovh = OvhSettings(
            service=settings.ovh_service,
            application_key=settings.ovh_application_key,
            application_secret=settings.ovh_application_secret.get_secret_value(),
            consumer_key=settings.ovh_consumer_key.get_secret_value(),
        )
        return OvhSms(ovh, text, senders, http, clock)
    kannel = KannelSettings(
        url=settings.kannel_url,
        username=settings.kannel_username,
        password=settings.kannel_password.get_secret_value(),
    )
    return KannelSms(kannel, text, senders, http)


def _gateway(settings: Settings, ports: Ports) -> Gateway:
    keyring, policy, calendar = settings.keyring, settings.renewal_policy, settings.calendar
    kinds = {
        SecurityCodeKind.DIGITS: ports.captcha,
        SecurityCodeKind.PROOF_OF_WORK: ports.proof_of_work,
    }
    codes = SecurityCodes(kinds, ports.fallback)
    begin, read = ports.store.begin, ports.store.read
    clock, randomness, events = ports.clock, ports.randomness, ports.events
    return Gateway(
        issue_security_code=IssueSecurityCode(codes),
        security_codes=codes,
        request_renewal=RequestRenewal(begin, codes, calendar, keyring, clock, randomness, events),
        inspect_link=InspectLink(read, keyring, clock),
        confirm_renewal=ConfirmRenewal(
            begin,
            read,
            codes,
            ports.register,
            calendar,
            PasswordIssuer(keyring, policy),
            clock,
            randomness,
            events,
        ),
        contact_assistance=ContactAssistance(begin, codes, clock, randomness, events),
        calendar=calendar,
        policy=policy,
        clock=clock,
        assistance=AssistanceCell(
            settings.assistance_email, settings.assistance_phone, _hours(settings)
        ),
        partners=frozenset(settings.partner_links),
        limits=EdgeLimits(
            settings.network_limit,
            settings.overall_limit,
            {"securityCodeFallback": settings.fallback_limit},
        ),
    )


def _worker(settings: Settings, ports: Ports, jobs: StoredJobs) -> Worker:
    keyring, policy, calendar = settings.keyring, settings.renewal_policy, settings.calendar
    begin, read = ports.store.begin, ports.store.read
    clock, events, register = ports.clock, ports.events, ports.register
    cell = EmailAddress.parse(settings.assistance_email)
    compose_email = ComposeEmail(begin, read, register, cell, calendar, policy, keyring, clock)
    handlers = {
        JobKind.SEND_LINK: SendLink(
            begin, read, register, calendar, policy, keyring, clock, ports.randomness, events
        ),
        JobKind.DELIVER_EMAIL: DeliverEmail(
            begin, read, compose_email, ports.email, policy, clock, events
        ),
        JobKind.ISSUE_PASSWORD: IssuePassword(
            begin,
            read,
            register,
            ports.credentials,
            ports.sms,
            PasswordIssuer(keyring, policy),
            calendar,
            policy,
            clock,
            events,
        ),
    }
    paces = WorkerSettings(
        concurrency=dict.fromkeys(JobKind, settings.job_concurrency),
        lease=timedelta(seconds=settings.job_lease),
    )
    purge = PurgeExpired(begin, policy, clock)

    async def tidy() -> None:
        await purge()
        await ports.store.checkpoint()

    return Worker(jobs, handlers, tidy, clock, paces)
