"""The adapters of one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from core.ports.life_cycle import Closes, Starts
from graphql_api.settings import Settings, SettingsRefused, refused_at

from .captcha import choose_captcha, choose_fallback, choose_proof_of_work
from .connections import Connections
from .credentials import choose_credentials
from .email import choose_email
from .password_keys import choose_password_keys
from .register import choose_register
from .sms import choose_sms, lacking_for_sms, routes_of
from .storage import Store, choose_store

if TYPE_CHECKING:
    import httpx

    from adapters.inbox import Inbox
    from core.alerts_heard import AlertsHeard
    from core.password_keys import PasswordKeys
    from core.ports.captcha import Captcha
    from core.ports.clock import Clock
    from core.ports.countries import Countries
    from core.ports.credentials import Credentials
    from core.ports.email import Email
    from core.ports.randomness import Randomness
    from core.ports.register import Register
    from core.ports.sms import Sms
    from core.use_cases.record_receipt import RecordReceipt


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Ports:
    """The adapters of one process, each made when it is first asked for. Replace any of them with
    `dataclasses.replace`, which makes the others."""

    settings: Settings
    clock: Clock
    randomness: Randomness
    events: AlertsHeard
    """Before the journal, or what a host has given in its place."""
    http: httpx.AsyncClient
    connections: Connections
    """What the register and the credential store are reached through."""
    inbox: Inbox | None
    store: Store
    register: Register
    credentials: Credentials
    password_keys: PasswordKeys
    captcha: Captcha
    proof_of_work: Captcha
    fallback: Captcha
    email: Email | Mapping[str, Email]
    """One for all mail routes, or one for each by its name."""
    sms: Mapping[str, Sms]
    """By the names of their routes."""
    countries: Countries
    take_receipt: RecordReceipt = field(init=False)
    """Where providers that keep a connection bring receipts."""

    def __init__(self, settings: Settings, **given: Any) -> None:
        if strange := set(given) - set(_MAKERS):
            raise TypeError(f"there is no port {', '.join(sorted(strange))}")
        if "events" in given:
            given["events"] = _heard(given["events"])
        vars(self).update(given, settings=settings)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Make what is not there yet. Raises `SettingsRefused`, also for a setting that its
            adapter refuses."""
            if name not in _MAKERS:
                raise AttributeError(name)
            with refused_at(_CHOSEN_BY.get(name, name)):
                made = vars(self)[name] = _MAKERS[name](self)
            return made

    async def connect(self) -> None:
        """Bind to the providers that keep a connection: a worker's matter."""
        for provider in self.sms.values():
            if isinstance(provider, Starts):
                await provider.start()

    async def close(self) -> None:
        """Let go of files and connections, in the reverse order of their making."""
        made = vars(self)
        async with AsyncExitStack() as stack:
            if "store" in made:
                stack.push_async_callback(self.store.close)
            close_later(stack, made.values())
            for each in (made.get("sms"), made.get("email")):
                if isinstance(each, Mapping):
                    close_later(stack, each.values())


def close_later(stack: AsyncExitStack, made: Iterable[object]) -> None:
    """Have each closed by the stack, the last one first."""
    for each in made:
        if isinstance(each, Closes):
            stack.push_async_callback(each.aclose)


def choose_ports(settings: Settings, **given: Any) -> Ports:
    """The adapters that the settings name; `given` ones, by their name in `Ports`, take their place
    and need no settings. Raises `SettingsRefused`, also for a setting that an adapter refuses."""
    ports = ports_on_demand(settings, **given)
    for each in fields(Ports):
        getattr(ports, each.name)
    return ports


def ports_on_demand(settings: Settings, **given: Any) -> Ports:
    """Like `choose_ports`, but that each is made, and refuses, when it is first asked for. What is
    missing is said now."""
    given = {name: port for name, port in given.items() if port is not None}
    missing = settings.missing(given)
    if "sms" not in given:
        missing += lacking_for_sms(settings)
    elif not isinstance(given["sms"], Mapping):  # one provider, given by a host, for every route
        given["sms"] = dict.fromkeys(routes_of(settings), given["sms"])
    if missing:
        raise SettingsRefused(f"also needed by what was chosen: {', '.join(missing)}")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Ports(settings, **given)


def _clock(_: Ports) -> Clock:
    from adapters.system import SystemClock

    return SystemClock()


def _randomness(_: Ports) -> Randomness:
    from adapters.system import SystemRandomness

    return SystemRandomness()


def _events(_: Ports) -> AlertsHeard:
    from adapters.journal import LoggedEvents

    return _heard(LoggedEvents())


def _heard(events: Any) -> AlertsHeard:
    from core.alerts_heard import AlertsHeard

    return events if isinstance(events, AlertsHeard) else AlertsHeard(events)


def _http(_: Ports) -> httpx.AsyncClient:
    from adapters.connections.http import http_client

    return http_client()


def _inbox(ports: Ports) -> Inbox | None:
    settings = ports.settings
    providers = {settings.sms, *(route.gateway for route in settings.sms_routes.values())}
    if not settings.dev_inbox and "inbox" not in {settings.email, *providers}:
        return None
    from adapters.inbox import Inbox

    return Inbox(settings.inbox_file)


def _countries(_: Ports) -> Countries:
    from adapters.countries import NumberingPlan

    return NumberingPlan()


def _take_receipt(ports: Ports) -> RecordReceipt:
    from core.use_cases.conclude_sms import ConcludeSms
    from core.use_cases.record_receipt import RecordReceipt

    begin, clock = ports.store.begin, ports.clock
    return RecordReceipt(begin, ConcludeSms(begin, clock, ports.events), clock)


_CHOSEN_BY = {
    "store": "DATABASE_URL",
    "register": "REASSORT_REGISTER",
    "credentials": "REASSORT_CREDENTIALS",
    "email": "REASSORT_EMAIL",
    "sms": "REASSORT_SMS",
}
"""The variable that chooses an adapter: it is named with what the adapter refuses."""
_MAKERS: Mapping[str, Callable[[Ports], Any]] = {
    "clock": _clock,
    "randomness": _randomness,
    "events": _events,
    "http": _http,
    "connections": lambda ports: Connections(ports.settings, ports.clock),
    "inbox": _inbox,
    "store": lambda ports: choose_store(ports.settings),
    "register": lambda ports: choose_register(ports.settings, ports),
    "credentials": lambda ports: choose_credentials(ports.settings, ports),
    "password_keys": lambda ports: choose_password_keys(ports.settings, ports),
    "captcha": lambda ports: choose_captcha(ports.settings, ports),
    "proof_of_work": lambda ports: choose_proof_of_work(ports.settings, ports),
    "fallback": lambda ports: choose_fallback(ports.settings, ports),
    "email": lambda ports: choose_email(ports.settings, ports),
    "sms": lambda ports: choose_sms(ports.settings, ports),
    "countries": _countries,
    "take_receipt": _take_receipt,
}
