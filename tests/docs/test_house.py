"""A package names its rooms, no file of it is too long, and the changelog is wrapped evenly."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("core", "adapters", "graphql_api")
PACKAGES = sorted(file.parent for top in TOPS for file in (ROOT / top).rglob("__init__.py"))
MOST_LINES = 250
BINARY = {".zip", ".gz"}


def rooms_of(package: Path) -> set[str]:
    modules = {file.stem for file in package.glob("*.py") if not file.stem.startswith("__")}
    return modules | {each.parent.name for each in package.glob("*/__init__.py")}


@pytest.mark.parametrize(
    "package", PACKAGES, ids=[str(each.relative_to(ROOT)) for each in PACKAGES]
)
def test_a_package_names_its_rooms(package):
    """A newcomer reads one page and knows where to go; a new file is not forgotten there."""
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`+([^`]+)`+", said))))
    assert rooms_of(package) - named == set()
    files = set(re.findall(r"`(\w+)\.py`", said))
    assert files - rooms_of(package) == set(), "whoever moves a module changes the sign"


@pytest.mark.parametrize("top", TOPS)
def test_a_file_can_be_read_at_once(top):
    """Code, texts, queries, pages and tables alike: what grows longer is split by subject."""
    texts = [
        file
        for file in (ROOT / top).rglob("*")
        if file.is_file() and file.suffix not in BINARY and "__pycache__" not in file.parts
    ]
    assert texts
    lines = {str(file.relative_to(ROOT)): file.read_text("utf-8").count("\n") for file in texts}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_the_changelog_since_0_2_0_is_wrapped_evenly():
    """Many hands add to it: no long line, and no blank line but around titles and paragraphs."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    since = text.partition("\n## Unreleased\n")[2].partition("\n## 0.2.0\n")[0]
    assert since
    assert [line for line in since.splitlines() if len(line) > 120] == []
    assert re.findall(r"\n(?:- |  ).*\n\n+(?:- |  ).*", since) == []
    assert "\n\n\n" not in since
