"""The list of codes that generators and front ends take says what the code does."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core import errors
from core.locale import Locale
from graphql_api.cli import cli
from graphql_api.schema.codes import codes, codes_json
from graphql_api.schema.errors import answer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/errors.md").read_text("utf-8").partition("## What voters read")[0]
REFUSALS = [
    errors.InvalidFields(errors.FieldProblem("numic", "REQUIRED")),
    *map(errors.SecurityCodeRejected, errors.SecurityCodeProblem),
    *(errors.LinkRejected(problem, 3) for problem in errors.LinkProblem),
    errors.RenewalClosed(),
    errors.TooManyRequests(7),
    errors.StoreUnavailable(),
]


def rows(title: str) -> dict[str, str]:
    """Code and the rest of the line, of the tables beneath a title of the page."""
    part = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", part, re.MULTILINE))


def test_every_code_of_the_page_is_listed() -> None:
    """R37, R41: the same codes as on the page, which is held to the code's; each where it stands
    there: as a member of a union, as a problem of a field, in `errors`."""
    found = codes()
    assert {each for each in found if found[each]["type"]} == set(rows("Refusals"))
    assert {each for each in found if found[each]["field"]} == set(rows("Problems of fields"))
    assert {each for each in found if found[each]["error"]} == set(rows("GraphQL errors"))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: getattr(each, "code", "unavailable"))
def test_the_type_is_the_one_that_is_answered(refusal: Exception) -> None:
    """R37, R41: a client's `switch` by type and by code cannot contradict each other."""
    member = answer(refusal, Locale.EN)
    entry = codes()[member.code]
    assert entry["type"] == type(member).__name__
    assert entry["retryAfter"] is hasattr(member, "retry_after")


def test_statuses_are_those_of_the_page() -> None:
    """R36: every HTTP status but 200 and GraphQL's own 400, code by code."""
    for code, rest in rows("GraphQL errors").items():
        cell = rest.partition(" | ")[0]
        told = {int(each) for each in re.findall(r"\b[45]\d\d\b", cell)}
        assert set(codes()[code]["statuses"]) == told, code


def test_what_is_refused_by_its_status_is_listed() -> None:
    """R36: each `Refusal(status, …, code)` of the source has its status in the list."""
    found = set[tuple[int, str]]()
    for file in (ROOT / "graphql_api/over_http").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                given = [each.value for each in node.args if isinstance(each, ast.Constant)]
                named = [each for each in given[1:] if str(each) in codes()]
                if given and isinstance(given[0], int):
                    found |= {(given[0], str(code)) for code in named}
    assert len(found) > 8
    assert [each for each in found if each[0] not in codes()[each[1]]["statuses"]] == []


def test_a_wait_is_told_only_where_waiting_helps() -> None:
    """R37: `retryAfter` of what may be sent again; 429 and 503 always have it."""
    for code, entry in codes().items():
        assert entry["retriable"] or not entry["retryAfter"], code
        assert entry["retryAfter"] or not {429, 503} & set(entry["statuses"]), code


def test_each_is_explained_in_both_languages() -> None:
    """R46: French with its typography, no sentence twice."""
    for language in ("fr", "en"):
        told = [entry["meaning"][language] for entry in codes().values()]
        assert len(set(told)) == len(told)
        assert all(each.endswith(".") for each in told)
    french = "".join(entry["meaning"]["fr"] for entry in codes().values())
    assert "'" not in french
    assert not re.search(r"(?<![\u00a0\u202f])[:;?!]", french)


def test_the_command_prints_them() -> None:
    """R41: partners make the file from the wheel that they test with."""
    shown = CliRunner().invoke(cli, ["schema", "--codes"]).stdout
    assert shown == codes_json()
    assert json.loads(shown)["LINK_USED"]["type"] == "LinkRejected"
