"""A real browser before the portal's pages, and the gateway behind them in this process.

`Gateway` serves a whole deployment on loopback with a set clock; `Voter` is one page in a context
of its own, which notes every request, console message and breach of the content security policy.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.base import AxeBase
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    Request,
    Route,
    expect,
    sync_playwright,
)

from adapters.captcha.proof_of_work import ProofOfWorkCaptcha, Work
from adapters.trial import SeededRandomness, SetClock
from core.delivery import DeliveryState
from core.errors import SecurityCodesUnavailable
from core.keys import Keyring
from core.security_code import CheckedAnswer, IssuedSecurityCode, Media, RenewalStep
from core.use_cases.record_bounce import Bounce, BounceOutcome
from core.voter import Numic
from graphql_api.app import build_app
from graphql_api.compose import Application, choose_ports, compose, load_register
from graphql_api.running.serving import address_of, bind
from graphql_api.settings import Settings, read_settings
from tests.paying import proof_for
from tests.rehearsal import TrialRegister
from tests.servers.sqlite import new_database
from tests.worked_out_once import _worked_out_once

__all__ = ["_worked_out_once"]

FOLDER = Path(__file__).parent
PORTAL = files("graphql_api.portal")
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
)
"""The build without a window, where it is installed: the same pages at half the CPU time."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-site-isolation-trials",  # there is one site
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 60.0
"""Seconds to wait for what usually takes a fraction of one: the machine may be busy."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LOADING = re.compile("se charge|is loading")
TOKEN = re.compile(r"http://[\w.:]+/renouveler#token=([\w-]{43})")

expect.set_options(timeout=PATIENCE * 1000)


# -- The browser: one for the whole folder --


class Chromium:
    """Started by the first test that wants it, ended when the folder is left: while it runs, this
    thread has an event loop that the asynchronous tests of other folders could not bear."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        if self._browser is None:
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(
                executable_path=CHROMIUM, args=list(FLAGS)
            )
        return self._browser

    def quit(self) -> None:
        if self._browser is not None and self._playwright is not None:
            self._browser.close()
            self._playwright.stop()
        self._browser = self._playwright = None


_CHROMIUM = Chromium()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is None or FOLDER not in nextitem.path.parents:
        _CHROMIUM.quit()


@pytest.fixture
def browser() -> Browser:
    """Debian's Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("the browser tests need Chromium: install it, or name it in CHROMIUM")
    return _CHROMIUM.browser()


# -- The gateway --


@dataclass(frozen=True)
class SampleVoter:
    """A voter of the sample register."""

    numic: str
    numel: str
    email: str
    identifier: str


CAMILLE = SampleVoter("00012345", "000000101", "camille.martin@example.org", "K7WPQ2M4XN9B")


class CaptchaOut:
    """The port `Captcha` of a service that does not answer."""

    async def issue(self, step: RenewalStep) -> IssuedSecurityCode:
        raise SecurityCodesUnavailable("rehearsed outage")

    async def check(self, step: RenewalStep, code_id: str, answer: str) -> CheckedAnswer:
        raise SecurityCodesUnavailable("rehearsed outage")

    async def find(self, code_id: str) -> IssuedSecurityCode | None:
        raise SecurityCodesUnavailable("rehearsed outage")

    async def picture(self, code_id: str) -> Media | None:
        raise SecurityCodesUnavailable("rehearsed outage")

    async def sound(self, code_id: str, locale: object) -> Media | None:
        raise SecurityCodesUnavailable("rehearsed outage")


class _Server(uvicorn.Server):
    """Serves in a thread, and says when it is ready and on which event loop it runs."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()


@dataclass
class Gateway:
    """A deployment that serves its portal, and what an operator can see behind it."""

    base: str
    application: Application
    clock: SetClock
    server: _Server
    thread: threading.Thread
    register: TrialRegister

    @property
    def inbox(self) -> dict[str, Any]:
        assert self.application.ports.inbox is not None
        return self.application.ports.inbox.contents()

    @property
    def newest_code(self) -> str:
        """The answer to the security code that was issued last."""
        return next(iter(self.inbox["securityCodes"].values()))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine where the application lives."""
        assert self.server.loop is not None
        return asyncio.run_coroutine_threadsafe(work, self.server.loop).result(PATIENCE)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the recovery store's file holds."""
        with closing(sqlite3.connect(self.application.settings.database)) as connection:
            return connection.execute(query, values).fetchall()

    @property
    def requests(self) -> list[str]:
        """State of each request, in the order in which they came."""
        query = "SELECT state FROM recovery_request ORDER BY received_at"
        return [state for (state,) in self.rows(query)]

    def works(self, password: str, voter: SampleVoter = CAMILLE) -> bool:
        """Whether the portal's sign-in takes this password."""
        verify = self.application.ports.credentials.verify
        return self.run(verify(Numic(voter.numic), password))

    def email(self, number: int = 1) -> dict[str, str]:
        """The `number`-th e-mail, once it has come."""
        return self._message("emails", number)

    def sms(self, number: int = 1) -> dict[str, str]:
        """The `number`-th SMS, once it has come."""
        return self._message("sms", number)

    def _message(self, kind: str, number: int) -> dict[str, str]:
        until = time.monotonic() + PATIENCE
        while len(self.inbox[kind]) < number:
            assert time.monotonic() < until, f"{kind} number {number} has not come"
            time.sleep(0.02)
        return self.inbox[kind][-number]

    def ask(self, document: str, **variables: object) -> Any:
        """One operation over HTTP, as another front end would send it; its only field."""
        body = {"query": document, "variables": variables}
        answer = httpx.post(f"{self.base}/graphql", json=body, timeout=PATIENCE).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    def link(self, voter: SampleVoter = CAMILLE, number: int | None = None) -> str:
        """Ask for a renewal and read the link in the mailbox."""
        number = number or len(self.inbox["emails"]) + 1
        issued = self.ask(
            "mutation Code { issueSecurityCode(input: {step: REQUEST}) { id price } }",
        )
        code = {"id": issued["id"], "answer": self.inbox["securityCodes"][issued["id"]]}
        code["proof"] = proof_for(issued["price"])
        form = {"numic": voter.numic, "email": voter.email, "securityCode": code}
        document = _operation("request-password-renewal")
        assert "code" not in self.ask(document, input=form)
        return link_in(self.email(number)["text"])

    def stop_renewals(self, voter: SampleVoter = CAMILLE) -> None:
        """What an operator does about a voter whose mailbox somebody else reads."""
        freezing = self.application.freeze_voters
        self.run(freezing.freeze(Numic(voter.numic), "operator", "asked for by the consulate"))

    def bounce(self) -> None:
        """The e-mail with the newest link comes back."""
        (delivery,) = self.rows("SELECT max(id) FROM delivery WHERE kind = 'link'")[0]
        reason, now = "5.1.1 no such mailbox", self.clock.now()
        report = Bounce(delivery, DeliveryState.FAILED, reason, now)
        assert self.run(self.application.record_bounce(report)) is BounceOutcome.RECORDED

    def usable(self, link: str) -> bool:
        """What the gateway says of a link."""
        token = link.partition("#token=")[2]
        return self.ask(_operation("renewal-link"), token=token, locale="FR")["usable"]


def link_in(text: str) -> str:
    """The link of an e-mail."""
    found = TOKEN.search(text)
    assert found, text
    return found[0]


def _operation(name: str) -> str:
    return PORTAL.joinpath("operations", f"{name}.graphql").read_text("utf-8")


def _keys_text(keyring: Keyring) -> str:
    encoded = ((key.id, urlsafe_b64encode(key.secret).decode()) for key in keyring.keys)
    return ",".join(f"{id}:{secret}" for id, secret in encoded)


@pytest.fixture(autouse=True)
def _hashes_cost_little(hashes_cost_little: None) -> None:
    """None of these tests speaks of it."""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the machine on which the tests run."""
    for name in os.environ:
        if name.upper().startswith("REASSORT_") or name.upper() == "DATABASE_URL":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _sample_register(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Path]:
    made: list[Path] = []

    def register_for(settings: Settings) -> Path:
        if not made:
            folder = tmp_path_factory.mktemp("register")
            with as_file(files("graphql_api").joinpath("sample_register.csv")) as sample:
                there = settings.model_copy(update={"data_dir": folder})
                load_register(there, sample, folder / "report.csv")
            made.append(there.register_file)
        return made[0]

    return register_for


GatewayMaker = Callable[..., Gateway]


@pytest.fixture
def serve(
    tmp_path: Path,
    noon: datetime,
    clock: SetClock,
    keyring: Keyring,
    _sample_register: Callable[[Settings], Path],
) -> Iterator[GatewayMaker]:
    """Serves a deployment on loopback; `captcha_out` and any setting may be given."""
    running: list[Gateway] = []

    def make(captcha_out: bool = False, **given: object) -> Gateway:
        listening = bind("127.0.0.1", 0)
        base = address_of(listening)
        round_ = {
            "id": "demo",
            "opens_at": noon - timedelta(days=1),
            "closes_at": noon + timedelta(days=30),
        }
        settings = read_settings(
            **{
                "keys": _keys_text(keyring),
                "data_dir": tmp_path / f"data{len(running)}",
                "voting_rounds": [round_],
                "policy": "trial",
                "email": "inbox",
                "sms": "inbox",
                "dev_inbox": True,
                "portal": True,
                "network_limit": "",
                "security_code_price": "required",
                "security_code_price_bits": 10,
                "assistance_address_limit": "",
                "assistance_phone": "+33 1 99 00 00 00",
                "assistance_hours": {"fr": "du lundi au vendredi", "en": "Monday to Friday"},
                "link_template": f"{base}/renouveler#token={{token}}",
                "stop_grace": 2,
                **given,
            }
        )
        settings.data_dir.mkdir()
        new_database(settings.database)
        shutil.copy(_sample_register(settings), settings.register_file)
        ports = choose_ports(settings, clock=clock, randomness=SeededRandomness())
        register = TrialRegister(ports.register)
        ports = replace(ports, register=register)
        if captcha_out:
            light = ProofOfWorkCaptcha(
                keyring, clock, ports.randomness, timedelta(minutes=10), Work(zeros=1)
            )
            ports = replace(ports, captcha=CaptchaOut(), fallback=light)
        application = compose(settings, ports)
        config = uvicorn.Config(
            build_app(application, work=True),
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=2,
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        assert server.ready.wait(PATIENCE), "the gateway did not start"
        running.append(Gateway(base, application, clock, server, thread, register))
        return running[-1]

    yield make
    for gateway in running:
        gateway.server.should_exit = True
        gateway.thread.join(PATIENCE)
        assert not gateway.thread.is_alive(), "the gateway did not stop"


@pytest.fixture
def gateway(serve: GatewayMaker) -> Gateway:
    """A deployment with the sample register and its assistance cell."""
    return serve()


# -- The voter --

WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  const found = JSON.parse(sessionStorage.getItem("breaches") ?? "[]");
  found.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`);
  sessionStorage.setItem("breaches", JSON.stringify(found));
});
"""
_AXE_SCRIPT = type("Script", (AxeBase,), {"run": None})().axe_script


@dataclass
class Voter:
    """One page in a context of its own, what a voter does on it, and what it let out."""

    gateway: Gateway
    context: BrowserContext
    page: Page
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)
    """Patterns of console errors that the test causes on purpose."""
    also: tuple[str, ...] = ()
    """Who else may be asked."""

    held: list[Route] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", lambda request: self.requests.append(request))
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    # What is done

    def open(self, address: str = "/") -> None:
        """Open a page of the portal, or a whole address, and wait until it is usable."""
        whole = address if address.startswith("http") else self.gateway.base + address
        self.page.goto(whole)
        self.ready()

    def ready(self) -> None:
        """Wait until the page is in its language and its form, if one is shown, can be sent."""
        expect(self.page.locator("[data-language]")).to_be_visible()
        expect(self.page.locator("#waiting-view")).to_be_hidden()
        if self.page.locator("[data-security-code]").is_visible():
            self.code_status.wait_for(state="attached")
            expect(self.code_status).not_to_have_text(LOADING)

    def see(self, text: str) -> None:
        """The heading of the view that is shown."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def picture(self) -> str:
        """The security code's picture, once it is there."""
        expect(self.code_status).not_to_have_text(LOADING)
        picture = self.page.locator("[data-security-code] img")
        expect(picture).to_have_attribute("src", re.compile("^data:image/png"))
        return picture.get_attribute("src") or ""

    def read_code(self) -> str:
        """What a human reads in the picture."""
        self.picture()
        return self.gateway.newest_code

    def misread_code(self) -> str:
        """Another four digits than those in the picture."""
        return f"{(int(self.read_code()) + 1) % 10_000:04}"

    def fill_request(self, numic: str = "12345", email: str = CAMILLE.email) -> None:
        """Fill in screen 2."""
        self.page.locator("#numic").fill(numic)
        self.page.locator("#email").fill(email)
        self.page.locator("#answer").fill(self.read_code())

    def fill_confirmation(self, identifier: str = CAMILLE.identifier) -> None:
        """Fill in screen 5."""
        self.page.locator("#identifier").fill(identifier)
        self.page.locator("#answer").fill(self.read_code())

    def fill_assistance(self, message: str = "Je n’ai rien reçu.") -> None:
        """Fill in the help form."""
        self.page.locator("#message").fill(message)
        self.page.locator("#email").fill(CAMILLE.email)
        self.page.locator("#answer").fill(self.read_code())

    def submit(self) -> None:
        self.page.locator("[type=submit]").click()

    # What can be seen

    @property
    def summary(self) -> Locator:
        """The error summary."""
        return self.page.locator("#problems")

    @property
    def code_status(self) -> Locator:
        """What is said of the security code."""
        return self.page.locator("[data-security-code] [role=status]")

    @property
    def answer_message(self) -> Locator:
        """The gateway's answer, on a confirmation or where a link is refused."""
        return self.page.locator(".answer:visible")

    def mutations(self, name: str) -> list[Request]:
        """The requests that carried this mutation."""
        return [each for each in self.requests if name in (each.post_data or "")]

    def sent(self, name: str) -> dict[str, Any]:
        """The input of the only mutation of that name."""
        (request,) = self.mutations(name)
        return json.loads(request.post_data or "")["variables"]["input"]

    def delay(self, pattern: str) -> Callable[[], None]:
        """Hold back the answers to a pattern of addresses, until the returned function is
        called."""
        open_ = [False]

        def hold(route: Route) -> None:
            if open_[0]:
                route.fallback()
            else:
                self.held.append(route)

        def release() -> None:
            open_[0] = True
            while self.held:
                self.held.pop(0).continue_()

        self.page.route(pattern, hold)
        return release

    def let_go(self) -> None:
        """Drop what is held back, and hold back nothing more."""
        self.page.unroute_all()
        while self.held:
            with suppress(Error):  # the page no longer waits for it
                self.held.pop().abort()

    def break_graphql(self, name: str, **answer: Any) -> Callable[[], None]:
        """Answer one operation with `answer` (nothing: cut the connection) until the returned
        function is called."""
        whole = re.compile("/graphql$")

        def broken(route: Route) -> None:
            if name not in (route.request.post_data or ""):
                route.fallback()
            elif answer:
                route.fulfill(**answer)
            else:
                route.abort("connectionreset")

        self.page.route(whole, broken)
        self.forgiven += ["Failed to load resource"]
        return lambda: self.page.unroute(whole, broken)

    # What must hold

    def breaches(self) -> list[str]:
        """Breaches of the content security policy in this tab."""
        found = self.page.evaluate("sessionStorage.getItem('breaches')")
        return json.loads(found or "[]")

    def check_clean(self) -> None:
        """No complaint of the browser, no breach of the policy, no request to anyone else."""
        forgiven = re.compile("|".join(self.forgiven) or "(?!)")
        assert [each for each in self.complaints if not forgiven.search(each)] == []
        if self.page.url.startswith(self.gateway.base):
            assert self.breaches() == []
        own = (f"{self.gateway.base}/", "data:", *(f"{each}/" for each in self.also))
        assert [each.url for each in self.requests if not each.url.startswith(own)] == []

    def violations(self, *without: str) -> list[str]:
        """What axe finds on the page as it is now, except by the rules named."""
        page = self.page
        if not page.evaluate("'axe' in window"):
            page.evaluate(_AXE_SCRIPT)
        options = {
            "runOnly": {"type": "tag", "values": list(TAGS)},
            "rules": {rule: {"enabled": False} for rule in without},
            "resultTypes": ["violations"],
            "preload": False,
        }
        found = page.evaluate("(options) => axe.run(options)", options)
        return [
            f"{each['id']} ({each['impact']}): {node['html']} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def focused(self) -> str:
        """The id of the element that has the focus, or its text."""
        return self.page.evaluate(
            "document.activeElement.id || document.activeElement.textContent.trim()"
        )


VoterMaker = Callable[..., Voter]


@pytest.fixture
def visit(browser: Browser) -> Iterator[VoterMaker]:
    """A voter at a gateway, with a fresh context whose options may be given. In the end every page
    is checked for complaints, breaches and strangers."""
    voters: list[Voter] = []

    def make(
        gateway: Gateway,
        context: BrowserContext | None = None,
        also: tuple[str, ...] = (),
        **options: Any,
    ) -> Voter:
        defaults = {"locale": "fr-FR", "timezone_id": "Europe/Paris"}
        if context is None:
            context = browser.new_context(**{**defaults, **options})
            context.set_default_timeout(PATIENCE * 1000)
            context.add_init_script(WATCH)
        voters.append(Voter(gateway, context, context.new_page(), also=also))
        return voters[-1]

    yield make
    try:
        for each in voters:
            if not each.page.is_closed():
                each.check_clean()
    finally:
        for each in voters:
            with suppress(Error):
                each.let_go()
                each.context.close()


@pytest.fixture
def voter(visit: VoterMaker, gateway: Gateway) -> Voter:
    """A voter whose browser speaks French."""
    return visit(gateway)


@pytest.fixture
def camille() -> SampleVoter:
    """Can renew."""
    return CAMILLE


@pytest.fixture
def read_link() -> Callable[[str], str]:
    """Finds the link in the text of an e-mail."""
    return link_in


@pytest.fixture(scope="session")
def catalogues() -> dict[str, dict[str, str]]:
    """The portal's texts by language."""
    folder = PORTAL.joinpath("locales")
    return {
        language: json.loads(folder.joinpath(f"{language}.json").read_text("utf-8"))
        for language in ("fr", "en")
    }
