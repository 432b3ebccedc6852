"""The fixture for partners, and the command behind it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import ConfigurationRefused
from graphql_api.cli import cli
from graphql_api.sandbox.process import Sandbox, running_sandbox

pytest_plugins = ["pytester"]

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
CONFTEST = 'pytest_plugins = ["graphql_api.sandbox.pytest_plugin"]'
TESTS = """
import json
from urllib.request import Request, urlopen

ISSUE = {"query": "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"}


def issue(sandbox):
    headers = {"content-type": "application/json", **sandbox.headers}
    request = Request(sandbox.graphql, json.dumps(ISSUE).encode(), headers)
    return json.load(urlopen(request))["data"]["issueSecurityCode"]["id"]


def test_first(reassort_sandbox):
    assert issue(reassort_sandbox) in reassort_sandbox.inbox()["securityCodes"]
    before = reassort_sandbox.clock()
    assert (reassort_sandbox.advance(60) - before).total_seconds() == 60


def test_second(reassort_sandbox):
    assert reassort_sandbox.inbox()["securityCodes"] == {}
    assert reassort_sandbox.clock().isoformat() == "2027-06-05T12:00:00+00:00"
    assert reassort_sandbox.scenarios()["identifier"]
    reassort_sandbox.reset()
"""


def test_the_fixture_in_a_partner_s_tests(pytester: pytest.Pytester) -> None:
    """R41: one process for the run, the beginning for each test, nothing left behind."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    result = pytester.run(*PYTEST)
    result.assert_outcomes(passed=2)


def test_the_fixture_takes_options(pytester: pytest.Pytester) -> None:
    """R41: pytest's configuration says how the sandbox is run."""
    pytester.makeini("[pytest]\nreassort_sandbox_options = --at 2030-01-01T00:00:00Z --no-limits")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test(reassort_sandbox): assert reassort_sandbox.clock().year == 2030")
    pytester.run(*PYTEST).assert_outcomes(passed=1)


def test_a_sandbox_in_a_process_of_its_own() -> None:
    """R41: what the fixture hands out, with a room of its own."""
    with running_sandbox(["--at", "2027-06-05T12:00:00Z"]) as sandbox:
        room = Sandbox(sandbox.url, "run-1")
        assert room.headers == {"X-Sandbox": "run-1"}
        assert (room.advance(60) - sandbox.clock()).total_seconds() == 60
        room.reset()
        assert room.clock() == sandbox.clock()
        assert room.inbox()["deliveries"] == []
        assert sandbox.scenarios()["voters"]
        assert (sandbox.graphql, sandbox.headers) == (f"{sandbox.url}/graphql", {})


def test_a_sandbox_that_does_not_start() -> None:
    """R41: said at once, in place of a wait."""
    with (
        pytest.raises(RuntimeError, match="did not start"),
        running_sandbox(["--at", "2027-06-05T12:00:00"]),
    ):
        pytest.fail("it has started")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--at", "2027-06-05"], "--at: a moment has a time zone, such as Z"),
        (["--link-template", "http://x.example.org/#token={token}"], "begins with https://"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: list[str], reason: str) -> None:
    """R41: in a sentence, before anything listens."""
    done = CliRunner().invoke(cli, ["sandbox", "--port", "0", *options])
    assert isinstance(done.exception, ValueError | ConfigurationRefused)
    assert reason in str(done.exception)


def test_the_example_of_the_docs_runs(pytester: pytest.Pytester) -> None:
    """R41: what partners copy from the page works."""
    page = Path(__file__).parents[2] / "docs/how-to/write-contract-tests.md"
    (example,) = re.findall(
        r"```python\n(import httpx\n.*?)```", page.read_text("utf-8"), re.DOTALL
    )
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(example)
    pytester.run(*PYTEST).assert_outcomes(passed=1)
