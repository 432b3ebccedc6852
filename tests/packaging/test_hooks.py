"""What is checked before a commit is what `make lint` checks."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_hooks_are_those_of_make_lint() -> None:
    """Each tool of `make lint` is a hook, run from the same environment; nothing is fetched."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    linted = re.findall(r"\$\(BIN\)/(\S+(?: check| format)?)", recipe)
    assert re.findall(r"entry: \.venv/bin/(.+)", hooks) == linted
    assert re.findall(r"- repo: (\S+)", hooks) == ["local"]
