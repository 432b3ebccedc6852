"""What operators are told names no voter, and holds nothing that serves in a voter's stead.

Voters renew, in vain and with success; then every field of the operators' schema is asked for,
whole, and metrics, report and log are read. Nothing that voters typed or were sent stands there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from graphql_api.access.scopes import DELIVERIES, EVIDENCE, OPERATIONS, OPERATIONS_ACT
from graphql_api.bureau.csv_lines import csv_text
from graphql_api.bureau.page import page
from graphql_api.bureau.report import make_report
from graphql_api.schema.executable import build_schema
from graphql_api.strawberry_inside import executable

SCHEMA = executable(build_schema(operators=True))
VOTERS = {"renewalLink", "securityCode", "assistance", "votingRound"}
"""Fields that voters' pages ask for: they give what they were given."""
GIVEN = {
    "deliveryRates": [
        f"by: {by}, minutes: 1440"
        for by in SCHEMA.get_type("DeliveryGrouping").values  # pyright: ignore
    ],
    "recoveryRequest": ['id: "{request}"'],
    "recoveryRequests": ["first: 50"],
    "unreachedVoters": ['roundId: "demo", first: 50'],
    "recoveryStatistics": [
        f'roundId: "demo", by: [{by}]'
        for by in SCHEMA.get_type("StatisticsAxis").values  # pyright: ignore
    ],
    "deliveryEvidence": [
        f'roundId: "demo", by: {by}'
        for by in SCHEMA.get_type("EvidenceAxis").values  # pyright: ignore
    ],
    "firstSending": ['roundId: "demo", by: COUNTRY'],
    "alerts": ["first: 50"],
}
"""Arguments of fields that need some; each of the lists is asked."""


def selected(type_: Any, depth: int = 6) -> str:
    """Everything of a type, as far as that can be asked for without arguments."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    kinds = SCHEMA.get_possible_types(named) if is_abstract_type(named) else [named]
    parts = [
        f"... on {kind.name} {{ __typename {' '.join(inner(kind, depth))} }}" for kind in kinds
    ]
    return "{ " + " ".join(parts) + " }"


def inner(kind: GraphQLObjectType, depth: int) -> list[str]:
    return [
        f"{name} {selected(field.type, depth - 1)}"
        for name, field in kind.fields.items()
        if depth and not any(map(is_required_argument, field.args.values()))
    ]


def operators_fields() -> list[tuple[str, GraphQLField, str]]:
    assert SCHEMA.query_type is not None
    return [
        (name, field, f"({arguments})" if arguments else "")
        for name, field in SCHEMA.query_type.fields.items()
        if name not in VOTERS
        for arguments in GIVEN.get(name, [""])
    ]


@dataclass
class Deployment:
    """In which voters have been, and what of theirs nobody else may read."""

    portal: Any
    secrets: set[str]
    log: StringIO

    def check(self, where: str, text: str) -> None:
        found = {each for each in self.secrets if each.lower() in text.lower()}
        assert not found, (where, found)


@pytest.fixture
async def deployment(open_guarded, logged, camille, dominique, claude, clock) -> Deployment:
    """Renewals that went well, that were dismissed, of a stranger, with a link that nobody took."""
    portal = await open_guarded(smallest_cell=1, highest_cost=2000)
    secrets = {await portal.renew(camille), portal.newest_token, "stranger", "00099999"}
    for voter in (dominique, claude):
        await portal.request(numic=voter.numic, email=voter.email)
    await portal.request(numic="00099999", email="stranger@example.org")
    await portal.work()
    clock.advance(timedelta(hours=5))
    secrets.add(await portal.token(camille))
    clock.advance(timedelta(hours=3))
    await portal.application.worker._tidy()
    for voter in (camille, dominique, claude):
        secrets |= {voter.numic, voter.numel, voter.email, voter.email.partition("@")[0]}
        secrets |= {voter.identifier, voter.phone, voter.phone and voter.phone[3:]}
    return Deployment(portal, {each for each in secrets if each}, logged)


@pytest.fixture
def as_operator(deployment, issuer):
    """Asks with every scope that there is for dashboards."""
    scopes = " ".join((DELIVERIES, OPERATIONS, OPERATIONS_ACT, EVIDENCE))

    async def ask(document: str) -> Any:
        headers = {"authorization": f"Bearer {issuer.dashboard(scope=scopes)}"}
        return await deployment.portal.http.post(
            "/graphql", json={"query": document}, headers=headers
        )

    return ask


async def test_no_field_tells(deployment, as_operator):
    """R20, R45: every field of the operators' schema, with all that can be selected."""
    listed = (await as_operator("{ recoveryRequests { edges { node { id } } } }")).json()
    ids = [each["node"]["id"] for each in listed["data"]["recoveryRequests"]["edges"]]
    assert len(ids) == 5
    whole = ""
    for name, field, arguments in operators_fields():
        for request in ids if "{request}" in arguments else ids[:1]:
            given = arguments.replace("{request}", request)
            answer = await as_operator(f"{{ {name}{given} {selected(field.type)} }}")
            assert "errors" not in answer.json(), (name, answer.text)
            deployment.check(name, answer.text)
            whole += answer.text
    assert {"NO_PHONE", "UNKNOWN_VOTER", "PASSWORD_SENT"} <= set(re.findall(r"[A-Z_]+", whole))


async def test_nothing_else_tells(deployment):
    """R20, R42: metrics, the bureau's report in both forms, and the log."""
    application = deployment.portal.application
    deployment.check("metrics", (await deployment.portal.http.get("/metrics")).text)
    [held] = application.settings.calendar.rounds
    now = application.ports.clock.now()
    report = await make_report(application.give_evidence, held, [], now)
    assert report.moments
    deployment.check("report", page(report, application.name_of_country))
    deployment.check("table", csv_text(report))
    assert "renewal_dismissed" in deployment.log.getvalue()
    deployment.check("log", deployment.log.getvalue())


async def test_what_is_looked_for_is_there(deployment):
    """The sample: all of it stands in what voters are sent, and would be found."""
    sent = json.dumps(deployment.portal.inbox)
    with pytest.raises(AssertionError, match="inbox"):
        deployment.check("inbox", sent)
