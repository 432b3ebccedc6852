"""The tutorial does what it says: its blocks are run, in order, against a demo of their own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

PATIENCE = 180
"""Seconds that one block, or the demo's start, may take."""
MARK = "=== end of block ==="
BASE_IN_THE_PAGE = "http://127.0.0.1:8000"
SHOWN_ONLY = "console"
"""A block in this language is for the reader alone: it needs the network, so it is not run."""


class Demo:
    """The process behind `make demo`. Started again, it keeps the address and forgets the rest."""

    def __init__(self, log: Path) -> None:
        self.base = "http://127.0.0.1:0"
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        """`arguments`: what is given besides the port."""
        self.stop()
        port = self.base.rpartition(":")[2]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "graphql_api", "demo", "--port", port, *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        with _limit(self._process):
            for line in self._process.stdout:
                if "GraphQL" in line:
                    self.base = line.split()[-1].removesuffix("/graphql")
                    return
        raise AssertionError(f"the demo did not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.communicate(timeout=PATIENCE)


class Terminal:
    """The reader's second terminal: one shell for all blocks."""

    def __init__(self, folder: Path) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        self._shell = subprocess.Popen(
            ["bash", "-u"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def run(self, block: str) -> str:
        """What the block prints."""
        shell = self._shell
        assert shell.stdin is not None
        assert shell.stdout is not None
        shell.stdin.write(f"{block}\necho\necho '{MARK}'\n")
        shell.stdin.flush()
        printed: list[str] = []
        with _limit(shell):
            for line in shell.stdout:
                if line.strip() == MARK:
                    return "".join(printed).strip()
                printed.append(line)
        raise AssertionError(f"the block did not end:\n{block}\n{''.join(printed)}")

    def close(self) -> None:
        self._shell.kill()
        self._shell.communicate()


@contextmanager
def _limit(process: subprocess.Popen[str]) -> Iterator[None]:
    timer = Timer(PATIENCE, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _matches(shown: str, printed: str) -> bool:
    """Whether the page shows what was printed; `…` stands for whatever is there in a line."""
    pattern = re.escape(shown.strip()).replace("…", "[^\n]+")
    return re.fullmatch(pattern, printed) is not None


@pytest.mark.skipif(not shutil.which("curl"), reason="the tutorial is written for curl")
def test_every_block_prints_what_the_page_shows(read_page, tmp_path: Path) -> None:
    """R41: a partner's first hour goes as the tutorial tells, from the form to the SMS."""
    demo, terminal = Demo(tmp_path / "demo.log"), Terminal(tmp_path)
    printed, passwords = "", []
    try:
        for block in read_page("docs/tutorial.md").blocks:
            if block.language == SHOWN_ONLY:
                continue
            if block.language == "python":
                name = block.text.splitlines()[0].removeprefix("# ")
                (tmp_path / name).write_text(block.text, "utf-8")
            elif block.text.startswith("make demo"):
                demo.start()
            elif block.language == "sh":
                given = block.text.replace(BASE_IN_THE_PAGE, demo.base)
                printed = terminal.run(
                    given.replace(".venv/bin/python", shlex.quote(sys.executable))
                )
            else:
                assert _matches(block.text, printed), f"{block.text}\n!=\n{printed}"
                passwords += re.findall(r"^[A-HJ-NP-Z2-9]{12}$", printed, re.MULTILINE)
    finally:
        terminal.close()
        demo.stop()
    assert len(set(passwords)) == 2


def test_the_page_ends_in_a_renewed_password(read_page) -> None:
    """Both halves of the tutorial show the outcome, so the test above has it checked."""
    shown = [
        block.text
        for block in read_page("docs/tutorial.md").blocks
        if block.language in ("json", "text")
    ]
    assert sum("PasswordRenewed" in text for text in shown) == 2
    assert sum("mot de passe de vote :" in text or "password:" in text for text in shown) == 2


def test_what_is_not_run_installs_what_the_tests_have(read_page, root: Path) -> None:
    """The one block that is shown only is the installation of a client that the tests use, too."""
    (shown,) = (
        block.text.strip()
        for block in read_page("docs/tutorial.md").blocks
        if block.language == SHOWN_ONLY
    )
    command, _, requirement = shown.partition("install ")
    assert command == ".venv/bin/pip "
    groups = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    named = [each for each in groups["test"] if each.startswith("gql")]
    assert [each.removesuffix(".0") for each in named] == [requirement.strip("'")]
