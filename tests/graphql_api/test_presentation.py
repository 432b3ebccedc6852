"""Errors as callers see them: typed, masked, and never with a value."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from graphql import GraphQLError

from core.errors import StoreUnavailable
from core.events import RenewalRequested
from graphql_api.over_http.presentation import present

SECRET = "hunter2-CANARY"


class FailingEvents:
    """The port `Events` with a defect whose text holds a secret."""

    def record(self, event):
        if isinstance(event, RenewalRequested):
            raise RuntimeError(f"cannot keep {SECRET}")


async def test_unexpected_exceptions_are_masked(open_portal, logged):
    """R37, R20: a defect is answered with a correlation id and nothing else; the log has its kind
    and place under that id, without its text."""
    portal = await open_portal(lambda ports: replace(ports, events=FailingEvents()))
    response = await portal.request_over_http()
    assert response.status_code == 200
    correlation_id = response.headers["x-correlation-id"]
    assert response.json() == {
        "data": None,
        "errors": [
            {
                "message": f"Something went wrong. Quote {correlation_id} to the operators.",
                "locations": [{"line": 3, "column": 3}],
                "path": ["requestPasswordRenewal"],
                "extensions": {"code": "INTERNAL_ERROR", "correlationId": correlation_id},
            }
        ],
    }
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "unexpected_error"]
    assert line["correlation_id"] == correlation_id
    assert line["exception"] == "RuntimeError"
    assert line["at"][-1].startswith("record:")
    assert SECRET not in logged.getvalue()


async def test_defects_outside_of_graphql_are_masked(open_portal, logged):
    """R37: a defect in a plain route is masked in the same way, as JSON."""

    def adapt(ports):
        def contents():
            raise RuntimeError(SECRET)

        ports.inbox.contents = contents
        return ports

    portal = await open_portal(adapt)
    response = await portal.http.get("/dev/inbox.json")
    assert response.status_code == 500
    correlation_id = response.headers["x-correlation-id"]
    assert response.headers["cache-control"] == "no-store"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_ERROR", "correlationId": correlation_id}
    assert correlation_id in error["message"]
    assert correlation_id in logged.getvalue()
    assert SECRET not in response.text + logged.getvalue()


async def test_failures_of_neighbours_in_a_query(portal):
    """R37: a query without a union says that it is a neighbour's failure, and when to come back."""
    await portal.application.ports.store.close()
    response = await portal.send(portal.LINK, {"token": "x"})
    answer = response.json()
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "TEMPORARILY_UNAVAILABLE",
        "retryAfter": 10,
        "correlationId": response.headers["x-correlation-id"],
    }
    assert "store is closed" not in json.dumps(answer)


FORMS = {
    "ISSUE": {"step": "REQUEST", "kind": "DIGITS", "locale": "FR"},
    "REQUEST": {
        "numic": "12345",
        "numel": None,
        "email": "camille.martin@example.org",
        "securityCode": {"id": "x", "answer": "1234"},
        "locale": "FR",
    },
    "CONFIRM": {
        "token": "x",
        "identifier": "K7WPQ2M4XN9B",
        "securityCode": {"id": "x", "answer": "1234"},
        "locale": "FR",
    },
    "ASSIST": {
        "topic": "OTHER",
        "message": "Bonjour",
        "email": "a@example.org",
        "securityCode": {"id": "x", "answer": "1234"},
        "locale": "FR",
    },
}


def _planted(value, canary):
    """Every way to put `canary` in the place of one part of `value`."""
    yield canary
    yield [canary]
    yield {canary: canary}
    if isinstance(value, dict):
        for key, part in value.items():
            for planted in _planted(part, canary):
                yield {**value, key: planted}
        yield {**value, canary: canary}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("canary", ["CANARY7HIDDEN", 77_717_771])
async def test_variables_are_never_quoted(portal, logged, form, canary):
    """R20, R42: wherever a value stands in the variables, and whatever its type, neither the
    answer nor the log repeats it."""
    for planted in _planted(FORMS[form], canary):
        response = await portal.send(getattr(portal, form), {"input": planted})
        assert response.status_code == 200
        assert str(canary) not in response.text
    for variables in ({"input": FORMS[form], str(canary): canary}, {str(canary): canary}):
        assert str(canary) not in (await portal.send(getattr(portal, form), variables)).text
    assert str(canary) not in logged.getvalue()


async def test_directive_and_argument_variables(portal):
    """R20: variables of directives and of plain arguments are not quoted either."""
    for document in (
        "query ($x: Boolean!) { __typename @skip(if: $x) }",
        "query ($x: String!) { renewalLink(token: $x) { usable } }",
        "query ($x: Locale!) { renewalLink(token: 1) { message(locale: $x) } }",
        'query ($x: Locale!) { renewalLink(token: "1") { message(locale: $x) } }',
        "query ($x: [Int!]!) { __typename @include(if: $x) }",
    ):
        for value in ("CANARY", ["CANARY"], {"CANARY": "CANARY"}, 3.5e77):
            text = (await portal.send(document, {"x": value})).text
            assert "CANARY" not in text
            assert "e+77" not in text


def test_errors_within_errors(logged):
    """R37: a defect that was wrapped in a GraphQL error, twice over, is masked all the same."""
    defect = GraphQLError("CANARY", original_error=RuntimeError("CANARY"))
    shown = present(GraphQLError("CANARY", original_error=defect), "0123456789abcdef")
    assert shown["extensions"]["code"] == "INTERNAL_ERROR"
    assert "CANARY" not in json.dumps(shown) + logged.getvalue()


def test_values_in_unforeseen_words():
    """R20: an error about an invalid value is not quoted, even when worded in a new way."""
    shown = present(GraphQLError("An invalid value: CANARY"), "")
    assert shown == {"message": "Invalid value.", "extensions": {"code": "INVALID_VALUE"}}


async def test_literals_are_not_quoted(portal):
    """R20: values written into the document are not repeated either."""
    for document in (
        "{ renewalLink(token: CANARY) { usable } }",
        'mutation { issueSecurityCode(input: {step: "CANARY"}) { id } }',
    ):
        answer = (await portal.send(document)).json()
        assert answer["errors"]
        assert "CANARY" not in json.dumps(answer)


async def test_store_down(open_portal):
    """R37: a store that cannot commit is a typed, localised answer; nothing is consumed and the
    same form succeeds later."""
    portal = await open_portal()
    code = await portal.code("REQUEST")
    await portal.application.ports.store.close()
    answer = await portal.request(securityCode=code, locale="EN")
    assert answer["__typename"] == "TemporarilyUnavailable"
    assert answer["code"] == "TEMPORARILY_UNAVAILABLE"
    assert answer["retryAfter"] == 10
    assert "Nothing is lost" in answer["message"]
    await portal.application.ports.store.open()
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"


async def test_failures_are_told_to_the_operators(portal, logged):
    """R37: what the caller is told in general terms, the log has by the neighbour's name."""
    await portal.application.ports.store.close()
    await portal.request(securityCode={"id": "x", "answer": "1"})
    await portal.send(portal.LINK, {"token": "x"})
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    failed = [line for line in lines if line["event"] == "dependency_failed"]
    assert [line["dependency"] for line in failed] == [StoreUnavailable.dependency] * 2
    assert failed[0]["reason"] == "the store is closed"
