"""A whole renewal with everything in PostgreSQL: requests, jobs, register and credentials."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from importlib.resources import as_file, files
from typing import Any

import httpx
import pytest

from adapters.trial import SeededRandomness, SetClock
from core.errors import DependencyFailure
from core.voter import Numic
from graphql_api.app import build_app
from graphql_api.compose import Application, choose_ports, compose, load_register, prepare_database
from graphql_api.running.doctor import Finding, Grade, examine
from graphql_api.settings import Settings
from tests.servers.postgres import Databases, administer

CONFIRM = """
mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) { __typename }
}
"""
REQUEST = """
mutation Request($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) { __typename }
}
"""
ISSUE = (
    "mutation Issue($input: IssueSecurityCodeInput!) { issueSecurityCode(input: $input) { id } }"
)
CAMILLE, IDENTIFIER = Numic("00012345"), "K7WPQ2M4XN9B"


class FrontEnd:
    """Speaks GraphQL to one gateway, and reads the inbox beside it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        transport = httpx.ASGITransport(build_app(application), False, client=("203.0.113.7", 1))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://gateway.example.org")

    @property
    def inbox(self) -> dict[str, Any]:
        assert self.application.ports.inbox
        return self.application.ports.inbox.contents()

    async def ask(self, document: str, **form: object) -> Any:
        answer = (await self.http.post("/graphql", json=_body(document, form))).json()
        assert "errors" not in answer, answer
        (field,) = answer["data"].values()
        return field

    async def code(self, step: str) -> dict[str, str]:
        issued = await self.ask(ISSUE, step=step)
        return {"id": issued["id"], "answer": self.inbox["securityCodes"][issued["id"]]}

    async def request(self) -> None:
        email, code = "camille.martin@example.org", await self.code("REQUEST")
        asked = await self.ask(REQUEST, numic=CAMILLE.value, email=email, securityCode=code)
        assert asked == {"__typename": "RenewalRequested"}

    async def form(self) -> tuple[int, bytes, list[str]]:
        """What screen 2 is answered: the status, the body, and the names of the headers."""
        email, code = "camille.martin@example.org", await self.code("REQUEST")
        form = {"numic": CAMILLE.value, "email": email, "securityCode": code}
        answer = await self.http.post("/graphql", json=_body(REQUEST, form))
        return answer.status_code, answer.content, sorted(answer.headers)

    async def confirm(self, token: str) -> str:
        code = await self.code("CONFIRM")
        form = {"token": token, "identifier": IDENTIFIER, "securityCode": code}
        return (await self.ask(CONFIRM, **form))["__typename"]

    @property
    def token(self) -> str:
        return self.inbox["emails"][0]["text"].partition("#token=")[2][:43]

    @property
    def password(self) -> str:
        return self.inbox["sms"][0]["text"].splitlines()[1]


def _body(document: str, form: dict[str, object]) -> dict[str, object]:
    return {"query": document, "variables": {"input": form}}


@pytest.fixture
def dsn(databases: Databases) -> str:
    """A database with nothing in it."""
    return databases.create("template0")


@pytest.fixture
def settings(make_settings: Callable[..., Settings], dsn: str) -> Settings:
    return make_settings(database_url=dsn)


@pytest.fixture
async def prepared(settings: Settings) -> Settings:
    """After `reassort migrate` and `reassort import-register`."""
    assert await asyncio.to_thread(prepare_database, settings) is True
    settings.data_dir.mkdir(exist_ok=True)
    report = settings.data_dir / "report.csv"
    with as_file(files("graphql_api").joinpath("sample_register.csv")) as sample:
        outcome = await asyncio.to_thread(load_register, settings, sample, report)
    assert outcome.replaced
    return settings


@pytest.fixture
async def open_front_end(
    prepared: Settings, clock: SetClock, randomness: SeededRandomness
) -> AsyncIterator[Callable[[], Any]]:
    """Opens a gateway of its own, as on another machine, over the same database."""
    opened: list[FrontEnd] = []

    async def make() -> FrontEnd:
        ports = choose_ports(prepared, clock=clock, randomness=randomness)
        opened.append(FrontEnd(compose(prepared, ports)))
        await opened[-1].application.start()
        return opened[-1]

    yield make
    for front_end in opened:
        await front_end.http.aclose()
        await front_end.application.stop()


async def test_renewal_over_several_machines(open_front_end, dsn, clock, prepared):
    """R2-R6, R30: asked for at one machine, worked off by another, confirmed at a third: the
    password in the SMS is then the voter's, and none of it is in a file."""
    first, second, third = [await open_front_end() for _ in range(3)]
    await first.request()
    await second.application.worker.drain()
    token = third.token
    assert await third.confirm(token) == "PasswordRenewed"
    await second.application.worker.drain()
    assert await first.application.ports.credentials.verify(CAMILLE, first.password)
    rows = await administer(dsn, "SELECT state FROM recovery_request")
    assert [each[0] for each in rows] == ["password_sent"]
    assert [each[0] for each in await administer(dsn, "SELECT numic FROM credential")] == [
        CAMILLE.value
    ]
    assert sorted(each.name for each in prepared.data_dir.iterdir() if "sqlite" in each.name) == []
    assert await third.confirm(token) == "LinkRejected"


async def test_a_later_renewal_wins(open_front_end, clock):
    """R19: the later password is in force, the earlier one is not."""
    portal = await open_front_end()
    passwords = []
    for _ in range(2):
        await portal.request()
        await portal.application.worker.drain()
        await portal.confirm(portal.token)
        await portal.application.worker.drain()
        passwords.append(portal.password)
        clock.advance(timedelta(minutes=5))
    verify = portal.application.ports.credentials.verify
    assert [await verify(CAMILLE, each) for each in passwords] == [False, True]


async def test_a_worker_is_woken(open_front_end):
    """R23: a worker that runs hears of what another machine queued."""
    gateway, worker = await open_front_end(), await open_front_end()
    async with worker.application.working():
        await gateway.request()
        async with asyncio.timeout(60):
            while not gateway.inbox["emails"]:
                await asyncio.sleep(0.05)


async def test_the_operators_view(open_front_end):
    """R31: readiness, the backlog and dead letters are read from PostgreSQL."""
    portal = await open_front_end()
    await portal.request()
    assert await portal.application.is_ready()
    _, backlog, _ = await portal.application.read_report()
    assert (backlog.waiting, backlog.dead) == (1, 0)
    assert await portal.application.jobs.list(10) == []


async def test_stopped_on_another_machine(open_front_end, clock):
    """R3, R61: A1: what one machine orders holds at the next call of the others; what a form is
    answered is the same to the byte, apart from the id of the call."""
    portal, operator = await open_front_end(), await open_front_end()
    before = await portal.form()
    await portal.application.worker.drain()
    clock.advance(timedelta(minutes=5))
    await operator.application.freeze_voters.freeze(CAMILLE, "jeanne", "a relative reads the mails")
    assert await portal.confirm(portal.token) == "LinkRejected"
    assert await portal.form() == before
    await portal.application.worker.drain()
    emails = portal.inbox["emails"]
    assert len(emails) == 2
    assert "Aucun autre mot de passe" in emails[0]["text"]
    await operator.application.freeze_voters.unfreeze(CAMILLE, "jeanne")
    assert await operator.confirm(emails[1]["text"].partition("#token=")[2][:43]) == (
        "PasswordRenewed"
    )


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {each.subject: each for each in findings}


async def test_doctor(prepared, dsn):
    """`doctor` looks at store, register and credentials in PostgreSQL, and tells no secret."""
    found = by_subject(await asyncio.to_thread(examine, prepared))
    assert found["database"].text == "reachable, right schema, no dead letters"
    assert found["register"].text == "answers"
    assert found["credentials"].text == "reachable"
    await administer(dsn, "UPDATE register_voter SET identifier_renewed_in = 'dmeo'")
    await administer(dsn, "DROP TABLE credential")
    found = by_subject(await asyncio.to_thread(examine, prepared))
    assert "does not have: dmeo" in found["register"].text
    assert found["credentials"].verdict is Grade.BAD
    assert "UndefinedTableError" in found["credentials"].text


async def test_doctor_before_anything_is_made(settings, dsn):
    """An empty database is named, with the command that makes what is missing."""
    found = by_subject(await asyncio.to_thread(examine, settings))
    assert "run `reassort migrate`" in found["database"].text
    assert found["register"].verdict is found["credentials"].verdict is Grade.BAD
    await asyncio.to_thread(prepare_database, settings)
    found = by_subject(await asyncio.to_thread(examine, settings))
    assert "run `reassort import-register`" in found["register"].text
    assert found["credentials"].verdict is Grade.GOOD


async def test_preparing_again_changes_nothing(prepared):
    """`reassort migrate` may be run as often as one likes, and keeps what is there."""
    assert await asyncio.to_thread(prepare_database, prepared) is False
    found = by_subject(await asyncio.to_thread(examine, prepared))
    assert found["register"].text == "answers"


async def test_only_the_tables_that_are_used(make_settings, dsn):
    """Register and credentials that are kept elsewhere get no table."""
    settings = make_settings(database_url=dsn, register_kind="sqlite", credentials="sqlite")
    await asyncio.to_thread(prepare_database, settings)
    query = "SELECT to_regclass('register_voter'), to_regclass('credential')"
    assert [tuple(each) for each in await administer(dsn, query)] == [(None, None)]


async def test_a_server_that_is_away(make_settings, tmp_path):
    """R28: that PostgreSQL cannot be reached is told, without its address."""
    away = make_settings(database_url=f"postgresql://reassort:CANARY@/vote?host={tmp_path}")
    with pytest.raises(DependencyFailure) as failure:
        await asyncio.to_thread(prepare_database, away)
    assert "CANARY" not in str(failure.value)
    found = by_subject(await asyncio.to_thread(examine, away))
    for subject in ("database", "register", "credentials"):
        assert found[subject].verdict is Grade.BAD
        assert "CANARY" not in found[subject].text
