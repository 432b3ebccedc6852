"""A TypeScript client, generated and compiled strictly, renews a password (R41).

`npm ci --prefix tests/clients/typescript` brings what it needs: the continuous integration does.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from graphql_api.sandbox.process import running_sandbox
from graphql_api.schema.executable import sdl

CLIENT = Path(__file__).parent / "typescript"
TOOLS = CLIENT / "node_modules/.bin"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, made from the schema of this code in a folder of its own."""
    if not (TOOLS / "tsc").exists() or shutil.which("node") is None:
        pytest.skip("needs node, and `npm ci --prefix tests/clients/typescript`")
    folder = tmp_path_factory.mktemp("clients") / "clients/typescript"
    shutil.copytree(
        CLIENT, folder, ignore=shutil.ignore_patterns("node_modules", "generated", "built")
    )
    (folder / "node_modules").symlink_to(CLIENT / "node_modules")
    operations = folder.parents[1] / "contracts/operations"
    shutil.copytree(CLIENT.parents[1] / "contracts/operations", operations)
    docs = folder.parents[2] / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "schema.graphql").write_text(sdl(), "utf-8")
    for command in (["graphql-codegen", "--config", "codegen.ts"], ["tsc"]):
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
