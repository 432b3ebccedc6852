"""R53: what operators are told of alerts, and what they do about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alert import Alert, AlertAxis, AlertKind, AlertPlace
from core.errors import StoreUnavailable
from graphql_api.access.caller import ANONYMOUS, Access, Caller
from graphql_api.access.scopes import DELIVERIES, OPERATIONS, OPERATIONS_ACT
from graphql_api.schema.call import CONTEXT_KEY
from graphql_api.schema.executable import build_schema

MINUTE = timedelta(minutes=1)
WATCHER = Caller(Access.DASHBOARD, "u-1", frozenset([OPERATIONS]))
LIST = """query($states: [AlertState!], $first: Int! = 50, $after: String) {
    alerts(states: $states, first: $first, after: $after) {
        edges { cursor node { id kind axis value figures { name value } state times firstSeen
            raisedAt lastSeen acknowledgedAt acknowledgedBy resolvedAt resolvedBy note help
            text english: text(locale: EN) } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }"""


@pytest.fixture
def look(guarded, issuer):
    async def look(document=LIST, scope=OPERATIONS, **variables):
        answer = await guarded.http.post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"authorization": f"Bearer {issuer.dashboard(scope=scope)}"},
        )
        return answer.json()

    return look


@pytest.fixture
async def alerts(guarded, noon):
    """One that is open, of a country; one that was resolved by hand, of the deployment."""
    place = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR")
    figures = {"delivered": 3, "ended": 20}
    first = Alert("a1", place, figures, noon, noon, noon + MINUTE)
    second = Alert("a2", AlertPlace(AlertKind.JOBS_BURIED), {}, noon + MINUTE, noon, noon)
    done = second.acknowledged("jeanne", "", noon).resolved_by_hand("paul", "queued again", noon)
    async with guarded.application.ports.store.begin() as unit:
        for each in (first, done):
            await unit.alerts.add(each)
    return [first, done]


async def test_all_that_is_known_of_an_alert(look, alerts):
    """R53: in the caller's language, with the page that helps."""
    answer = await look(states=["RAISED", "ACKNOWLEDGED"])
    (edge,) = answer["data"]["alerts"]["edges"]
    assert edge["node"] == {
        "id": "a1",
        "kind": "DELIVERY_FELL",
        "axis": "COUNTRY",
        "value": "AR",
        "figures": [{"name": "delivered", "value": "3"}, {"name": "ended", "value": "20"}],
        "state": "RAISED",
        "times": 1,
        "firstSeen": alerts[0].first_seen.isoformat(),
        "raisedAt": alerts[0].first_seen.isoformat(),
        "lastSeen": alerts[0].last_seen.isoformat(),
        "acknowledgedAt": None,
        "acknowledgedBy": None,
        "resolvedAt": None,
        "resolvedBy": None,
        "note": "",
        "help": "docs/how-to/the-last-evening.md",
        "text": "Trop peu de messages arrivent (pays AR).",
        "english": "Too few messages arrive (country AR).",
    }


async def test_page_by_page(look, alerts):
    """R53: the one that was first seen last comes first."""
    first = (await look(first=1))["data"]["alerts"]
    assert [each["node"]["id"] for each in first["edges"]] == ["a2"]
    assert first["edges"][0]["node"]["state"] == "RESOLVED"
    assert first["edges"][0]["node"]["resolvedBy"] == "paul"
    assert first["pageInfo"]["hasNextPage"]
    rest = (await look(first=1, after=first["pageInfo"]["endCursor"]))["data"]["alerts"]
    assert [each["node"]["id"] for each in rest["edges"]] == ["a1"]
    assert not rest["pageInfo"]["hasNextPage"]
    assert rest["pageInfo"]["hasPreviousPage"]
    none = (await look(states=["ACKNOWLEDGED"]))["data"]["alerts"]
    assert (none["edges"], none["pageInfo"]["startCursor"]) == ([], None)


@pytest.mark.parametrize(
    ("given", "field"), [({"first": 0}, "first"), ({"after": "no cursor"}, "after")]
)
async def test_what_cannot_be_used_is_named(look, alerts, given, field):
    """R37: in `errors`, by its argument."""
    (error,) = (await look(**given))["errors"]
    assert error["extensions"]["code"] == "INVALID_FIELDS"
    assert field in error["message"]


async def test_whoever_watches_figures_sees_no_alert(look, alerts):
    """R40: alerts are for those who may look at requests."""
    answer = await look(scope=DELIVERIES)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert answer["data"] is None


ACT = """mutation($id: ID!, $note: String! = "", $locale: Locale! = FR) {
    VERB(id: $id, note: $note, locale: $locale) {
        ... on AlertAnswered { alert { id state note acknowledgedBy resolvedBy } }
        ... on Problem { code message }
        ... on InvalidFields { fields { field code } }
    } }"""
ACKNOWLEDGE = ACT.replace("VERB", "acknowledgeAlert")
RESOLVE = ACT.replace("VERB", "resolveAlert")
ACTING = f"{OPERATIONS} {OPERATIONS_ACT}"


async def test_an_operator_acknowledges_and_resolves(look, alerts, guarded):
    """R53, R42: in the operator's name, which nobody types; the note stays; the trace is kept."""
    first = await look(ACKNOWLEDGE, ACTING, id="a1", note="the provider is told")
    alert = first["data"]["acknowledgeAlert"]["alert"]
    assert (alert["state"], alert["note"]) == ("ACKNOWLEDGED", "the provider is told")
    name = alert["acknowledgedBy"]
    assert name
    alert = (await look(RESOLVE, ACTING, id="a1"))["data"]["resolveAlert"]["alert"]
    assert (alert["state"], alert["note"]) == ("RESOLVED", "the provider is told")
    assert alert["resolvedBy"] == name
    async with guarded.application.ports.store.read() as unit:
        noted = await unit.interventions.latest(2)
    assert [(each.act, each.by) for each in noted] == [
        ("alert_resolved", name),
        ("alert_acknowledged", name),
    ]


@pytest.mark.parametrize("verb", ["acknowledgeAlert", "resolveAlert"])
@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"id": "a9"}, "UNKNOWN_ALERT", "Cette alerte n’existe pas, ou plus."),
        ({"id": "a2"}, "ALERT_RESOLVED", "Cette alerte est déjà résolue."),
        ({"id": "a2", "locale": "EN"}, "ALERT_RESOLVED", "This alert is resolved already."),
    ],
)
async def test_what_is_not_there_or_over(look, alerts, verb, given, code, message):
    """R37: typed, and in the caller's language."""
    answer = (await look(ACT.replace("VERB", verb), ACTING, **given))["data"][verb]
    assert answer == {"code": code, "message": message}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"id": "a1", "note": "x" * 201}, "note", "TOO_LONG"),
        ({"id": "a1", "note": "x\0"}, "note", "MALFORMED"),
        ({"id": ""}, "id", "MALFORMED"),
    ],
)
async def test_what_cannot_be_noted(look, alerts, given, field, code):
    """R37: nothing is done."""
    answer = (await look(RESOLVE, ACTING, **given))["data"]["resolveAlert"]
    assert answer["fields"] == [{"field": field, "code": code}]
    open_ones = (await look(states=["RAISED"]))["data"]["alerts"]["edges"]
    assert [each["node"]["id"] for each in open_ones] == ["a1"]


@pytest.mark.parametrize("scope", [OPERATIONS, OPERATIONS_ACT])
async def test_whoever_may_only_look_does_not_act(look, alerts, scope):
    """R40, R57: both scopes are asked."""
    answer = await look(ACKNOWLEDGE, scope, id="a1")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_host_without_a_fence_refuses_too(guarded, alerts):
    """R40: the resolver asks once more."""
    schema = build_schema(operators=True)
    for caller, code in ((ANONYMOUS, "UNAUTHENTICATED"), (WATCHER, "FORBIDDEN")):
        call = guarded.application.gateway.call("127.0.0.1", caller)
        answer = await schema.execute(
            RESOLVE, variable_values={"id": "a1"}, context_value={CONTEXT_KEY: call}
        )
        assert [each.original_error.code for each in answer.errors] == [code]


async def test_the_database_does_not_answer(guarded, look, alerts):
    """R37: nothing is done, and the caller may come again."""

    def down():
        raise StoreUnavailable("rehearsed")

    answers = replace(guarded.application.gateway.answer_alerts, begin=down)
    gateway = replace(guarded.application.gateway, answer_alerts=answers)
    call = gateway.call("127.0.0.1", Caller(Access.DASHBOARD, "jeanne", frozenset(ACTING.split())))
    schema = build_schema(operators=True)
    answer = await schema.execute(
        RESOLVE, variable_values={"id": "a1"}, context_value={CONTEXT_KEY: call}
    )
    assert answer.data["resolveAlert"]["code"] == "TEMPORARILY_UNAVAILABLE"
