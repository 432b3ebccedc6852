"""The real use cases and the real worker, over neighbours that are simulated."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from adapters.captcha.digits import DigitsCaptcha
from adapters.countries import NumberingPlan
from adapters.jobs.chores import Chore, Chores
from adapters.jobs.settings import Backoff, WorkerSettings
from adapters.jobs.worker import Worker
from adapters.register.memory import MemoryRegister
from adapters.sealing import AesGcmSealing
from adapters.store.sqlite_intake import SqliteIntake
from adapters.store.stored_jobs import StoredJobs
from adapters.trial import SeededRandomness, SetClock
from core.alert_notice import Recipient
from core.alerts_heard import AlertsHeard
from core.delivery_figures import AlertRule
from core.jobs import JobKind
from core.keys import Keyring, SecretKey
from core.link_shares import LinkShareRule
from core.locale import Locale
from core.mail_routes import MailRouteTable
from core.password_issuer import PasswordIssuer
from core.password_keys import RingPasswordKeys
from core.policy import STANDARD
from core.ports.alert_webhook import AlertWebhook
from core.ports.email import Email
from core.ports.sms import Sms
from core.retention import Terms
from core.routes import ANYWHERE, RouteTable
from core.security_code import RenewalStep, SecurityCodeAnswer, SecurityCodeKind
from core.use_cases.compose_email import ComposeEmail
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.confirm_renewal import Confirmation, ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.deliver_email import DeliverEmail
from core.use_cases.dispatch_email import DispatchEmail
from core.use_cases.dispatch_sms import DispatchSms
from core.use_cases.fail_over import FailOver
from core.use_cases.fold_evidence import FoldEvidence
from core.use_cases.fold_figures import FoldFigures
from core.use_cases.hand_over_password import HandOverPassword
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_password import IssuePassword
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.purge_expired import PurgeExpired
from core.use_cases.raise_alerts import RaiseAlerts
from core.use_cases.record_receipt import RecordReceipt
from core.use_cases.request_renewal import RenewalDemand, RequestRenewal
from core.use_cases.resend_email import ResendEmail
from core.use_cases.send_alert import SendAlert
from core.use_cases.send_link import SendLink
from core.use_cases.watch_alerts import WatchAlerts
from core.use_cases.watch_links import WatchLinks
from core.use_cases.watch_routes import WatchRoutes
from core.voter import EmailAddress, Identifier, Voter
from tests.rehearsal import KeptEvents

from .model import MINUTE, Profile
from .passwords import PlainCredentials
from .rules import AsIfFirst, SamePassword
from .store import SimulatedStore

KEYRING = Keyring((SecretKey("simulation", b"s" * 32),))
CELL = EmailAddress("assistance@example.org")
Ports = dict[str, Any]


@dataclass(frozen=True)
class SeededBackoff(Backoff):
    """The worker's waits, drawn from the simulation's chance."""

    seed: str = ""

    def after(self, attempts: int) -> timedelta:
        step = min(self.first * 2 ** min(attempts - 1, 30), self.longest)
        return step * random.Random(f"{self.seed}:{attempts}").uniform(0.5, 1.0)


class Portal:
    """Screens 2 and 5, receipts, and a worker that is run when jobs are due."""

    def __init__(
        self,
        profile: Profile,
        seed: str,
        clock: SetClock,
        register: MemoryRegister,
        relays: Mapping[str, Email],
        providers: Mapping[str, Sms],
    ) -> None:
        self.profile, self.clock, self.register = profile, clock, register
        self.keyring = KEYRING
        self.store, self.credentials, self.events = (
            SimulatedStore(),
            PlainCredentials(),
            KeptEvents(),
        )
        self.randomness = SeededRandomness(seed.encode())
        self.mail_table = MailRouteTable.of(*relays)
        self.calendar = profile.calendar
        lifetime = STANDARD.security_code_lifetime
        self.captcha = DigitsCaptcha(self.keyring, clock, self.randomness, lifetime)
        self.codes = SecurityCodes({SecurityCodeKind.DIGITS: self.captcha})
        self.issue_security_code = IssueSecurityCode(self.codes)
        self._neighbours = (relays, providers, SeededBackoff(seed=seed))
        self._wire(*self._neighbours)

    async def rotate(self, *keys: SecretKey) -> None:
        """Every process is restarted with these keys, the newest first."""
        self.keyring = Keyring(keys)
        self._wire(*self._neighbours)
        await self.round_keys.seal_anew()

    async def ask(self, voter: Voter, is_right: bool = True) -> None:
        """Screen 2, with the security code read rightly or not."""
        assert voter.email is not None
        code = await self._code(RenewalStep.REQUEST)
        code = code if is_right else replace(code, answer="")
        await self.request_renewal(RenewalDemand(voter.numic, voter.email, code, Locale.FR))

    async def confirm(self, token: str, identifier: Identifier, network: str = "voters") -> None:
        """Screen 5, from this network."""
        code = await self._code(RenewalStep.CONFIRM)
        await self.confirm_renewal(Confirmation(token, identifier, code, network))

    async def _code(self, step: RenewalStep) -> SecurityCodeAnswer:
        issued = await self.issue_security_code(step, SecurityCodeKind.DIGITS)
        return SecurityCodeAnswer(issued.id, self.captcha.answer_to(issued.id) or "")

    def _wire(
        self, relays: Mapping[str, Email], providers: Mapping[str, Sms], backoff: Backoff
    ) -> None:
        begin, read, clock = self.store.begin, self.store.read, self.clock
        ports: Ports = {"begin": begin, "clock": clock, "events": self.events}
        reading: Ports = {**ports, "read": read}
        informed: Ports = {**reading, "register": self.register, "randomness": self.randomness}
        setting: Ports = {"calendar": self.calendar, "keyring": self.keyring}
        self.request_renewal = RequestRenewal(
            intake=SqliteIntake(begin),
            security_codes=self.codes,
            randomness=self.randomness,
            **ports,
            **setting,
        )
        keys = RingPasswordKeys(self.keyring)
        issuer = PasswordIssuer(keys, STANDARD)
        sealing = AesGcmSealing(self.keyring, self.randomness)
        self.round_keys = KeepRoundKeys(begin, read, sealing, clock, self.randomness)
        if self.profile.keeps_password:
            issuer = SamePassword(keys, STANDARD, self.store)
        self.inspect_link = InspectLink(read, self.calendar, self.keyring, STANDARD, clock)
        self.confirm_renewal = ConfirmRenewal(
            security_codes=self.codes, issuer=issuer, **setting, **informed
        )
        conclude = ConcludeSms(**ports)
        self.record_receipt = RecordReceipt(begin, conclude, clock)
        hand_over = self._hand_over(issuer, providers)
        sending: Ports = {**reading, "hand_over": hand_over, "conclude": conclude}
        fail_over = FailOver(**sending)
        deliver_email = self._deliver_email(relays)
        handlers = {
            JobKind.SEND_LINK: SendLink(
                policy=STANDARD,
                round_keys=self.round_keys,
                countries=NumberingPlan(),
                **informed,
                **setting,
            ),
            JobKind.DELIVER_EMAIL: deliver_email,
            JobKind.DELIVER_TO_CELL: deliver_email,
            JobKind.RESEND_EMAIL: deliver_email.again,
            JobKind.ISSUE_PASSWORD: IssuePassword(**sending),
            JobKind.FOLLOW_SMS: fail_over,
            JobKind.FAIL_OVER: fail_over,
        }
        self.jobs = StoredJobs(begin, read)
        paces = WorkerSettings(concurrency=dict.fromkeys(JobKind, 50), backoff=backoff)
        self.worker = Worker(self.jobs, handlers, self.tidy, self.clock, paces)
        self._handlers, self._paces = handlers, paces
        watch = WatchRoutes(rule=self.profile.health, **reading)
        purge = PurgeExpired(begin, Terms(), clock, self.events)
        fold, fold_shares = FoldFigures(begin), FoldEvidence(begin)
        chores = [Chore(watch, MINUTE), Chore(fold, 7 * MINUTE), Chore(purge, 10 * MINUTE)]
        chores.append(Chore(fold_shares, 100 * MINUTE))
        if len(self.profile.mailboxes) > 1:  # one domain can be compared with no other
            chores.append(Chore(self._watch_links(), MINUTE))
        self._chores, self._done = Chores(chores, clock), chores

    def alert(self, email: Email, rule: AlertRule, webhook: AlertWebhook) -> None:
        """From now on somebody is told of alerts, by this relay and this webhook."""
        begin, read, clock = self.store.begin, self.store.read, self.clock
        to = {Recipient.FIRST: EmailAddress("astreinte@example.org")}
        raising = RaiseAlerts(
            begin, read, clock, self.randomness, recipients=[*to, Recipient.WEBHOOK]
        )
        heard = AlertsHeard(self.events)
        patience = timedelta(minutes=1)
        watching = (raising, heard, rule, patience, self.calendar, clock)
        watch = WatchAlerts(read, self.jobs.backlog, *watching, watches_processes=False)
        dispatch = DispatchEmail(read, {"own": email}, MailRouteTable.of("own"), clock)
        send = SendAlert(read, to, webhook, dispatch, clock)
        handlers = {**self._handlers, JobKind.SEND_ALERT: send}
        self.worker = Worker(self.jobs, handlers, self.tidy, clock, self._paces)
        self._chores = Chores([*self._done, Chore(watch, MINUTE)], clock)

    def _watch_links(self) -> WatchLinks:
        clock, events = self.clock, self.events
        resend = ResendEmail(self.mail_table, STANDARD, self.keyring, clock, self.randomness)
        begin, read = self.store.begin, self.store.read
        return WatchLinks(begin, read, resend, LinkShareRule(), clock, events)

    async def tidy(self) -> None:
        """Judge the routes once a minute (the product does it every ten seconds), and purge."""
        await self._chores()

    def _deliver_email(self, relays: Mapping[str, Email]) -> DeliverEmail:
        begin, read, clock = self.store.begin, self.store.read, self.clock
        compose = ComposeEmail(
            begin,
            read,
            read,
            self.register,
            CELL,
            self.calendar,
            STANDARD,
            self.keyring,
            clock,
            NumberingPlan(),
        )
        dispatch = DispatchEmail(read, relays, self.mail_table, clock)
        return DeliverEmail(begin, read, compose, dispatch, STANDARD, clock, self.events)

    def _hand_over(self, issuer: PasswordIssuer, providers: Mapping[str, Sms]) -> HandOverPassword:
        routes = {each.route.name: each.route for each in self.profile.routes}
        given: Ports = {
            "begin": self.store.begin,
            "read": self.store.read,
            "providers": providers,
            "table": RouteTable(routes, {ANYWHERE: tuple(routes)}),
            "countries": NumberingPlan(),
            "health": self.profile.health,
            "spending": self.profile.spending,
            "clock": self.clock,
            "events": self.events,
        }
        dispatch = (AsIfFirst if self.profile.forgets_asking else DispatchSms)(**given)
        return HandOverPassword(
            begin=self.store.begin,
            read=self.store.read,
            register=self.register,
            credentials=self.credentials,
            dispatch=dispatch,
            keyring=self.keyring,
            issuer=issuer,
            calendar=self.calendar,
            policy=STANDARD,
            clock=self.clock,
            events=self.events,
        )
