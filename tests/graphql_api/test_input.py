"""What may be typed: every problem named, in form order and in the voter's language; nothing that
can be typed breaks the gateway. `INPUT_EXAMPLES=5000` tries more."""

from __future__ import annotations

import json
import os

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from graphql_api.schema.inputs import Form

EXAMPLES = int(os.environ.get("INPUT_EXAMPLES", "200"))
"""Inputs a mutation: 5,000 by hand."""
NOTHING = {"id": " ", "answer": " "}


def problems(answer):
    assert answer["__typename"] == "InvalidFields", answer
    assert answer["code"] == "INVALID_FIELDS"
    return [(each["field"], each["code"]) for each in answer["fields"]]


async def test_every_bad_field_in_form_order(portal):
    """R37: all fields that cannot be used are named at once, in the order of the form."""
    answer = await portal.request(numic="12A", email="nobody", securityCode=NOTHING)
    assert problems(answer) == [
        ("numic", "NOT_DIGITS"),
        ("email", "MALFORMED"),
        ("securityCode.id", "REQUIRED"),
        ("securityCode.answer", "REQUIRED"),
    ]
    answer = await portal.confirm(" ", "K7", securityCode=NOTHING)
    assert problems(answer) == [
        ("token", "REQUIRED"),
        ("identifier", "WRONG_LENGTH"),
        ("securityCode.id", "REQUIRED"),
        ("securityCode.answer", "REQUIRED"),
    ]
    form = {"topic": "OTHER", "message": " ", "email": "", "securityCode": NOTHING}
    assert problems(await portal.ask(portal.ASSIST, input=form)) == [
        ("message", "REQUIRED"),
        ("email", "REQUIRED"),
        ("securityCode.id", "REQUIRED"),
        ("securityCode.answer", "REQUIRED"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"numic": ""}, [("numic", "REQUIRED")]),
        ({"numic": " . "}, [("numic", "REQUIRED")]),
        ({"numic": None}, [("numic", "REQUIRED")]),
        ({"numic": "123456789"}, [("numic", "TOO_LONG")]),
        ({"numic": "1234567x"}, [("numic", "NOT_DIGITS")]),
        ({"numic": "½"}, [("numic", "NOT_DIGITS")]),
        ({"numic": None, "numel": "1234567890"}, [("numel", "TOO_LONG")]),
        ({"numic": None, "numel": "x"}, [("numel", "NOT_DIGITS")]),
        ({"numic": "1", "numel": "2"}, [("numel", "ONE_NUMBER_ONLY")]),
        ({"numic": "x", "numel": "2"}, [("numic", "NOT_DIGITS"), ("numel", "ONE_NUMBER_ONLY")]),
        ({"email": ""}, [("email", "REQUIRED")]),
        ({"email": "a@b"}, [("email", "MALFORMED")]),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, [("email", "MALFORMED")]),
        ({"email": "a" * 250 + "@example.org"}, [("email", "TOO_LONG")]),
        (
            {"securityCode": {"id": "x", "answer": "1" * 4097}},
            [("securityCode.answer", "TOO_LONG")],
        ),
    ],
)
async def test_request_fields(portal, fields, expected):
    """R10, R37: each thing that no voter's data looks like has its field and code; nothing is
    silently cut."""
    code = await portal.code("REQUEST")
    answer = await portal.request(**{"securityCode": code, **fields})
    assert sorted(problems(answer)) == sorted(expected)


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("", "REQUIRED"),
        (" - ", "REQUIRED"),
        ("K7WPQ2M4XN9", "WRONG_LENGTH"),
        ("K7WPQ2M4XN9BB", "WRONG_LENGTH"),
        ("K7WPQ2M4XN9É", "NOT_ALPHANUMERIC"),
        ("K7WPQ2M4XN9_", "NOT_ALPHANUMERIC"),
        ("😀" * 12, "NOT_ALPHANUMERIC"),
    ],
)
async def test_identifier(portal, identifier, code):
    """R11, R37: what cannot be an identifier is told apart from a wrong one, and costs no
    attempt."""
    token = await portal.token()
    assert problems(await portal.confirm(token, identifier)) == [("identifier", code)]
    assert portal.rows("SELECT link_attempts_left FROM recovery_request") == [(20,)]


@pytest.mark.parametrize(
    ("message", "code"),
    [("x" * 2001, "TOO_LONG"), ("bell\a", "MALFORMED")],
)
async def test_assistance_message(portal, message, code):
    """R1: a message too long or with control characters is refused by name."""
    form = {"topic": "OTHER", "message": message, "email": "a@example.org"}
    form["securityCode"] = await portal.code("ASSISTANCE")
    assert problems(await portal.ask(portal.ASSIST, input=form)) == [("message", code)]


@pytest.mark.parametrize(
    ("locale", "whole", "field"),
    [
        (
            "FR",
            "Certaines informations ne peuvent",
            "Un NUMIC n’a que des chiffres\u00a0: retirez les lettres et les autres signes.",
        ),
        (
            "EN",
            "Some of the information cannot",
            "A NUMIC has digits only: take out letters and other signs.",
        ),
    ],
)
async def test_messages_are_localised(portal, locale, whole, field):
    """R46: form and field messages are in the language of the form."""
    answer = await portal.request(numic="x", locale=locale)
    assert answer["message"].startswith(whole)
    assert [each["message"] for each in answer["fields"]] == [field]


async def test_nothing_is_consumed(portal, camille):
    """R16: a form with a bad field costs neither the security code nor the link, and records
    nothing."""
    code = await portal.code("REQUEST")
    await portal.request(numic="x", securityCode=code)
    assert portal.requests == []
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"
    await portal.work()
    token, code = portal.newest_token, await portal.code("CONFIRM")
    await portal.confirm(token, "short", securityCode=code)
    answer = await portal.confirm(token, camille.identifier, securityCode=code)
    assert answer["__typename"] == "PasswordRenewed"


def test_a_field_that_is_missing_after_all():
    """A defect in reading a form is found at once: no command is built from half a form."""
    with pytest.raises(TypeError):
        Form.sure(None)


ANYTHING = st.one_of(
    st.text(),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Nd", "So", "Mn"])),
    st.from_regex(r"\A[0-9 .\-]{0,12}\Z"),
    st.from_regex(r"\A[\w.]{0,80}@[\w.\-]{0,80}\Z"),
    st.from_regex(r"\A[A-Z0-9]{12}\Z"),
    st.integers(1, 60_000).map(lambda size: "9" * size),
    st.integers(1, 15_000).map(lambda size: "\u0130" * size),
)
MAYBE = st.one_of(st.none(), ANYTHING)
RARELY_ODD = st.one_of(ANYTHING, ANYTHING, ANYTHING, st.none(), st.integers(), st.lists(st.text()))
ANSWER = st.fixed_dictionaries({"id": RARELY_ODD, "answer": RARELY_ODD})
LOCALE = st.sampled_from(["FR", "EN"])
FORMS = {
    "REQUEST": st.fixed_dictionaries(
        {"email": RARELY_ODD, "securityCode": ANSWER, "locale": LOCALE},
        optional={"numic": MAYBE, "numel": MAYBE},
    ),
    "CONFIRM": st.fixed_dictionaries(
        {"token": RARELY_ODD, "identifier": RARELY_ODD, "securityCode": ANSWER, "locale": LOCALE}
    ),
    "ASSIST": st.fixed_dictionaries(
        {
            "topic": st.sampled_from(["PASSWORD", "OTHER"]),
            "message": RARELY_ODD,
            "email": RARELY_ODD,
            "securityCode": ANSWER,
            "locale": LOCALE,
        }
    ),
}
MEMBERS = {
    "RenewalRequested",
    "PasswordRenewed",
    "AssistanceContacted",
    "InvalidFields",
    "SecurityCodeRejected",
    "LinkRejected",
}


@pytest.mark.parametrize("form", FORMS)
@hypothesis.settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), right_code=st.booleans())
async def test_anything_typed(portal, form, data, right_code):
    """R37: whatever is typed, the answer is a union member, or an error about the variables that
    quotes no value; never a failure. Surrogates come as JSON escapes."""
    typed = data.draw(FORMS[form])
    if right_code:
        step = "ASSISTANCE" if form == "ASSIST" else form
        typed = {**typed, "securityCode": await portal.code(step)}
    body = json.dumps({"query": getattr(portal, form), "variables": {"input": typed}})
    headers = {"content-type": "application/json"}
    response = await portal.http.post("/graphql", content=body, headers=headers)
    answer = response.json()
    if response.status_code == 413:
        assert answer["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"
    elif response.status_code == 400:
        [error] = answer["errors"]
        assert error["message"] == "The body is not JSON."
        assert error["extensions"].pop("correlationId") == response.headers["X-Correlation-Id"]
        assert error["extensions"] == {"code": "BAD_REQUEST"}
        assert any(0xD800 <= ord(each) < 0xE000 for each in _texts(typed)) or len(body) > 4_000
    else:
        assert response.status_code == 200
        _is_answered(answer)


def _is_answered(answer):
    if "errors" in answer:
        assert [each["extensions"]["code"] for each in answer["errors"]] == [
            "INVALID_VARIABLES"
        ] * len(answer["errors"])
        assert all("has an invalid value" in each["message"] for each in answer["errors"])
    else:
        (field,) = answer["data"].values()
        assert field["__typename"] in MEMBERS


def _texts(value):
    if isinstance(value, dict):
        return "".join(_texts(each) for each in value.values())
    if isinstance(value, list):
        return "".join(_texts(each) for each in value)
    return value if isinstance(value, str) else ""


@hypothesis.settings(
    max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(token=st.text(st.characters(), max_size=100))
async def test_any_token_by_get(portal, token):
    """R37: surrogates get through in the variables of a GET: a token is refused there, and not
    quoted."""
    query = {"query": portal.LINK, "variables": json.dumps({"token": token})}
    answer = (await portal.http.get("/graphql", params=query)).json()
    assert answer["errors"][0]["extensions"]["code"] == "SECRET_IN_URL"
