"""One room of the sandbox: the application over neighbours in memory, built from the scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from adapters.captcha.digits import DigitsCaptcha
from adapters.captcha.inbox import InboxCaptcha
from adapters.credentials.hashing import Argon2Parameters
from adapters.inbox import Inbox
from adapters.sandbox.captcha import RIGHT, WRONG, FixedAnswerCaptcha
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.credentials import SandboxCredentials
from adapters.sandbox.email import Aftermath, SandboxEmail
from adapters.sandbox.outbox import Outbox, Sent
from adapters.sandbox.register import SandboxRegister
from adapters.sandbox.sms import SandboxSms
from adapters.sandbox.store import SandboxStore
from adapters.sms.inbox import InboxSms
from adapters.sms.text import SmsText
from adapters.system import SystemClock
from adapters.trial import SeededRandomness, SetClock
from core.password_keys import RingPasswordKeys
from core.ports.clock import Clock
from core.voter import ElectoralNumber, EmailAddress, Identifier, Numic, PhoneNumber, Voter
from core.voter_freeze import VoterFreeze
from graphql_api.access.authentication import Authentication
from graphql_api.scenarios.credentials import SandboxAuthentication
from graphql_api.scenarios.scenario import IDENTIFIER, ROUND, Scenario, Trouble
from graphql_api.scenarios.setbacks import SETBACKS, Setback, down_for
from graphql_api.scenarios.settings import PACED, SandboxOptions, sandbox_settings
from graphql_api.scenarios.table import SCENARIOS
from graphql_api.settings import Settings

from .access import build_authentication
from .application import Application
from .email import relays_of
from .ports import Ports, choose_ports

__all__ = ["RIGHT", "WRONG", "SandboxParts", "compose_sandbox"]

CHEAP = Argon2Parameters(memory_kib=8, time_cost=1, parallelism=1)
"""Nothing is guarded here."""


class SandboxApplication(Application):
    """That of a deployment, which also knows the callers that everyone may be."""

    @cached_property
    def authentication(self) -> Authentication:
        inner = build_authentication(self.settings, self.ports)
        return SandboxAuthentication(inner, self.settings.keyring, self.ports.clock)


@dataclass(frozen=True)
class SandboxParts:
    """An application, and what moves it that a deployment does not have."""

    application: Application
    clock: MovableClock
    aftermath: Aftermath
    outbox: Outbox

    async def start(self) -> None:
        """Open the application, and put in force what an operator has ordered before. The first
        place in the pace of a route is taken: others wait for theirs."""
        await self.application.start()
        keyring, now = self.application.settings.keyring, self.clock.now()
        paced = self.application.settings.sms_routes[PACED]
        numics = [Numic(each.numic) for each in SCENARIOS if each.frozen]
        async with self.application.ports.store.begin() as unit:
            for numic in numics:
                voter = {keyring.newest: keyring.pseudonym(numic.value)}
                order = VoterFreeze(f"sandbox-{numic.value}", voter, now, "sandbox", "a scenario")
                await unit.freezes.add(order)
            await unit.routes.pace(PACED, paced.rate or 1, paced.burst, now)

    async def catch_up(self) -> None:
        """Do everything that is due, and what follows from it."""
        await self.application.worker.catch_up()
        while await self.aftermath.settle(self.application.record_bounce):
            await self.application.worker.catch_up()

    async def sent(self) -> Sequence[Sent]:
        """Every message with its state, newest first."""
        return await self.outbox.read(self.application.ports.store.read)


def compose_sandbox(options: SandboxOptions) -> SandboxParts:
    """A room at its beginning. Opens nothing; raises `ValueError`."""
    clock = MovableClock(SetClock(options.at) if options.at else SystemClock())
    settings = sandbox_settings(options, _whole(clock.now()))
    register = _register(clock)
    ports = _ports(settings, options, clock, register)
    outbox = Outbox()
    relays = _relays(ports, outbox)
    ports = replace(ports, email=relays, sms=_sms(ports, outbox))
    application = SandboxApplication(settings, ports)
    links = {_address(each): each.link_fate for each in SCENARIOS if each.link_fate}
    bounces = settings.bounces_read
    aftermath = Aftermath(relays.values(), register, links, ports.store.begin, clock, bounces)
    return SandboxParts(application, clock, aftermath, outbox)


def _ports(
    settings: Settings, options: SandboxOptions, clock: MovableClock, register: SandboxRegister
) -> Ports:
    inbox, chance = Inbox(), SeededRandomness(options.seed.encode())
    lifetime = settings.renewal_policy.security_code_lifetime
    digits = DigitsCaptcha(
        settings.keyring, clock, SeededRandomness(f"codes:{options.seed}".encode()), lifetime
    )
    return choose_ports(
        settings,
        inbox=inbox,
        clock=clock,
        randomness=chance,
        store=_store(),
        register=register,
        credentials=_credentials(),
        password_keys=RingPasswordKeys(settings.keyring),
        sms={
            route: InboxSms(SmsText(settings.renewal_policy.password_length), inbox, clock, route)
            for route in settings.sms_routes
        },
        captcha=FixedAnswerCaptcha(InboxCaptcha(digits, inbox), digits, clock, lifetime),
    )


def _relays(ports: Ports, outbox: Outbox) -> dict[str, SandboxEmail]:
    """The first one gives some e-mails back, which the other brings."""
    fates = {_address(each): each.email_fate for each in SCENARIOS if each.email_fate}
    returned = {_address(each) for each in SCENARIOS if each.returned}
    late = {_address(each) for each in SCENARIOS if each.late}
    relays = relays_of(ports.settings, ports.email)
    first = next(iter(relays))
    return {
        name: SandboxEmail(each, outbox, fates, returned if name == first else (), late)
        for name, each in relays.items()
    }


def _sms(ports: Ports, outbox: Outbox) -> dict[str, SandboxSms]:
    fates = {PhoneNumber(each.phone): each.sms_fate for each in SCENARIOS if each.phone}
    return {
        route: SandboxSms(sms, route, outbox, ports.take_receipt, fates, ports.clock)
        for route, sms in ports.sms.items()
    }


def _store() -> SandboxStore:
    troubles = [(each, SETBACKS[each.at_request]) for each in SCENARIOS if each.at_request]
    return SandboxStore(
        {Numic(each.numic): setback for each, setback in troubles},
        {_address(each): setback for each, setback in troubles if each.request != "RenewalClosed"},
    )


def _credentials() -> SandboxCredentials:
    down = [each for each in SCENARIOS if each.at_issue is Trouble.NO_CREDENTIALS]
    setback = SETBACKS[Trouble.NO_CREDENTIALS]
    return SandboxCredentials(CHEAP, {Numic(each.numic): setback for each in down})


def _register(clock: Clock) -> SandboxRegister:
    voters = {Numic(each.numic): _voter(each) for each in SCENARIOS}
    identifiers = dict.fromkeys(voters, Identifier.parse(IDENTIFIER))
    setbacks = {
        Numic(each.numic): SETBACKS[each.at_confirm] for each in SCENARIOS if each.at_confirm
    }
    afterwards: dict[ElectoralNumber, Setback] = {
        Numic(each.numic): SETBACKS[each.at_issue]
        for each in SCENARIOS
        if each.at_issue and each.at_issue is not Trouble.NO_CREDENTIALS
    }
    undecided: dict[ElectoralNumber, Setback] = {
        Numic(each.numic): down_for(each.undecided_for, clock)
        for each in SCENARIOS
        if each.undecided_for
    }
    return SandboxRegister(voters, identifiers, setbacks, afterwards, undecided)


def _voter(scenario: Scenario) -> Voter:
    return Voter(
        Numic(scenario.numic),
        _address(scenario),
        PhoneNumber(scenario.phone) if scenario.phone else None,
        identifier_renewed_in=ROUND if scenario.renewed else None,
        has_unusable_phone=scenario.unusable,
        constituency=scenario.constituency,
    )


def _address(scenario: Scenario) -> EmailAddress:
    return EmailAddress(scenario.address)


def _whole(now: datetime) -> datetime:
    return now.replace(microsecond=0)
