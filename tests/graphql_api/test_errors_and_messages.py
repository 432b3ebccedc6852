"""One catalogue a language, and one union member for each refusal of the domain."""

from __future__ import annotations

import ast
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest
from graphql import GraphQLUnionType

import core
from core import errors
from core.assistance import LONGEST_MESSAGE
from core.locale import Locale
from core.voter import EMAIL_LENGTH, NUMEL_DIGITS, NUMIC_DIGITS
from graphql_api.schema.errors import REFUSALS, answer
from graphql_api.schema.executable import build_schema
from graphql_api.schema.messages import catalogue, say

MESSAGES = {"RENEWAL_REQUESTED", "PASSWORD_RENEWED", "ASSISTANCE_CONTACTED"}
EXAMPLES = [
    errors.InvalidFields(errors.FieldProblem("numic", "REQUIRED")),
    *map(errors.SecurityCodeRejected, errors.SecurityCodeProblem),
    *(errors.LinkRejected(problem, 3) for problem in errors.LinkProblem),
    *map(errors.AlertRejected, errors.AlertProblem),
    errors.RenewalClosed(),
    errors.TooManyRequests(7),
]
OF_FIELDS = {
    **{f"numic.{code}": None for code in ("REQUIRED", "NOT_DIGITS")},
    "numic.TOO_LONG": NUMIC_DIGITS,
    **{f"numel.{code}": None for code in ("REQUIRED", "NOT_DIGITS")},
    "numel.TOO_LONG": NUMEL_DIGITS,
    **{f"email.{code}": None for code in ("REQUIRED", "MALFORMED")},
    "email.TOO_LONG": EMAIL_LENGTH,
    **{f"identifier.{code}": None for code in ("REQUIRED", "NOT_ALPHANUMERIC")},
    "identifier.WRONG_LENGTH": 10,
    **{f"message.{code}": None for code in ("REQUIRED", "MALFORMED")},
    "message.TOO_LONG": LONGEST_MESSAGE,
    **{f"securityCode.answer.{code}": None for code in ("REQUIRED", "TOO_LONG")},
}
"""What a voter may be told of a field, and how many characters that names."""
NEVER_ANSWERED = {errors.DomainError, errors.ForbiddenChannel}
"""The base class, and a defect of ours that no caller can cause."""
TOLD_TO_OPERATORS = {errors.CredentialsProblem}
"""In logs and alerts: no voter reads why the credential store refuses a password."""


def subclasses(kind):
    """Those of the domain: what is refused before it, about a document or a caller, is said to
    developers, in English."""
    found = {kind} | {each for child in kind.__subclasses__() for each in subclasses(child)}
    return {each for each in found if each.__module__.startswith("core.")}


def field_codes():
    """Every code that `core` or `graphql_api` gives to a field that a voter fills in, read from
    their source. Limits on documents and the dashboards' fields speak to developers."""
    packages = [Path(next(iter(core.__path__)))]
    packages.append(packages[0].parent / "graphql_api")
    found = set()
    for source in (file for package in packages for file in package.rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            name = getattr(node, "func", None)
            name = getattr(name, "id", getattr(name, "attr", None))
            told = ("dashboard", "cursors", "evidence", "first_sending", "rounds", "statistics")
            developers = source.stem in told
            speaks_to_developers = source.parent.name == "hardening" or developers
            if speaks_to_developers:
                continue
            if name in ("FieldProblem", "demand") and isinstance(node, ast.Call):
                found |= {
                    part.value
                    for part in node.args[1:2]
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


def codes():
    enumerated = {
        member.value
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind not in TOLD_TO_OPERATORS
        for member in kind
    }
    own = {vars(kind)["code"] for kind in subclasses(errors.DomainError) if "code" in vars(kind)}
    return enumerated | own - {"REFUSED", "FORBIDDEN_CHANNEL"}


def test_field_codes_are_found():
    """The next test looks at what is there: the codes in the source can be read."""
    assert {"REQUIRED", "NOT_DIGITS", "TOO_LONG", "ONE_NUMBER_ONLY", "NOT_OFFERED"} <= field_codes()


@pytest.mark.parametrize("locale", Locale)
def test_catalogue_is_complete(locale):
    """R46: each language has a message for every code of the domain, for every code of a field and
    for every success, and none besides."""
    wanted = codes() | field_codes() | MESSAGES | {"TEMPORARILY_UNAVAILABLE"}
    cases = {f"IDENTIFIER_MISMATCH.{left}" for left in (0, 1)}
    cases |= {f"{code}.1" for code in ("TOO_MANY_REQUESTS", "TEMPORARILY_UNAVAILABLE")}
    assert set(catalogue(locale)) == wanted | set(OF_FIELDS) | cases
    assert all(text.strip() for text in catalogue(locale).values())


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("key", OF_FIELDS)
def test_each_field_says_what_it_takes(locale, key):
    """R37, R46: U5: what is wrong with a field is said by what it takes and how much of it, in a
    sentence of its own, and not by a code's name."""
    field, _, code = key.rpartition(".")
    refusal = errors.InvalidFields(errors.FieldProblem(field, code, OF_FIELDS[key]))
    (told,) = answer(refusal, locale).fields
    assert told.message != catalogue(locale)[code]
    assert OF_FIELDS[key] is None or re.search(rf"\b{OF_FIELDS[key]}\b", told.message)
    assert "{" not in told.message


@pytest.mark.parametrize(
    ("left", "said"), [(4, "4 essais"), (1, "1 essai\u00a0;"), (0, "ne sert plus")]
)
def test_attempts_left(left, said):
    """R16, R46: U5: how many attempts are left, and what comes then."""
    refused = errors.LinkRejected(errors.LinkProblem.IDENTIFIER_MISMATCH, left)
    assert said in answer(refused, Locale.FR).message


@pytest.mark.parametrize("locale", Locale)
def test_one_is_no_plural(locale):
    """R46: wherever a count stands before a word, one has a sentence of its own, which differs in
    that alone: "1 second", not "1 seconds"."""
    texts, counted = catalogue(locale), {}
    for code, text in texts.items():
        for name, word in re.findall(r"\{(\w+)\}[\s\u00a0](\w+)", text):
            counted[code] = text.replace(f"{{{name}}}", "1").replace(word, word.removesuffix("s"))
    assert counted.keys() >= {"IDENTIFIER_MISMATCH", "TOO_MANY_REQUESTS", "TEMPORARILY_UNAVAILABLE"}
    lengths = {"identifier.WRONG_LENGTH"}  # of an identifier: twelve, or what a deployment has
    for code in counted.keys() - lengths:
        assert texts[f"{code}.1"] == counted[code].replace("attempts", "attempt")
        value = placeholders(texts[code])[0]
        assert say(code, locale, **{value: 1}) == texts[f"{code}.1"]
        assert say(code, locale, **{value: 2}) == texts[code].format(**{value: 2})


def placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("locale", Locale)
def test_same_placeholders(locale):
    """R46: a message has the same placeholders in every language."""
    here, french = catalogue(locale), catalogue(Locale.FR)
    assert {code: placeholders(text) for code, text in here.items()} == {
        code: placeholders(text) for code, text in french.items()
    }


def test_french_typography():
    """R46: French messages have typographic apostrophes, and no-break spaces before colons."""
    for text in catalogue(Locale.FR).values():
        assert "'" not in text
        assert not re.search(r"(?<![\u00a0\u202f])[:;?!]", text)


def test_a_revoked_link_s_causes_are_told():
    """R37: the sentence names what revokes links, an e-mail that came back among it."""
    assert "courriel nous est revenu" in catalogue(Locale.FR)["LINK_REVOKED"]
    assert "e-mail came back" in catalogue(Locale.EN)["LINK_REVOKED"]


def test_unknown_code():
    """A code without a message is a defect, and found at once."""
    with pytest.raises(KeyError):
        say("NO_SUCH_CODE", Locale.FR)


def test_every_refusal_has_an_example():
    """R37: the examples of the next test are every class of refusal that can be answered."""
    assert {type(each) for each in EXAMPLES} == subclasses(errors.DomainError) - NEVER_ANSWERED


@pytest.mark.parametrize("refusal", EXAMPLES, ids=repr)
@pytest.mark.parametrize("locale", Locale)
def test_refusals_become_union_members(refusal, locale):
    """R37: each refusal is a union member with its code, and a message in the given language."""
    member = answer(refusal, locale)
    assert type(member).__name__ == type(refusal).__name__
    assert member.code == refusal.code
    assert member.message
    assert "{" not in member.message
    if isinstance(refusal, errors.LinkRejected):
        assert member.attempts_left == 3
    if isinstance(refusal, errors.TooManyRequests):
        assert member.retry_after == 7
        assert "7" in member.message


@pytest.mark.parametrize(
    "kind", sorted(subclasses(errors.DependencyFailure), key=str), ids=lambda kind: kind.__name__
)
def test_failures_become_one_member(kind):
    """R37: whichever neighbour fails, the answer is the same and does not say which."""
    member = answer(kind("CANARY"), Locale.EN)
    assert type(member).__name__ == "TemporarilyUnavailable"
    assert (member.code, member.retry_after) == ("TEMPORARILY_UNAVAILABLE", 10)
    assert "CANARY" not in member.message


def test_defects_are_not_answered():
    """R9, R37: a breach of the separate channels is a defect: it is raised on, to be masked."""
    with pytest.raises(errors.ForbiddenChannel):
        answer(errors.ForbiddenChannel("an e-mail"), Locale.FR)
    assert issubclass(errors.ForbiddenChannel, REFUSALS)


@pytest.mark.parametrize(
    ("union", "refusals"),
    [
        (
            "RequestPasswordRenewalResult",
            {"InvalidFields", "SecurityCodeRejected", "TooManyRequests", "RenewalClosed"},
        ),
        (
            "ConfirmPasswordRenewalResult",
            {
                "InvalidFields",
                "SecurityCodeRejected",
                "LinkRejected",
                "TooManyRequests",
                "RenewalClosed",
            },
        ),
        (
            "ContactAssistanceResult",
            {"InvalidFields", "SecurityCodeRejected", "TooManyRequests"},
        ),
    ],
)
def test_unions_hold_what_use_cases_raise(union, refusals):
    """R37: each mutation's union has a member for every refusal of its use case, and every member
    but the success is a `Problem`."""
    kind = build_schema()._schema.type_map[union]
    assert isinstance(kind, GraphQLUnionType)
    names = {member.name for member in kind.types}
    assert names >= refusals | {"TemporarilyUnavailable"}
    problems = {
        member.name
        for member in kind.types
        if any(each.name == "Problem" for each in member.interfaces)
    }
    assert len(names - problems) == 1


class BrokenCaptcha:
    """The port `Captcha`, down."""

    def __init__(self, captcha):
        self._captcha = captcha
        self.down = False

    async def issue(self, step):
        self._fail()
        return await self._captcha.issue(step)

    async def check(self, step, code_id, answer):
        self._fail()
        return await self._captcha.check(step, code_id, answer)

    async def find(self, code_id):
        self._fail()
        return await self._captcha.find(code_id)

    async def picture(self, code_id):
        self._fail()

    async def sound(self, code_id, locale):
        self._fail()

    def _fail(self):
        if self.down:
            raise errors.SecurityCodesUnavailable("rehearsed outage")


async def test_captcha_down(open_portal, camille):
    """R27: a captcha that is down never lets anyone through: the answer is "try again", nothing is
    consumed, and the same form succeeds later."""
    captcha = None

    def adapt(ports):
        nonlocal captcha
        captcha = BrokenCaptcha(ports.captcha)
        return replace(ports, captcha=captcha)

    portal = await open_portal(adapt)
    token = await portal.token()
    request, confirm = await portal.code("REQUEST"), await portal.code("CONFIRM")
    captcha.down = True
    refused = await portal.request(securityCode=request)
    assert refused["__typename"] == "TemporarilyUnavailable"
    refused = await portal.confirm(token, camille.identifier, securityCode=confirm)
    assert refused["__typename"] == "TemporarilyUnavailable"
    issued = (await portal.send(portal.ISSUE, {"input": {"step": "REQUEST"}})).json()
    assert issued["data"]["issueSecurityCode"]["kind"] == "PROOF_OF_WORK"
    captcha.down = False
    assert (await portal.request(securityCode=request))["__typename"] == "RenewalRequested"
    answer = await portal.confirm(token, camille.identifier, securityCode=confirm)
    assert answer["__typename"] == "PasswordRenewed"


async def test_store_locked(open_portal):
    """R37: a database that another process holds is "try again", nothing is consumed."""
    portal = await open_portal(store_lock_timeout=0.05)
    code = await portal.code("REQUEST")
    with closing(sqlite3.connect(portal.application.settings.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await portal.request(securityCode=code)
        assert refused["__typename"] == "TemporarilyUnavailable"
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"


async def test_disk_full(portal):
    """R37: when the disk is full the answer is "try again" and nothing is stored; with room again
    the same form succeeds."""
    code = await portal.code("REQUEST")
    writer = portal.application.ports.store._writer._connection
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    refused = 0
    for _ in range(60):
        answer = await portal.request()
        refused += answer["__typename"] == "TemporarilyUnavailable"
    assert refused
    stored = len(portal.requests)
    assert stored == 60 - refused
    writer.execute("PRAGMA max_page_count = 100000")
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"


async def test_register_file_gone(portal, camille):
    """R37: without its register file the confirmation is "try again", and costs nothing."""
    token, code = await portal.token(), await portal.code("CONFIRM")
    file = portal.application.settings.register_file
    file.rename(file.with_suffix(".away"))
    refused = await portal.confirm(token, camille.identifier, securityCode=code)
    assert refused["__typename"] == "TemporarilyUnavailable"
    file.with_suffix(".away").rename(file)
    answer = await portal.confirm(token, camille.identifier, securityCode=code)
    assert answer["__typename"] == "PasswordRenewed"
