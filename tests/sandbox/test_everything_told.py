"""Whatever a client may be told, the sandbox can bring about: a room in which all of it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLUnionType, get_named_type

from core.delivery import DeliveryState
from core.locale import Locale
from core.messages import MessageKind
from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios import setbacks
from graphql_api.scenarios.scenario import LATER
from graphql_api.scenarios.settings import SandboxOptions
from graphql_api.scenarios.table import SCENARIOS
from graphql_api.schema.executable import build_schema
from graphql_api.schema.messages import catalogue
from tests.sandbox.partner import AT, BASE, Partner, client_of

CONFIRMATIONS = {"RENEWAL_REQUESTED", "PASSWORD_RENEWED", "ASSISTANCE_CONTACTED"}
"""Of the catalogue: no codes, but what is shown when all went well."""
ELSEWHERE = {"NOT_OFFERED"}
"""Where a kind of security code is missing: a sandbox has both."""
OPERATORS = {"UNKNOWN_ALERT", "ALERT_RESOLVED", MessageKind.ALERT}
"""Of alerts, which are for the authority's own people: a sandbox has partners' schema."""
COUNTED_APART = {
    "RECEIPT_NOT_EXPECTED": "receiptsNotExpected",
    "LINK_NOT_TAKEN": "linksNotTaken",
}
"""Causes that stand in no list, and the figures that count them."""
UNREACHED = """{ votersUnreached {
    waiting lost links causes { cause voters } linksNotTaken receiptsNotExpected
} }"""
RENEWED = SCENARIOS[0]
ISSUE = "mutation { issueSecurityCode(input: {step: REQUEST, kind: %s}) { id kind } }"


class Watching(Partner):
    """Keeps every word that is answered."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(http)
        self.seen = set[str]()
        self.unreached: dict[str, Any] = {}
        """As it was told once every voter had played, and nothing else."""

    async def post(self, path: str, body: object) -> httpx.Response:
        answer = await super().post(path, body)
        self.seen |= set(_words(answer.json() if answer.content else None))
        return answer

    async def get(self, path: str) -> Any:
        answer = await super().get(path)
        self.seen |= set(_words(answer))
        return answer

    async def watch(self, query: str, field: str) -> Any:
        told = await super().watch(query, field)
        self.seen |= set(_words(told))
        return told

    async def issue(self, kind: str) -> str:
        answer = await self.post("/graphql", {"query": ISSUE % kind})
        return (answer.json().get("data") or {}).get("issueSecurityCode", {}).get("id", "")


def _words(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, list | dict):
        for each in answer.values() if isinstance(answer, dict) else answer:
            yield from _words(each)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def partner() -> AsyncIterator[Watching]:
    """Who has played every voter of the table, and waited until links have run out."""
    app = build_sandbox(SandboxOptions(BASE, at=AT, limited=False))
    with pytest.MonkeyPatch.context() as patched, structlog.testing.capture_logs():
        patched.setattr(setbacks, "SLOW", 0)
        async with client_of(app) as http, app.router.lifespan_context(app):
            partner = Watching(http)
            for scenario in SCENARIOS:
                await partner.request(scenario)
                if scenario.confirm:
                    await partner.confirm(await partner.token(scenario))
            await partner.advance(LATER.total_seconds())
            partner.unreached = await partner.watch(UNREACHED, "votersUnreached")
            yield partner


@pytest.mark.asyncio(loop_scope="module")
async def test_each_voter_is_unreached_as_the_table_says(partner):
    """R41, R48: all of them at once: the figure and the cause of each, and of nobody else."""
    said = [each.unreached.partition(": ") for each in SCENARIOS if each.unreached]
    told = dict(partner.unreached)
    causes = {each["cause"]: each["voters"] for each in told.pop("causes")}
    assert +Counter(told) == Counter(field for field, _, _ in said)
    assert causes == Counter(cause for _, _, cause in said if cause)


@pytest.mark.asyncio(loop_scope="module")
async def test_whatever_a_client_may_be_told_can_be_brought_about(partner):
    """R41: each member of a union, value of an enum, code, kind and state of a message is among the
    answers. What joins the schema, the codes or the messages joins the sandbox."""
    await _codes(partner)
    await _fields(partner)
    await partner.inbox()
    told = await partner.watch(UNREACHED, "votersUnreached")
    partner.seen |= {cause for cause, field in COUNTED_APART.items() if told[field]}
    await _later(partner)
    for state in ("a route has fallen", "a route has recovered", "a mail route has fallen"):
        await partner.post("/dev/state", {"state": state})
        await partner.watch("{ routes { channel health } }", "routes")
    wanted = {*_members(), *_values(), *_codes_of_messages(), *MessageKind, *DeliveryState}
    assert sorted(wanted - CONFIRMATIONS - ELSEWHERE - OPERATORS - partner.seen) == []


async def _codes(partner: Watching) -> None:
    """Of security codes and of links."""
    await partner.issue("PROOF_OF_WORK")
    old, used = await partner.issue("DIGITS"), partner.code("request")
    await partner.request(RENEWED, securityCode=used)
    unpaid = {**partner.code("request"), "proof": "0"}
    for code in (used, partner.code("request", "0000"), partner.code("confirm"), unpaid):
        await partner.request(RENEWED, securityCode=code)
    await partner.confirm("made-up")
    token = await partner.token(RENEWED)
    await partner.confirm(token, identifier="AAAAAAAAAAAA")
    await partner.confirm(token)
    await partner.confirm(token)
    assert await partner.assist("someone@example.org") == "AssistanceContacted"
    await partner.advance(600)
    await partner.request(RENEWED, securityCode={"id": old, "answer": "1234"})


async def _fields(partner: Watching) -> None:
    """What cannot be used as typed."""
    await partner.request(RENEWED, numic="12A", email="", partner="nobody")
    await partner.request(RENEWED, numic="123456789", numel="1", email="nobody")
    await partner.request(RENEWED, numic="123456789")
    await partner.confirm("made-up", identifier="short")
    await partner.confirm("made-up", identifier="********!")


async def _later(partner: Watching) -> None:
    """The causes that take longer, as the table of ways says."""
    voters = {each.name: each for each in SCENARIOS}
    await partner.request(voters["email-queued"])
    await partner.advance(6 * 3600 + 60)
    await partner.watch(UNREACHED, "votersUnreached")
    await partner.reset()
    await partner.advance(30 * 86400 - 600)
    await partner.confirm(await partner.link(voters["sms-queued"]))
    await partner.advance(1200)
    await partner.watch(UNREACHED, "votersUnreached")


def _codes_of_messages() -> set[str]:
    """A message may be of one field, `securityCode.answer.REQUIRED`, or of one case of a code,
    `IDENTIFIER_MISMATCH.1`."""
    keys = set(catalogue(Locale.FR))
    divided = {key: key.partition(".")[0] for key in keys}
    return {first if first in keys else key.rpartition(".")[2] for key, first in divided.items()}


def _members() -> Iterator[str]:
    """Of every union."""
    for kind in build_schema()._schema.type_map.values():
        if isinstance(kind, GraphQLUnionType):
            yield from (member.name for member in kind.types)


def _values() -> Iterator[str]:
    """Of every enum that an answer may hold."""
    for kind in build_schema()._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                answered = get_named_type(field.type)
                if isinstance(answered, GraphQLEnumType):
                    yield from answered.values
