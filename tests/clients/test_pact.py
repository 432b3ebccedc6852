"""Contracts that partners make with Pact, by the page's own code, hold (R41)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphql_api.sandbox.process import Sandbox, running_sandbox
from tests.contracts.test_pacts import verifier_of

HERE = Path(__file__).parent
IN_PYTHON = HERE / "python/consumer_contract.py"
IN_JAVASCRIPT = HERE / "typescript/contract.test.mjs"
MODULES = HERE / "typescript/node_modules"
PAGE = HERE.parents[1] / "docs/how-to/write-consumer-contracts.md"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(["--at", "2027-06-05T12:00:00Z", "--no-limits"]) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that Pact was used."""
    monkeypatch.setenv("PACT_DO_NOT_TRACK", "true")


def test_a_contract_in_python(tmp_path: Path, sandbox: Sandbox) -> None:
    """R41: a consumer's tests pass against the mock, and what they write against the gateway."""
    shutil.copy(IN_PYTHON, tmp_path / "test_contract.py")
    _run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], tmp_path)
    verifier_of(sandbox).add_source(tmp_path / "pacts/consulat-reassort.json").verify()


@pytest.mark.skipif(
    not (MODULES / "@pact-foundation/pact").is_dir() or shutil.which("node") is None,
    reason="needs node, and `npm ci --prefix tests/clients/typescript`",
)
def test_a_contract_in_javascript(tmp_path: Path, sandbox: Sandbox) -> None:
    """R41: the same with Pact for JavaScript."""
    shutil.copy(IN_JAVASCRIPT, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    _run(["node", "--test", IN_JAVASCRIPT.name], tmp_path)
    verifier_of(sandbox).add_source(tmp_path / "pacts/consulat-web-reassort.json").verify()


def test_the_page_shows_what_runs() -> None:
    """R41: every piece of code on the page stands in a file that the tests run, or is the one by
    which they verify."""
    files = (IN_PYTHON, IN_JAVASCRIPT, HERE.parents[1] / "docs/how-to/write-contract-tests.md")
    texts = [file.read_text("utf-8") for file in files]
    pieces = re.findall(r"^```(?:python|js)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(pieces) >= 4
    assert [piece for piece in pieces if not any(piece in text for text in texts)] == []


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
