"""The gateway in this process: embedded store, inbox, sample register, a set clock, seeded chance.

`Portal` is a front end: it speaks GraphQL over HTTP to the ASGI app and reads the inbox.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from adapters.trial import SeededRandomness, SetClock
from core.keys import Keyring
from core.voter import Numic
from graphql_api.app import build_app
from graphql_api.compose import (
    Application,
    Ports,
    choose_ports,
    compose,
    load_register,
    prepare_database,
)
from graphql_api.running.logs import configure_logs
from graphql_api.settings import Settings, read_settings
from tests.graphql_api.processes import keys_text, shifted, two_engines, typed
from tests.servers.sqlite import new_database
from tests.worked_out_once import _worked_out_once

__all__ = ["_worked_out_once", "keys_text", "shifted", "two_engines", "typed"]

ISSUE = """
mutation Issue($input: IssueSecurityCodeInput!) {
  issueSecurityCode(input: $input) { id kind expiresAt challenge }
}
"""
REQUEST = """
mutation Request($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) {
    __typename
    ... on RenewalRequested { message linkLifetime }
    ... on Problem { code message }
    ... on InvalidFields { fields { field code message } }
    ... on TooManyRequests { retryAfter }
    ... on TemporarilyUnavailable { retryAfter }
  }
}
"""
CONFIRM = """
mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) {
    __typename
    ... on PasswordRenewed { message }
    ... on Problem { code message }
    ... on InvalidFields { fields { field code message } }
    ... on LinkRejected { attemptsLeft }
    ... on TooManyRequests { retryAfter }
    ... on TemporarilyUnavailable { retryAfter }
  }
}
"""
ASSIST = """
mutation Assist($input: ContactAssistanceInput!) {
  contactAssistance(input: $input) {
    __typename
    ... on AssistanceContacted { reference message }
    ... on Problem { code message }
    ... on InvalidFields { fields { field code message } }
    ... on TooManyRequests { retryAfter }
    ... on TemporarilyUnavailable { retryAfter }
  }
}
"""
LINK = """
query Link($token: String!, $locale: Locale! = FR) {
  renewalLink(token: $token) { usable code expiresAt message(locale: $locale) }
}
"""
TOKEN = re.compile(r"https://vote\.example\.org/renouveler#token=([\w-]{43})")


@dataclass(frozen=True)
class SampleVoter:
    """A voter of the sample register."""

    numic: str
    numel: str
    email: str
    identifier: str
    phone: str | None


CAMILLE = SampleVoter(
    "00012345", "000000101", "camille.martin@example.org", "K7WPQ2M4XN9B", "+33639980001"
)
DOMINIQUE = SampleVoter(
    "00054321", "000000102", "dominique.bernard@example.org", "T4RJH8C2VW6D", None
)
CLAUDE = SampleVoter(
    "00067890", "000000103", "claude.petit@example.org", "M9XK3FQ7ZB5L", "+33639980002"
)


@dataclass
class Portal:
    """A front end on one client network, and what an operator can see behind it."""

    application: Application
    http: httpx.AsyncClient
    clock: SetClock

    ISSUE: ClassVar = ISSUE
    REQUEST: ClassVar = REQUEST
    CONFIRM: ClassVar = CONFIRM
    ASSIST: ClassVar = ASSIST
    LINK: ClassVar = LINK

    async def send(self, document: str, variables: object = None, **body: object) -> httpx.Response:
        """POST one operation as JSON."""
        content = {"query": document, "variables": variables, **body}
        return await self.http.post("/graphql", json=content)

    async def ask(self, document: str, **variables: object) -> Any:
        """The only field of the answer's `data`; fails when there are errors."""
        answer = (await self.send(document, variables)).json()
        assert "errors" not in answer, answer
        (field,) = answer["data"].values()
        return field

    async def code(self, step: str) -> dict[str, str]:
        """A security code for `step` with its right answer, as the input wants it."""
        issued = await self.ask(ISSUE, input={"step": step})
        return {"id": issued["id"], "answer": self.inbox["securityCodes"][issued["id"]]}

    async def request_over_http(self, **fields: object) -> httpx.Response:
        """Send screen 2, by default as Camille with a right security code."""
        form: dict[str, object] = {"numic": CAMILLE.numic, "email": CAMILLE.email, **fields}
        if "securityCode" not in form:
            form["securityCode"] = await self.code("REQUEST")
        return await self.send(REQUEST, {"input": form})

    async def request(self, **fields: object) -> Any:
        """What screen 2 answers."""
        answer = (await self.request_over_http(**fields)).json()
        assert "errors" not in answer, answer
        return answer["data"]["requestPasswordRenewal"]

    async def confirm(self, token: str, identifier: str, **fields: object) -> Any:
        """What screen 5 answers, by default to a right security code."""
        form: dict[str, object] = {"token": token, "identifier": identifier, **fields}
        if "securityCode" not in form:
            form["securityCode"] = await self.code("CONFIRM")
        return await self.ask(CONFIRM, input=form)

    async def link(self, token: str, **variables: object) -> Any:
        """What the link's page is told."""
        return await self.ask(LINK, token=token, **variables)

    async def work(self) -> None:
        """Run every job that is due, and what it causes."""
        await self.application.worker.drain()

    async def token(self, voter: SampleVoter = CAMILLE, **fields: object) -> str:
        """Ask for a renewal and read the link's token in the mailbox."""
        answer = await self.request(numic=voter.numic, email=voter.email, **fields)
        assert answer["__typename"] == "RenewalRequested", answer
        await self.work()
        return self.newest_token

    async def renew(self, voter: SampleVoter = CAMILLE, **fields: object) -> str:
        """A whole renewal; the new password, read on the phone."""
        answer = await self.confirm(await self.token(voter, **fields), voter.identifier, **fields)
        assert answer["__typename"] == "PasswordRenewed", answer
        await self.work()
        return self.newest_password

    async def works(self, password: str, voter: SampleVoter = CAMILLE) -> bool:
        """Whether the portal's sign-in takes this password."""
        return await self.application.ports.credentials.verify(Numic(voter.numic), password)

    @property
    def inbox(self) -> dict[str, Any]:
        assert self.application.ports.inbox is not None
        return self.application.ports.inbox.contents()

    @property
    def emails(self) -> list[dict[str, str]]:
        return self.inbox["emails"]

    @property
    def sms(self) -> list[dict[str, str]]:
        return self.inbox["sms"]

    @property
    def newest_token(self) -> str:
        found = next(filter(None, (TOKEN.search(each["text"]) for each in self.emails)))
        return found[1]

    @property
    def newest_password(self) -> str:
        return self.sms[0]["text"].splitlines()[1]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the recovery store's file holds."""
        with closing(sqlite3.connect(self.application.settings.database)) as connection:
            return connection.execute(query, values).fetchall()

    @property
    def requests(self) -> list[tuple[str, str | None]]:
        """State and reason of each request, in the order in which they came."""
        return self.rows("SELECT state, reason FROM recovery_request ORDER BY received_at")


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
def sample_register(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Path]:
    """The sample register's file under a keyring, made once for each."""
    made: dict[str, Path] = {}

    def import_for(settings: Settings) -> Path:
        text = settings.keys.get_secret_value()
        if text not in made:
            folder = tmp_path_factory.mktemp("register")
            with as_file(files("graphql_api").joinpath("sample_register.csv")) as sample:
                there = settings.model_copy(update={"data_dir": folder, "register_kind": "sqlite"})
                load_register(there, sample, folder / "report.csv")
            made[text] = there.register_file
        return made[text]

    return import_for


@pytest.fixture
def make_settings(tmp_path: Path, noon: datetime, keyring: Keyring) -> Callable[..., Settings]:
    """Settings of a trial deployment in a temporary folder; any may be given."""

    def make(**given: object) -> Settings:
        round_ = {
            "id": "demo",
            "opens_at": noon - timedelta(days=1),
            "closes_at": noon + timedelta(days=30),
        }
        return read_settings(
            **{
                "keys": keys_text(keyring),
                "data_dir": tmp_path / "data",
                "voting_rounds": [round_],
                "email": "inbox",
                "sms": "inbox",
                "dev_inbox": True,
                "network_limit": "",
                "assistance_address_limit": "",
                "link_template": "https://vote.example.org/renouveler#token={token}",
                **given,
            }
        )

    return make


PortalMaker = Callable[..., Awaitable[Portal]]


@pytest.fixture
async def open_portal(
    make_settings: Callable[..., Settings],
    sample_register: Callable[[Settings], Path],
    clock: SetClock,
    randomness: SeededRandomness,
) -> AsyncIterator[PortalMaker]:
    """Opens a portal over settings; `adapt` may replace ports, `client` is the caller's address.

    Opening twice in one test is a restart over the same files.
    """
    opened: list[Portal] = []

    async def make(
        adapt: Callable[[Ports], Ports] = lambda ports: ports,
        client: str = "203.0.113.7",
        **given: object,
    ) -> Portal:
        settings = make_settings(**given)
        settings.data_dir.mkdir(exist_ok=True)
        if settings.engine == "sqlite":
            new_database(settings.database)
        else:
            await asyncio.to_thread(prepare_database, settings)
        if not settings.register_file.exists():
            shutil.copy(sample_register(settings), settings.register_file)
        nobody = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
        ports = adapt(choose_ports(settings, clock=clock, randomness=randomness, http=nobody))
        application = compose(settings, ports)
        await application.start()
        transport = httpx.ASGITransport(build_app(application), False, client=(client, 50123))
        http = httpx.AsyncClient(transport=transport, base_url="http://gateway.example.org")
        opened.append(Portal(application, http, clock))
        return opened[-1]

    yield make
    for portal in opened:
        await portal.http.aclose()
        await portal.application.stop()


@pytest.fixture
async def portal(open_portal: PortalMaker) -> Portal:
    """A portal over the sample register, without limits at the edge."""
    return await open_portal()


@pytest.fixture
def camille() -> SampleVoter:
    """Can renew."""
    return CAMILLE


@pytest.fixture
def dominique() -> SampleVoter:
    """Has no phone number on record."""
    return DOMINIQUE


@pytest.fixture
def claude() -> SampleVoter:
    """Has had the identifier renewed in this round."""
    return CLAUDE


@pytest.fixture
def logged() -> StringIO:
    """Everything that is logged, as it would be on standard error."""
    stream = StringIO()
    configure_logs("DEBUG", stream)
    return stream
