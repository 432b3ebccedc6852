"""A portal in small: every use case over a store without a disk, a set clock and neighbours that
fail when told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.captcha.digits import DigitsCaptcha
from adapters.countries import NumberingPlan
from adapters.credentials.hashing import Argon2Parameters
from adapters.credentials.memory import MemoryCredentials
from adapters.jobs.worker import Worker
from adapters.register.memory import MemoryRegister
from adapters.sealing import AesGcmSealing
from adapters.store.sqlite_intake import SqliteIntake
from adapters.store.stored_jobs import StoredJobs
from core.jobs import JobKind
from core.link_shares import LinkShareRule
from core.locale import Locale
from core.mail_routes import MailRouteTable
from core.password_issuer import PasswordIssuer
from core.password_keys import RingPasswordKeys
from core.policy import STANDARD, TRIAL
from core.retention import Terms
from core.route_health import HealthRule
from core.routes import Route, RouteTable
from core.security_code import RenewalStep, SecurityCodeAnswer, SecurityCodeKind
from core.spending import SpendingRule
from core.use_cases.compose_email import ComposeEmail
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.confirm_renewal import Confirmation, ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.contact_assistance import ContactAssistance
from core.use_cases.deliver_email import DeliverEmail
from core.use_cases.dispatch_email import DispatchEmail
from core.use_cases.dispatch_sms import DispatchSms
from core.use_cases.end_overdue import EndOverdue
from core.use_cases.fail_over import FailOver
from core.use_cases.hand_over_password import HandOverPassword
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_password import IssuePassword
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.purge_expired import PurgeExpired
from core.use_cases.record_bounce import RecordBounce
from core.use_cases.record_receipt import RecordReceipt
from core.use_cases.request_renewal import RenewalDemand, RequestRenewal
from core.use_cases.resend_email import ResendEmail
from core.use_cases.send_link import SendLink
from core.use_cases.settle_receipts import SettleReceipts
from core.use_cases.watch_links import WatchLinks
from core.use_cases.watch_routes import WatchRoutes
from core.voter import EmailAddress, Identifier, Numel, Numic, PhoneNumber, Voter
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents, TrialCredentials, TrialMessages, TrialRegister, TrialUnits

NUMIC = Numic("00012345")
EMAIL = EmailAddress("camille.martin@example.org")
IDENTIFIER = Identifier.parse("K7WPQ2M4XN9B")
VOTER = Voter(NUMIC, EMAIL, PhoneNumber("+33639980001"), Numel("000054321"))
CELL = EmailAddress("assistance@example.org")
ROOM = dict.fromkeys(JobKind, 1000)
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
BY_ID = {
    "requests": "recovery_request",
    "deliveries": "delivery",
    "assistance": "assistance_request",
}


class Portal:
    """The use cases, and the steps of a voter on the way to the one that is looked at."""

    numic, email_address, identifier, voter, cell = NUMIC, EMAIL, IDENTIFIER, VOTER, CELL

    def __init__(self, store, clock, randomness, keyring, policy=STANDARD):
        self.clock, self.randomness, self.keyring, self.policy = clock, randomness, keyring, policy
        now = clock.now()
        self.round = VotingRound("2027-1", now - timedelta(days=1), now + timedelta(days=2))
        self.calendar = Calendar.of([self.round])
        self.store, self.begin = store, TrialUnits(store.begin)
        self.voters, self.identifiers = {NUMIC: VOTER}, {NUMIC: IDENTIFIER}
        self.register = TrialRegister(MemoryRegister(self.voters, self.identifiers))
        self.kept_credentials = MemoryCredentials(Argon2Parameters(8, 1))
        self.credentials = TrialCredentials(self.kept_credentials)
        self.email, self.sms, self.events = TrialMessages(), TrialMessages(), KeptEvents()
        self.providers, self.relays = {"trial": self.sms}, {"trial": self.email}
        self.mail_table, self.link_shares = MailRouteTable.of("trial"), LinkShareRule()
        self.password_keys = None
        self.table = RouteTable.of_one(Route("trial"))
        self.health, self.spending = HealthRule(), SpendingRule()
        self.jobs = StoredJobs(self.store.begin, self.store.read)
        self.captcha = DigitsCaptcha(keyring, clock, randomness, policy.security_code_lifetime)
        self.codes = SecurityCodes({SecurityCodeKind.DIGITS: self.captcha})
        self.wire()

    def wire(self):
        """Put the use cases together, anew when a neighbour was exchanged."""
        ports = {"begin": self.begin, "clock": self.clock, "events": self.events}
        reading = ports | {"read": self.store.read, "register": self.register}
        chance = {"randomness": self.randomness}
        setting = {"calendar": self.calendar, "keyring": self.keyring}
        keys = self.password_keys or RingPasswordKeys(self.keyring)
        issuer = PasswordIssuer(keys, self.policy)
        self.issue_security_code = IssueSecurityCode(self.codes)
        self.request_renewal = RequestRenewal(
            intake=SqliteIntake(self.begin), security_codes=self.codes, **ports, **chance, **setting
        )
        sealing = AesGcmSealing(self.keyring, self.randomness)
        self.round_keys = KeepRoundKeys(
            self.begin, self.store.read, sealing, self.clock, self.randomness
        )
        self.send_link = SendLink(
            policy=self.policy,
            round_keys=self.round_keys,
            countries=NumberingPlan(),
            **reading,
            **chance,
            **setting,
        )
        compose = ComposeEmail(
            begin=self.begin,
            read=self.store.read,
            look_back=self.store.read,
            register=self.register,
            assistance_address=CELL,
            policy=self.policy,
            clock=self.clock,
            countries=NumberingPlan(),
            **setting,
        )
        dispatch_email = DispatchEmail(
            self.store.read, self.relays, self.mail_table, self.clock, self.link_shares
        )
        self.deliver_email = DeliverEmail(
            read=self.store.read,
            compose=compose,
            dispatch=dispatch_email,
            policy=self.policy,
            **ports,
        )
        self.inspect_link = InspectLink(
            self.store.read, self.calendar, self.keyring, self.policy, self.clock
        )
        self.confirm_renewal = ConfirmRenewal(
            security_codes=self.codes, issuer=issuer, **reading, **chance, **setting
        )
        self.dispatch = DispatchSms(
            read=self.store.read,
            providers=self.providers,
            table=self.table,
            countries=NumberingPlan(),
            health=self.health,
            spending=self.spending,
            **ports,
        )
        hand_over = HandOverPassword(
            begin=self.begin,
            read=self.store.read,
            register=self.register,
            credentials=self.credentials,
            dispatch=self.dispatch,
            keyring=self.keyring,
            issuer=issuer,
            calendar=self.calendar,
            policy=self.policy,
            clock=self.clock,
            events=self.events,
        )
        conclude = ConcludeSms(**ports)
        sending = ports | {"read": self.store.read, "hand_over": hand_over, "conclude": conclude}
        self.issue_password, self.fail_over = IssuePassword(**sending), FailOver(**sending)
        self.end_overdue = EndOverdue(
            self.store.read, self.issue_password, self.fail_over, self.policy, self.clock
        )
        self.record_receipt = RecordReceipt(self.begin, conclude, self.clock)
        self.settle_receipts = SettleReceipts(read=self.store.read, conclude=conclude, **ports)
        self.resend_email = ResendEmail(
            self.mail_table, self.policy, self.keyring, self.clock, self.randomness
        )
        self.watch_links = WatchLinks(
            read=self.store.read, resend=self.resend_email, rule=self.link_shares, **ports
        )
        self.record_bounce = RecordBounce(resend=self.resend_email, **ports)
        self.watch_routes = WatchRoutes(read=self.store.read, rule=self.health, **ports)
        self.contact_assistance = ContactAssistance(security_codes=self.codes, **ports, **chance)
        self.purge_expired = PurgeExpired(self.begin, Terms(), self.clock, self.events)

    def renew_without_end(self):
        """One voter may renew over and over."""
        self.policy = TRIAL
        self.wire()

    def hold(self, *rounds):
        """These voting rounds are the calendar."""
        self.calendar = Calendar.of(rounds)
        self.wire()

    def route_by(self, **routes):
        """The SMS goes by these routes, in their order, wherever it goes; each keeps what it is
        given. `routes`: their fields by name."""
        named = {name: Route(name, **fields) for name, fields in routes.items()}
        self.providers = {name: TrialMessages() for name in named}
        self.table = RouteTable(named, {"*": tuple(named)})
        self.wire()
        return self.providers

    def mail_by(self, *routes, **order):
        """E-mails go by these routes, in their order; each keeps what it is given."""
        self.relays = {name: TrialMessages() for name in routes}
        self.mail_table = MailRouteTable(routes, {"*": routes, **order})
        self.wire()
        return self.relays

    def known(self, **changes):
        """The register now says this of the voter."""
        self.voters[NUMIC] = replace(self.voters[NUMIC], **changes)

    def move_numel(self):
        """The register gives the voter's NUMEL to another voter, who is given back."""
        self.known(numel=None)
        return self.another_voter(numel=VOTER.numel)

    def another_voter(self, numel=None):
        """The register has a second voter, who is given back."""
        other = replace(
            VOTER,
            numic=Numic("00099999"),
            email=EmailAddress("dominique.bernard@example.org"),
            phone=PhoneNumber("+33639980099"),
            numel=numel,
        )
        self.voters[other.numic] = other
        self.identifiers[other.numic] = Identifier.parse("T4RJH8C2VW6D")
        return other

    async def code(self, step=RenewalStep.REQUEST, wrong=False):
        """A security code, with its right or a wrong answer."""
        issued = await self.issue_security_code(step, SecurityCodeKind.DIGITS)
        answer = self.captcha.answer_to(issued.id)
        return SecurityCodeAnswer(issued.id, f"{(int(answer) + wrong) % 10_000:04}")

    async def demand(self, number=NUMIC, email=EMAIL, code=None, locale=Locale.FR):
        return RenewalDemand(number, email, code or await self.code(), locale)

    async def ask(self, **changes):
        """Screen 2 is sent; the id of the request."""
        await self.request_renewal(await self.demand(**changes))
        return self.events.kept[-1].request_id

    async def ask_and_decide(self, **changes):
        """... and the worker has decided; the request as it stands then."""
        request_id = await self.ask(**changes)
        await self.send_link(request_id)
        return await self.request(request_id)

    async def link(self, **changes):
        """... and the e-mail has come: the request, and the token of its link."""
        request = await self.ask_and_decide(**changes)
        await self.deliver_email(f"{request.id}.link")
        return request, self.email.sent[-1].facts["token"]

    async def confirm(self, token, identifier=IDENTIFIER, code=None, network="", locale=None):
        """Screen 5 is sent."""
        code = code or await self.code(RenewalStep.CONFIRM)
        await self.confirm_renewal(Confirmation(token, identifier, code, network, locale))

    async def confirmed(self):
        """The id of a request that was confirmed."""
        request, token = await self.link()
        await self.confirm(token)
        return request.id

    async def request(self, request_id):
        async with self.store.read() as unit:
            return await unit.requests.get(request_id)

    async def delivery(self, delivery_id):
        async with self.store.read() as unit:
            return await unit.deliveries.get(delivery_id)

    async def attempts(self, delivery_id):
        async with self.store.read() as unit:
            return list(await unit.attempts.of(delivery_id))

    async def mail_attempts(self, delivery_id):
        async with self.store.read() as unit:
            return list(await unit.mail_attempts.of(delivery_id))

    async def due(self):
        """The keys of the jobs that are due, by a look that holds none."""
        claimed = await self.jobs.claim(ROOM, self.clock.now(), timedelta(0))
        return {each.job.key for each in claimed}

    async def work(self):
        """Let a worker run all that is due."""
        handlers = {
            JobKind.SEND_LINK: self.send_link,
            JobKind.DELIVER_EMAIL: self.deliver_email,
            JobKind.DELIVER_TO_CELL: self.deliver_email,
            JobKind.RESEND_EMAIL: self.deliver_email.again,
            JobKind.ISSUE_PASSWORD: self.issue_password,
            JobKind.FOLLOW_SMS: self.fail_over,
            JobKind.FAIL_OVER: self.fail_over,
        }
        await Worker(self.jobs, handlers, self.purge_expired, self.clock).drain()

    async def stored(self):
        """Every row of every table, to be compared with what is stored later."""
        async with self.store.read() as unit:
            return {
                name: list(await unit.sql.fetch(f"SELECT * FROM {name} ORDER BY 1"))
                for (name,) in await unit.sql.fetch(TABLES)
            }

    async def stored_but_for_causes(self):
        """The same without what says why a voter is not reached, which is noted at each try."""
        found = await self.stored()
        place = (await self.names_of("recovery_request")).index("cause")
        rows = found["recovery_request"]
        return found | {"recovery_request": [(*each[:place], *each[place + 1 :]) for each in rows]}

    async def names_of(self, table):
        async with self.store.read() as unit:
            return [row[1] for row in await unit.sql.fetch(f"PRAGMA table_info({table})")]

    async def all(self, port):
        """Everything that this port of the unit knows by an id."""
        async with self.store.read() as unit:
            return [
                await getattr(unit, port).get(id) for id in await self.column(BY_ID[port], "id")
            ]

    async def column(self, table, name):
        async with self.store.read() as unit:
            return [row[0] for row in await unit.sql.fetch(f"SELECT {name} FROM {table}")]

    async def delete(self, table):
        """Delete all rows of a table."""
        async with self.store.begin() as unit:
            await unit.sql.execute(f"DELETE FROM {table}")

    async def at_once(self, *calls):
        """Run the calls so that all have read before any of them writes; how each ended."""
        async with self.store.begin():
            tasks = [asyncio.ensure_future(call) for call in calls]
            for _ in range(10):
                await asyncio.sleep(0)
        return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def portal(diskless_store, clock, randomness, keyring):
    return Portal(diskless_store, clock, randomness, keyring)
