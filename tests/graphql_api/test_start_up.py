"""Commands answer at once: what they do not use is not imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
from graphql_api.cli import main
sys.argv = ["reassort", *{arguments!r}]
try:
    main()
except SystemExit:
    pass
print("loaded", *sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
GATEWAY = {"strawberry", "graphql", "starlette", "uvicorn", "asyncpg", "jinja2", "httpx"}
SETTINGS = {"pydantic_settings", "structlog", "rich"}


def loaded_by(*arguments: str) -> set[str]:
    """The packages that a process has loaded once the command is done."""
    program = LOADED.format(arguments=arguments)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    (line,) = [each for each in ended.stdout.splitlines() if each.startswith("loaded ")]
    return set(line.split()[1:])


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("serve", "--help"), ("new-key",)]
)
def test_what_asks_for_no_deployment_loads_none(arguments):
    """R41: neither the gateway nor the settings; a help page is there before one looks."""
    assert not loaded_by(*arguments) & (GATEWAY | SETTINGS)


def test_the_settings_load_no_gateway():
    """R41: a command that reads its settings does not load the schema for that."""
    program = "import sys, graphql_api.settings; print(*sorted(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    modules = {name.partition(".")[0] for name in ended.stdout.split()}
    assert not modules & GATEWAY
