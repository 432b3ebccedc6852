"""Clients in Python show every outcome of a renewal (R41).

ariadne-codegen wants graphql-core 3.2, the gateway 3.3: the two need environments of their own, so
that one is tried by hand, with `tests/clients/python/try`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphql_api.sandbox.process import Sandbox, running_sandbox
from graphql_api.schema.executable import sdl

TESTS = Path(__file__).parents[1]
CLIENTS = TESTS / "clients/python"
PAGE = TESTS.parent / "docs/how-to/use-a-client-library.md"
OUTCOMES = 50
"""And more: each voter's one or two, and nine that any voter may bring about."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(["--at", "2027-06-05T12:00:00Z", "--no-limits"]) as running:
        yield running


def test_every_outcome_through_gql(sandbox: Sandbox) -> None:
    """R37, R41: type, message and code of each refusal, and errors and HTTP statuses."""
    done = _run([sys.executable, "with_gql.py", sandbox.url], CLIENTS)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= OUTCOMES


def test_every_outcome_through_a_generated_client(tmp_path: Path, sandbox: Sandbox) -> None:
    """R37, R41: the same with the models that ariadne-codegen makes of a partner's operations."""
    tools = os.environ.get("ARIADNE_CODEGEN_BIN", "")
    if not tools:
        pytest.skip("needs ariadne-codegen in an environment of its own: tests/clients/python/try")
    folder = tmp_path / "tests/clients/python"
    shutil.copytree(CLIENTS, folder)
    shutil.copytree(TESTS / "contracts/operations", tmp_path / "tests/contracts/operations")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/schema.graphql").write_text(sdl(), "utf-8")
    made = _run([f"{tools}/ariadne-codegen"], folder)
    assert made.returncode == 0, made.stdout + made.stderr
    done = _run([f"{tools}/python", "with_ariadne_codegen.py", sandbox.url], folder)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= OUTCOMES


def test_the_page_shows_what_runs() -> None:
    """R41: every piece of Python on the page stands in a file that the tests run."""
    texts = [file.read_text("utf-8") for file in CLIENTS.glob("with_*.py")]
    pieces = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(pieces) >= 2
    assert [piece for piece in pieces if not any(piece in text for text in texts)] == []


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
