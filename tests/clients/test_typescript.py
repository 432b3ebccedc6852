"""Clients in TypeScript and JavaScript renew passwords, and show every refusal (R41).

`npm ci --prefix tests/clients/typescript` brings what it needs: the continuous integration does.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from graphql_api.sandbox.process import running_sandbox
from graphql_api.schema.executable import sdl

CLIENT = Path(__file__).parent / "typescript"
TOOLS = CLIENT / "node_modules/.bin"
RELAY = ("relay.config.json",)
PAGE = CLIENT.parents[2] / "docs/how-to/use-a-client-library.md"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, made from the schema of this code in a folder of its own."""
    if not (TOOLS / "tsc").exists() or shutil.which("node") is None:
        pytest.skip("needs node, and `npm ci --prefix tests/clients/typescript`")
    folder = tmp_path_factory.mktemp("clients") / "clients/typescript"
    shutil.copytree(
        CLIENT,
        folder,
        ignore=shutil.ignore_patterns("node_modules", "generated", "__generated__", "built"),
    )
    (folder / "node_modules").symlink_to(CLIENT / "node_modules")
    operations = folder.parents[1] / "contracts/operations"
    shutil.copytree(CLIENT.parents[1] / "contracts/operations", operations)
    docs = folder.parents[2] / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "schema.graphql").write_text(sdl(), "utf-8")
    generators = ["graphql-codegen", "--config", "codegen.ts"], ["relay-compiler", *RELAY]
    for command in (*generators, ["tsc"]):
        done = _run([str(TOOLS / command[0]), *command[1:]], folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_a_compiled_client_renews_a_password(compiled: Path) -> None:
    """R41: a partner's whole path with generated types: ask, look, confirm."""
    with running_sandbox(["--at", "2027-06-05T12:00:00Z"]) as sandbox:
        done = _run(["node", "built/renew.js", sandbox.url], compiled)
    assert done.stdout.splitlines() == ["RenewalRequested 60", "usable true", "PasswordRenewed"], (
        done.stderr
    )


@pytest.mark.parametrize("library", ["apollo", "urql", "relay"])
def test_every_outcome_through_a_library(compiled: Path, library: str) -> None:
    """R37, R41: each voter of the table, with a cache as it comes: type, message and code of each
    refusal arrive, and so do errors and HTTP statuses. Without possibleTypes they do not."""
    with running_sandbox(["--at", "2027-06-05T12:00:00Z", "--no-limits"]) as sandbox:
        done = _run(["node", f"{library}.mjs", sandbox.url], compiled)
    lines = done.stdout.splitlines()
    assert lines[:1] == ["all as the table says"], done.stdout + done.stderr
    more = ["nothing listens: NO_ANSWER", "without possibleTypes: __typename"]
    assert lines[1:] == {"apollo": more, "urql": more[:1], "relay": []}[library]


def test_the_page_shows_what_runs() -> None:
    """R41: every piece of code on the page stands in a file that the tests run."""
    files = [*CLIENT.glob("*.mjs"), *(CLIENT / "relay").glob("*.ts"), CLIENT / "relay.config.json"]
    texts = [each.read_text("utf-8") for each in files]
    pieces = re.findall(r"^```(?:js|ts|json)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(pieces) >= 4
    assert [piece for piece in pieces if not any(piece in text for text in texts)] == []


def test_the_compiler_finds_a_wrong_field(compiled: Path) -> None:
    """R41: a member's field that the schema does not have does not compile."""
    source = (compiled / "renew.ts").read_text("utf-8")
    (compiled / "renew.ts").write_text(source.replace("first.linkLifetime", "first.lifetime"))
    done = _run([str(TOOLS / "tsc"), "--noEmit"], compiled)
    assert done.returncode != 0
    assert "'lifetime' does not exist" in done.stdout


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
