"""A pytest fixture for partners: a sandbox of its own for the test run, clean for each test.

    pytest_plugins = ["graphql_api.sandbox.pytest_plugin"]  # in conftest.py

    def test_a_renewal(reassort_sandbox):
        answer = httpx.post(reassort_sandbox.graphql, json={...})
        assert reassort_sandbox.inbox()["sms"]

Its command line can be set in pytest's configuration: `reassort_sandbox_options = --at ...`.

It is asked for by name and not registered for every run: pytest would then rewrite the assertions
of all our packages, and fail to start wherever another `core` stands before ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .process import Sandbox

DEFAULT = ["--at", "2027-06-05T12:00:00Z"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "reassort_sandbox_options",
        "Options of `reassort sandbox`; by default its clock stands still.",
        type="args",
        default=DEFAULT,
    )


@pytest.fixture(scope="session")
def reassort_sandbox_process(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """The one sandbox of this test run."""
    from .process import running_sandbox

    with running_sandbox(pytestconfig.getini("reassort_sandbox_options")) as sandbox:
        yield sandbox


@pytest.fixture
def reassort_sandbox(reassort_sandbox_process: Sandbox) -> Sandbox:
    """A sandbox at its beginning."""
    reassort_sandbox_process.reset()
    return reassort_sandbox_process
