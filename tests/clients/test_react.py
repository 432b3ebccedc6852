"""The React page of the tutorial; `tests/trials/react_page.py` installs it and renews with it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graphql_api.sandbox.process import Sandbox, running_sandbox
from graphql_api.schema.contract import check_operations
from graphql_api.schema.executable import build_schema

HERE = Path(__file__).parent / "react"
PAGE = HERE.parents[2] / "docs/tutorial-react.md"
PRICE = HERE.parents[2] / "graphql_api/portal/price.js"
FILES = {"html": "index.html", "js": "vite.config.js", "jsx": "src/main.jsx"}
SOURCE = (HERE / FILES["jsx"]).read_text("utf-8")


def blocks() -> list[tuple[str, str]]:
    """Language and text."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def documents() -> list[str]:
    """What the page sends, in its order: issue, ask, confirm."""
    (members,) = re.findall(r'^const MEMBERS = "(.*)";$', SOURCE, re.M)
    found = re.findall(r"gql`(.*?)`", SOURCE, re.S)
    return [each.replace("${MEMBERS}", members) for each in found]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """As the tutorial starts it."""
    command = next(text for language, text in blocks() if language == "sh")
    program, verb, *options = shlex.split(command)
    assert (program, verb) == ("sandbox/bin/reassort", "sandbox")
    with running_sandbox(options) as running:
        yield running


def test_the_tutorial_has_the_files_that_are_tried() -> None:
    """R41: to the letter, each once."""
    shown = {language: text for language, text in blocks() if language != "sh"}
    assert shown == {each: (HERE / file).read_text("utf-8") for each, file in FILES.items()}


def test_its_operations_hold(tmp_path: Path) -> None:
    """R41: what the page sends fits the schema, within the limits of production."""
    assert len(documents()) == 3
    file = tmp_path / "page.graphql"
    file.write_text("\n".join(documents()), "utf-8")
    assert [str(each) for each in check_operations(build_schema(), [file])] == []


def test_it_fetches_what_it_imports(sandbox: Sandbox) -> None:
    """R41: from the sandbox, each file under the name by which it is imported."""
    fetched = re.findall(r"^curl -s (\S+) -o src/(\S+)$", PAGE.read_text("utf-8"), re.M)
    addresses = {name: url for url, name in fetched}
    assert set(re.findall(r'from "\./(.*?)"', SOURCE)) == set(addresses)
    for url in addresses.values():
        path = url.removeprefix("http://127.0.0.1:8000")
        assert httpx.get(sandbox.url + path).raise_for_status().content
    assert httpx.get(f"{sandbox.url}/portal/price.js").text == PRICE.read_text("utf-8")


@pytest.mark.parametrize(
    ("document", "form", "fields"),
    [
        (1, {"numic": "", "email": ""}, {"numic", "email", "securityCode.answer"}),
        (2, {"token": "none", "identifier": ""}, {"identifier", "securityCode.answer"}),
    ],
)
def test_it_says_what_is_wrong_beside_the_field(
    sandbox: Sandbox, document: int, form: dict[str, str], fields: set[str]
) -> None:
    """R41, R44: for each name by which the gateway calls a field that the voter fills in."""
    form |= {"locale": "EN"}
    body = {
        "query": documents()[document],
        "variables": {"input": {**form, "securityCode": {"id": "none", "answer": ""}}},
    }
    answer = httpx.post(sandbox.graphql, json=body).json()["data"]["answer"]
    assert {each["field"] for each in answer["fields"]} >= fields
    typed = {
        name
        for each in re.findall(r"fields: \{(.*?)\}", SOURCE)
        for name in re.findall(r"(\w+):", each)
    }
    assert fields <= typed | set(re.findall(r'said\.problems\["(.*?)"\]', SOURCE))


def test_it_pays(sandbox: Sandbox) -> None:
    """R27, R41: the tutorial's sandbox takes no digits that are not paid for, as in a vote."""
    issue = {"query": documents()[0], "variables": {"input": {"step": "REQUEST", "locale": "EN"}}}
    code = httpx.post(sandbox.graphql, json=issue).json()["data"]["issueSecurityCode"]
    assert code["price"]
    form = {"numic": "00010001", "email": "renewed@sandbox.example.org", "locale": "EN"}
    unpaid = {"id": code["id"], "answer": "1234", "proof": None}
    body = {"query": documents()[1], "variables": {"input": {**form, "securityCode": unpaid}}}
    answer = httpx.post(sandbox.graphql, json=body).json()["data"]["answer"]
    assert answer["code"] == "SECURITY_CODE_PRICE"


def test_it_renews_codes_that_are_used_up() -> None:
    """R27: those alone; every other refusal leaves the digits good."""
    (consumed,) = re.findall(r"^const CONSUMED = \[(.*?)\];", SOURCE, re.M)
    assert re.findall(r'"(\w+)"', consumed) == ["SecurityCodeRejected", "LinkRejected"]
