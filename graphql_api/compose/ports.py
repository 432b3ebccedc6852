"""The adapters of one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import httpx

from adapters.connections.http import http_client
from adapters.countries import NumberingPlan
from adapters.inbox import Inbox
from adapters.journal import LoggedEvents
from adapters.sms.inlet import ReceiptInlet
from adapters.system import SystemClock, SystemRandomness
from core.ports.captcha import Captcha
from core.ports.clock import Clock
from core.ports.countries import Countries
from core.ports.credentials import Credentials
from core.ports.email import Email
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.register import Register
from core.ports.sms import Sms
from graphql_api.settings import Settings, SettingsRefused

from .captcha import choose_captcha, choose_fallback, choose_proof_of_work
from .credentials import choose_credentials
from .email import choose_email
from .neighbours import Neighbours
from .parts import Parts
from .register import choose_register
from .sms import choose_sms, lacking_for_sms
from .storage import Store, choose_store


@dataclass(frozen=True)
class Ports:
    """The adapters of one process. Replace any of them with `dataclasses.replace`."""

    store: Store
    register: Register
    credentials: Credentials
    captcha: Captcha
    proof_of_work: Captcha
    fallback: Captcha
    email: Email
    sms: Mapping[str, Sms]
    """By the names of their routes."""
    receipts: ReceiptInlet
    """Where gateways that keep a connection bring receipts."""
    countries: Countries
    clock: Clock
    randomness: Randomness
    events: Events
    inbox: Inbox | None
    http: httpx.AsyncClient
    neighbours: Neighbours
    """What the register and the credential store are reached through."""

    async def connect(self) -> None:
        """Bind to the gateways that keep a connection: a worker's matter."""
        for gateway in self.sms.values():
            start = getattr(gateway, "start", None)
            if start is not None:
                await start()

    async def close(self) -> None:
        """Let go of files and connections, in the reverse order of their use."""
        for port in (*self.sms.values(), self.email, self.credentials, self.register):
            close = getattr(port, "aclose", None) or getattr(port, "close", None)
            if close is not None and isawaitable(closing := close()):
                await closing
        await self.neighbours.aclose()
        await self.http.aclose()
        await self.store.close()


def choose_ports(settings: Settings, **given: Any) -> Ports:
    """The adapters that the settings name; `given` ones, by their name in `Ports`, take their place
    and need no settings. Raises `SettingsRefused`."""
    missing = settings.missing(given)
    if "sms" not in given:
        missing += lacking_for_sms(settings)
    if missing:
        raise SettingsRefused(f"also needed by what was chosen: {', '.join(missing)}")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    clock: Clock = given.get("clock") or SystemClock()
    randomness: Randomness = given.get("randomness") or SystemRandomness()
    http: httpx.AsyncClient = given.get("http") or http_client()
    inbox: Inbox | None = given.get("inbox") or _inbox(settings)
    neighbours = Neighbours(settings, http, clock)
    inlet = ReceiptInlet()
    parts = Parts(clock, randomness, http, inbox, inlet)
    build: dict[str, Callable[[], Any]] = {
        "store": lambda: choose_store(settings),
        "register": lambda: choose_register(settings, neighbours),
        "credentials": lambda: choose_credentials(settings, neighbours),
        "captcha": lambda: choose_captcha(settings, clock, randomness, inbox),
        "proof_of_work": lambda: choose_proof_of_work(settings, clock, randomness),
        "fallback": lambda: choose_fallback(settings, clock, randomness),
        "email": lambda: choose_email(settings, clock, inbox),
        "sms": lambda: choose_sms(settings, parts),
        "countries": NumberingPlan,
        "events": LoggedEvents,
    }
    chosen = {name: given.get(name) or make() for name, make in build.items()}
    if not isinstance(chosen["sms"], Mapping):  # one gateway, given by a host, for every route
        chosen["sms"] = dict.fromkeys(settings.sms_routes or (settings.sms,), chosen["sms"])
    return Ports(
        **chosen,
        receipts=inlet,
        clock=clock,
        randomness=randomness,
        inbox=inbox,
        http=http,
        neighbours=neighbours,
    )


def _inbox(settings: Settings) -> Inbox | None:
    gateways = {settings.sms, *(route.gateway for route in settings.sms_routes.values())}
    in_the_open = settings.dev_inbox or "inbox" in {settings.email, *gateways}
    return Inbox(settings.inbox_file) if in_the_open else None
