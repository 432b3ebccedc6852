"""The operators' page of a simulated election, with the demo's own place to sign in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect


@pytest.fixture
def election() -> Iterator[SimpleNamespace]:
    """A demo that runs, with its address."""
    command = [sys.executable, "-m", "graphql_api", "demo", "--election", "argentina-2022"]
    environment = {name: each for name, each in os.environ.items() if "REASSORT" not in name}
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            found = (re.search(r"Operations +(http://\S+)/operations", line) for line in lines)
            yield SimpleNamespace(base=next(each[1] for each in found if each))
        finally:
            process.terminate()


def enter(me, role: str) -> None:
    me.page.locator("#sign-in").click()
    me.page.get_by_role("button", name=role).click()
    expect(me.page.locator("#refresh")).to_have_text("Actualiser")


def test_an_operator_watches_a_simulated_election(election, visit):
    """R57, R32: whoever signs in at the demo as an operator sees every view of an election whose
    clock is not today's."""
    me = visit(election)
    me.page.goto(election.base + "/operations")
    enter(me, "Exploitant")
    heading = me.page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Argentine")
    me.page.locator("a[href='#round']").click()
    expect(heading).to_have_text("Scrutin 2027-1")
    me.page.locator("a[href='#requests']").click()
    me.page.locator("table.requests a").first.click()
    expect(me.page.locator(".timeline li").first).to_contain_text("UTC")
    assert me.violations() == []


def test_nobody_in_particular_sees_nothing(election, visit):
    """R57: a role without a right opens no view, and that is said."""
    me = visit(election)
    me.page.goto(election.base + "/operations")
    enter(me, "Quelqu’un sans rôle")
    expect(me.page.get_by_role("heading", level=1)).to_have_text(
        "Votre compte n’ouvre pas cette vue"
    )
