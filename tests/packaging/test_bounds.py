"""What `pyproject.toml` allows: all that is imported, and nothing that may break us unseen."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "adapters", "graphql_api")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = [each for extra in PROJECT["optional-dependencies"].values() for each in extra]
ALLOWED = {
    required.name: required for required in map(Requirement, [*PROJECT["dependencies"], *EXTRAS])
}
PRIVATES = {
    "graphql-core": "its execution and validation rules, called one by one",
    "httpx": "the pool of its transport, which no option exchanges",
    "pgqueuer": "its tables, read and written by our statements; `adapters.persistence`",
    "strawberry-graphql": "`_schema`, `__strawberry_definition__`, `from_input`, two rules",
    "uvicorn": "`Server.startup`, `shutdown`, `capture_signals`; its connections",
}
"""What we use of a library that it does not promise to keep, by distribution."""
BROUGHT = {
    "cryptography": "by pyjwt[crypto], which is for nothing else",
    "markupsafe": "by jinja2, for what its templates take as markup",
    "pydantic-core": "by pydantic, which pins it to one release",
    "pytest": "by those who load our plugin for it",
}
"""What we import and need not ask for, and why."""


def imported() -> Iterator[str]:
    """The top-level modules that our packages import from outside."""
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if "assets" in file.parts:  # run by hand
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module.partition(".")[0]


def test_all_that_is_imported_is_asked_for() -> None:
    """No module is there only because a dependency happens to bring it."""
    outside = {*imported()} - sys.stdlib_module_names - {*PACKAGES}
    homes = packages_distributions()
    brought = {name: {canonicalize_name(home) for home in homes[name]} for name in outside}
    known = {*ALLOWED, *BROUGHT}
    assert {name: home for name, home in brought.items() if not home & known} == {}


@pytest.mark.parametrize("name", PRIVATES)
def test_privates_are_bounded(name: str) -> None:
    """A library whose privates we use is allowed up to the minor version that we know, and no
    further: the next one is tried here first."""
    known = Version(version(name))
    allowed = ALLOWED[name].specifier
    assert known in allowed
    assert f"{known.major}.{known.minor}.999" in allowed
    assert f"{known.major}.{known.minor + 1}" not in allowed
    assert f"{known.major + 1}.0" not in allowed


def test_pythons() -> None:
    """Classifiers name the Pythons that the whole suite was run with: of Debian 12 and 13, and the
    one between."""
    minor = "Programming Language :: Python :: 3."
    named = [each.removeprefix(minor) for each in PROJECT["classifiers"] if minor in each]
    assert named == ["11", "12", "13"]
    assert PROJECT["requires-python"] == ">=3.11"
